"""How far independent readings of the same items agree, attribute by attribute, and what the scores look like."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from recsys.guided.attributes import SCALE, Agreement, AttributeSet
from recsys.ranker import FloatArray

_FEWEST = 3  # items from which a correlation says anything
_END = 0.5  # points from an end of the scale that count as being there


@dataclass(frozen=True)
class AttributeReport:
    """One attribute's scores over the scored items.

    Attributes:
        agreement: Mean pairwise Pearson correlation between readings.
        at_ends: Share of the items within half a point of 0 or 9.
    """

    name: str
    mean: float
    sd: float
    agreement: float
    at_ends: float
    statable: bool


def measure_agreement(readings: FloatArray, names: tuple[str, ...]) -> dict[str, Agreement]:
    """Return the agreement of each attribute: mean and lowest Pearson correlation between any two readings.

    Args:
        readings: Scores of each reading, float32, (N, R, A), R at least 2. A reading in which all items are equal
            agrees with none, and of fewer than three items no correlation says anything: both count as 0.
        names: Attribute names in column order.
    """
    n_readings = readings.shape[1]
    result = {}
    for column, name in enumerate(names):
        pairs = [
            _correlation(readings[:, one, column], readings[:, other, column])
            for one, other in combinations(range(n_readings), 2)
        ]
        result[name] = Agreement(mean=round(float(np.mean(pairs)), 4), min=round(min(pairs), 4))
    return result


def attribute_reports(values: FloatArray, attribute_set: AttributeSet) -> list[AttributeReport]:
    """Describe calibrated scores, float32, (N, A), of a set that carries the measured agreement."""
    low, high = SCALE
    reports = []
    for column, attribute in zip(values.T, attribute_set.attributes, strict=True):
        at_ends = float(np.mean((column <= low + _END) | (column >= high - _END)))
        agreement = attribute.agreement.mean if attribute.agreement else 1.0
        mean, sd = float(column.mean()), float(column.std())
        reports.append(AttributeReport(attribute.name, mean, sd, agreement, at_ends, attribute.statable))
    return reports


def _correlation(one: FloatArray, other: FloatArray) -> float:
    first, second = (values.astype(np.float64) - values.mean(dtype=np.float64) for values in (one, other))
    scale = float(np.sqrt((first @ first) * (second @ second)))
    return float(np.clip(first @ second / scale, -1.0, 1.0)) if scale > 0 and len(one) >= _FEWEST else 0.0
