"""Measures the bounds that decide what may be said: how far a score must fall, and from which score an item "is" much.

A fall counts as an effect where chance rarely causes one as large. Chance is a cause that is none by construction,
sent through the very rule that real causes pass:
- purchase: a stranger's purchase is put at a random place of the client's sequence and taken out again. Client, item
  and the rest of the sequence stay; only that this client chose the purchase is untrue.
- attribute: the item's own share of the score on an attribute is exchanged for that of a random other item.
- house: the loyalty that the score of a random other purchased item owes to its house.
- order: the purchases are shuffled first, and that order is compared with further shuffles; a top suggestion is that
  of the shuffled purchases. Where order has no meaning, real and shuffled are exchangeable, so this one is exact.
A validation purchase was not selected by the ranker, so for purchases it is the neutral target: a top suggestion was
selected on the sequence without the stranger, who therefore tends to lower its score.
Only inputs without the last two purchases are used: nothing is chosen on what tests are made with. Our own measure.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recsys.data.sequences import LeaveOneOut
from recsys.errors import InputError
from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.score_bounds import ScoreBound
from recsys.faithfulness import LATEST, TAU, Effects, measure
from recsys.ranker import AttributeRanker, IntArray
from recsys.recommender import Recommender

ALLOWED = 0.05  # share of null causes that may pass
N_RESAMPLES = 200
STEP = 0.01  # recommended falls are rounded up to this
MIN_CLIENTS = 20

Cause = Literal["purchase", "attribute", "house", "order"]
Target = Literal["validation purchase", "top suggestion"]
_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Falls:
    """Falls of one kind of cause for one kind of target, float64, (n,); how much each exceeds its control beside it.

    Attributes:
        clients: Whose each fall is, int64, (n,).
        falls: In standard deviations of the client's scores.
        over_control: Fall minus its control, as the rule for causes has it; only what is above 0 can pass.
    """

    clients: IntArray
    falls: _Floats
    over_control: _Floats

    def passing(self, tau: float) -> float:
        """Return the share of the causes that a bound lets pass."""
        return float(np.mean((self.falls >= tau) & (self.over_control > 0))) if len(self.falls) else 0.0

    def bound(self, weights: _Floats | None = None) -> float:
        """Return the smallest bound, 0 or more, that at most ALLOWED of the causes reach; weights by cause, (n,)."""
        weights = np.ones(len(self.falls)) if weights is None else weights
        able = np.where(self.over_control > 0, self.falls, -np.inf)
        order = np.argsort(-able, kind="stable")
        reached = np.cumsum(weights[order]) > ALLOWED * weights.sum()
        if not reached.any():
            return 0.0
        first = float(able[order[int(np.argmax(reached))]])  # the first fall that may not pass any more
        return max(0.0, float(np.nextafter(first, math.inf))) if math.isfinite(first) else 0.0


@dataclass(frozen=True)
class FallBound:
    """A bound on falls, measured.

    Attributes:
        today: The bound in use.
        measured: Smallest bound that at most ALLOWED of the null causes pass; `low`, `high`: its 95 % bootstrap
            interval over clients.
        null_today, true_today: Share of null and of real causes that pass today's bound.
        true_measured: Share of real causes that pass the measured one.
    """

    cause: Cause
    target: Target
    n_null: int
    n_true: int
    today: float
    measured: float
    low: float
    high: float
    null_today: float
    true_today: float
    true_measured: float


@dataclass(frozen=True)
class ThresholdReport:
    """All bounds of one boutique.

    Attributes:
        explained: Share of top suggestions in which a cause of the kind passes: today's bound, the recommended one.
        scores: Bounds on guided scores; empty where no repeated readings were given.
    """

    n_clients: int
    seed: int
    seconds: float
    falls: tuple[FallBound, ...]
    recommended: dict[Cause, float]
    explained: dict[Cause, tuple[float, float]]
    scores: tuple[ScoreBound, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return asdict(self)

    def table(self) -> str:
        """Return the report as Markdown tables with a line of provenance."""
        header = ["cause", "target", "null / real", "bound for 5 % of null", "null passing today", "real", "real then"]
        rows = [
            [
                one.cause,
                one.target,
                f"{one.n_null:,} / {one.n_true:,}",
                f"{one.measured:.3f} [{one.low:.3f}, {one.high:.3f}]",
                f"{one.null_today:.1%}",
                f"{one.true_today:.1%}",
                f"{one.true_measured:.1%}",
            ]
            for one in self.falls
        ]
        advice = ", ".join(f"{cause} {bound:.2f}" for cause, bound in self.recommended.items())
        lines = [
            f"{self.n_clients:,} clients, seed {self.seed}, {self.seconds:.0f} s; falls in standard deviations",
            "",
            *markdown_table(header, rows),
            "",
            "today " + ", ".join(f"{cause} {bound:g}" for cause, bound in TAU.items()) + f"; recommended: {advice}",
            "top suggestions with such a cause: "
            + ", ".join(f"{cause} {now:.1%} today, then {then:.1%}" for cause, (now, then) in self.explained.items()),
        ]
        return "\n".join([*lines, *(one.table() for one in self.scores)])


def measure_thresholds(
    recommender: Recommender,
    split: LeaveOneOut,
    *,
    n_clients: int,
    seed: int = 0,
    scores: Sequence[ScoreBound] = (),
    on_progress: Callable[[str], None] | None = None,
) -> ThresholdReport:
    """Measure the bound on falls for each kind of cause, on validation purchases and on top suggestions.

    Args:
        recommender: Its ranker must be fitted on `split.train` only.
        split: The leave-one-out split; its test targets are not read.
        n_clients: Drawn at random among clients with two different purchases before the last two; at least 20.
        seed: Of the draws and of the bootstrap.
        scores: Bounds on guided scores, measured elsewhere, to be reported along.
        on_progress: Called with a line for every hundred clients.

    Raises:
        InputError: If there are fewer than MIN_CLIENTS such clients.
    """
    started, rng = time.perf_counter(), np.random.default_rng(seed)
    able = [k for k, one in enumerate(split.validation_inputs) if len(set(one.tolist())) > 1]
    if len(able) < MIN_CLIENTS:
        raise InputError(
            f"only {len(able)} clients have two different purchases before their last two; "
            f"{MIN_CLIENTS} are needed to measure bounds: ingest more purchases"
        )
    chosen = rng.permutation(able)[:n_clients]
    everything = np.concatenate(split.validation_inputs)
    found = _Collected()
    for number, k in enumerate(chosen, start=1):
        sequence = split.validation_inputs[int(k)]
        top = _top(recommender, sequence)
        bought = int(split.validation_targets[k])
        shuffled = rng.permutation(sequence)
        targets: dict[Target, tuple[int, int]] = {
            "validation purchase": (bought, bought),
            "top suggestion": (top, _top(recommender, shuffled)),
        }
        for target, (item, item_if_shuffled) in targets.items():
            add = found.of(int(k), target)
            _test(recommender, sequence, item, everything, rng, add)
            by_chance = measure(recommender, shuffled, item_if_shuffled)
            add("order", False, [(by_chance.order, by_chance.order_control)])
        if on_progress and number % 100 == 0:
            on_progress(f"{number} of {len(chosen)} clients")
    bounds = tuple(found.bounds(rng))
    recommended = {
        cause: math.ceil(max(one.measured for one in bounds if one.cause == cause) / STEP) * STEP
        for cause in dict.fromkeys(one.cause for one in bounds)
    }
    explained = {
        cause: (found.explained(cause, TAU[cause]), found.explained(cause, bound))
        for cause, bound in recommended.items()
    }
    seconds = time.perf_counter() - started
    return ThresholdReport(len(chosen), seed, seconds, bounds, recommended, explained, tuple(scores))


_Add = Callable[[Cause, bool, Sequence[tuple[float, float]]], None]


class _Collected:
    """Falls as they are measured: by cause, target and whether they are real."""

    def __init__(self) -> None:
        self._rows: dict[tuple[Cause, Target, bool], list[tuple[int, float, float]]] = {}

    def of(self, client: int, target: Target) -> _Add:
        """Return a function that takes the (fall, control) pairs of one client and target."""

        def add(cause: Cause, real: bool, pairs: Sequence[tuple[float, float]]) -> None:
            rows = self._rows.setdefault((cause, target, real), [])
            rows += [(client, fall, fall - control) for fall, control in pairs]

        return add

    def falls(self, cause: Cause, target: Target, real: bool) -> Falls:
        rows = np.array(self._rows.get((cause, target, real), []), dtype=np.float64).reshape(-1, 3)
        return Falls(rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2])

    def bounds(self, rng: np.random.Generator) -> list[FallBound]:
        kinds = dict.fromkeys((cause, target) for cause, target, _ in self._rows)
        return [
            _bound(cause, target, self.falls(cause, target, False), self.falls(cause, target, True), rng)
            for cause, target in sorted(kinds, reverse=True)
        ]

    def explained(self, cause: Cause, bound: float) -> float:
        """Return the share of clients whose top suggestion has a cause of the kind that passes."""
        one = self.falls(cause, "top suggestion", True)
        passed = one.clients[(one.falls >= bound) & (one.over_control > 0)]
        return len(np.unique(passed)) / max(len(np.unique(one.clients)), 1)


def _bound(cause: Cause, target: Target, null: Falls, real: Falls, rng: np.random.Generator) -> FallBound:
    measured = null.bound()
    clients, whose = np.unique(null.clients, return_inverse=True)
    drawn = (
        np.bincount(rng.integers(0, len(clients), len(clients)), minlength=len(clients)) for _ in range(N_RESAMPLES)
    )
    low, high = np.percentile([null.bound(times[whose].astype(np.float64)) for times in drawn], [2.5, 97.5])
    return FallBound(
        cause, target, len(null.falls), len(real.falls), TAU[cause], measured, float(low), float(high),
        null.passing(TAU[cause]), real.passing(TAU[cause]), real.passing(measured),
    )  # fmt: skip


def _test(
    recommender: Recommender, sequence: IntArray, item: int, everything: IntArray, rng: np.random.Generator, add: _Add
) -> None:
    """Measure the real causes of one item's score, and null purchases, attributes and houses."""
    real = measure(recommender, sequence, item)
    add("purchase", True, [(fall, real.history_control(owned)) for owned, fall in real.history.items()])
    add("order", True, [(real.order, real.order_control)])
    stranger = _stranger(everything, {*sequence.tolist(), item}, rng)
    if stranger is not None:
        place = len(sequence) - int(rng.integers(0, min(len(sequence), LATEST - 1) + 1))
        with_stranger = measure(recommender, np.insert(sequence, place, stranger), item)
        if stranger in with_stranger.history:
            fall, control = with_stranger.history[stranger], with_stranger.history_control(stranger)
            add("purchase", False, [(fall, control)])
    if real.attributes is not None:
        add("attribute", True, _attribute_falls(real))
        add("attribute", False, _exchanged_falls(recommender, real, sequence, everything, rng))
        unrelated = measure(recommender, sequence, int(rng.choice(everything)))
        add("house", True, [(real.house, real.house_control)])
        add("house", False, [(unrelated.house, unrelated.house_control)])


def _attribute_falls(effects: Effects) -> list[tuple[float, float]]:
    values = [] if effects.attributes is None else effects.attributes.tolist()
    return [(fall, effects.attribute_control(column)) for column, fall in enumerate(values)]


def _exchanged_falls(
    recommender: Recommender, real: Effects, sequence: IntArray, everything: IntArray, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Return what each attribute would do had the item a random purchased item's value on it; controls are its own."""
    ranker = recommender.ranker
    if not isinstance(ranker, AttributeRanker) or real.attributes is None:
        return []
    columns = np.arange(len(real.attributes))
    others = rng.choice(everything, len(columns))
    spread = float(ranker.score([sequence])[0, 1:].std()) or 1.0
    falls = ranker.contributions(sequence, others)[columns, columns] / spread
    return [(float(fall), real.attribute_control(int(column))) for column, fall in zip(columns, falls, strict=True)]


def _stranger(everything: IntArray, taken: set[int], rng: np.random.Generator) -> int | None:
    """Draw an item as often as it is bought, none of those taken; None where the draw fails a hundred times."""
    drawn = (int(rng.choice(everything)) for _ in range(100))
    return next((item for item in drawn if item not in taken), None)


def _top(recommender: Recommender, sequence: IntArray) -> int:
    scores = recommender.scores([sequence])[0]
    scores[sequence] = -np.inf
    return int(np.argmax(scores))
