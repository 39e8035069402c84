"""Critiques: changing the slate on show by signed moves and filters, without what was shown already."""

from __future__ import annotations

import numpy as np

from agent.context import TurnContext
from agent.floor.shop import Emit, Shop
from agent.floor.slates import show, undo
from agent.state import SlateState, TurnResult, View, empty_view
from recsys.schema import Filters
from recsys.steering import Critique, combine


def refine(shop: Shop, context: TurnContext, state: SlateState, critique: str, emit: Emit) -> TurnResult:
    """Change the slate on show by a critique, or take the last change back."""
    view = state.get("view") or empty_view()
    asked = shop.wishes.critique(critique)
    if asked.undo:
        return undo(shop, context, state, emit)
    if not asked.understood:
        spoken = f"I cannot change the suggestions that way. I can make them: {shop.wishes.possible()}."
        return TurnResult(spoken, spoken)
    problem = _unworkable(shop, asked)
    if problem:
        return TurnResult(problem, problem)
    changed = View(
        slate=[],
        moves=combine(view["moves"], asked.moves),
        filters=_narrowed(shop, view, asked).model_dump(),
        query=view["query"],
        like=view["like"],
    )
    return show(shop, context, state, changed, emit, exclude=_not_again(shop, state, view, asked))


def _narrowed(shop: Shop, view: View, asked: Critique) -> Filters:
    filters = Filters.model_validate(view["filters"])
    prices = [price for item_id in view["slate"] if (price := shop.catalogue.item(item_id).price_minor) is not None]
    change: dict[str, object] = {}
    if asked.price == "cheaper" and prices:
        change["max_price_minor"] = int(np.median(prices)) - 1
        change["min_price_minor"] = None
    if asked.price == "dearer" and prices:
        change["min_price_minor"] = int(np.median(prices)) + 1
        change["max_price_minor"] = None
    if asked.max_price is not None:
        change["max_price_minor"] = shop.wishes.minor(asked.max_price)
    if asked.min_price is not None:
        change["min_price_minor"] = shop.wishes.minor(asked.min_price)
    change |= {name: value for name in ("colour", "category", "brand") if (value := getattr(asked, name))}
    return filters.model_copy(update=change)


def _not_again(shop: Shop, state: SlateState, view: View, asked: Critique) -> list[str]:
    """Items that must not come again: the slate just criticised, and its brands' others if that was asked."""
    again = list(view["slate"]) if not asked.others else list(state.get("shown") or view["slate"])
    if asked.other_brands:
        brands = {shop.catalogue.item(item_id).brand for item_id in view["slate"]}
        again += [item.item_id for item in shop.catalogue.items if item.brand and item.brand in brands]
    return again


def _unworkable(shop: Shop, asked: Critique) -> str | None:
    priced = asked.price or asked.max_price is not None or asked.min_price is not None
    if priced and shop.catalogue.currency is None:
        return "This catalogue has no prices, so I cannot go by price here."
    return None
