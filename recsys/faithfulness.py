"""Counterfactual tests of reasons against the ranker: does removing a cause lower the score of what it explains?

Effects are in standard deviations of the ranking's scores for this client. The control of a cause is what removing a
random other cause of the same kind does (the mean over them). Our own measure, not one of the two methods'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recsys.ranker import AttributeRanker, FloatArray, IntArray
from recsys.recommender import Recommender, standardise
from recsys.schema import Evidence
from recsys.steering import STEP

TAU = 0.05  # smallest fall, in standard deviations, that counts as an effect
LATEST = 20  # how many of the latest distinct purchases are tested as causes
N_SHUFFLES = 8


@dataclass(frozen=True)
class Effects:
    """What the ranker's score of one item owes to each possible cause.

    Attributes:
        history: Internal id of a purchased item to the fall of the score when it is removed.
        attributes: Fall when the item's guided attribute is set to the catalogue mean, float32, (A,); None where the
            ranker does not see guided attributes.
        order: Score with the purchases in their order minus the mean score with them shuffled.
    """

    history: Mapping[int, float]
    attributes: FloatArray | None
    order: float

    def history_control(self, item: int) -> float:
        """Mean fall when another purchase than `item` is removed; 0 where there is no other."""
        others = [effect for other, effect in self.history.items() if other != item]
        return float(np.mean(others)) if others else 0.0

    def attribute_control(self, column: int) -> float:
        """Mean fall when another attribute than `column` is removed."""
        if self.attributes is None or len(self.attributes) < 2:
            return 0.0
        return float(np.delete(self.attributes, column).mean())

    @property
    def order_matters(self) -> bool:
        """Whether a text about this item may use words of sequence ("lately", "since then")."""
        return self.order >= TAU


def measure(recommender: Recommender, sequence: IntArray, item: int) -> Effects:
    """Test every possible cause of one item's score by removing it from the ranker's input.

    Args:
        recommender: Its ranker is asked for all counterfactual sequences in one batch.
        sequence: The client's internal item ids, oldest first.
        item: The internal id of the item to explain.
    """
    latest = list(dict.fromkeys(int(owned) for owned in sequence[::-1]))[:LATEST]
    rng = np.random.default_rng(item)  # the same question always gets the same answer
    shuffled = [rng.permutation(sequence) for _ in range(N_SHUFFLES)] if len(set(sequence.tolist())) > 1 else []
    without = [sequence[sequence != owned] for owned in latest]
    raw = recommender.ranker.score([sequence, *without, *shuffled])
    scores = standardise(raw)[:, item]
    full, removed, reordered = scores[0], scores[1 : 1 + len(latest)], scores[1 + len(latest) :]
    return Effects(
        history={owned: float(full - score) for owned, score in zip(latest, removed, strict=True)},
        attributes=_attribute_effects(recommender, sequence, item, raw[0]),
        order=float(full - reordered.mean()) if len(reordered) else 0.0,
    )


def _attribute_effects(recommender: Recommender, sequence: IntArray, item: int, raw: FloatArray) -> FloatArray | None:
    if not isinstance(recommender.ranker, AttributeRanker):
        return None
    spread = float(raw[1:].std()) or 1.0
    contributions = recommender.ranker.contributions(sequence, np.array([item], dtype=np.int64))[0]
    return np.asarray(contributions / spread, dtype=np.float32)


def move_effect(recommender: Recommender, item: int, attribute: str, move: float) -> float:
    """Return by how much a move on an attribute raised the item's standardised score; exact, moves are additive."""
    if recommender.guided is None:
        return 0.0
    column = recommender.guided.names.index(attribute)
    return float(STEP * move * recommender.guided.standard[item, column])


def places(recommender: Recommender, sequence: IntArray, item: int, cause: Evidence) -> tuple[int, int]:
    """Return the item's place among all items now, and with one cause removed; 1 is best.

    Args:
        sequence: The client's internal item ids, oldest first.
        item: The internal id of the item.
        cause: A history item is taken out of the sequence, an attribute set to the catalogue mean; for a request
            the move is left out, and `sequence` scores without any move in both cases.
    """
    scores = recommender.scores([sequence])[0]
    now, without = scores[item], scores[item]
    other = scores
    if cause.kind == "history":
        other = recommender.scores([sequence[sequence != recommender.catalogue.ids.to_internal(cause.subject)]])[0]
        without = other[item]
    elif cause.kind == "attribute":
        without = without - cause.effect
    else:
        now = now + cause.effect
    return int((scores > now).sum()) + 1, int((other > without).sum()) + 1
