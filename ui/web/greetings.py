"""The first words of a conversation, and what could be asked."""

from __future__ import annotations

from agent.assistant import Assistant
from agent.context import TurnContext
from ui.turn import Block, Remark, Words


def greeting(assistant: Assistant, context: TurnContext) -> tuple[Block, ...]:
    """Return what a new conversation shows; a notice that no language model answers comes first."""
    notice = assistant.backend.notice
    first = (Remark(notice),) if notice else ()
    return (*first, _words(assistant, context))


def _words(assistant: Assistant, context: TurnContext) -> Words:
    if context.client_id is None:
        text = "Ask across your whole client book: who bought what, whom to contact today, whom a new piece would suit."
        return Words(text, chips=("Whom should I contact today?", "Who bought a coat but no scarf?"))
    shop = assistant.shop
    client = shop.client(context)
    taste = shop.taste_words(shop.purchases(context))
    kinds = [category.casefold() for category in shop.catalogue.categories[:1]]
    if context.actor.role == "shopper":
        leans = f" So far you lean towards what is {', '.join(taste[:2])}." if taste else ""
        text = f"Welcome{f', {client.name}' if client.name else ''}.{leans} What are you looking for?"
        return Words(text, chips=("What would suit me?", *(f"Show me {kind}" for kind in kinds)))
    leans = f" Their choices lean towards what is {', '.join(taste[:2])}." if taste else ""
    text = f"This is about {client.name or client.client_id}.{leans}"
    starters = ("What would suit them?", *(f"Show me {kind}" for kind in kinds), "What do we know of them?")
    return Words(f"{text} Ask for a suggestion, search, or change what is shown.", chips=starters)
