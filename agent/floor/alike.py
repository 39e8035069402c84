"""What is like an item: near it in its guided attributes and in what clients buy together; where like, where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from agent.context import TurnContext
from agent.floor import phrasing
from agent.floor.shop import Emit, Shop
from agent.floor.slates import show
from agent.state import SlateState, TurnResult, View, empty_view, resolve
from recsys.errors import NotFound
from recsys.schema import Filters
from recsys.seller.evidence import short_title

_MARKED = 0.75  # standard deviations from which a quality of an item is worth naming
_FAR = 1.0  # standard deviations of difference from which two items differ
_NAMED = 2  # qualities named


def similar(shop: Shop, context: TurnContext, state: SlateState, item: str, emit: Emit) -> TurnResult:
    """Show what is like an item on show, or like one that the client bought."""
    return show_alike(shop, context, state, pointed_at(shop, context, state, item), Filters(), emit)


def show_alike(
    shop: Shop, context: TurnContext, state: SlateState, item_id: str, filters: Filters, emit: Emit
) -> TurnResult:
    """Show what is like one item, without what was shown, and say in what it is like it and in what it is not."""
    shown = list(dict.fromkeys([*(state.get("shown") or []), item_id]))
    view = View(**{**empty_view(), "filters": filters.model_dump(mode="json"), "like": item_id, "without": shown})
    result = show(shop, context, state, view, emit)
    if result.outcome != "shown":
        return result
    said = likeness(shop, item_id, result.references)
    return replace(result, content=f"{result.content}\n{said}".strip(), spoken=f"{result.spoken} {said}".strip())


def pointed_at(shop: Shop, context: TurnContext, state: SlateState, item: str) -> str:
    """Return the item that is meant: one on show, else one that the client bought, by words of its title.

    Raises:
        NotFound: If it is neither.
    """
    try:
        return shop.slate_item(state, item)
    except NotFound:
        bought = list(dict.fromkeys(purchase.item_id for purchase in reversed(shop.purchases(context))))
        position = resolve(item, bought, [shop.catalogue.item(one).title for one in bought])
        if position is None or not any(letter.isalpha() for letter in item):
            raise
        return bought[position]


def likeness(shop: Shop, item_id: str, others: Sequence[str]) -> str:
    """Say along which attributes items are like one, and where each differs most; "" without guided attributes."""
    guided = shop.recommender.guided
    if guided is None or not others:
        return ""
    ids = shop.catalogue.ids
    one, rows = guided.standard[ids.to_internal(item_id)], guided.standard[[ids.to_internal(other) for other in others]]
    attributes = guided.attribute_set.attributes
    near = [
        column
        for column in np.argsort(-np.abs(one), kind="stable")
        if abs(one[column]) >= _MARKED and np.all(np.abs(rows[:, column] - one[column]) < _FAR)
    ]
    shared = [words for column in near if (words := _said(shop, int(column), float(one[column])))][:_NAMED]
    name = short_title(shop.catalogue.item(item_id))
    parts = [f"Like the {name}: {phrasing.enumerate_words(shared)}."] if shared else []
    apart: dict[str, list[str]] = {}
    for position, row in enumerate(rows):
        column = int(np.argmax([abs(gap) if attributes[at].statable else 0.0 for at, gap in enumerate(row - one)]))
        if abs(row[column] - one[column]) >= _FAR:
            more = phrasing.comparative(attributes[column], float(row[column] - one[column]))
            apart.setdefault(more, []).append(phrasing.the(position))
    clauses = [
        f"{phrasing.enumerate_words(which)} {'is' if len(which) == 1 else 'are'} {more}"
        for more, which in apart.items()
    ]
    differing = "; ".join(clauses)
    return " ".join([*parts, *([f"{differing[:1].upper()}{differing[1:]}."] if differing else [])])


def _said(shop: Shop, column: int, sign: float) -> str:
    """Return what a marked attribute is called, "" where it may not be stated or nobody would say it."""
    guided = shop.recommender.guided
    assert guided is not None
    attribute = guided.attribute_set.attributes[column]
    return phrasing.quality(attribute, sign) if attribute.statable else ""
