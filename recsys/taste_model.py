"""A client's taste as a choice: items are picked in proportion to exp(taste . z), z their guided embedding.

The mean of what a client buys mixes up attributes that go together in the catalogue (what is formal is mostly for the
evening too). The choice model does not: it asks which attribute, if wanted more, makes the purchases likely. It is a
conditional logit over the whole catalogue with a normal prior, so that few purchases move a taste little; our choice,
not one of the two methods'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.ranker import FloatArray, IntArray

DoubleArray = NDArray[np.float64]

PRIOR_VARIANCE = 0.25  # of a weight of a taste around zero
CHANGE_VARIANCE = 1.0  # of a change of a weight
_STEPS, _PRECISION = 25, 1e-4


@dataclass(frozen=True)
class Change:
    """One attribute that a client came to want more or less.

    Attributes:
        column: Of the attribute in the guided embedding.
        weight: Change of the taste's weight, utility for one standard deviation; its sign is the direction.
        gain: Rise of the penalised log-likelihood of the later purchases through it, nats.
    """

    column: int
    weight: float
    gain: float


def fit_taste(standard: FloatArray, sequence: IntArray) -> DoubleArray:
    """Return the most probable taste of a client, float64, (A,).

    Args:
        standard: z-scores of the catalogue, float32, (N + 1, A); row 0 is padding.
        sequence: Internal item ids, int64, (L,), in any order; an empty one gives zeros.
    """
    n_attributes = standard.shape[1]
    start = np.zeros(n_attributes)
    return _climb(standard, sequence, start, list(range(n_attributes)), PRIOR_VARIANCE)[0]


def explain_change(
    standard: FloatArray, before: IntArray, after: IntArray, *, min_gain: float, n_most: int = 3
) -> list[Change]:
    """Return the attributes whose change explains the later purchases best, the strongest first.

    Attributes enter one by one, each time the one that promises the highest likelihood; the first always enters, a
    further one only while it gains enough. All that have entered are fitted together.

    Args:
        standard: z-scores of the catalogue, float32, (N + 1, A); row 0 is padding.
        before, after: Internal item ids, int64, of the purchases on either side, both at least one.
        min_gain: Nats that a further attribute must gain.
        n_most: Attributes at most.
    """
    old = fit_taste(standard, before)
    taste, chosen, gains = old, list[int](), list[float]()
    reached = _climb(standard, after, old, [], CHANGE_VARIANCE)[1]
    for _ in range(min(n_most, standard.shape[1])):
        column = _most_promising(standard, after, taste, chosen)
        fitted, likelihood = _climb(standard, after, old, [*chosen, column], CHANGE_VARIANCE)
        if chosen and likelihood - reached < min_gain:
            break
        chosen.append(column)
        gains.append(likelihood - reached)
        taste, reached = fitted, likelihood
    return [Change(k, float(taste[k] - old[k]), gain) for k, gain in zip(chosen, gains, strict=True)]


def _most_promising(standard: FloatArray, sequence: IntArray, taste: DoubleArray, chosen: Sequence[int]) -> int:
    """Return the column whose change gains most, by a second-order step from the present taste."""
    mean, covariance, _ = _expect(standard, taste)
    slope = standard[sequence].sum(axis=0, dtype=np.float64) - len(sequence) * mean
    promise = slope**2 / (len(sequence) * np.diag(covariance) + 1 / CHANGE_VARIANCE)
    promise[list(chosen)] = -np.inf
    return int(np.argmax(promise))


def _expect(standard: FloatArray, taste: DoubleArray) -> tuple[DoubleArray, DoubleArray, float]:
    """Return mean (A,) and covariance (A, A) of what a taste picks, and the log of the sum of exp(utility)."""
    rows = standard[1:].astype(np.float64)
    utility = rows @ taste
    top = float(utility.max())
    odds = np.exp(utility - top)
    share = odds / odds.sum()
    mean = share @ rows
    return mean, (rows * share[:, None]).T @ rows - np.outer(mean, mean), top + float(np.log(odds.sum()))


def _climb(
    standard: FloatArray, sequence: IntArray, centre: DoubleArray, free: list[int], variance: float
) -> tuple[DoubleArray, float]:
    """Maximise the penalised log-likelihood over the free columns by Newton steps, halved while they overshoot.

    Args:
        standard: z-scores of the catalogue, (N + 1, A).
        sequence: The purchases.
        centre: Taste to start from, and mean of the prior, (A,).
        free: Columns that may move.
        variance: Of the prior.

    Returns:
        The taste, (A,), and the log-likelihood reached, prior included.
    """
    total, n = standard[sequence].sum(axis=0, dtype=np.float64), len(sequence)
    taste = centre.copy()
    mean, covariance, log_sum = _expect(standard, taste)
    reached = float(total @ taste) - n * log_sum
    for _ in range(_STEPS if free else 0):
        slope = (total - n * mean)[free] - (taste - centre)[free] / variance
        curvature = n * covariance[np.ix_(free, free)] + np.eye(len(free)) / variance
        step = np.linalg.solve(curvature, slope)
        while True:
            trial = taste.copy()
            trial[free] += step
            mean, covariance, log_sum = _expect(standard, trial)
            likelihood = float(total @ trial) - n * log_sum - float(((trial - centre) ** 2).sum()) / (2 * variance)
            if likelihood >= reached or np.abs(step).max() < _PRECISION:
                break
            step = step / 2
        taste, reached = trial, likelihood
        if np.abs(step).max() < _PRECISION:
            break
    return taste, reached
