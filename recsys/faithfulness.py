"""Counterfactual tests of reasons against the ranker: does removing a cause lower the score of what it explains?

Effects are in standard deviations of the ranking's scores for this client. The control of a cause is what removing a
random other cause of the same kind does (the mean over them). Our own measure, not one of the two methods'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.ranker import AttributeRanker, FloatArray, IntArray
from recsys.recommender import Recommender, standardise
from recsys.schema import Evidence
from recsys.steering import STEP, steer

Tested = Literal["purchase", "attribute", "house", "order"]
# Smallest falls, in standard deviations, that count as an effect: at most 5 % of causes made false pass them on the
# validation purchases of Amazon Beauty and of the demo boutique ('clienteller evaluate thresholds', the stricter of
# the two, rounded up). A true order must also beat every shuffle; a size of its own would leave next to none.
TAU: Mapping[Tested, float] = {"purchase": 0.40, "attribute": 0.16, "house": 0.49, "order": 0.05}
LATEST = 20  # how many of the latest distinct purchases are tested as causes
N_SHUFFLES = 19  # a true order that beats all of them does so by luck in 1 of 20 cases


@dataclass(frozen=True)
class Effects:
    """What the ranker's score of one item owes to each possible cause.

    Attributes:
        history: Internal id of a purchased item to the fall of the score when it is removed.
        attributes: Fall when the item's guided attribute is set to the catalogue mean, float32, (A,); None where the
            ranker does not see guided attributes.
        order: Score with the purchases in their order minus the mean score with them shuffled.
        house: Fall when the item is taken from its house; 0 where the ranker knows no loyalty.
        house_control: What the same loyalty adds to an item of another of the client's houses, mean over those. An
            item has one house only, so this is the random other cause: a house that she merely owns something of is
            none, the one that she favours is.
        order_control: The best shuffle's score minus their mean: a true order is a cause where it beats them all.
    """

    history: Mapping[int, float]
    attributes: FloatArray | None
    order: float
    house: float = 0.0
    house_control: float = 0.0
    order_control: float = 0.0

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
        return self.order >= TAU["order"] and self.order > self.order_control


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
    house, house_control = _house_effects(recommender, sequence, item, raw[0])
    return Effects(
        history={owned: float(full - score) for owned, score in zip(latest, removed, strict=True)},
        attributes=_attribute_effects(recommender, sequence, item, raw[0]),
        order=float(full - reordered.mean()) if len(reordered) else 0.0,
        house=house,
        house_control=house_control,
        order_control=float(reordered.max() - reordered.mean()) if len(reordered) else 0.0,
    )


def _attribute_effects(recommender: Recommender, sequence: IntArray, item: int, raw: FloatArray) -> FloatArray | None:
    if not isinstance(recommender.ranker, AttributeRanker):
        return None
    spread = float(raw[1:].std()) or 1.0
    contributions = recommender.ranker.contributions(sequence, np.array([item], dtype=np.int64))[0]
    return np.asarray(contributions / spread, dtype=np.float32)


def _house_effects(recommender: Recommender, sequence: IntArray, item: int, raw: FloatArray) -> tuple[float, float]:
    """Return what the item's score owes to its house, and what items of the client's other houses owe to theirs."""
    if not isinstance(recommender.ranker, AttributeRanker):
        return 0.0, 0.0
    brands = {owned: (recommender.catalogue.items[owned - 1].brand or "").casefold() for owned in (item, *sequence)}
    others = {brand: int(owned) for owned, brand in brands.items() if brand and brand != brands[item]}
    asked = np.array([item, *others.values()], dtype=np.int64)
    parts = recommender.ranker.house_parts(sequence, asked) / (float(raw[1:].std()) or 1.0)
    return float(parts[0]), float(parts[1:].mean()) if others else 0.0


def move_effect(recommender: Recommender, item: int, attribute: str, move: float) -> float:
    """Return by how much a move on an attribute raised the item's standardised score; exact, moves are additive."""
    if recommender.guided is None:
        return 0.0
    column = recommender.guided.names.index(attribute)
    return float(STEP * move * recommender.guided.standard[item, column])


def places(
    recommender: Recommender, sequence: IntArray, item: int, cause: Evidence, moves: Mapping[str, float] | None = None
) -> tuple[int, int]:
    """Return the item's place among all items now, and with one cause removed; 1 is best.

    Args:
        sequence: The client's internal item ids, oldest first.
        item: The internal id of the item.
        cause: A history item is taken out of the sequence, an attribute set to the catalogue mean, the item taken
            from its house, its score set to that of a shuffled sequence (order); for a request every move is left out.
        moves: The moves under which the item was suggested.
    """
    moved = dict(moves or {})
    scores = _scored(recommender, sequence, moved)
    now, without, other = scores[item], scores[item], scores
    if cause.kind == "history":
        left = sequence[sequence != recommender.catalogue.ids.to_internal(cause.subject)]
        other = _scored(recommender, left, moved)
        without = other[item]
    elif cause.kind in ("attribute", "house", "order"):
        without = without - cause.effect
    elif moved:
        other = _scored(recommender, sequence, {})
        without = other[item]
    else:  # the moves are not at hand: what the request is worth is added to the score without them
        now = now + cause.effect
    return int((scores > now).sum()) + 1, int((other > without).sum()) + 1


def _scored(recommender: Recommender, sequence: IntArray, moves: Mapping[str, float]) -> FloatArray:
    scores = recommender.scores([sequence])[0]
    return scores if recommender.guided is None else steer(scores, recommender.guided, moves)
