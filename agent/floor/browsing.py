"""Looking through the catalogue: what answers words and conditions, in an order that is asked for, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.floor.search import alike, found
from agent.floor.shop import Shop
from agent.state import View, empty_view
from recsys.schema import Filters, Item

N_PAGE = 24
N_ALIKE = 5
PRICE_UP, PRICE_DOWN = "price", "-price"


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes:
        order: PRICE_UP, PRICE_DOWN, or a guided attribute's name, with "-" before it for least first; "" for the best
            answer first, or the catalogue's own order where no words are searched.
    """

    words: str = ""
    filters: Filters = Filters(only_available=False)
    order: str = ""


@dataclass(frozen=True)
class Found:
    """One page of what was found; pages count from 1."""

    items: tuple[Item, ...]
    n_found: int
    page: int
    n_pages: int


@dataclass(frozen=True)
class Measure:
    """One guided attribute of a piece.

    Attributes:
        value: In [0, 1] on the attribute's scale.
        low, high: What things at the ends of the scale are like.
    """

    name: str
    label: str
    value: float
    low: str
    high: str


def browse(shop: Shop, wanted: Wanted, page: int = 1) -> Found:
    """Return one page of what answers; a page beyond the last is the last."""
    rows = _ordered(shop, _answering(shop, wanted), wanted.order)
    n_pages = max(1, -(-len(rows) // N_PAGE))
    page = min(max(page, 1), n_pages)
    shown = rows[(page - 1) * N_PAGE : page * N_PAGE]
    return Found(tuple(shop.catalogue.items[row - 1] for row in shown), len(rows), page, n_pages)


def measures(shop: Shop, item_id: str) -> tuple[Measure, ...]:
    """Return every guided attribute of a piece; none where the boutique has no guided attributes."""
    guided = shop.recommender.guided
    if guided is None:
        return ()
    row, top = shop.catalogue.ids.to_internal(item_id), 9.0
    return tuple(
        Measure(one.name, one.label, float(np.clip(guided.raw[row, column] / top, 0.0, 1.0)), one.low, one.high)
        for column, one in enumerate(guided.attribute_set.attributes)
    )


def pieces_like(shop: Shop, item_id: str) -> tuple[Item, ...]:
    """Return the available pieces most like one, in guided attributes and in what is bought together."""
    near = alike(shop, item_id, Filters())
    best = sorted(near, key=lambda one: -near[one])[:N_ALIKE]
    return tuple(shop.catalogue.item(one) for one in best)


def _answering(shop: Shop, wanted: Wanted) -> list[int]:
    """Return the internal ids of what answers, best answer first; an id that is typed whole is its one answer."""
    words = wanted.words.strip()
    if words in shop.catalogue.ids:
        return [shop.catalogue.ids.to_internal(words)]
    if words:
        scores = found(shop, View(**{**empty_view(), "query": words}), wanted.filters, of_all=True) or {}
        return [shop.catalogue.ids.to_internal(one) for one in sorted(scores, key=lambda one: -scores[one])]
    return [int(row) for row in np.flatnonzero(shop.catalogue.mask(wanted.filters))]


def _ordered(shop: Shop, rows: Sequence[int], order: str) -> list[int]:
    sign, name = (-1.0, order[1:]) if order.startswith("-") else (1.0, order)
    guided = shop.recommender.guided
    if name == PRICE_UP:
        prices = {row: shop.catalogue.items[row - 1].price_minor for row in rows}
        return sorted(rows, key=lambda row: (prices[row] is None, sign * (prices[row] or 0)))
    if guided is not None and name in guided.names:
        column = guided.standard[:, guided.names.index(name)]
        return sorted(rows, key=lambda row: -sign * float(column[row]))
    return list(rows)
