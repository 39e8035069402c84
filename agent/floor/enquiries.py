"""What a program asks in one go, without a conversation: the same records, ranking, reasons and policy as the tools.

Every function takes the actor first. Nothing is said in words here except by the explainer, and nothing is remembered
but what was put before a client, which is counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.context import Actor, TurnContext
from agent.events import AttributeBar, Card, Comparison, TurnEvent
from agent.floor import comparing, phrasing
from agent.floor.search import carries, found
from agent.floor.shop import Shop
from agent.floor.standing import standing
from agent.floor.trials import Trial, tried
from agent.policy import require
from agent.records.impressions import Impressions, impression_of
from agent.records.opinions import Feedback, Verdict
from agent.state import SlateState, View, empty_view
from recsys.errors import InputError, NotFound
from recsys.schema import Client, Filters, Item
from recsys.steering import MAX_MOVE, combine

MAX_MOVES = 8  # attributes moved at once


@dataclass(frozen=True)
class Record:
    """What is on record of a client; `notes` are the staff's own and empty for a shopper."""

    client: Client
    purchases: tuple[tuple[Item, dt.date | None], ...]
    taste: tuple[AttributeBar, ...]
    notes: tuple[tuple[dt.date, str], ...]


def record_of(shop: Shop, actor: Actor, client_id: str) -> Record:
    """Return what is on record of a client, newest purchase first."""
    context = _about(actor, client_id)
    client, purchases = shop.client(context), shop.purchases(context)
    guided = shop.recommender.guided
    taste = phrasing.taste_bars(guided, shop.internal(purchases)) if guided is not None else ()
    bought = tuple((shop.catalogue.item(one.item_id), one.at) for one in reversed(purchases))
    notes = tuple((note.at, note.text) for note in client.notes) if actor.role != "shopper" else ()
    return Record(client, bought, taste, notes)


def recommend(
    shop: Shop,
    actor: Actor,
    client_id: str,
    *,
    k: int,
    moves: Mapping[str, float] | None = None,
    filters: Filters | None = None,
) -> list[Card]:
    """Return the best items for a client, each with its reason.

    Raises:
        NotFound, InputError: As `checked_moves` does.
    """
    context = _about(actor, client_id)
    purchases, known = shop.purchases(context), standing(shop, context)
    all_moves = combine(known.moves, checked_moves(shop, moves or {}))
    ranking = shop.recommender.rank(
        [one.item_id for one in purchases],
        k=k,
        filters=filters or Filters(),
        moves=all_moves,
        exclude=known.refused,
    )
    chosen = [candidate.item_id for candidate in ranking.candidates]
    reasons = shop.explainer.work([(purchases, item_id) for item_id in chosen], all_moves)
    cards = [
        shop.card(number, item_id, explained.explanation)
        for number, (item_id, explained) in enumerate(zip(chosen, reasons, strict=True), start=1)
    ]
    _count(shop, context, cards)
    return cards


def explain(shop: Shop, actor: Actor, client_id: str, item_id: str) -> tuple[Card, Trial | None]:
    """Return why an item suits a client, and what the test of the reason found (None without a cause)."""
    context = _about(actor, client_id)
    shop.catalogue.item(item_id)
    purchases, known = shop.purchases(context), standing(shop, context)
    card = shop.card(1, item_id, shop.explainer.explain(purchases, item_id, known.moves))
    return card, tried(shop, purchases, card, known.moves)


def compare(shop: Shop, actor: Actor, client_id: str, item_ids: Sequence[str]) -> Comparison:
    """Return two or more items side by side, on what weighs most for a client.

    Raises:
        InputError: If fewer than two different items are given.
    """
    chosen = list(dict.fromkeys(item_ids))
    if len(chosen) < 2:
        raise InputError("a comparison needs two or more different items: give their item ids")
    context = _about(actor, client_id)
    shop.client(context)
    for item_id in chosen:
        shop.catalogue.item(item_id)
    emitted: list[TurnEvent] = []
    view = View(**{**empty_view(), "slate": chosen})
    state = SlateState(messages=[], view=view)
    numbers = [str(number) for number in range(1, len(chosen) + 1)]
    comparing.compare(shop, context, state, numbers, emitted.append)
    return next(event for event in emitted if isinstance(event, Comparison))


@dataclass(frozen=True)
class Wanted:
    """What a search is limited to, in words; prices are in the catalogue's currency."""

    category: str | None = None
    brand: str | None = None
    colour: str | None = None
    material: str | None = None
    season: str | None = None
    size: str | None = None
    min_price: float | None = None
    max_price: float | None = None


@dataclass(frozen=True)
class Finds:
    """What a search brought.

    Attributes:
        cards: The items, best first, without a client's taste and so without a reason.
        carried: Whether the boutique carries anything that answers the words; if not, nothing is put in its place.
        missing: What no item of the catalogue has ("brand Gucci").
        unkept: What the catalogue says nothing about ("season"), so that nobody can go by it.
    """

    cards: tuple[Card, ...]
    carried: bool
    missing: tuple[str, ...]
    unkept: tuple[str, ...]


def search(shop: Shop, actor: Actor, query: str, wanted: Wanted, *, k: int) -> Finds:
    """Return the items that answer a query best."""
    require(actor, "browse")
    wish = shop.wishes.read(**vars(wanted))
    missing = tuple(f"{field} {said}" for field, said in wish.missing)
    words = f"{query} {wish.words}".strip()
    if missing or not carries(shop, words):
        return Finds((), False, missing, wish.unkept)
    near = found(shop, View(**{**empty_view(), "query": words}), wish.filters) or {}
    best = sorted(near, key=lambda item_id: (-near[item_id], shop.catalogue.ids.to_internal(item_id)))[:k]
    cards = tuple(shop.card(number, item_id) for number, item_id in enumerate(best, start=1))
    return Finds(cards, True, missing, wish.unkept)


def product(shop: Shop, actor: Actor, item_id: str) -> Card:
    """Return one item; raise NotFound if the catalogue has no such id."""
    require(actor, "browse")
    return shop.card(1, item_id)


def give_feedback(
    shop: Shop, actor: Actor, client_id: str, item_id: str, verdict: Verdict, reason: str, *, key: str
) -> bool:
    """Write down what a client says of an item, once for each key; return whether it is new."""
    client = shop.client(_about(actor, client_id))
    require(actor, "record", client)
    return shop.opinions.add(actor, client_id, Feedback(item_id, verdict, reason, shop.clock()), key=key)


def checked_moves(shop: Shop, moves: Mapping[str, float]) -> dict[str, float]:
    """Return moves on guided attributes as given.

    Raises:
        NotFound: If there is no such attribute.
        InputError: If there are too many moves, or one is out of range.
    """
    guided = shop.recommender.guided
    names = guided.names if guided is not None else ()
    if len(moves) > MAX_MOVES:
        raise InputError(f"{len(moves)} moves are too many: give at most {MAX_MOVES}")
    for name, value in moves.items():
        if name not in names:
            raise NotFound(f"no guided attribute {name[:40]!r}: the attributes are {', '.join(names) or 'none here'}")
        if not -MAX_MOVE <= value <= MAX_MOVE:
            raise InputError(f"the move {name}={value!r} is out of range: give a number from -{MAX_MOVE} to {MAX_MOVE}")
    return dict(moves)


def _about(actor: Actor, client_id: str) -> TurnContext:
    require(actor, "see")
    return TurnContext(actor, client_id, "")  # no thread: nothing is remembered of the question


def _count(shop: Shop, context: TurnContext, cards: Sequence[Card]) -> None:
    """Count what a program was given, an item once a day: it may ask as often as it likes."""
    now = shop.clock()
    occasion = f"{context.actor.role}:{context.actor.actor_id}:{context.client_id}:{now.date().isoformat()}"
    shown = [impression_of(card, "program") for card in cards]
    Impressions(shop.boutique).note(context, shown, occasion=occasion, at=now)
