"""Items on show side by side, on what weighs most for the client."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.context import TurnContext
from agent.floor import phrasing
from agent.floor.shop import Emit, Shop
from agent.state import SlateState, TurnResult, empty_view
from recsys.seller.evidence import Purchase

_COLUMNS = 4


def compare(shop: Shop, context: TurnContext, state: SlateState, items: Sequence[str], emit: Emit) -> TurnResult:
    """Put items on show side by side, on the attributes that weigh most for the client."""
    slate = (state.get("view") or empty_view())["slate"]
    positions = list(dict.fromkeys(shop.position(state, item) for item in items))
    if len(positions) < 2:
        positions = list(range(len(slate)))
    purchases = shop.purchases(context)
    rows = [shop.catalogue.ids.to_internal(slate[position]) for position in positions]
    cards = tuple(shop.card(position + 1, slate[position]) for position in positions)
    emit(phrasing.compare(cards, shop.recommender.guided, rows, _weighing(shop, purchases)))
    names = "; ".join(phrasing.line(card.reference, card.item) for card in cards)
    return TurnResult(
        f"A comparison table is shown of: {names}.",
        "Side by side, on what weighs most for them.",
        references=[slate[position] for position in positions],
    )


def _weighing(shop: Shop, purchases: Sequence[Purchase]) -> list[int]:
    guided = shop.recommender.guided
    if guided is None:
        return []
    taste = guided.taste(shop.internal(purchases))
    return [int(column) for column in np.argsort(-np.abs(taste))[:_COLUMNS]]
