"""What it would take for an item on show to come first: the smallest change, tested by ranking again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agent.context import TurnContext
from agent.events import TextDelta
from agent.floor import phrasing
from agent.floor.ranked import ranked
from agent.floor.shop import Emit, Shop
from agent.floor.standing import Standing, standing
from agent.state import SlateState, TurnResult, View, empty_view
from recsys.guided.embedding import GuidedEmbeddings
from recsys.money import format_price
from recsys.schema import Ranking
from recsys.seller.evidence import Purchase, short_title
from recsys.steering import MAX_MOVE, combine
from recsys.what_if import Contest, price_bound, smallest_move, smallest_pair

_A_LITTLE, _MUCH = 0.75, 1.75  # moves below and above which people say "a little" and "much"


@dataclass(frozen=True)
class Way:
    """A change that would put an item first: in words, and as the view that it makes."""

    words: str
    view: View


def what_would_it_take(shop: Shop, context: TurnContext, state: SlateState, item: str, emit: Emit) -> TurnResult:
    """Say the smallest change along named attributes, or the price limit, that puts an item on show first."""
    item_id = shop.slate_item(state, item)
    view = state.get("view") or empty_view()
    purchases, known = shop.purchases(context), standing(shop, context)
    ranking = ranked(shop, purchases, known, view, len(shop.catalogue))
    order = [candidate.item_id for candidate in ranking.candidates]
    name = f"The {short_title(shop.catalogue.item(item_id))}"
    they = phrasing.voice(context.actor.role).they
    if item_id not in order:
        said = f"{name} is no longer among what these suggestions are chosen from."
    elif order[0] == item_id:
        said = f"{name} is first already."
    elif view.get("superlative"):
        said = f"{name} is at place {order.index(item_id) + 1:,}: the whole catalogue is in order here, not by taste."
    else:
        rivals = ranked(shop, purchases, known, view, len(shop.catalogue), every_piece=True)
        found = ways(shop, purchases, known, view, rivals, item_id, they)
        begin = f"{name} is at place {order.index(item_id) + 1:,} of {len(order):,}."
        no_way = (
            f"No change of one or two qualities within {MAX_MOVE:g} steps would put it first, nor would a price limit."
        )
        said = " ".join([begin, *([way.words for way in found] or [no_way])])
    emit(TextDelta(said + "\n\n"))
    return TurnResult(said, said, references=[item_id], measured=[said])


def ways(
    shop: Shop,
    purchases: Sequence[Purchase],
    known: Standing,
    view: View,
    ranking: Ranking,
    item_id: str,
    they: str = "you",
) -> list[Way]:
    """Return the smallest changes that put an item first, each tested by ranking again.

    Args:
        ranking: All candidates of the view, best first; the item is among them and not the first.
        they: How the client is spoken of.
    """
    found = [_by_taste(shop, known, view, ranking, item_id, they), _by_price(shop, view, ranking, item_id)]
    return [
        way
        for way in found
        if way is not None and ranked(shop, purchases, known, way.view, 1).candidates[0].item_id == item_id
    ]


def _by_taste(shop: Shop, known: Standing, view: View, ranking: Ranking, item_id: str, they: str) -> Way | None:
    guided = shop.recommender.guided
    if guided is None:
        return None
    contest = _contest(shop, guided, ranking, item_id, combine(known.moves, view["moves"]))
    moves = smallest_move(contest) or smallest_pair(contest)
    if moves is None:
        return None
    liked = phrasing.enumerate_words([_step(guided, name, move) for name, move in moves.items()])
    words = f"If {they} liked things {liked}, it would be first."
    return Way(words, View(**{**view, "moves": combine(view["moves"], moves)}))


def _contest(
    shop: Shop, guided: GuidedEmbeddings, ranking: Ranking, item_id: str, in_force: Mapping[str, float]
) -> Contest:
    ids, scores = shop.catalogue.ids, {one.item_id: one.score for one in ranking.candidates}
    rivals = [one for one in scores if one != item_id]
    gaps = np.array([scores[one] - scores[item_id] for one in rivals], dtype=np.float32)
    rows = guided.standard[[ids.to_internal(one) for one in rivals]]
    return Contest(gaps, guided.standard[ids.to_internal(item_id)] - rows, guided.names, in_force)


def _step(guided: GuidedEmbeddings, name: str, move: float) -> str:
    """Write a move as people say it, with its size: "a little more minimal (+0.6)"."""
    attribute = guided.attribute_set.attributes[guided.names.index(name)]
    much = "a little " if abs(move) < _A_LITTLE else "much " if abs(move) > _MUCH else ""
    return f"{much}{phrasing.comparative(attribute, move)} ({move:+.2g})"


def _by_price(shop: Shop, view: View, ranking: Ranking, item_id: str) -> Way | None:
    order = [candidate.item_id for candidate in ranking.candidates]
    price, currency = shop.catalogue.item(item_id).price_minor, shop.catalogue.currency
    if price is None:
        return None
    above = [shop.catalogue.item(one).price_minor for one in order[: order.index(item_id)]]
    bound = price_bound(price, above)
    if bound is None:
        return None
    end, limit = bound
    words = (
        f"With {'a limit of' if end == 'max' else 'prices from'} {format_price(limit, currency)}, it would be first."
    )
    return Way(words, View(**{**view, "filters": {**view["filters"], f"{end}_price_minor": limit}}))
