"""The simulated client before several texts of the same candidates: A/B tests of styles, and how far to trust them.

Styles (feature, style, occasion, sequence), writers or controls: whatever is given by name is compared on the same
clients with the same noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations

from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_report import Interval
from recsys.evaluation.simulated_client import OUTCOMES, Hearing, Listener, Outcomes, Temper, simulate
from recsys.evaluation.utility import intervals
from recsys.evaluation.utility_choice import Choice, Texts

NO_TEXT = "no text"
TRUSTS = (0.25, 0.5, 0.75)
VIEW_NOISES = (0.5, 1.0, 2.0)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Texts of several kinds for the same candidates, and what became of the same clients.

    Attributes:
        outcomes: Name to outcomes; NO_TEXT is always one.
        seed: Of the bootstrap's resampling.
    """

    outcomes: Mapping[str, Outcomes]
    seed: int

    def difference(self, name: str, other: str) -> dict[str, Interval]:
        """Return each outcome of `name` minus that of `other`, client by client, with 95 % intervals."""
        mine, theirs = self.outcomes[name].as_dict(), self.outcomes[other].as_dict()
        return intervals({one: mine[one] - theirs[one] for one in OUTCOMES}, self.seed)

    def as_dict(self) -> dict[str, object]:
        """Return the comparison as JSON-ready values: outcomes by name, and all paired differences."""
        means = {
            name: {one: asdict(mean) for one, mean in intervals(outcome.as_dict(), self.seed).items()}
            for name, outcome in self.outcomes.items()
        }
        pairs = [
            {"of": name, "minus": other} | {one: asdict(gap) for one, gap in self.difference(name, other).items()}
            for name, other in combinations(self.outcomes, 2)
        ]
        return {"outcomes": means, "differences": pairs}

    def table(self) -> str:
        """Return means, and the lift of the experienced utility over no text with its interval, as Markdown."""
        rows = []
        for name, outcome in self.outcomes.items():
            means = [f"{values.mean():.3f}" for values in outcome.as_dict().values()]
            rows.append([name, *means, str(self.difference(name, NO_TEXT)["experienced"])])
        return "\n".join(markdown_table(["text", *OUTCOMES, "utility - no text, 95 %"], rows))


def compare_texts(
    choices: Sequence[Choice],
    texts: Mapping[str, Texts],
    listener: Listener,
    seed: int,
    temper: Temper | None = None,
) -> Comparison:
    """Show the same clients the same candidates with each kind of text.

    Args:
        choices: U clients before C candidates.
        texts: Style or writer to its texts, one a candidate.
        listener: Hears the texts.
        seed: Of the clients' noise and of the resampling.
        temper: How clients take texts.
    """
    heard = {name: listener.hear_all(choices, some) for name, some in texts.items()}
    return _compare(choices, heard, listener, seed, temper or Temper())


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The same comparison under other tempers of the simulated client.

    Attributes:
        comparisons: One a temper.
        tempers: Every combination of TRUSTS and VIEW_NOISES.
    """

    tempers: tuple[Temper, ...]
    comparisons: tuple[Comparison, ...]

    def flips(self) -> list[tuple[str, str]]:
        """Return the pairs of which one is surely better under one temper and surely worse under another.

        "Surely" is a 95 % interval of the difference in experienced utility that excludes zero.
        """
        names = list(self.comparisons[0].outcomes)
        found = []
        for name, other in combinations(names, 2):
            gaps = [comparison.difference(name, other)["experienced"] for comparison in self.comparisons]
            if any(gap.low > 0 for gap in gaps) and any(gap.high < 0 for gap in gaps):
                found.append((name, other))
        return found

    def as_dict(self) -> dict[str, object]:
        """Return the lifts of experienced utility and conversion over no text under each temper, and the flips."""
        rows: list[dict[str, object]] = []
        for temper, comparison in zip(self.tempers, self.comparisons, strict=True):
            for name in comparison.outcomes:
                lift = comparison.difference(name, NO_TEXT)
                rows.append(
                    asdict(temper)
                    | {"text": name}
                    | {f"{one}_lift": asdict(lift[one]) for one in ("experienced", "conversion")}
                )
        return {"rows": rows, "flips": self.flips()}

    def table(self) -> str:
        """Return the lift of experienced utility over no text as Markdown, a row a temper; "*" excludes zero."""
        names = [name for name in self.comparisons[0].outcomes if name != NO_TEXT]
        rows = []
        for temper, comparison in zip(self.tempers, self.comparisons, strict=True):
            lifts = [comparison.difference(name, NO_TEXT)["experienced"] for name in names]
            cells = [f"{one.mean:+.3f}{'*' if one.low > 0 or one.high < 0 else ''}" for one in lifts]
            rows.append([f"{temper.trust:g}", f"{temper.view_noise:g}", *cells])
        flips = "; ".join(f"{one} / {other}" for one, other in self.flips()) or "none"
        return "\n".join([*markdown_table(["trust", "noise", *names], rows), "", f"conclusions that flip: {flips}"])


def sensitivity(
    choices: Sequence[Choice],
    texts: Mapping[str, Texts],
    listener: Listener,
    seed: int,
    temper: Temper | None = None,
) -> Sensitivity:
    """Compare texts under every combination of TRUSTS and VIEW_NOISES; the texts are heard once.

    Args:
        choices: U clients before C candidates.
        texts: Style or writer to its texts.
        listener: Hears the texts.
        seed: Of the clients' noise and of the resampling.
        temper: What is not varied.
    """
    heard = {name: listener.hear_all(choices, some) for name, some in texts.items()}
    tempers = tuple(
        replace(temper or Temper(), trust=trust, view_noise=noise) for noise in VIEW_NOISES for trust in TRUSTS
    )
    return Sensitivity(tempers, tuple(_compare(choices, heard, listener, seed, one) for one in tempers))


def _compare(
    choices: Sequence[Choice], heard: Mapping[str, Sequence[Hearing]], listener: Listener, seed: int, temper: Temper
) -> Comparison:
    outcomes = {NO_TEXT: simulate(choices, None, listener.space, temper, seed)}
    for name, hearings in heard.items():
        outcomes[name] = simulate(choices, hearings, listener.space, temper, seed)
    return Comparison(outcomes, seed)
