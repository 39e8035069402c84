"""Look-books of a client: made from pieces on show or saved, put in order, given a word, and taken away as files."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import JSONResponse, Response

from agent.context import Actor, TurnContext
from agent.events import Card
from agent.floor import look_books
from agent.floor.shop import Shop
from agent.records.impressions import Impressions, impression_of
from agent.records.look_books import UNKNOWN, LookBooks, StoredLookBook
from agent.state import SlateState, View, empty_view
from agent.translatable import _
from recsys.errors import NotFound
from recsys.schema import Identifier
from recsys.seller.titles import short_title
from ui.look_book_pages import Sheet, file_name, look_book_html, set_out
from ui.look_book_pdf import look_book_pdf, missing_letters
from ui.web.house import House
from ui.web.languages import language_of, translations
from ui.web.rules import STAFF, Rule, What, Who
from ui.web.talking import About
from ui.web.talks import Talk
from ui.web.templating import page

_ROOM = "/room/look-books"
_ONE = f"{_ROOM}/{{look_book_id}}"
RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", _ROOM): Rule("serve", STAFF),
    ("POST", _ROOM): Rule("serve", STAFF),
    ("GET", f"{_ONE}.pdf"): Rule("serve", STAFF),
    ("GET", f"{_ONE}.html"): Rule("serve", STAFF),
    ("GET", _ONE): Rule("serve", STAFF),
    ("POST", _ONE): Rule("serve", STAFF),
    ("POST", f"{_ONE}/place"): Rule("serve", STAFF),
    ("POST", f"{_ONE}/drop"): Rule("serve", STAFF),
    ("POST", f"{_ONE}/add"): Rule("serve", STAFF),
    ("POST", f"{_ONE}/remove"): Rule("serve", STAFF),
}
router = APIRouter()
Named = Annotated[Identifier, Path()]
Item = Annotated[str, Form(max_length=64)]


_ADDED = _("%(piece)s is in the look-book “%(title)s”.")


@router.get(_ROOM)
def show_look_books(request: Request, house: What, talk: About) -> Response:
    """The client's look-books, newest first, and what another could be made from."""
    return _list(request, house, talk.context, talk)


@router.post(_ROOM)
def make_look_book(
    request: Request,
    house: What,
    talk: About,
    key: Annotated[str, Form(min_length=8, max_length=40)],
    way: Annotated[Literal["chosen", "together"], Form()],
    item: Annotated[list[str] | None, Form(max_length=60)] = None,
) -> Response:
    """Make a look-book from the pieces ticked, or put one together; the same form sent twice makes one."""
    shop, context, once = house.assistant.shop, talk.context, f"{talk.key}:look-book:{key}"
    if way == "together":
        pieces, title = look_books.put_together(shop, context)
    else:
        pieces, title = look_books.with_reasons(shop, context, _state(talk), item or []), ""
    made = look_books.keep(shop, context, pieces, once, title)
    shown = [impression_of(shop.card(1, one.item_id, one.reason), "look book") for one in pieces]
    Impressions(shop.boutique).note(context, shown, occasion=once, at=house.clock())
    return _open(request, house, context.actor, made.look_book_id)


@router.get(f"{_ONE}.pdf")
def download_pdf(house: What, session: Who, look_book_id: Named) -> Response:
    """The look-book as a PDF file."""
    sheet, book = _sheet(house, session.actor, look_book_id)
    return _file(look_book_pdf(sheet, book.at), file_name(sheet, "pdf"), "application/pdf")


@router.get(f"{_ONE}.html")
def download_html(
    house: What, session: Who, look_book_id: Named, to: Annotated[Literal["keep", "read"], Query()] = "keep"
) -> Response:
    """The look-book as one HTML file, to keep or to read at once."""
    sheet, _book = _sheet(house, session.actor, look_book_id)
    name = file_name(sheet, "html") if to == "keep" else ""
    return _file(look_book_html(sheet).encode(), name, "text/html; charset=utf-8")


@router.get(_ONE)
def show_look_book(request: Request, house: What, session: Who, look_book_id: Named) -> Response:
    """One look-book, page by page, to be put in order."""
    return _open(request, house, session.actor, look_book_id)


@router.post(_ONE)
def write_look_book(
    request: Request,
    house: What,
    session: Who,
    look_book_id: Named,
    title: Annotated[str, Form(max_length=1000)] = "",
    greeting: Annotated[str, Form(max_length=5000)] = "",
) -> Response:
    """Change title and word of greeting."""
    return _changed(
        request, house, session.actor, look_book_id, lambda book: look_books.rewritten(book, title, greeting)
    )


@router.post(f"{_ONE}/place")
def place_piece(
    request: Request,
    house: What,
    session: Who,
    look_book_id: Named,
    item: Item,
    place: Annotated[int, Form(ge=1, le=look_books.MAX_PIECES)],
) -> Response:
    """Put a piece at a place."""
    return _changed(request, house, session.actor, look_book_id, lambda book: look_books.placed(book, item, place))


@router.post(f"{_ONE}/drop")
def drop_piece(request: Request, house: What, session: Who, look_book_id: Named, item: Item) -> Response:
    """Take a piece out."""
    return _changed(request, house, session.actor, look_book_id, lambda book: look_books.without(book, item))


@router.post(f"{_ONE}/add")
def add_piece(request: Request, house: What, talk: About, look_book_id: Named, item: Item) -> JSONResponse:
    """Put a piece into a look-book of the client in conversation, with the reason for them."""
    shop, actor = house.assistant.shop, talk.context.actor
    books = LookBooks(shop.boutique)
    if books.find(actor, look_book_id)[0] != talk.context.client_id:
        raise NotFound(UNKNOWN)
    piece = look_books.with_reasons(shop, talk.context, _state(talk), [item])[0]
    book = books.change(actor, look_book_id, lambda one: look_books.extended(one, piece))
    says = translations(language_of(request)).gettext(_ADDED)
    return JSONResponse({"say": says % {"piece": short_title(shop.catalogue.item(item)), "title": book.title}})


@router.post(f"{_ONE}/remove")
def remove_look_book(request: Request, house: What, talk: About, look_book_id: Named) -> Response:
    """Throw a look-book away, and show those that are left."""
    LookBooks(house.assistant.shop.boutique).remove(talk.context.actor, look_book_id)
    return _list(request, house, talk.context, talk)


def _list(request: Request, house: House, context: TurnContext, talk: Talk) -> Response:
    shop = house.assistant.shop
    books = LookBooks(shop.boutique).all(context.actor, shop.client_id(context))
    return page(
        request,
        "look_books.html",
        books=[(book, _pictures(shop, book)) for book in reversed(books)],
        offered=_offered(shop, talk),
        most=look_books.MAX_PIECES,
        key=secrets.token_hex(8),
    )


def _offered(shop: Shop, talk: Talk) -> list[tuple[str, list[Card]]]:
    """Return the pieces that a look-book could be made from, each once, by where they are."""
    saved = shop.saved.all(talk.context.actor, shop.client_id(talk.context))
    places = [(_("On show in the conversation"), (_state(talk).get("view") or empty_view())["slate"])]
    places += [(_("On the wish list"), [one.item_id for one in saved if one.place == "wishlist"])]
    places += [(_("In the basket"), [one.item_id for one in saved if one.place == "basket"])]
    seen: set[str] = set()
    offered = []
    for heading, items in places:
        new = [one for one in dict.fromkeys(items) if one not in seen and one in shop.catalogue.ids]
        seen |= set(new)
        if new:
            offered.append((heading, [shop.card(number, one) for number, one in enumerate(new, start=1)]))
    return offered


def _open(request: Request, house: House, actor: Actor, look_book_id: str) -> Response:
    sheet, book = _sheet(house, actor, look_book_id)
    return page(
        request,
        "look_book.html",
        book=book,
        sheet=sheet,
        missing=missing_letters(sheet),
        limits=(look_books.MAX_TITLE, look_books.MAX_GREETING),
    )


def _changed(
    request: Request, house: House, actor: Actor, look_book_id: str, edit: Callable[[StoredLookBook], StoredLookBook]
) -> Response:
    LookBooks(house.assistant.shop.boutique).change(actor, look_book_id, edit)
    return _open(request, house, actor, look_book_id)


def _sheet(house: House, actor: Actor, look_book_id: str) -> tuple[Sheet, StoredLookBook]:
    """Return an actor's look-book as its client reads it; raise NotFound for any other."""
    shop = house.assistant.shop
    client_id, book = LookBooks(shop.boutique).find(actor, look_book_id)
    reader = shop.book.client(actor, client_id).name or ""
    return set_out(shop.catalogue, house.assistant.name, reader, book, house.clock().date()), book


def _file(content: bytes, name: str, media_type: str) -> Response:
    """Answer with a file that is kept nowhere on the way; without a name it is shown at once."""
    headers = {"cache-control": "private, no-store"}
    if name:
        headers["content-disposition"] = f'attachment; filename="{name}"'
    return Response(content, media_type=media_type, headers=headers)


def _pictures(shop: Shop, book: StoredLookBook) -> list[Card]:
    shown = [one.item_id for one in book.pages if one.item_id in shop.catalogue.ids]
    return [shop.card(number, one) for number, one in enumerate(shown[:4], start=1)]


def _state(talk: Talk) -> SlateState:
    """Return what the conversation shows."""
    return SlateState(messages=[], view=cast(View, {**empty_view(), **talk.conversation.view()}))
