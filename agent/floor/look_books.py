"""Look-books: pieces put together for the client, each with its reason, and what may be changed in them after."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.context import TurnContext
from agent.events import LookBook
from agent.floor.ranked import ranked
from agent.floor.shop import Emit, Shop
from agent.floor.standing import standing
from agent.intent.dates_said import spoken_day
from agent.records.look_books import LookBooks, Page, StoredLookBook
from agent.state import SlateState, TurnResult, View, empty_view, remembered
from recsys.errors import InputError, NotFound
from recsys.schema import Explanation
from recsys.seller.titles import short_title
from recsys.steering import combine

MAX_PIECES = 24
MAX_TITLE, MAX_GREETING = 120, 600  # characters
N_TOGETHER = 5  # pieces of a look that is put together


@dataclass(frozen=True)
class Piece:
    """A piece of a look-book, and why it is in it; None where no reason is known."""

    item_id: str
    reason: Explanation | None


def make_look_book(
    shop: Shop, context: TurnContext, state: SlateState, items: Sequence[str], key: str, emit: Emit
) -> TurnResult:
    """Keep the pieces on show, or those named, as a look-book; the same call written twice is one.

    Raises:
        NotFound: If nothing is on show, or a piece named is not.
    """
    slate = (state.get("view") or empty_view())["slate"]
    if not slate:
        raise NotFound("nothing is on show to put into a look-book: ask for suggestions or search first")
    named = [shop.slate_item(state, item) for item in items]
    pieces = with_reasons(shop, context, state, named or slate)
    made = keep(shop, context, pieces, key)
    cards = tuple(shop.card(number, one.item_id, one.reason) for number, one in enumerate(pieces, start=1))
    emit(LookBook(made.look_book_id, made.title, cards))
    names = "; ".join(short_title(card.item) for card in cards)
    count = f"{len(cards)} {'piece' if len(cards) == 1 else 'pieces'}"
    spoken = f"The look-book is kept: {made.title}, {count}."
    evidence = [fact for one in pieces if one.reason is not None for fact in one.reason.evidence]
    references = [one.item_id for one in pieces]
    return TurnResult(f"{spoken} It holds: {names}.", spoken, references=references, evidence=evidence)


def keep(shop: Shop, context: TurnContext, pieces: Sequence[Piece], key: str, title: str = "") -> StoredLookBook:
    """Write a look-book down, once for each key, and return it.

    Args:
        title: "" for the client's name and the day.

    Raises:
        InputError: If there is no piece, or there are too many.
    """
    client, at = shop.client(context), shop.clock()
    if not 1 <= len(pieces) <= MAX_PIECES:
        raise InputError(f"a look-book holds 1 to {MAX_PIECES} pieces, not {len(pieces)}: tick fewer or more")
    named = title or f"For {client.called}, {spoken_day(at.date())}"
    pages = tuple(_page(one) for one in pieces)
    made = StoredLookBook(_identifier(key), context.actor.actor_id, named, pages, at)
    books = LookBooks(shop.boutique)
    books.add(context.actor, client.client_id, made, key=key)
    return books.find(context.actor, made.look_book_id)[1]


def put_together(shop: Shop, context: TurnContext) -> tuple[list[Piece], str]:
    """Return a look that goes with the client's latest purchase, the best piece of each other kind, and its title.

    For a client without purchases it is the best of the catalogue, within what they said, and the title is "".

    Raises:
        NotFound: If nothing in the boutique fits.
    """
    purchases, known = shop.purchases(context), standing(shop, context)
    anchor = purchases[-1].item_id if purchases else ""
    view = View(**{**empty_view(), "look": anchor})  # "" completes nothing: the whole catalogue is ranked
    found = [one.item_id for one in ranked(shop, purchases, known, view, N_TOGETHER).candidates]
    if not found:
        raise NotFound("nothing in the boutique fits what is known of the client: choose pieces by hand")
    title = f"To go with the {short_title(shop.catalogue.item(anchor))}" if anchor else ""
    return with_reasons(shop, context, SlateState(messages=[]), found), title[:MAX_TITLE]


def with_reasons(shop: Shop, context: TurnContext, state: SlateState, items: Sequence[str]) -> list[Piece]:
    """Return pieces with the reasons they were shown with; those that are not on record are written now, together.

    Raises:
        NotFound: If the catalogue has no such piece.
    """
    view = state.get("view") or empty_view()
    chosen = list(dict.fromkeys(shop.catalogue.item(item_id).item_id for item_id in items))
    shown = {item_id: remembered(view, place) for place, item_id in enumerate(view["slate"]) if item_id in chosen}
    missing = [item_id for item_id in chosen if shown.get(item_id) is None]
    if missing:
        purchases = shop.purchases(context)
        moves = combine(standing(shop, context).moves, view["moves"])
        written = shop.explainer.work([(purchases, item_id) for item_id in missing], moves)
        shown |= {item_id: one.explanation for item_id, one in zip(missing, written, strict=True)}
    return [Piece(item_id, shown[item_id]) for item_id in chosen]


def rewritten(book: StoredLookBook, title: str, greeting: str) -> StoredLookBook:
    """Return a look-book with another title and word of greeting.

    Raises:
        InputError: If the title is empty, or one of them is too long.
    """
    title, greeting = " ".join(title.split()), "\n".join(line.strip() for line in greeting.strip().splitlines())
    if not title:
        raise InputError("the look-book has no title: give it one")
    if len(title) > MAX_TITLE or len(greeting) > MAX_GREETING:
        raise InputError(f"keep the title within {MAX_TITLE} characters and the greeting within {MAX_GREETING}")
    return replace(book, title=title, greeting=greeting)


def placed(book: StoredLookBook, item_id: str, place: int) -> StoredLookBook:
    """Return a look-book with a piece at a place, from 1; placed twice, it is where it was placed."""
    moved = [page for page in book.pages if page.item_id == item_id]
    pages = [page for page in book.pages if page.item_id != item_id]
    at = min(max(place, 1), len(book.pages)) - 1
    return replace(book, pages=(*pages[:at], *moved, *pages[at:]))


def without(book: StoredLookBook, item_id: str) -> StoredLookBook:
    """Return a look-book without a piece.

    Raises:
        InputError: If it would be left empty.
    """
    pages = tuple(page for page in book.pages if page.item_id != item_id)
    if not pages:
        raise InputError("a look-book needs a piece: throw the whole look-book away instead")
    return replace(book, pages=pages)


def extended(book: StoredLookBook, piece: Piece) -> StoredLookBook:
    """Return a look-book with one more piece at its end; one that is in it already stays where it is.

    Raises:
        InputError: If it is full.
    """
    if piece.item_id in [page.item_id for page in book.pages]:
        return book
    if len(book.pages) >= MAX_PIECES:
        raise InputError(f"a look-book holds at most {MAX_PIECES} pieces: take one out first")
    return replace(book, pages=(*book.pages, _page(piece)))


def _page(piece: Piece) -> Page:
    """Return a piece as it is kept; where there was no strong reason, none is given."""
    reason = piece.reason
    if reason is None or reason.source == "none":
        return Page(piece.item_id, "", ())
    return Page(piece.item_id, reason.text, tuple(fact.statement for fact in reason.evidence))


def _identifier(key: str) -> str:
    """Return an id that is the same for the same occasion."""
    return "look-" + hashlib.sha256(key.encode()).hexdigest()[:12]
