"""New slates: a search, a recommendation."""

from __future__ import annotations

from agent.context import TurnContext
from agent.floor.search import likened
from agent.floor.shop import Emit, Shop
from agent.floor.slates import show
from agent.state import SlateState, TurnResult, View
from recsys.schema import Filters


def search(
    shop: Shop, context: TurnContext, state: SlateState, query: str, filters: Filters, emit: Emit
) -> TurnResult:
    """Find items by words and filters, ordered by relevance and then by what suits the client."""
    like = likened(shop, state, query)
    view = View(slate=[], moves={}, filters=filters.model_dump(), query="" if like else query, like=like)
    return show(shop, context, state, view, emit)


def recommend(
    shop: Shop, context: TurnContext, state: SlateState, words: str, filters: Filters, emit: Emit
) -> TurnResult:
    """Suggest items for the client; `words` that name no filter narrow the suggestions by their meaning."""
    view = View(slate=[], moves={}, filters=filters.model_dump(), query=words, like="")
    return show(shop, context, state, view, emit)
