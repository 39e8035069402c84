"""What a score owes to each guided attribute and to each single purchase; exact, nothing is sampled.

All parts are in standard deviations of the ranker's scores for this client over the catalogue, so that parts of
different kinds and clients can be set side by side. The parts of the attributes and of loyalty to the item's house add
up: `rest` is exactly the score that the item would have, were it average on every attribute and of no house. The parts
of the purchases do not add up and need not: each says what would be missing without that purchase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.ranker import AttributeRanker, FloatArray, IntArray
from recsys.recommender import Recommender, standardise

LEAST = 0.05  # standard deviations by which a score must fall without a purchase to tell of it at all


@dataclass(frozen=True, eq=False)
class Attribution:
    """One item's score, taken apart.

    Attributes:
        item: Internal id.
        score: Standardised score.
        attributes: What the score loses when the item's attribute is set to the catalogue mean, float32, (A,); None
            where the ranker does not see guided attributes.
        house: What the score loses were the item of no house; 0 where the ranker does not see guided attributes.
        purchases: Internal ids of the distinct purchases, int64, (P,), in order of first purchase.
        effects: What the score loses when every purchase of that item is left out, float32, (P,).
    """

    item: int
    score: float
    attributes: FloatArray | None
    house: float
    purchases: IntArray
    effects: FloatArray

    @property
    def rest(self) -> float:
        """The score of the item were it average on every attribute and of no house; all of it where none is seen."""
        return self.score - self.house - (float(self.attributes.sum()) if self.attributes is not None else 0.0)


@dataclass(frozen=True)
class Because:
    """The purchases behind a suggestion as internal id and effect, strongest first.

    Attributes:
        carried_by: Without each of these the score would be lower.
        despite: Without each of these it would be higher.
    """

    carried_by: tuple[tuple[int, float], ...]
    despite: tuple[tuple[int, float], ...]


def attribute(recommender: Recommender, sequence: IntArray, items: Sequence[int]) -> list[Attribution]:
    """Take the scores of some items apart, all counterfactual sequences scored in one batch.

    Args:
        recommender: Its ranker is asked.
        sequence: The client's internal item ids, int64, oldest first; may be empty.
        items: Internal ids of the items whose scores are taken apart.
    """
    owned = np.array(list(dict.fromkeys(sequence.tolist())), dtype=np.int64)
    columns = np.array(items, dtype=np.int64)
    raw = recommender.ranker.score([sequence, *(sequence[sequence != one] for one in owned)])
    scores = standardise(raw)[:, columns]
    effects = scores[0] - scores[1:]
    attributes, house = _readable_parts(recommender, sequence, columns, raw[0])
    return [
        Attribution(
            int(item),
            float(scores[0, k]),
            None if attributes is None else attributes[k],
            house[k],
            owned,
            effects[:, k],
        )
        for k, item in enumerate(columns)
    ]


def _readable_parts(
    recommender: Recommender, sequence: IntArray, items: IntArray, raw: FloatArray
) -> tuple[list[FloatArray] | None, list[float]]:
    """Return each item's attribute parts, float32, (A,), or None for all, and its house's part."""
    ranker = recommender.ranker
    if not isinstance(ranker, AttributeRanker):
        return None, [0.0] * len(items)
    spread = float(raw[1:].std()) or 1.0
    house: list[float] = (ranker.house_parts(sequence, items) / spread).tolist()
    return list(ranker.contributions(sequence, items) / np.float32(spread)), house


def because(attribution: Attribution, *, n_most: int = 3, at_least: float = LEAST) -> Because:
    """Return which purchases carry an item's score, and which hold it back.

    Args:
        attribution: The score taken apart.
        n_most: Purchases of each kind at most.
        at_least: Smallest effect that counts, standard deviations.
    """
    order = np.argsort(-attribution.effects, kind="stable").tolist()
    pairs = [(int(attribution.purchases[k]), float(attribution.effects[k])) for k in order]
    carried = [pair for pair in pairs if pair[1] >= at_least]
    despite = [pair for pair in reversed(pairs) if pair[1] <= -at_least]
    return Because(tuple(carried[:n_most]), tuple(despite[:n_most]))
