"""Finding items by what they are: words, filters, likeness to an item on show."""

from __future__ import annotations

import re
from collections.abc import Collection

from agent.floor.shop import Shop
from agent.state import SlateState, View, empty_view, resolve
from recsys.catalogue import words
from recsys.schema import Filters
from recsys.seller.checks import plain_words

_SEARCHED = 80  # how many items a search by words brings before the client's ranking orders them
_RELEVANCE = 8.0  # standard deviations of score for one unit of cosine similarity to the words searched
_NAMED = 3.0  # standard deviations of score for an item whose own text holds every word searched
_RELEVANT = 0.25  # cosine similarity below which an item does not answer the words at all
_LIKE = re.compile(r"\b(?:like|similar to|close to|resembl(?:es|ing)) (.+)$")


def found(shop: Shop, view: View, filters: Filters) -> dict[str, float] | None:
    """Return what a search brings, each item with its bonus: near in the guided space, or near in words.

    None where nothing is searched for, so that the whole catalogue is ranked.
    """
    guided = shop.recommender.guided
    if view["like"] and guided is not None:
        vector = guided.standard[shop.catalogue.ids.to_internal(view["like"])]
        near = shop.store.nearest("guided", vector, _SEARCHED, filters)
        return {one.item_id: _RELEVANCE * one.score for one in near if one.item_id != view["like"]}
    if not view["query"]:
        return None
    named = set(words(view["query"])) - plain_words()
    near = shop.store.nearest("text", shop.wishes.encode(view["query"]), _SEARCHED, filters)
    return {
        one.item_id: _RELEVANCE * one.score + _NAMED * _share_named(shop, one.item_id, named)
        for one in near
        if one.score >= _RELEVANT
    }


def likened(shop: Shop, state: SlateState, query: str) -> str:
    """Return the item on show that a search wants the like of ("like the second", "similar to 1"), "" if none."""
    asked = _LIKE.search(query.casefold())
    slate = (state.get("view") or empty_view())["slate"]
    if asked is None or shop.recommender.guided is None:
        return ""
    position = resolve(asked[1], slate, [shop.catalogue.item(item_id).title for item_id in slate])
    return slate[position] if position is not None else ""


def _share_named(shop: Shop, item_id: str, named: Collection[str]) -> float:
    """Return the share of the words searched that the item's own text holds."""
    return len(set(words(shop.catalogue.item(item_id).text())) & set(named)) / max(len(named), 1)
