"""The smallest change that puts an item first: along one named attribute, along two, or by a price bound.

Moves shift scores linearly (`recsys.steering`), so one attribute is solved exactly: each rival sets a lower or an
upper bound on the move. For two, one is tried at every tenth within the limit and the other solved for. Steps are said
to a tenth, so they are rounded to a tenth away from zero and tested again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from recsys.ranker import FloatArray
from recsys.steering import MAX_MOVE, STEP

TENTH = 0.1
_MARGIN = 1e-4  # first means first, not level
_RIVALS = 150  # how many rivals the search for two attributes begins with


@dataclass(frozen=True)
class Contest:
    """One item against its rivals.

    Attributes:
        gaps: Each rival's score minus the item's, float32, (R,).
        leads: The item's standardised attributes minus each rival's, float32, (R, A).
        names: Attribute names in column order.
        in_force: Moves already made, which leave less room within +-MAX_MOVE.
    """

    gaps: FloatArray
    leads: FloatArray
    names: tuple[str, ...]
    in_force: Mapping[str, float]

    @property
    def is_won(self) -> bool:
        """Whether the item is first as things are."""
        return len(self.gaps) == 0 or float(self.gaps.max()) < 0

    def wins(self, moves: Mapping[str, float]) -> bool:
        """Whether the item is before every rival once these moves are added."""
        direction = np.array([moves.get(name, 0.0) for name in self.names], dtype=np.float64)
        return bool(np.all(STEP * (self.leads @ direction) - self.gaps > 0))

    def room(self, column: int) -> tuple[float, float]:
        """Return the lowest and highest move that may still be added on an attribute."""
        now = self.in_force.get(self.names[column], 0.0)
        return -MAX_MOVE - now, MAX_MOVE - now


def smallest_move(contest: Contest) -> dict[str, float] | None:
    """Return the smallest move along one attribute that puts the item first, None where none within the limit does."""
    found = [
        {contest.names[column]: move}
        for column in range(len(contest.names))
        if (move := _along(contest, column)) is not None
    ]
    return min(found, key=lambda moves: abs(next(iter(moves.values()))), default=None)


def smallest_pair(contest: Contest) -> dict[str, float] | None:
    """Return the smallest moves along two attributes that together put the item first, None where none do.

    The size of a pair is the sum of both moves' lengths.
    """
    chosen = np.argsort(-contest.gaps)[:_RIVALS]
    best: dict[str, float] | None = None
    for one, other in combinations(range(len(contest.names)), 2):
        pair = _pair(contest, one, other, chosen)
        if pair is not None and (best is None or _size(pair) < _size(best) - 1e-9):
            best = pair
    return best


def price_bound(price: int, above: Sequence[int | None]) -> tuple[str, int] | None:
    """Return a bound on the price that removes all that is above an item: ("max" or "min", minor units), or None.

    Args:
        price: The item's price in minor units.
        above: Prices of the items above it; one without a price satisfies no bound.
    """
    known = [one for one in above if one is not None]
    if all(one > price for one in known):
        return "max", price
    if all(one < price for one in known):
        return "min", price
    return None


def _size(moves: Mapping[str, float]) -> float:
    return sum(abs(move) for move in moves.values())


def _along(contest: Contest, column: int) -> float | None:
    low, high = _interval(contest.gaps, STEP * contest.leads[:, column])
    lowest, highest = contest.room(column)
    move = _shortest(float(low), float(high), lowest, highest)
    return move if move is not None and contest.wins({contest.names[column]: move}) else None


def _interval(gaps: FloatArray, leads: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return between which moves the item leads every rival; gaps (..., R), leads (R,)."""
    needed = gaps + _MARGIN
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = needed / leads
    low = np.where(leads > 0, bound, -np.inf).max(axis=-1, initial=-np.inf)
    high = np.where(leads < 0, bound, np.inf).min(axis=-1, initial=np.inf)
    hopeless = ((leads == 0) & (needed > 0)).any(axis=-1)
    return np.where(hopeless, np.inf, low), np.where(hopeless, -np.inf, high)


def _shortest(low: float, high: float, lowest: float, highest: float) -> float | None:
    """Return the shortest move between two bounds, to a tenth away from zero where that still lies between them."""
    if low > high or low > highest + 1e-9 or high < lowest - 1e-9:
        return None
    if low <= 0 <= high:
        return 0.0
    exact = low if low > 0 else high
    rounded = math.copysign(math.ceil(abs(exact) / TENTH - 1e-6) * TENTH, exact)
    within = low <= rounded <= high and lowest - 1e-9 <= rounded <= highest + 1e-9
    return round(rounded, 6) if within else exact


def _pair(contest: Contest, one: int, other: int, chosen: np.ndarray) -> dict[str, float] | None:
    """Return the shortest moves along two attributes; rivals that spoil them are added until none does."""
    for _ in range(8):
        found = _pair_against(contest, one, other, chosen)
        if found is None or contest.wins(found):
            return found
        direction = np.array([found.get(name, 0.0) for name in contest.names])
        spoilers = np.flatnonzero(STEP * (contest.leads @ direction) - contest.gaps <= 0)
        chosen = np.union1d(chosen, spoilers)
    return None


def _pair_against(contest: Contest, one: int, other: int, chosen: np.ndarray) -> dict[str, float] | None:
    lowest, highest = contest.room(one)
    steps = np.arange(math.ceil(lowest / TENTH - 1e-6), math.floor(highest / TENTH + 1e-6) + 1) * TENTH
    steps = steps[np.abs(steps) > 1e-9]
    first, second = STEP * contest.leads[chosen, one], STEP * contest.leads[chosen, other]
    low, high = _interval(contest.gaps[chosen][None, :] - steps[:, None] * first[None, :], second)
    best: dict[str, float] | None = None
    for step, least, most in zip(steps.tolist(), low.tolist(), high.tolist(), strict=True):
        move = _shortest(least, most, *contest.room(other))
        if move is not None:
            pair = {contest.names[one]: round(step, 6), contest.names[other]: move}
            if best is None or _size(pair) < _size(best):
                best = {name: value for name, value in pair.items() if value}
    return best
