"""Do reasons differ between groups of items or clients beyond what the ranking explains?

Raw rates differ for good reasons: who bought more gives more causes to find, and a first suggestion scores higher than
a third. So each group is also compared with everybody else inside strata of what the ranking gives (rank, score, number
of tested purchases; for tone also how many causes were found and which ends of the scales they hold), the strata
weighted by how well both sides are represented. Whether an attribute is stated is asked only where it is a tested
cause. What remains and survives Holm's correction over the whole report is flagged. Names no client.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.catalogue import words
from recsys.evaluation.markdown import markdown_table
from recsys.faithfulness import LATEST
from recsys.guided.attributes import AttributeSet
from recsys.schema import Evidence, Explanation
from recsys.seller.evidence import EvidenceSet

MIN_EXPLANATIONS, MIN_CLIENTS = 20, 5  # smaller groups are merged, or left out where they stay too small
N_RESAMPLES = 1000
ALPHA = 0.05
N_STATED = 5  # attributes whose statement is compared: those most often stated
MERGED = "others, merged"
EXPLAINED, NAMED = "has a strong reason", "names a purchase"
MAIN = ("house size", "price tier", "purchases", "preferred category")  # shown whether they differ or not
GIVEN_BY_CLIENT = "purchases"  # the dimension that the number of tested purchases would explain away

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ExplainedSuggestion:
    """One suggestion with its explanation, by whatever explainer.

    Attributes:
        rank: Place in the ranking shown, 1 is best.
        score: Standardised score of the item for this client.
    """

    client_id: str
    rank: int
    score: float
    explanation: Explanation
    evidence: EvidenceSet


@dataclass(frozen=True)
class Difference:
    """One group's figure for one outcome.

    Attributes:
        n: Explanations of the group that have the outcome.
        rate: Their mean: a share, or words, or qualities; `low`, `high`: its 95 % bootstrap interval over clients.
        adjusted: Difference to everybody else within strata; None where no stratum holds both.
        adjusted_low, adjusted_high: Its 95 % bootstrap interval over clients, not corrected.
        p: Of the adjusted difference, after Holm's correction over all differences of the report.
    """

    dimension: str
    group: str
    outcome: str
    n: int
    rate: float
    low: float
    high: float
    adjusted: float | None
    adjusted_low: float
    adjusted_high: float
    p: float

    @property
    def flagged(self) -> bool:
        """Whether the difference remains after adjustment and correction."""
        return self.adjusted is not None and self.p < ALPHA


@dataclass(frozen=True)
class BiasReport:
    """All groups and outcomes; `notes` says what was merged or left out."""

    n_explanations: int
    n_clients: int
    seed: int
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def flagged(self) -> tuple[Difference, ...]:
        """The differences that remain."""
        return tuple(one for one in self.differences if one.flagged)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values, with whether each difference is flagged."""
        rows = [{**asdict(one), "flagged": one.flagged} for one in self.differences]
        return {**asdict(self), "differences": rows}

    def table(self) -> str:
        """Return how often the main groups get a reason, and every flagged difference, as a Markdown table."""
        rates = {one.rate for one in self.differences if one.outcome == EXPLAINED}
        main = (EXPLAINED, NAMED) if len(rates) > 1 else (NAMED,)
        shown = [one for one in self.differences if (one.outcome in main and one.dimension in MAIN) or one.flagged]
        header = ["dimension", "group", "outcome", "n", "rate", "adjusted difference", "p (Holm)", "flag"]
        rows = [
            [one.dimension, one.group, one.outcome, str(one.n), *_figures(one), "differs" if one.flagged else ""]
            for one in shown
        ]
        outcomes = ", ".join(dict.fromkeys(one.outcome for one in self.differences))
        others = ", ".join(dict.fromkeys(one.dimension for one in self.differences if one.dimension not in MAIN))
        equal = f"{EXPLAINED}: {next(iter(rates)):.1%} in every group, nothing to compare" if len(rates) == 1 else ""
        last = [
            equal,
            f"{len(self.differences)} differences compared, {len(self.flagged)} flagged; outcomes: {outcomes}",
            f"also compared, shown above only where flagged: {others}" if others else "",
        ]
        head = f"{self.n_explanations} explanations for {self.n_clients} clients, seed {self.seed}"
        return "\n".join([head, "", *markdown_table(header, rows), "", *filter(None, last), *self.notes])


def _figures(one: Difference) -> list[str]:
    rate = f"{one.rate:.3f} [{one.low:.3f}, {one.high:.3f}]"
    if one.adjusted is None:
        return [rate, "-", "-"]
    return [rate, f"{one.adjusted:+.3f} [{one.adjusted_low:+.3f}, {one.adjusted_high:+.3f}]", f"{one.p:.3f}"]


def audit_bias(
    found: Sequence[ExplainedSuggestion],
    groups: Mapping[str, Sequence[str | None]],
    attributes: AttributeSet | None,
    *,
    seed: int = 0,
) -> BiasReport:
    """Compare explanation rate, tone and stated attributes between groups.

    Args:
        found: Suggestions with their explanations, several a client.
        groups: Dimension ("price tier") to the group of each suggestion, None where it belongs to none.
        attributes: The boutique's attribute set: tells which phrases name the high end; None where it has none.
        seed: Of the bootstrap over clients.
    """
    clients, whose = np.unique([one.client_id for one in found], return_inverse=True)
    outcomes = _outcomes(found, attributes)
    rng = np.random.default_rng(seed)
    times = np.stack(
        [np.bincount(rng.integers(0, len(clients), len(clients)), minlength=len(clients)) for _ in range(N_RESAMPLES)]
    ).astype(np.float64)
    differences: list[Difference] = []
    notes: list[str] = []
    for dimension, labels in groups.items():
        merged, note = _merge(dimension, labels, whose)
        notes += note
        for group in _compared(merged):
            inside = np.array([label == group for label in merged])
            other = np.array([label is not None and label != group for label in merged])
            for name, outcome in outcomes.items():
                strata = _strata(found, outcome.given, with_tested=dimension != GIVEN_BY_CLIENT)
                part = _Part(outcome.values, inside, other, strata, whose, len(clients))
                one = _difference((dimension, group, name), part, times)
                differences += [one] if one is not None else []
    return BiasReport(len(found), len(clients), seed, _holm(differences), tuple(notes))


@dataclass(frozen=True, eq=False)
class _Outcome:
    """What is compared, float64, (n,), NaN where a suggestion has none, and what it is conditioned on, int64, (n,)."""

    values: _Floats
    given: NDArray[np.int64]


def _outcomes(found: Sequence[ExplainedSuggestion], attributes: AttributeSet | None) -> dict[str, _Outcome]:
    """Return the outcomes by name; tone and attributes only where there is a reason."""
    ends = {one.high for one in attributes.attributes if one.high} if attributes else set()
    nothing = np.zeros(len(found), dtype=np.int64)
    reasons = [one for one in found if one.explanation.source != "none"]
    rows = np.array([k for k, one in enumerate(found) if one.explanation.source != "none"], dtype=np.int64)
    could = [_qualities(one.evidence.causes) for one in reasons]
    said = [_qualities(one.explanation.evidence) for one in reasons]
    n_causes = [min(len(one.evidence.causes), 3) for one in reasons]
    share = [_share(one, ends) for one in could]  # of the facts at hand, not of those chosen

    def of(values: Sequence[float], given: Sequence[int]) -> _Outcome:
        everywhere, conditions = np.full(len(found), math.nan), nothing.copy()
        everywhere[rows], conditions[rows] = values, given
        return _Outcome(everywhere, conditions)

    explained = nothing.astype(np.float64)
    explained[rows] = 1.0
    outcomes = {
        EXPLAINED: _Outcome(explained, nothing),
        NAMED: of(
            [float(any(fact.kind == "history" for fact in one.explanation.evidence)) for one in reasons],
            [0] * len(rows),
        ),
        "words besides names and phrases": of([_connecting_words(one.explanation) for one in reasons], n_causes),
        "claimed qualities": of([float(len(one)) for one in said], n_causes),
    }
    if ends:
        outcomes["share of high-end phrases"] = of(
            [_share(one, ends) for one in said], [-1 if math.isnan(one) else round(4 * one) for one in share]
        )
    keys = [key for one in said for key in one]
    for key in sorted(set(keys), key=lambda key: (-keys.count(key), key))[:N_STATED]:
        states = [float(key in one) if key in facts else math.nan for one, facts in zip(said, could, strict=True)]
        outcomes[f"says {key!r} where it could"] = of(states, [len(facts) for facts in could])
    return outcomes


def _qualities(facts: Sequence[Evidence]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.key for fact in facts if fact.kind in ("attribute", "request")))


def _share(keys: Sequence[str], ends: Collection[str]) -> float:
    return sum(key in ends for key in keys) / len(keys) if keys else math.nan


def _connecting_words(explanation: Explanation) -> float:
    """Count the words of a text without the names and phrases of what it cites, which are as long as they are."""
    cited = {word for fact in explanation.evidence for word in words(fact.key)}
    return float(sum(word not in cited for word in words(explanation.text)))


def _strata(found: Sequence[ExplainedSuggestion], given: NDArray[np.int64], *, with_tested: bool) -> NDArray[np.int64]:
    """Number the strata of what the ranking gives and of a further condition, int64, (n,)."""
    columns = [[min(one.rank, 4) for one in found], _thirds([one.score for one in found]), given.tolist()]
    if with_tested:
        columns.append(_thirds([min(len({each.item.item_id for each in one.evidence.owned}), LATEST) for one in found]))
    strata: NDArray[np.int64] = np.unique(np.array(columns), axis=1, return_inverse=True)[1].reshape(-1)
    return strata


def _thirds(values: Sequence[float]) -> list[int]:
    numbers: list[int] = np.searchsorted(np.quantile(values, [1 / 3, 2 / 3]), values).tolist()
    return numbers


def _merge(
    dimension: str, labels: Sequence[str | None], whose: NDArray[np.int64]
) -> tuple[list[str | None], list[str]]:
    """Merge groups that are too small to be told of, and drop the merged group where it still is."""

    def small(label: str, among: Sequence[str | None]) -> bool:
        rows = [k for k, one in enumerate(among) if one == label]
        return len(rows) < MIN_EXPLANATIONS or len(set(whose[rows].tolist())) < MIN_CLIENTS

    names = sorted({label for label in labels if label is not None})
    few = {label for label in names if small(label, labels)}
    merged = [MERGED if label in few else label for label in labels]
    if not few:
        return merged, []
    note = f"{dimension}: {len(few)} of {len(names)} groups have fewer than {MIN_EXPLANATIONS} explanations"
    if small(MERGED, merged):
        return [None if label == MERGED else label for label in merged], [f"{note} and are left out"]
    return merged, [f"{note} or {MIN_CLIENTS} clients and are merged"]


def _compared(labels: Sequence[str | None]) -> list[str]:
    """Return the groups to compare; of two, the first says it all, and of one there is nothing to say."""
    names = list(dict.fromkeys(sorted(label for label in labels if label is not None)))
    return names if len(names) > 2 else names[: len(names) - 1]


@dataclass(frozen=True, eq=False)
class _Part:
    """One comparison: values (n,), who is in the group and who is not (n,), strata (n,), clients (n,)."""

    values: _Floats
    inside: NDArray[np.bool_]
    other: NDArray[np.bool_]
    strata: NDArray[np.int64]
    whose: NDArray[np.int64]
    n_clients: int

    def sums(self, rows: NDArray[np.bool_]) -> tuple[_Floats, _Floats]:
        """Return count and sum of the values of some rows, by client and stratum, float64, (U, S) each."""
        rows = rows & ~np.isnan(self.values)
        n_strata = int(self.strata.max()) + 1
        cell = self.whose[rows] * n_strata + self.strata[rows]
        size = self.n_clients * n_strata
        count, total = np.bincount(cell, minlength=size), np.bincount(cell, self.values[rows], size)
        shape = (self.n_clients, n_strata)
        return count.astype(np.float64).reshape(shape), total.astype(np.float64).reshape(shape)


def _difference(name: tuple[str, str, str], part: _Part, times: _Floats) -> Difference | None:
    """Return one group's difference; None where too few have the outcome. `times` is (resamples, U)."""
    n, total = part.sums(part.inside)
    n_other, total_other = part.sums(part.other)
    if min(n.sum(), n_other.sum()) < MIN_EXPLANATIONS:
        return None
    drawn_n, drawn = times @ n, times @ total
    rates = drawn.sum(axis=1) / np.maximum(drawn_n.sum(axis=1), 1)
    low, high = np.percentile(rates, [2.5, 97.5])
    centre = _within_strata(n.sum(axis=0), total.sum(axis=0), n_other.sum(axis=0), total_other.sum(axis=0))
    if math.isnan(centre):
        adjusted, p, low_adjusted, high_adjusted = None, 1.0, 0.0, 0.0
    else:
        resampled = _within_strata(drawn_n, drawn, times @ n_other, times @ total_other)
        low_adjusted, high_adjusted = (float(one) for one in np.nanpercentile(resampled, [2.5, 97.5]))
        adjusted, p = float(centre), _two_sided(float(centre), float(np.nanstd(resampled)))
    return Difference(
        *name, int(n.sum()), float(total.sum() / n.sum()), float(low), float(high),
        adjusted, low_adjusted, high_adjusted, p,
    )  # fmt: skip


def _within_strata(n: _Floats, total: _Floats, n_other: _Floats, total_other: _Floats) -> Any:
    """Return the difference of means within strata (last axis), weighted by n * n_other / (n + n_other)."""
    weight = n * n_other / np.maximum(n + n_other, 1)
    difference = total / np.maximum(n, 1) - total_other / np.maximum(n_other, 1)
    whole = weight.sum(axis=-1)
    return np.where(whole > 0, (weight * difference).sum(axis=-1) / np.where(whole > 0, whole, 1), np.nan)


def _two_sided(difference: float, spread: float) -> float:
    """Return the normal two-sided p-value of a difference with a bootstrap standard error."""
    if spread < 1e-12:
        return 1.0 if abs(difference) < 1e-12 else 0.0
    return math.erfc(abs(difference) / spread / math.sqrt(2))


def _holm(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """Return the differences with Holm's corrected p-values, in their order.

    What is the same for everybody (every suggestion has a reason) cannot differ and is not counted as compared.
    """
    corrected = [one.p for one in differences]
    able = [k for k, p in enumerate(corrected) if p < 1.0]
    highest = 0.0
    for place, k in enumerate(sorted(able, key=corrected.__getitem__)):
        highest = max(highest, min(1.0, corrected[k] * (len(able) - place)))
        corrected[k] = highest
    return tuple(Difference(**{**asdict(one), "p": p}) for one, p in zip(differences, corrected, strict=True))
