"""One piece for the client in conversation: where it stands for them, why, and what would put it first."""

from __future__ import annotations

from dataclasses import dataclass

from agent.context import TurnContext
from agent.floor import phrasing
from agent.floor.ranked import ranked
from agent.floor.shop import Shop
from agent.floor.standing import standing
from agent.floor.what_if import ways
from agent.state import empty_view
from recsys.schema import Explanation


@dataclass(frozen=True)
class ForClient:
    """A piece as it stands for one client.

    Attributes:
        is_owned: Whether they bought and kept it.
        is_refused: Whether they turned it down, or it holds what they avoid.
        place: Its place among the `n_open` pieces that they may be suggested, 0 where it is none of them.
        reason: Why it would be suggested, None where it would not be.
        ways: The smallest changes that would put it first, each tested; empty where it is first, or none does.
    """

    is_owned: bool
    is_refused: bool
    place: int
    n_open: int
    reason: Explanation | None
    ways: tuple[str, ...]


def piece_for_client(shop: Shop, context: TurnContext, item_id: str) -> ForClient:
    """Rank the catalogue for the conversation's client, and test what would put the piece first.

    Raises:
        NotFound: If the catalogue has no such piece.
    """
    item = shop.catalogue.item(item_id)
    purchases, known, view = shop.purchases(context), standing(shop, context), empty_view()
    ranking = ranked(shop, purchases, known, view, len(shop.catalogue))
    order = [candidate.item_id for candidate in ranking.candidates]
    is_owned = item.item_id in [one.item_id for one in purchases]
    is_refused = item.item_id in known.refused
    if item.item_id not in order:
        return ForClient(is_owned, is_refused, 0, len(order), None, ())
    place = order.index(item.item_id) + 1
    they = phrasing.voice(context.actor.role).they
    found = ways(shop, purchases, known, view, ranking, item.item_id, they) if place > 1 else []
    reason = next(iter(shop.explainer.work([(purchases, item.item_id)], known.moves))).explanation
    return ForClient(is_owned, is_refused, place, len(order), reason, tuple(way.words for way in found))
