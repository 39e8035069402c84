"""From which score independent readers agree that an item has much, or little, of a quality."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.data.text_files import read_lines
from recsys.errors import InputError
from recsys.evaluation.markdown import markdown_table
from recsys.guided.attributes import SCALE
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray

AGREEING = 0.9  # share of the other readers' scores that must lie on the same side
MIN_READINGS = 20  # scores with fewer readings decide nothing
N_RESAMPLES = 500
MIDDLE = sum(SCALE) / 2

Side = Literal["much", "little"]


@dataclass(frozen=True)
class ScoreRow:
    """Items that one reader gave a score, and what the others said of them.

    Attributes:
        n: Readings with this score that could be stated.
        same_side: Share of the other readers' scores on the same side of the middle of the scale.
        beyond_mean: Share of them beyond the attribute's catalogue mean, on the same side.
        from_here: `same_side` over this score and all further out.
    """

    score: int
    n: int
    same_side: float
    beyond_mean: float
    from_here: float


@dataclass(frozen=True)
class ScoreBound:
    """The measured bound of one side.

    Attributes:
        measured: The score nearest the middle from which on, at every score with enough readings, at least AGREEING
            of the other readers are on the same side; None where there is none.
        low, high: Its 95 % bootstrap interval over items; a resample without a bound counts as one beyond the scale.
        relative: The same where the other readers must be beyond the attribute's catalogue mean.
        rows: By score, from the middle outwards.
    """

    side: Side
    today: float
    measured: int | None
    low: float
    high: float
    relative: int | None
    n_items: int
    n_readers: int
    rows: tuple[ScoreRow, ...]

    def table(self) -> str:
        """Return the rows as a Markdown table under a line with the bound."""
        rows = [
            [str(one.score), str(one.n), *(f"{x:.1%}" for x in (one.same_side, one.beyond_mean, one.from_here))]
            for one in self.rows
        ]
        bound, relative = ("none" if one is None else str(one) for one in (self.measured, self.relative))
        title = (
            f"{self.side}: {self.n_readers} readers of {self.n_items} items; today {self.today:g}, "
            f"recommended {bound} [{self.low:g}, {self.high:g}]; against the catalogue mean {relative}"
        )
        header = ["score", "readings", "others on the same side", "others beyond the mean", "same side, from here on"]
        return "\n".join(["", title, "", *markdown_table(header, rows)])


def read_readings(path: Path, names: Sequence[str]) -> FloatArray:
    """Read repeated scores from a CSV file with the header item_id,annotator,<attribute names>.

    Args:
        path: UTF-8 text, comma separated; every item scored by every annotator.
        names: Attribute names that must be columns.

    Returns:
        Scores, float32, (items, readers, A), columns in the order of `names`.

    Raises:
        InputError: If a column is missing, a value is no score, or an item lacks a reader.
    """
    reader = csv.DictReader(read_lines(path))
    missing = [name for name in ("item_id", "annotator", *names) if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"{path}: line 1: column {missing[0]!r} is missing; expected item_id,annotator,{','.join(names)}"
        )
    found: dict[str, dict[str, list[float]]] = {}
    for row in reader:
        try:
            values = [float(row[name]) for name in names]
        except (TypeError, ValueError):
            values = [float("nan")]
        if not all(SCALE[0] <= value <= SCALE[1] for value in values):
            raise InputError(f"{path}: line {reader.line_num}: a score is not a number from {SCALE[0]} to {SCALE[1]}")
        found.setdefault(row["item_id"], {})[row["annotator"]] = values
    readers = sorted({one for rows in found.values() for one in rows})
    if len(readers) < 2:
        problem = f"only one annotator, {readers[0]!r}" if readers else "has no scores"
        raise InputError(f"{path}: {problem}; score the same items with two or more annotators")
    short = next((item for item, rows in found.items() if len(rows) != len(readers)), None)
    if short is not None:
        raise InputError(f"{path}: item {short!r} lacks a reader; every item needs all of {', '.join(readers)}")
    return np.array([[rows[one] for one in readers] for rows in found.values()], dtype=np.float32)


def measure_score_bounds(
    readings: FloatArray, guided: GuidedEmbeddings, *, today: tuple[float, float], notable: float, seed: int = 0
) -> tuple[ScoreBound, ScoreBound]:
    """Measure from which score an item may be said to have much, and up to which little, of a quality.

    Each reading is taken in turn as the score on record, the other readers of the same item as the judges. Only
    readings that stand out from the catalogue count, on attributes with a phrase for that side: no others are stated.

    Args:
        readings: float32, (items, readers, A), attributes as in `guided`.
        guided: Gives catalogue mean and spread of each attribute.
        today: The bounds in use, much and little.
        notable: Standard deviations from the mean from which a score stands out.
        seed: Of the bootstrap over items.
    """
    mean, spread = guided.raw[1:].mean(axis=0), guided.raw[1:].std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    position = (readings - mean) / spread
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(readings), len(readings)) for _ in range(N_RESAMPLES)]
    attributes = guided.attribute_set.attributes
    high = np.array([one.statable and bool(one.high) for one in attributes])
    low = np.array([one.statable and bool(one.low) for one in attributes])
    return (
        _measure_side("much", readings, mean, (position >= notable) & high, today[0], draws),
        _measure_side("little", readings, mean, (position <= -notable) & low, today[1], draws),
    )


def _measure_side(
    side: Side,
    readings: FloatArray,
    mean: FloatArray,
    stated: NDArray[np.bool_],
    today: float,
    draws: Sequence[NDArray[np.int64]],
) -> ScoreBound:
    """Count for each score and item how many of the other readers agree, then find the bound and resample items."""
    sign = 1.0 if side == "much" else -1.0
    same, beyond = sign * (readings - MIDDLE) > 0, sign * (readings - mean) > 0
    others = readings.shape[1] - 1
    agree = np.stack([one.sum(axis=1, keepdims=True) - one for one in (same, beyond)])  # (2, N, R, A)
    scores = [score for score in range(SCALE[0], SCALE[1] + 1) if sign * (score - MIDDLE) > 0]
    scores.sort(key=lambda score: sign * score)  # from the middle outwards
    at = np.stack([(np.rint(readings) == score) & stated for score in scores])  # (S, N, R, A)
    n = at.sum(axis=(2, 3))  # (S, N)
    hits = np.stack([(at * one).sum(axis=(2, 3)) for one in agree])  # (2, S, N)
    measured, relative = (_outermost(scores, n.sum(axis=1), one.sum(axis=1), others) for one in hits)
    beyond_scale = SCALE[1] + 1 if side == "much" else SCALE[0] - 1
    drawn = [_outermost(scores, n[:, draw].sum(axis=1), hits[0][:, draw].sum(axis=1), others) for draw in draws]
    low, high = np.percentile([beyond_scale if one is None else one for one in drawn], [2.5, 97.5])
    rows = tuple(_row(scores[k], n[k], hits[:, k], others, n[k:], hits[0, k:]) for k in range(len(scores)))
    return ScoreBound(side, today, measured, float(low), float(high), relative, len(readings), others + 1, rows)


def _row(
    score: int,
    n: NDArray[np.int64],
    hits: NDArray[np.int64],
    others: int,
    n_outwards: NDArray[np.int64],
    hits_outwards: NDArray[np.int64],
) -> ScoreRow:
    """Put one score's counts, n (N,) and hits (2, N), and those of all scores further out, into shares."""
    same_side, beyond_mean = (float(one.sum() / max(n.sum() * others, 1)) for one in hits)
    from_here = float(hits_outwards.sum() / max(n_outwards.sum() * others, 1))
    return ScoreRow(score, int(n.sum()), same_side, beyond_mean, from_here)


def _outermost(scores: Sequence[int], n: NDArray[np.int64], hits: NDArray[np.int64], others: int) -> int | None:
    """Return the score nearest the middle from which on every score with enough readings has enough agreement."""
    bound = None
    for k in reversed(range(len(scores))):
        if n[k] < MIN_READINGS:
            continue
        if hits[k] < AGREEING * n[k] * others:
            break
        bound = scores[k]
    return bound
