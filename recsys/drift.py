"""Drift points: purchases after which a client's taste moved for good, and on which guided attributes.

A client drifted if some split of the purchases parts them better than chance: the energy of a split is the sum over
the attributes of the squared difference between the means of its two sides, in catalogue standard deviations and
weighted by their sizes. Chance is what the same purchases give in random orders (a permutation test of the largest
energy over all splits, so that looking at every split costs nothing in honesty). One test a client needs no correction
over attributes; the p-value of each named attribute is corrected over all attributes and splits by the largest
statistic of each order. What moved is named by the choice model of `recsys.taste_model`. Our own method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.errors import InputError
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import IntArray
from recsys.taste_model import DoubleArray, explain_change
from recsys.trajectory import MIN_PURCHASES

N_BENDING = 3  # purchases named as those that bent the taste
_CHUNK = 128  # random orders tested at a time; bounds memory, changes nothing


@dataclass(frozen=True)
class DriftSettings:
    """How sure a drift must be; the defaults were chosen on the development half of the demo boutique's clients.

    Attributes:
        alpha: Largest p-value of a drift.
        min_side: Purchases needed on either side of a drift.
        max_drifts: Drifts looked for in one client.
        min_gain: Nats of log-likelihood from which a further attribute is named.
        n_orders: Random orders of the permutation test.

    Raises:
        InputError: If a value is outside its range.
    """

    alpha: float = 0.1
    min_side: int = MIN_PURCHASES // 2
    max_drifts: int = 3
    min_gain: float = 4.0
    n_orders: int = 999

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise InputError(f"alpha is {self.alpha!r}: give a number between 0 and 1")
        if min(self.min_side, self.max_drifts, self.n_orders) < 1:
            raise InputError("min_side, max_drifts and n_orders must be at least 1")

    @property
    def min_purchases(self) -> int:
        """Purchases below which no drift can be told."""
        return 2 * self.min_side


@dataclass(frozen=True)
class AttributeMove:
    """One attribute on which a taste moved.

    Attributes:
        direction: +1 for more, -1 for less.
        size: Mean of the purchases after minus mean of those before, catalogue standard deviations.
        p_value: Of this difference, corrected over all attributes and splits.
        gain: What the choice model gains by it, nats.
    """

    attribute: str
    direction: int
    size: float
    p_value: float
    gain: float


@dataclass(frozen=True)
class DriftPoint:
    """A change of a client's taste.

    Attributes:
        index: Position in the sequence, from 0, of the first purchase of the new taste.
        p_value: Of the permutation test.
        moves: What moved, the most telling attribute first; at least one.
        bent_by: Positions of the later purchases that speak for it most, strongest first.
    """

    index: int
    p_value: float
    moves: tuple[AttributeMove, ...]
    bent_by: tuple[int, ...]


@dataclass(frozen=True)
class Split:
    """The best split of a stretch of purchases.

    Attributes:
        index: First purchase of the second side, counted from the start of the sequence.
        start, stop: The stretch.
        p_value: Of the split, at least that of the split it lies beside.
        attribute_p: Corrected p-value of each attribute's difference, float64, (A,).
    """

    index: int
    start: int
    stop: int
    p_value: float
    attribute_p: DoubleArray


def find_drifts(
    guided: GuidedEmbeddings, sequence: IntArray, settings: DriftSettings | None = None, *, seed: int = 0
) -> tuple[DriftPoint, ...]:
    """Find the drift points of one client.

    Args:
        guided: Guided embeddings of the catalogue.
        sequence: Internal item ids, int64, oldest first.
        settings: How sure a drift must be.
        seed: Of the random orders; the same seed, the same answer.

    Returns:
        Drift points in order of time; none where there are too few purchases to tell.
    """
    settings = settings or DriftSettings()
    splits = sure(find_splits(guided, sequence, settings, seed=seed), settings)
    return tuple(describe(guided, sequence, split, settings.min_gain) for split in splits)


def sure(splits: Sequence[Split], settings: DriftSettings) -> list[Split]:
    """Return the splits that are sure enough to be drifts, the surest if there are too many, in order of time."""
    enough = [split for split in splits if split.p_value <= settings.alpha]
    surest = sorted(enough, key=lambda split: split.p_value)[: settings.max_drifts]
    return sorted(surest, key=lambda split: split.index)


def find_splits(guided: GuidedEmbeddings, sequence: IntArray, settings: DriftSettings, *, seed: int = 0) -> list[Split]:
    """Return the best split of the whole and, where several drifts are looked for, of each of its sides.

    Whether a split is sure enough to be a drift is not decided here.
    """
    rng = np.random.default_rng(seed)
    whole = _best_split(guided, sequence, 0, len(sequence), settings, rng)
    if whole is None or settings.max_drifts == 1:
        return [whole] if whole else []
    sides = [(0, whole.index), (whole.index, len(sequence))]
    inner = [_best_split(guided, sequence, *side, settings, rng, at_least=whole.p_value) for side in sides]
    return [whole, *[split for split in inner if split is not None]]


def _best_split(
    guided: GuidedEmbeddings,
    sequence: IntArray,
    start: int,
    stop: int,
    settings: DriftSettings,
    rng: np.random.Generator,
    at_least: float = 0.0,
) -> Split | None:
    points = guided.standard[sequence[start:stop]].astype(np.float64)
    if len(points) < settings.min_purchases:
        return None
    differences = split_differences(points, settings.min_side)
    energy = (differences**2).sum(axis=-1)
    place = int(np.argmax(energy))
    attributes = np.abs(differences[place])
    n_energy, n_attribute = 0, np.zeros(len(attributes))
    for first in range(0, settings.n_orders, _CHUNK):
        n_now = min(_CHUNK, settings.n_orders - first)
        orders = np.argsort(rng.random((n_now, len(points))), axis=1)
        chance = split_differences(points[orders], settings.min_side)
        # a hair below, so that an order that only renames the sides counts as equal
        n_energy += int(((chance**2).sum(axis=-1).max(axis=-1) >= energy[place] * (1 - 1e-9)).sum())
        largest = np.abs(chance).max(axis=(-1, -2))
        n_attribute += (largest[:, None] >= attributes * (1 - 1e-9)).sum(axis=0)
    n_all = settings.n_orders + 1  # the order as it was is one of them
    p_value = max((n_energy + 1) / n_all, at_least)
    return Split(start + settings.min_side + place, start, stop, p_value, (n_attribute + 1) / n_all)


def split_differences(points: DoubleArray, min_side: int) -> DoubleArray:
    """Return the difference of means for every split, in units of its own standard error were the spread 1.

    Args:
        points: One row a purchase, float64, (..., L, A).
        min_side: Rows on either side at least; 2 * min_side <= L.

    Returns:
        Later minus earlier mean, times sqrt(n1 n2 / L), float64, (..., L - 2 * min_side + 1, A).
    """
    length = points.shape[-2]
    n_before = np.arange(min_side, length - min_side + 1)[:, None]
    totals = np.cumsum(points, axis=-2)
    before = totals[..., min_side - 1 : length - min_side, :]
    after = totals[..., -1:, :] - before
    result: DoubleArray = (after / (length - n_before) - before / n_before) * np.sqrt(
        n_before * (length - n_before) / length
    )
    return result


def describe(guided: GuidedEmbeddings, sequence: IntArray, split: Split, min_gain: float) -> DriftPoint:
    """Say what moved at a split, by how much, and which purchases show it."""
    before, after = sequence[split.start : split.index], sequence[split.index : split.stop]
    points = guided.standard.astype(np.float64)
    size = points[after].mean(axis=0) - points[before].mean(axis=0)
    changes = explain_change(guided.standard, before, after, min_gain=min_gain)
    moves = tuple(
        AttributeMove(
            attribute=guided.names[change.column],
            direction=1 if change.weight >= 0 else -1,
            size=float(size[change.column]),
            p_value=float(split.attribute_p[change.column]),
            gain=change.gain,
        )
        for change in changes
    )
    weights = np.zeros(points.shape[1])
    for change in changes:
        weights[change.column] = change.weight
    pull = (points[after] - points[before].mean(axis=0)) @ weights
    strongest = np.argsort(-pull, kind="stable")[:N_BENDING]
    bent_by = tuple(split.index + int(place) for place in strongest if pull[place] > 0)
    return DriftPoint(split.index, split.p_value, moves, bent_by)
