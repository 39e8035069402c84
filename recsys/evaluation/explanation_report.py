"""The report on explanations: every table of both axes, paired differences, and what they say of each claim.

A verdict is worked out from the intervals of this run and from nothing else; where a system is missing it says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from math import isnan

from recsys.evaluation.client_ratios import as_json, differences, excludes_zero
from recsys.evaluation.explanation_scores import SystemScores
from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_report import Interval
from recsys.evaluation.simulation_report import Comparison
from recsys.evaluation.text_report import TextReport, report_texts
from recsys.evaluation.utility import utility_table

SELLER, SHOWN = "SELLER", "SELLER as shown"
RIVALS = ("XRec-like", "frozen language model, prompt only", "random vectors")
SHUFFLED_HISTORY = "history shuffled"
MOST_PASS = 0.98  # of the shown texts must pass every check
PAIRED = {  # measures that systems are compared by, and how a table calls them
    "specificity": "finds own item",
    "supported_share": "supported share",
    "passes_all": "passes all checks",
    "rerank_ndcg_gain": "U1 NDCG gain",
    "experienced": "U3 utility",
    "order_accuracy": "order accuracy",
    "order_precision": "order precision",
}
_CLAIMS = {
    "written": "written",
    "claims": "claims a text",
    "silent": "claim nothing",
    "supported_share": "supported share",
    "supported_claims": "of all claims",
    "supported_qualities": "of qualities",
    "supported_purchases": "of purchases",
    "passes_all": "pass all checks",
}
_ORDER = {
    "order_earned": "order earned",
    "order_spoken": "speak of order",
    "order_true": "true where spoken",
    "order_precision": "precision: earned and true",
    "order_recall": "recall: said where earned",
    "order_accuracy": "accuracy",
}


@dataclass(frozen=True)
class Verdict:
    """What the run says of one claim.

    Attributes:
        holds: None where the run did not measure what it takes.
        because: The figures.
    """

    claim: str
    holds: bool | None
    because: str

    def __str__(self) -> str:
        word = {True: "holds", False: "does not hold", None: "not measured"}[self.holds]
        return f"{word}: {self.claim} ({self.because})"


class ExplanationReport:
    """All systems of one run.

    Args:
        systems: Name to scores, all of the same cases; SELLER among them for differences and verdicts.
        seed: Of all resampling.
        styles: The simulated client before several styles of one writer's reasons, by writer.
        honest: Writers whose reasons should serve the simulated client better than false ones.
        false: The name of the writer of false reasons.
    """

    def __init__(
        self,
        systems: Mapping[str, SystemScores],
        seed: int,
        *,
        styles: Mapping[str, Comparison] | None = None,
        honest: Sequence[str] = (),
        false: str = "",
    ) -> None:
        self.systems, self.seed, self.styles = systems, seed, dict(styles or {})
        self._honest, self._false = honest, false
        self._measures = {name: scores.measures() for name, scores in systems.items()}

    def paired(self, base: str) -> dict[str, dict[str, Interval]]:
        """Return the base minus every other system, on the measures of PAIRED that both have."""
        own = self._measures[base]
        return {
            name: differences(own, theirs, list(PAIRED), self.seed)
            for name, theirs in self._measures.items()
            if name != base
        }

    def verdicts(self) -> list[Verdict]:
        """Return what the intervals say of each claim."""
        found = [self._beats(rival, "specificity", "finds its own item more often") for rival in RIVALS]
        found += [self._beats(rival, "supported_share", "has more of its claims supported") for rival in RIVALS]
        found += [self._is_more_useful(rival) for rival in RIVALS]
        found.append(self._beats(SHUFFLED_HISTORY, "order_accuracy", "is right about order more often"))
        found.append(self._beats(SHUFFLED_HISTORY, "order_precision", "is right where it speaks of order more often"))
        found.append(self._passes())
        return [*found, *(self._beats_false(name) for name in self._honest)]

    def _difference(self, name: str, other: str, measure: str) -> Interval | None:
        if name not in self._measures or other not in self._measures:
            return None
        return differences(self._measures[name], self._measures[other], [measure], self.seed).get(measure)

    def _beats(self, rival: str, measure: str, does: str, name: str = SELLER) -> Verdict:
        gap = self._difference(name, rival, measure)
        known = gap is not None and not isnan(gap.mean)
        claim = f"{name} {does} than {rival}"
        return Verdict(claim, gap.low > 0 if gap is not None and known else None, _told(measure, gap))

    def _is_more_useful(self, rival: str) -> Verdict:
        gaps = {measure: self._difference(SELLER, rival, measure) for measure in ("rerank_ndcg_gain", "experienced")}
        measured = [gap for gap in gaps.values() if gap is not None]
        holds = any(gap.low > 0 for gap in measured) if measured else None
        because = "; ".join(_told(measure, gap) for measure, gap in gaps.items())
        return Verdict(f"{SELLER} is more useful than {rival} on U1 or U3", holds, because)

    def _passes(self) -> Verdict:
        claim = f"at least {MOST_PASS:.0%} of the texts of {SHOWN} pass every check"
        if SHOWN not in self._measures:
            return Verdict(claim, None, f"{SHOWN} is not in this run")
        share = self._measures[SHOWN]["passes_all"].interval(self.seed)
        return Verdict(claim, None if isnan(share.mean) else share.mean >= MOST_PASS, f"{share.mean:.1%} pass")

    def _beats_false(self, name: str) -> Verdict:
        return self._beats(self._false, "experienced", "serves the simulated client better", name)

    def as_dict(self) -> dict[str, object]:
        """Return the whole report as JSON-ready values."""
        bases = [base for base in (SELLER, SHOWN) if base in self.systems]
        texts = {which: report.as_dict() for which, report in self._text_reports.items()}
        return {
            "seed": self.seed,
            "systems": {
                name: {measure: as_json(ratio.interval(self.seed)) for measure, ratio in measures.items()}
                for name, measures in self._measures.items()
            },
            "texts": texts,
            "checks": {name: scores.claims.passing() for name, scores in self.systems.items()},
            "utility": {name: one.utility.as_dict() for name, one in self.systems.items() if one.utility is not None},
            "differences": {
                base: {
                    name: {measure: as_json(gap) for measure, gap in gaps.items()}
                    for name, gaps in self.paired(base).items()
                }
                for base in bases
            },
            "styles": {writer: comparison.as_dict() for writer, comparison in self.styles.items()},
            "verdicts": [asdict(verdict) for verdict in self.verdicts()],
        }

    def markdown(self) -> str:
        """Return the whole report as Markdown, verdicts first."""
        return "\n".join(["## What holds", "", *(f"- {verdict}" for verdict in self.verdicts()), "", self.tables()])

    def tables(self) -> str:
        """Return the tables as Markdown, without verdicts."""
        parts = list[str]()
        for which, report in self._text_reports.items():
            parts += [f"## Texts of {which}", "", report.table(), ""]
        parts += ["## Claims, of candidates", "", _CLAIM_NOTE, "", *self._table(_CLAIMS)]
        parts += ["", "## Claims about order, of candidates", "", _ORDER_NOTE, "", *self._table(_ORDER)]
        parts += ["", "## Share of the texts that pass each check", "", *self._checks()]
        reports = {name: one.utility for name, one in self.systems.items() if one.utility is not None}
        if reports:
            parts += ["", "## Utility", "", utility_table(reports)]
        for base in (SELLER, SHOWN):
            if base in self.systems:
                parts += ["", f"## {base} minus each other system", "", *self._paired_table(base)]
        for writer, comparison in self.styles.items():
            parts += ["", f"## Styles of {writer} before the simulated client", "", comparison.table()]
        return "\n".join(parts)

    @cached_property
    def _text_reports(self) -> dict[str, TextReport]:
        sides = {
            "references": {name: one.on_references for name, one in self.systems.items()},
            "candidates": {name: one.on_candidates for name, one in self.systems.items()},
        }
        found = {}
        for which, side in sides.items():
            scored = {name: scores for name, scores in side.items() if scores is not None}
            if scored:
                found[which] = report_texts(scored, SELLER if SELLER in scored else None, self.seed)
        return found

    def _table(self, columns: Mapping[str, str]) -> list[str]:
        rows = [
            [name, *(_cell(measures[one].interval(self.seed)) for one in columns)]
            for name, measures in self._measures.items()
        ]
        return markdown_table(["system", *columns.values()], rows)

    def _checks(self) -> list[str]:
        passing = {name: scores.claims.passing() for name, scores in self.systems.items()}
        written = {name: shares for name, shares in passing.items() if shares}
        checks = list(next(iter(written.values()), {}))
        rows = [[check, *(f"{shares[check]:.2f}" for shares in written.values())] for check in checks]
        return markdown_table(["check", *written], rows)

    def _paired_table(self, base: str) -> list[str]:
        gaps = self.paired(base)
        rows = [[name, *(_cell(row.get(one), "+", "*") for one in PAIRED)] for name, row in gaps.items()]
        known = [gap for row in gaps.values() for gap in row.values() if not isnan(gap.mean)]
        n_clear = sum(excludes_zero(gap) for gap in known)
        note = (
            f"95 % bootstrap intervals over clients; * excludes zero. {len(known)} comparisons, not corrected for "
            f"their number: were there no difference at all, about {len(known) / 20:.0f} of them would exclude zero "
            f"by chance ({n_clear} do)."
        )
        return [note, "", *markdown_table([f"{base} minus", *PAIRED.values()], rows)]


_CLAIM_NOTE = (
    "A text that claims nothing that is read has a supported share of 0; cases without a text count in 'written' only."
)
_ORDER_NOTE = (
    "Accuracy counts every case: a text is right if it speaks of order exactly where the order is earned, and truly. "
    "Where order is seldom earned, silence is right most of the time: read it beside precision and recall."
)


def _told(measure: str, gap: Interval | None) -> str:
    if gap is None or isnan(gap.mean):
        return f"{PAIRED[measure]}: not in this run"
    return f"{PAIRED[measure]} {gap}"


def _cell(figure: Interval | None, sign: str = "", mark: str = "") -> str:
    if figure is None or isnan(figure.mean):
        return "-"
    end = mark if mark and excludes_zero(figure) else ""
    return f"{figure.mean:{sign}.3f} [{figure.low:{sign}.3f}, {figure.high:{sign}.3f}]{end}"
