"""The first words of a conversation, and what could be asked."""

from __future__ import annotations

from agent.assistant import Assistant
from agent.context import TurnContext
from agent.floor.introducing import starters
from agent.floor.phrasing import enumerate_words
from agent.floor.shop import Shop
from ui.turn import Block, Remark, Words

SUITS = "What would suit me?"
_PLANNED = "No language model answers here: what you write is read by fixed rules."
_FIRST = "Say what you wish for in your own words, or begin below: I suggest pieces, and each card says why."


def first_wishes(shop: Shop) -> tuple[str, ...]:
    """Return what a person without a purchase could ask first: wishes that get a tested reason before all else."""
    return (*starters(shop, 2), SUITS)


def greeting(assistant: Assistant, context: TurnContext) -> tuple[Block, ...]:
    """Return what a new conversation shows; a notice that no language model answers comes first."""
    notice = assistant.backend.notice
    if context.actor.role == "shopper" and assistant.backend.kind == "planner":
        notice = _PLANNED  # why there is no model is the house's to know
    first = (Remark(notice),) if notice else ()
    return (*first, _words(assistant, context))


def _words(assistant: Assistant, context: TurnContext) -> Words:
    if context.client_id is None:
        text = "Ask across your whole client book: who bought what, whom to contact today, whom a new piece would suit."
        kinds = [kind.casefold() for kind in assistant.shop.catalogue.categories[:2]]
        across = (f"Who bought {kinds[0]} but no {kinds[1]}?",) if len(kinds) == 2 else ()
        return Words(text, chips=("Whom should I contact today?", *across))
    shop = assistant.shop
    client = shop.client(context)
    bought = shop.purchases(context)
    taste = enumerate_words(shop.taste_words(bought)[:2])
    kinds = [category.casefold() for category in shop.catalogue.categories[:1]]
    if context.actor.role == "shopper":
        welcome = f"Welcome{f', {client.name}' if client.name else ''}."
        if not len(bought):
            return Words(f"{welcome} {_FIRST}", chips=first_wishes(shop))
        leans = f" So far you lean towards what is {taste}." if taste else ""
        chips = (SUITS, *(f"Show me {kind}" for kind in kinds))
        return Words(f"{welcome}{leans} What are you looking for?", chips=chips)
    leans = f" Their choices lean towards what is {taste}." if taste else ""
    text = f"This is about {client.called}.{leans}"
    chips = ("What would suit them?", *(f"Show me {kind}" for kind in kinds), "What do we know of them?")
    return Words(f"{text} Ask for a suggestion, search, or change what is shown.", chips=chips)
