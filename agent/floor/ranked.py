"""The ranking behind a view: a recommendation, a search, the like of an item, a look, or an order over everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.floor.search import found
from agent.floor.shop import Shop
from agent.floor.standing import Standing
from agent.state import View
from recsys.complements import broad_kind, complement, other_kinds
from recsys.ranker import FloatArray
from recsys.schema import Candidate, Filters, Ranking
from recsys.seller.evidence import Purchase
from recsys.steering import combine
from recsys.superlatives import values


def ranked(
    shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View, k: int, *, every_piece: bool = False
) -> Ranking:
    """Rank the catalogue for a view.

    Args:
        purchases: The client's kept purchases, oldest first.
        known: What is remembered of the client.
        view: What is asked for; its slate plays no part.
        k: How many candidates at most.
        every_piece: Of a look, every piece instead of the best of each kind.
    """
    filters = Filters.model_validate(view["filters"])
    exclude = {*view.get("without", ()), *known.refused}
    look, superlative = view.get("look", ""), view.get("superlative", "")
    among = found(shop, view, filters, of_all=bool(superlative))
    ranking = shop.recommender.rank(
        [purchase.item_id for purchase in purchases],
        k=len(shop.catalogue) if look else k,
        filters=filters,
        moves=combine(known.moves, view["moves"]),
        exclude=exclude - {look},
        among=among,
        first_by=_order(shop, superlative) if superlative else None,
        scores=_look_scores(shop, purchases, look) if look else None,
    )
    return _one_a_kind(shop, ranking, k, every_piece) if look else ranking


def _look_scores(shop: Shop, purchases: Sequence[Purchase], look: str) -> FloatArray:
    item = shop.catalogue.ids.to_internal(look)
    total = complement(shop.recommender, shop.kind_pairs, shop.internal(purchases), item).total.copy()
    total[~other_kinds(shop.catalogue, item)] = -np.inf
    return total


def _one_a_kind(shop: Shop, ranking: Ranking, k: int, every_piece: bool) -> Ranking:
    """Keep the best piece of each broad kind, or every piece; the item's own kind has scores of -inf."""
    best: dict[str, Candidate] = {}
    for candidate in ranking.candidates:
        if np.isfinite(candidate.score):
            kind = broad_kind(shop.catalogue, shop.catalogue.ids.to_internal(candidate.item_id))
            best.setdefault(candidate.item_id if every_piece else kind, candidate)
    return Ranking(tuple(best.values())[:k], ranking.ranker, ranking.moves, ranking.filters)


def _order(shop: Shop, said: str) -> FloatArray:
    superlative = shop.wishes.superlative(said)
    assert superlative is not None  # a view holds only one that was understood
    return values(superlative, shop.catalogue, shop.recommender.guided)
