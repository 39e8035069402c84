"""The counterfactual test of a reason on show: where the item would stand without what the reason rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.events import Card
from agent.floor.shop import Shop
from recsys.faithfulness import places
from recsys.schema import Evidence
from recsys.seller.facts import Purchase


@dataclass(frozen=True)
class Trial:
    """What the test found of one cause: the item's place with and without it."""

    cause: Evidence
    place: int
    place_without: int
    n_items: int

    @property
    def lowers(self) -> bool:
        """Whether the item would stand lower without the cause."""
        return self.place_without > self.place


def tried(shop: Shop, purchases: Sequence[Purchase], card: Card, moves: Mapping[str, float]) -> Trial | None:
    """Test the causes of a card's reason, the strongest first, until the item stands lower without one.

    Args:
        moves: What the item was ranked with along the guided attributes.

    Returns:
        The test of that cause, else that of the strongest; None where the reason rests on no cause.
    """
    causes = [fact for fact in (card.reason.evidence if card.reason else ()) if fact.is_cause]
    row, sequence = shop.catalogue.ids.to_internal(card.item.item_id), shop.internal(purchases)
    strongest = None
    for cause in sorted(causes, key=lambda fact: -fact.effect):
        trial = Trial(cause, *places(shop.recommender, sequence, row, cause, moves), len(shop.catalogue))
        if trial.lowers:
            return trial
        strongest = strongest or trial
    return strongest
