"""What a client thinks of items and wants to keep: likes, the wish list, the basket."""

from __future__ import annotations

from collections.abc import Sequence

from agent.context import TurnContext
from agent.events import Card, SavedList
from agent.floor.persona import persona
from agent.floor.shop import Emit, Shop
from agent.records.opinions import Feedback, Verdict
from agent.records.saved import Place, SavedItem
from agent.state import SlateState, TurnResult, empty_view, resolve
from recsys.errors import NotFound
from recsys.seller.evidence import short_title

_REASON = 500  # characters kept of a person's words
_PLACES = {"wishlist": "wish list", "basket": "basket"}


def give_feedback(
    shop: Shop, context: TurnContext, state: SlateState, item: str, verdict: Verdict, reason: str, key: str
) -> TurnResult:
    """Write down what the client thinks of an item; the same call written twice is one entry."""
    item_id = shop.slate_item(state, item)
    said = Feedback(item_id, verdict, reason[:_REASON], shop.clock())
    shop.opinions.add(context.actor, shop.client_id(context), said, key=key)
    done = "noted as liked" if verdict == "like" else "noted: it will not be suggested again"
    text = f"{_named(shop, item_id)}: {done}."
    return TurnResult(text, text, references=[item_id])


def save(shop: Shop, context: TurnContext, state: SlateState, item: str, place: Place, key: str) -> TurnResult:
    """Put an item on show on the wish list or into the basket."""
    item_id = shop.slate_item(state, item)
    shop.saved.put(context.actor, shop.client_id(context), item_id, place, key=key, at=shop.clock())
    into = "put on the wish list" if place == "wishlist" else "put into the basket. Nothing is ordered or paid here"
    text = f"{_named(shop, item_id)}: {into}."
    return TurnResult(text, text, references=[item_id])


def remove(shop: Shop, context: TurnContext, state: SlateState, item: str, place: Place, key: str) -> TurnResult:
    """Take an item out of the wish list or the basket; it is named by number on show or by its title."""
    client_id = shop.client_id(context)
    there = [one.item_id for one in shop.saved.all(context.actor, client_id) if one.place == place]
    slate = (state.get("view") or empty_view())["slate"]
    known = [item_id for item_id in slate if item_id in there] + [one for one in there if one not in slate]
    item_id = _chosen(shop, item, slate, there, known)
    if item_id is None:
        holds = f"which holds: {'; '.join(_named(shop, one) for one in there)}" if there else "which is empty"
        raise NotFound(f"no item {item!r} is in the {_PLACES[place]}, {holds}")
    shop.saved.remove(context.actor, client_id, item_id, place, key=key, at=shop.clock())
    text = f"{_named(shop, item_id)}: taken out of the {_PLACES[place]}."
    return TurnResult(text, text, references=[item_id])


def show_saved(shop: Shop, context: TurnContext, emit: Emit) -> TurnResult:
    """Show the wish list and the basket."""
    kept = shop.saved.all(context.actor, shop.client_id(context))
    lists = {
        place: tuple(shop.card(number, one.item_id) for number, one in enumerate(_in(kept, place), start=1))
        for place in _PLACES
    }
    emit(SavedList(lists["wishlist"], lists["basket"]))
    who = persona(shop, context)
    has, their = ("You have", "your") if who.is_self else (f"{who.name} has", "the")
    spoken = (
        f"{has} {_counted(lists['wishlist'])} on {their} wish list and {_counted(lists['basket'])} in {their} basket."
    )
    names = "; ".join(_named(shop, one.item_id) for one in kept)
    return TurnResult(f"Shown: {spoken} {names}".strip(), spoken, references=[one.item_id for one in kept])


def _counted(cards: Sequence[Card]) -> str:
    return f"{len(cards) or 'no'} {'piece' if len(cards) == 1 else 'pieces'}"


def _in(kept: Sequence[SavedItem], place: str) -> list[SavedItem]:
    return [one for one in kept if one.place == place]


def _chosen(shop: Shop, item: str, slate: list[str], there: list[str], known: list[str]) -> str | None:
    """Return the item meant: by its number on show if it is in the place, else by words of its title."""
    titles = [shop.catalogue.item(item_id).title for item_id in slate]
    position = resolve(item, slate, titles)
    if position is not None and slate[position] in there:
        return slate[position]
    position = resolve(item, known, [shop.catalogue.item(item_id).title for item_id in known])
    return known[position] if position is not None and not item.strip(" #.").isdecimal() else None


def _named(shop: Shop, item_id: str) -> str:
    return short_title(shop.catalogue.item(item_id))
