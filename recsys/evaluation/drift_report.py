"""Drift points against known drifts: did a client drift, where, and on which attributes; with simple baselines.

Clients are parted once and for all by a hash of their id: on the development half the settings are chosen, the test
half is only reported. The truth comes from a simulator that draws choices from a softmax over a linear taste, which is
also what `recsys.taste_model` assumes: on people, naming the attributes will be harder than here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys.drift import DriftSettings, Split, describe, find_splits, sure
from recsys.evaluation.drift_cases import QUESTIONS, Counts, DriftCase, Found, count, f_measure
from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_report import Interval
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray

N_RESAMPLES = 1000
ALPHAS = (0.01, 0.02, 0.05, 0.1)  # beyond that one client in ten without a drift would be told of one
MIN_SIDES, MAX_DRIFTS, MIN_GAINS = (3, 4, 5), (1, 3), (1.0, 2.0, 3.0, 4.0)
THRESHOLDS, MOST_NAMED = tuple(np.arange(0.0, 3.01, 0.1).tolist()), (1, 2, 3)
OURS, HALVES, ALWAYS, NEVER = "drift points", "halves compared", "always, in the middle", "never"
BANDS = ((0, 7), (8, 12), (13, 17), (18, 10_000))

Progress: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Figures:
    """One method's answer to one question, intervals over clients; all zero where nothing was claimed.

    Attributes:
        f1_over_halves: Paired difference of F1 to `by_halves`, from the same resamples of clients.
    """

    precision: Interval
    recall: Interval
    f1: Interval
    f1_over_halves: Interval


@dataclass(frozen=True)
class BandRow:
    """Clients of a range of lengths: how many, how many drifted, were flagged, and were flagged rightly."""

    shortest: int
    longest: int
    n_clients: int
    n_drifted: int
    n_flagged: int
    n_flagged_rightly: int


@dataclass(frozen=True)
class HalfReport:
    """One half of the clients: method to question to figures, and the drift points' method by length."""

    name: str
    n_clients: int
    n_drifted: int
    n_drifts: int
    methods: Mapping[str, Mapping[str, Figures]]
    bands: tuple[BandRow, ...]


@dataclass(frozen=True)
class DriftReport:
    """Both halves, and what was chosen on the first of them."""

    settings: DriftSettings
    threshold: float
    n_named: int
    development: HalfReport
    test: HalfReport

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return asdict(self)

    def table(self) -> str:
        """Return the report as lines: what was chosen, then one table a half."""
        one = self.settings
        chosen = (
            f"chosen on the development half: alpha {one.alpha:g}, at least {one.min_side} purchases a side, at most "
            f"{one.max_drifts} drifts a client, a further attribute from {one.min_gain:g} nats; halves: "
            f"{self.n_named} named from {self.threshold:.1f} sd"
        )
        return "\n\n".join([chosen, _half_table(self.development), _half_table(self.test)])


def evaluate_drifts(
    cases: Sequence[DriftCase], guided: GuidedEmbeddings, *, seed: int = 0, on_progress: Progress | None = None
) -> DriftReport:
    """Choose settings on the development half and measure both halves.

    Args:
        cases: Clients with their known drifts.
        guided: Guided embeddings of the catalogue.
        seed: Of the permutation tests and of the bootstrap.
        on_progress: Called with a line for each step.
    """
    say = on_progress or (lambda line: None)
    development = [case for case in cases if case.is_development]
    test = [case for case in cases if not case.is_development]
    if not development or not test:
        raise ValueError(f"{len(cases)} clients do not make two halves: give more")
    settings = choose_settings(development, guided, seed, say)
    threshold, n_named = choose_threshold(development, guided)
    say("measuring both halves")
    methods: dict[str, Callable[[DriftCase], list[Found]]] = {
        OURS: partial(_by_drift_points, guided, settings, seed),
        HALVES: partial(by_halves, guided, threshold, n_named),
        ALWAYS: partial(by_halves, guided, 0.0, n_named),
        NEVER: lambda case: [],
    }
    halves = [_half(name, half, methods, seed) for name, half in (("development", development), ("test", test))]
    return DriftReport(settings, threshold, n_named, halves[0], halves[1])


def choose_settings(
    cases: Sequence[DriftCase], guided: GuidedEmbeddings, seed: int, say: Progress | None = None
) -> DriftSettings:
    """Return the settings that do best: first by F1 of located drifts, then, for naming, by F0.5 of what is named.

    Naming weighs precision double, because what is said of a client must hold.
    """
    best, best_f1, best_splits = DriftSettings(), -1.0, list[list[Split]]()
    for min_side in MIN_SIDES:
        widest = DriftSettings(alpha=max(ALPHAS), min_side=min_side, max_drifts=max(MAX_DRIFTS))
        splits = [find_splits(guided, case.sequence, widest, seed=seed) for case in cases]
        if say:
            say(f"at least {min_side} purchases a side: {len(cases)} clients tested")
        for max_drifts, alpha in product(MAX_DRIFTS, ALPHAS):
            settings = replace(widest, alpha=alpha, max_drifts=max_drifts)
            claims = [[Found(one.index, {}) for one in sure(found, settings)] for found in splits]
            f1 = f_measure(_totals(cases, claims)[1])
            if f1 > best_f1:
                best, best_f1, best_splits = settings, f1, splits

    def quality(min_gain: float) -> float:
        claims = [
            [_found(guided, case, split, min_gain) for split in sure(splits, best)]
            for case, splits in zip(cases, best_splits, strict=True)
        ]
        return f_measure(_totals(cases, claims)[3], beta=0.5)

    return replace(best, min_gain=max(MIN_GAINS, key=quality))


def choose_threshold(cases: Sequence[DriftCase], guided: GuidedEmbeddings) -> tuple[float, int]:
    """Return threshold and number of attributes for `by_halves`, chosen by the same two measures."""

    def quality(threshold: float, n_named: int, question: int, beta: float) -> float:
        claims = [by_halves(guided, threshold, n_named, case) for case in cases]
        return f_measure(_totals(cases, claims)[question], beta)

    threshold = max(THRESHOLDS, key=lambda one: quality(one, 1, 1, 1.0))
    return threshold, max(MOST_NAMED, key=lambda n: quality(threshold, n, 3, 0.5))


def by_halves(guided: GuidedEmbeddings, threshold: float, n_named: int, case: DriftCase) -> list[Found]:
    """Claim a drift in the middle where some attribute's mean differs between the halves; no test of chance."""
    middle = len(case.sequence) // 2
    if middle == 0:
        return []
    points = guided.standard[case.sequence]
    difference: FloatArray = points[middle:].mean(axis=0) - points[:middle].mean(axis=0)
    if np.abs(difference).max() < threshold:
        return []
    named = np.argsort(-np.abs(difference), kind="stable")[:n_named]
    return [Found(middle, {guided.names[int(k)]: 1 if difference[k] > 0 else -1 for k in named})]


def _by_drift_points(guided: GuidedEmbeddings, settings: DriftSettings, seed: int, case: DriftCase) -> list[Found]:
    splits = sure(find_splits(guided, case.sequence, settings, seed=seed), settings)
    return [_found(guided, case, split, settings.min_gain) for split in splits]


def _found(guided: GuidedEmbeddings, case: DriftCase, split: Split, min_gain: float) -> Found:
    point = describe(guided, case.sequence, split, min_gain)
    return Found(point.index, {move.attribute: move.direction for move in point.moves})


def _totals(cases: Sequence[DriftCase], claims: Sequence[Sequence[Found]]) -> Counts:
    total: Counts = np.sum([count(case, one) for case, one in zip(cases, claims, strict=True)], axis=0)
    return total


def _half(
    name: str, cases: Sequence[DriftCase], methods: Mapping[str, Callable[[DriftCase], list[Found]]], seed: int
) -> HalfReport:
    counts = np.stack([[count(case, claim(case)) for case in cases] for claim in methods.values()])
    figures = _figures(counts, list(methods).index(HALVES), seed)
    return HalfReport(
        name=name,
        n_clients=len(cases),
        n_drifted=sum(bool(case.known) for case in cases),
        n_drifts=sum(len(case.known) for case in cases),
        methods={method: dict(zip(QUESTIONS, row, strict=True)) for method, row in zip(methods, figures, strict=True)},
        bands=_bands(cases, counts[list(methods).index(OURS)]),
    )


def _figures(counts: Counts, halves: int, seed: int) -> list[list[Figures]]:
    """Return the figures of each method and question with bootstrap intervals over clients.

    Args:
        counts: int64, (M, U, 4, 3) for M methods.
        halves: The method that differences are taken to.
        seed: Of the resampling.
    """
    rng = np.random.default_rng(seed)
    n_clients = counts.shape[1]
    drawn = [counts[:, rng.integers(0, n_clients, n_clients)].sum(axis=1) for _ in range(N_RESAMPLES)]
    centre, samples = _rates(counts.sum(axis=1), halves), np.stack([_rates(one, halves) for one in drawn])
    low, high = np.percentile(samples, [2.5, 97.5], axis=0)
    return [
        [
            Figures(*(Interval(float(centre[m, q, r]), float(low[m, q, r]), float(high[m, q, r])) for r in range(4)))
            for q in range(len(QUESTIONS))
        ]
        for m in range(len(counts))
    ]


def _rates(totals: Counts, halves: int) -> NDArray[np.float64]:
    """Return precision, recall, F1 and its difference to one method, float64, (M, 4, 4), from totals, (M, 4, 3)."""
    hits, claimed, true = np.moveaxis(totals.astype(np.float64), -1, 0)
    f1 = 2 * hits / np.maximum(claimed + true, 1)
    return np.stack([hits / np.maximum(claimed, 1), hits / np.maximum(true, 1), f1, f1 - f1[halves]], axis=-1)


def _bands(cases: Sequence[DriftCase], counts: Counts) -> tuple[BandRow, ...]:
    lengths = np.array([len(case.sequence) for case in cases])
    rows = []
    for shortest, longest in BANDS:
        inside = counts[(lengths >= shortest) & (lengths <= longest), 0]
        hits, flagged, drifted = (int(one) for one in inside.sum(axis=0))
        rows.append(BandRow(shortest, longest, len(inside), drifted, flagged, hits))
    return tuple(rows)


def _half_table(half: HalfReport) -> str:
    head = ["method", "question", "precision", "recall", "F1", "F1 - halves"]
    body = [
        [
            method,
            question,
            *(_cell(one) for one in (figures.precision, figures.recall, figures.f1)),
            "-" if method == HALVES else str(figures.f1_over_halves),
        ]
        for method, questions in half.methods.items()
        for question, figures in questions.items()
        if method != NEVER or question == QUESTIONS[0]  # it is 0 everywhere
    ]
    title = f"{half.name}: {half.n_clients} clients, {half.n_drifted} of them drifted, {half.n_drifts} drifts"
    return "\n".join([title, "", *markdown_table(head, body), "", *(_band_line(row) for row in half.bands)])


def _cell(interval: Interval) -> str:
    return f"{interval.mean:.3f} [{interval.low:.3f}, {interval.high:.3f}]"


def _band_line(row: BandRow) -> str:
    reach = f"{row.shortest} or more" if row.longest >= BANDS[-1][1] else f"{row.shortest} to {row.longest}"
    wrongly = row.n_flagged - row.n_flagged_rightly
    return (
        f"{reach} purchases: {row.n_clients} clients; of {row.n_drifted} that drifted {row.n_flagged_rightly} flagged, "
        f"of {row.n_clients - row.n_drifted} that did not {wrongly}"
    )
