"""What is known of the conversation's client."""

from __future__ import annotations

from agent.context import TurnContext
from agent.events import TextDelta
from agent.floor import phrasing
from agent.floor.shop import Emit, Shop
from agent.state import TurnResult


def profile(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Tell what is known of the client."""
    client = shop.client(context)
    purchases = shop.purchases(context)
    bought = [(shop.catalogue.item(purchase.item_id), purchase.at) for purchase in purchases]
    opinions = shop.opinions.all(context.actor, client.client_id)
    said = [(entry, shop.catalogue.item(entry.item_id)) for entry in opinions]
    text = phrasing.profile_text(
        client, bought, shop.taste_words(purchases), said, with_notes=context.actor.role != "shopper"
    )
    emit(TextDelta(text + "\n\n"))
    return TurnResult(f"Shown to the person already, do not repeat it:\n{text}")
