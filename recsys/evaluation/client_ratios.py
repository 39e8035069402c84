"""Measures as ratios over clients, so that systems compare pair by pair: sums of a client's texts, resampled together.

A measure of texts has a numerator and a denominator for each text (passed every check: 1 of 1; right among the texts
that speak of order: 1 of 1, or 0 of 0 where a text does not). A client is drawn with all texts written for her.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np

from recsys.errors import InputError
from recsys.evaluation.ranking_report import N_RESAMPLES, Interval
from recsys.evaluation.utility_choice import Values


@dataclass(frozen=True, eq=False)
class ClientRatio:
    """One measure of one system.

    Attributes:
        clients: Distinct client ids, sorted.
        sums: Numerator and denominator of each client, float64, (U, 2).
    """

    clients: tuple[str, ...]
    sums: Values

    @classmethod
    def of(cls, clients: Sequence[str], numerators: Values, denominators: Values | None = None) -> ClientRatio:
        """Sum a measure's rows by client.

        Args:
            clients: Whose each row is, T of them.
            numerators: (T,).
            denominators: (T,); None for a mean over rows.
        """
        names, index = np.unique(np.asarray(clients, dtype=np.str_), return_inverse=True)
        sums = np.zeros((len(names), 2), dtype=np.float64)
        below = np.ones(len(numerators)) if denominators is None else denominators
        np.add.at(sums, index, np.stack([numerators, below], axis=1).astype(np.float64))
        return cls(tuple(names.tolist()), sums)

    def interval(self, seed: int) -> Interval:
        """Return the ratio with its 95 % bootstrap interval; NaN where the denominator is nothing."""
        return _interval(_ratio(self.sums.sum(axis=0)[None])[0], self._drawn(seed))

    def minus(self, other: ClientRatio, seed: int) -> Interval:
        """Return the paired difference, both from the same resamples.

        Raises:
            InputError: If the two are of other clients.
        """
        if self.clients != other.clients:
            raise InputError("the two systems have texts for different clients: score both on the same cases")
        centre = _ratio(self.sums.sum(axis=0)[None])[0] - _ratio(other.sums.sum(axis=0)[None])[0]
        return _interval(centre, self._drawn(seed) - other._drawn(seed))

    def _drawn(self, seed: int) -> Values:
        return _ratio(_draws(len(self.clients), seed) @ self.sums)


def differences(
    of: Mapping[str, ClientRatio], minus: Mapping[str, ClientRatio], names: Sequence[str], seed: int
) -> dict[str, Interval]:
    """Return the paired differences of the named measures that both systems have."""
    return {name: of[name].minus(minus[name], seed) for name in names if name in of and name in minus}


def as_json(interval: Interval) -> dict[str, float | None]:
    """Return an interval as JSON-ready values; None for what is undefined."""
    return {name: None if math.isnan(value) else round(value, 6) for name, value in asdict(interval).items()}


def excludes_zero(interval: Interval) -> bool:
    """Whether the whole interval lies on one side of zero."""
    return interval.low > 0 or interval.high < 0


@cache
def _draws(n_clients: int, seed: int) -> Values:
    """Return how much each client weighs in each resample, (N_RESAMPLES, U); the draws of `resampled_means`."""
    rng = np.random.default_rng(seed)
    drawn = [np.bincount(rng.integers(0, n_clients, n_clients), minlength=n_clients) for _ in range(N_RESAMPLES)]
    return np.stack(drawn).astype(np.float64) / n_clients


def _ratio(sums: Values) -> Values:
    ratio = np.full(len(sums), np.nan)
    np.divide(sums[:, 0], sums[:, 1], out=ratio, where=sums[:, 1] > 0)
    return ratio


def _interval(centre: float, drawn: Values) -> Interval:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(centre) or not len(known):
        return Interval(math.nan, math.nan, math.nan)
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(float(centre), float(low), float(high))
