"""Critiques: changing the slate on show by signed moves and filters, without what was shown on the way here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from agent.context import TurnContext
from agent.floor import phrasing
from agent.floor.shop import Emit, Shop
from agent.floor.slates import show, undo
from agent.state import SlateState, TurnResult, View, empty_view
from recsys.catalogue import words
from recsys.schema import Filters
from recsys.steering import MAX_MOVE, Critique, combine

_KEPT = ("brand", "colour", "material", "category", "season", "size")
_LEFT_OUT = ("brand", "colour", "material", "category")


def refine(shop: Shop, context: TurnContext, state: SlateState, critique: str, emit: Emit) -> TurnResult:
    """Change the slate on show by a critique, or take the last change back."""
    view = state.get("view") or empty_view()
    asked = shop.wishes.critique(critique)
    if asked.undo:
        return undo(shop, context, state, emit)
    refused = _unworkable(shop, view, asked)
    if refused:
        return TurnResult(refused, refused, outcome="not possible")
    changed = View(
        **{
            **view,
            "slate": [],
            "moves": combine(view["moves"], asked.moves),
            "filters": narrowed(shop, view, asked).model_dump(mode="json"),
            "without": _not_again(state, view, asked),
        }
    )
    left_out = {word for name in _LEFT_OUT for one in getattr(asked, f"not_{name}") for word in words(one)}
    if left_out:  # the words of the search must not look for what is ruled out now
        changed["query"] = " ".join(one for one in view["query"].split() if not set(words(one)) & left_out)
    if asked.moves:
        changed["superlative"] = ""  # an order over everything has no room for a move
    result = show(shop, context, state, changed, emit)
    notes = " ".join(_notes(shop, view, asked))
    return replace(result, content=f"{result.content} {notes}".strip(), spoken=f"{result.spoken} {notes}".strip())


def narrowed(shop: Shop, view: View, asked: Critique) -> Filters:
    """Return a view's filters changed by a critique: what is asked for replaces, what is ruled out adds up."""
    filters = Filters.model_validate(view["filters"])
    change: dict[str, Any] = {name: value for name in _KEPT if (value := getattr(asked, name))}
    for name in _LEFT_OUT:
        others = _values_on_show(shop, view, name) if name in asked.others_in else ()
        ruled_out = dict.fromkeys([*getattr(filters, f"not_{name}"), *getattr(asked, f"not_{name}"), *others])
        kept = change.get(name)
        change[f"not_{name}"] = tuple(one for one in ruled_out if kept is None or one.casefold() != kept.casefold())
        wished = getattr(filters, name)
        ended = wished is not None and wished.casefold() in {one.casefold() for one in getattr(asked, f"not_{name}")}
        if kept is None and (name in asked.others_in or ended):
            change[name] = None  # "another brand", "anything but Duna" ends the wish for this one
    return filters.model_copy(update=change | _price_change(shop, view, asked))


def _price_change(shop: Shop, view: View, asked: Critique) -> dict[str, int | None]:
    median = _median_price(shop, view)
    change: dict[str, int | None] = {}
    if asked.price == "cheaper" and median is not None:
        change |= {"max_price_minor": median - 1, "min_price_minor": None}
    if asked.price == "dearer" and median is not None:
        change |= {"min_price_minor": median + 1, "max_price_minor": None}
    if asked.max_price is not None:
        change["max_price_minor"] = shop.wishes.minor(asked.max_price)
    if asked.min_price is not None:
        change["min_price_minor"] = shop.wishes.minor(asked.min_price)
    return change


def _median_price(shop: Shop, view: View) -> int | None:
    prices = [price for item_id in view["slate"] if (price := shop.catalogue.item(item_id).price_minor) is not None]
    return int(np.median(prices)) if prices else None


def _values_on_show(shop: Shop, view: View, name: str) -> list[str]:
    """Return the brands, colours, materials or narrowest kinds of the items on show."""
    items = [shop.catalogue.item(item_id) for item_id in view["slate"]]
    if name == "category":
        return [item.category[-1] for item in items if item.category]
    return [value for item in items if (value := getattr(item, name))]


def _not_again(state: SlateState, view: View, asked: Critique) -> list[str]:
    """Return the items that must not come again: shown on the way here; at "something else" in the whole thread."""
    before = list(state.get("shown") or []) if asked.others else list(view.get("without", ()))
    return list(dict.fromkeys([*before, *view["slate"]]))


def _unworkable(shop: Shop, view: View, asked: Critique) -> str | None:
    """Say why a critique changes nothing, None where it does."""
    if not asked.understood:
        return f"I cannot change the suggestions that way. I can make them: {shop.wishes.possible()}."
    priced = asked.price or asked.max_price is not None or asked.min_price is not None
    if priced and shop.catalogue.currency is None:
        return "This catalogue has no prices, so I cannot go by price here."
    if asked.price and asked.max_price is None and asked.min_price is None and _median_price(shop, view) is None:
        return f"Nothing with a price is on show, so I cannot say what is {asked.price}. Name a limit instead."
    if asked.season and not shop.catalogue.seasons:
        return "This catalogue does not say for which season things are, so I cannot go by that."
    if asked.size and not shop.catalogue.sized:
        return "This catalogue does not say in which sizes things come, so I cannot go by that."
    if replace(asked, cancelled=()).understood:
        return None
    return f"{_cancelled(shop, asked)} I leave the suggestions as they are."


def _notes(shop: Shop, view: View, asked: Critique) -> list[str]:
    """Say what of a critique could not be done: both ways at once, or further along an axis than there is."""
    notes = [_cancelled(shop, asked)] if asked.cancelled else []
    full = {name: move for name, move in asked.moves.items() if abs(view["moves"].get(name, 0.0) + move) > MAX_MOVE}
    if full:
        notes.append(f"Already as far as it goes: {phrasing.describe_moves(full, shop.recommender.guided)}.")
    return notes


def _cancelled(shop: Shop, asked: Critique) -> str:
    guided = shop.recommender.guided
    known = {one.name: one for one in guided.attribute_set.attributes} if guided is not None else {}
    both = [
        "cheaper and more expensive"
        if name == "price"
        else f"{phrasing.comparative(known[name], 1)} and {phrasing.comparative(known[name], -1)}"
        for name in asked.cancelled
    ]
    return f"{phrasing.enumerate_words(both).capitalize()} cancel each other out."
