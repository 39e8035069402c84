"""Look-books: pieces on show put together for the client, each with the reason that its card gave."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from agent.context import TurnContext
from agent.events import LookBook
from agent.floor.shop import Emit, Shop
from agent.floor.standing import standing
from agent.intent.dates_said import spoken_day
from agent.records.look_books import LookBooks, Page, StoredLookBook
from agent.state import SlateState, TurnResult, empty_view, remembered
from recsys.errors import NotFound
from recsys.schema import Explanation
from recsys.seller.titles import short_title
from recsys.steering import combine


def make_look_book(
    shop: Shop, context: TurnContext, state: SlateState, items: Sequence[str], key: str, emit: Emit
) -> TurnResult:
    """Keep the pieces on show, or those named, as a look-book; the same call written twice is one.

    Raises:
        NotFound: If nothing is on show, or a piece named is not.
    """
    view = state.get("view") or empty_view()
    if not view["slate"]:
        raise NotFound("nothing is on show to put into a look-book: ask for suggestions or search first")
    named = [shop.position(state, item) for item in items]
    positions = list(dict.fromkeys(named)) or list(range(len(view["slate"])))
    reasons = _reasons(shop, context, state, positions)
    chosen = [view["slate"][position] for position in positions]
    client, at = shop.client(context), shop.clock()
    title = f"For {client.name or client.client_id}, {spoken_day(at.date())}"
    pages = tuple(
        Page(item_id, reason.text if reason else "", tuple(one.statement for one in reason.evidence) if reason else ())
        for item_id, reason in zip(chosen, reasons, strict=True)
    )
    made = StoredLookBook(_identifier(key), context.actor.actor_id, title, pages, at)
    LookBooks(shop.boutique).add(context.actor, client.client_id, made, key=key)
    cards = tuple(
        shop.card(number, item_id, reason)
        for number, (item_id, reason) in enumerate(zip(chosen, reasons, strict=True), start=1)
    )
    emit(LookBook(made.look_book_id, title, cards))
    names = "; ".join(short_title(card.item) for card in cards)
    count = f"{len(cards)} {'piece' if len(cards) == 1 else 'pieces'}"
    spoken = f"The look-book is kept: {title}, {count}."
    evidence = [fact for reason in reasons if reason is not None for fact in reason.evidence]
    return TurnResult(f"{spoken} It holds: {names}.", spoken, references=chosen, evidence=evidence)


def _reasons(shop: Shop, context: TurnContext, state: SlateState, positions: Sequence[int]) -> list[Explanation | None]:
    """Return the reasons as they were shown; those that are not on record are written now, together."""
    view = state.get("view") or empty_view()
    shown = {position: remembered(view, position) for position in positions}
    missing = [position for position, reason in shown.items() if reason is None]
    if missing:
        purchases = shop.purchases(context)
        moves = combine(standing(shop, context).moves, view["moves"])
        written = shop.explainer.work([(purchases, view["slate"][position]) for position in missing], moves)
        shown |= {position: one.explanation for position, one in zip(missing, written, strict=True)}
    return [shown[position] for position in positions]


def _identifier(key: str) -> str:
    """Return an id that is the same for the same occasion."""
    return "look-" + hashlib.sha256(key.encode()).hexdigest()[:12]
