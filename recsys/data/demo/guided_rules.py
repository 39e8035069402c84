"""House rules 1: the guided scores of the demo boutique, from what each item is.

The rules, in order:
  1. Every attribute but prestige starts at the score of the item's product type (tables/types.csv).
  2. Line, material, colour and pattern each add their own points (tables/*.yaml).
  3. The model and its variant add theirs: what is true of this piece in particular (`traits`).
  4. Prestige starts at 9 x the mean of two price ranks, among all items and among those of its category; line, pattern
     and traits then add as above.
  5. What leaves the scale is cut off at 0 and 9; scores are rounded to one decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.demo.authored import Deltas, Line, Material, Model, ProductType, Variant
from recsys.guided.attributes import SCALE

SCORER = "house rules 1"
PRESTIGE = "prestige"


@dataclass(frozen=True)
class Piece:
    """One item before it is written down: its authored parts, looked up.

    Attributes:
        colour_scores, pattern_scores: Points of its colour and pattern.
        price: In EUR.
    """

    item_id: str
    kind: ProductType
    line: Line
    material: Material
    colour_scores: Deltas
    pattern_scores: Deltas
    model: Model
    variant: Variant
    price: int

    @property
    def parts(self) -> tuple[Deltas, ...]:
        """Everything that adds points, in the order of the rules."""
        return (
            self.kind.scores,
            self.line.scores,
            self.material.scores,
            self.colour_scores,
            self.pattern_scores,
            self.model.traits,
            self.variant.traits,
        )


def score(pieces: Sequence[Piece], names: Sequence[str]) -> NDArray[np.float64]:
    """Score every piece on every attribute.

    Args:
        pieces: N pieces; prestige compares their prices with each other.
        names: A attribute names, in column order.

    Returns:
        Scores, float64, (N, A), each in [0, 9] with one decimal.

    Raises:
        ValueError: If a table names an attribute that `names` lacks.
    """
    column = {name: index for index, name in enumerate(names)}
    values = np.zeros((len(pieces), len(names)))
    values[:, column[PRESTIGE]] = _price_prestige(pieces)
    for row, piece in enumerate(pieces):
        for deltas in piece.parts:
            for name, points in deltas.items():
                if name not in column:
                    raise ValueError(f"{piece.model.name}: unknown guided attribute {name!r}")
                values[row, column[name]] += points
    low, high = SCALE
    clipped: NDArray[np.float64] = values.clip(low, high).round(1)
    return clipped


def _price_prestige(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    prices = np.array([piece.price for piece in pieces], dtype=np.float64)
    families = np.array([piece.kind.family for piece in pieces])
    within = np.zeros(len(pieces))
    for family in np.unique(families):
        members = families == family
        within[members] = _rank(prices[members])
    prestige: NDArray[np.float64] = SCALE[1] * (0.5 * _rank(prices) + 0.5 * within)
    return prestige


def _rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the others that each value exceeds, ties counted half; 0.5 for a single value."""
    if len(values) == 1:
        return np.full(1, 0.5)
    below = (values[:, None] > values[None, :]).sum(axis=1)
    equal = (values[:, None] == values[None, :]).sum(axis=1) - 1
    shares: NDArray[np.float64] = (below + 0.5 * equal) / (len(values) - 1)
    return shares
