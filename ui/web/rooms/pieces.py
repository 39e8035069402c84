"""The catalogue for the staff: search and browse, one piece with what is like it, and whom it would suit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from agent.context import TurnContext
from agent.events import ClientList, TurnEvent
from agent.floor.browsing import PRICE_DOWN, PRICE_UP, Found, Wanted, browse, measures, pieces_like
from agent.floor.client_search import find_clients
from agent.floor.piece_for_client import piece_for_client
from agent.floor.reverse import whom_it_suits
from agent.floor.shop import Shop
from agent.records.look_books import LookBooks
from recsys.schema import Filters, Identifier
from recsys.seller.titles import short_title
from ui.web.house import House
from ui.web.rules import STAFF, Rule, What, Who
from ui.web.talking import Here
from ui.web.templating import page

_ROOM = "/room/pieces"
_ONE = f"{_ROOM}/piece/{{item_id}}"
RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", _ROOM): Rule("look_up", STAFF),
    ("GET", f"{_ROOM}/found"): Rule("look_up", STAFF),
    ("GET", f"{_ROOM}/bought"): Rule("look_up", STAFF),
    ("GET", _ONE): Rule("look_up", STAFF),
    ("GET", f"{_ONE}/clients"): Rule("look_up", STAFF),
    ("GET", f"{_ONE}/client"): Rule("serve", STAFF),
}
ASKED_AT_ONCE = 2_000  # clients up to which a book is asked without a press: about a second
_MOST_BOOKS = 3  # look-books that a piece is offered to, the newest
_MOST_NAMES = 200  # brands in a list to choose from; of more, the words searched do
router = APIRouter()
Named = Annotated[Identifier, Path()]
Words = Annotated[str, Query(max_length=200)]


class Asked:
    """What the form of the room asks for, as it was typed.

    Args:
        low, high: Prices in whole units of the catalogue's currency; what is no number is no bound.
        here: "on" for what is available only.
    """

    def __init__(
        self,
        words: Words = "",
        category: Words = "",
        brand: Words = "",
        low: Annotated[str, Query(max_length=20)] = "",
        high: Annotated[str, Query(max_length=20)] = "",
        order: Annotated[str, Query(max_length=60)] = "",
        here: Annotated[str, Query(max_length=3)] = "",
    ) -> None:
        self.typed = {
            name: typed
            for name, typed in (
                ("words", words.strip()),
                ("category", category),
                ("brand", brand),
                ("low", low),
                ("high", high),
                ("order", order),
                ("here", here),
            )
            if typed
        }

    @property
    def query(self) -> str:
        """The same as the query of an address."""
        return urlencode(self.typed)

    def wanted(self, shop: Shop) -> Wanted:
        """Return what is looked for."""
        get = self.typed.get
        filters = Filters(
            category=get("category"),
            brand=get("brand"),
            min_price_minor=_minor(shop, get("low", "")),
            max_price_minor=_minor(shop, get("high", "")),
            only_available="here" in self.typed,
        )
        return Wanted(get("words", ""), filters, get("order", ""))


Form = Annotated[Asked, Depends()]


@router.get(_ROOM)
def show_pieces(request: Request, house: What, asked: Form) -> Response:
    """The catalogue with its search, and who bought one thing but not another."""
    shop = house.assistant.shop
    guided = shop.recommender.guided
    return page(
        request,
        "pieces.html",
        asked=asked,
        categories=sorted(shop.catalogue.categories[:_MOST_NAMES]),
        brands=sorted(shop.catalogue.brands[:_MOST_NAMES]),
        attributes=guided.attribute_set.attributes if guided is not None else (),
        orders=(PRICE_UP, PRICE_DOWN),
        currency=shop.catalogue.currency,
        **_found(house, asked, 1),
    )


@router.get(f"{_ROOM}/found")
def show_found(
    request: Request, house: What, asked: Form, number: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> Response:
    """One page of what is found."""
    return page(request, "pieces_found.html", asked=asked, **_found(house, asked, number))


@router.get(f"{_ROOM}/bought")
def show_who_bought(request: Request, house: What, session: Who, bought: Words = "", without: Words = "") -> Response:
    """The clients of the reader's book who bought one thing but not another."""
    seen: list[TurnEvent] = []
    said = ""
    if bought.strip():
        context = TurnContext(session.actor, None, "")
        said = find_clients(house.assistant.shop, context, "", bought.strip(), without.strip(), seen.append).spoken
    rows = [row for event in seen if isinstance(event, ClientList) for row in event.rows]
    return page(request, "pieces_bought.html", said=said, rows=rows)


@router.get(_ONE)
def show_piece(request: Request, house: What, session: Who, item_id: Named, asked: Form) -> Response:
    """One piece: its picture, its facts, all its guided attributes, and what is like it."""
    shop = house.assistant.shop
    item = shop.catalogue.item(item_id)
    n_clients = shop.book.n_clients(session.actor)
    return page(
        request,
        "piece.html",
        asked=asked,
        item=item,
        measures=measures(shop, item_id),
        alike=[(one, short_title(one)) for one in pieces_like(shop, item_id)],
        n_clients=n_clients,
        at_once=n_clients <= ASKED_AT_ONCE,
    )


@router.get(f"{_ONE}/clients")
def show_whom_it_suits(request: Request, house: What, session: Who, item_id: Named) -> Response:
    """The clients of the reader's book for whom the piece ranks highest, each with why and whether to write."""
    shop = house.assistant.shop
    item = shop.catalogue.item(item_id)
    found = whom_it_suits(shop, TurnContext(session.actor, None, ""), item) if item.available else None
    return page(request, "piece_clients.html", item=item, found=found)


@router.get(f"{_ONE}/client")
def show_for_client(request: Request, house: What, talk: Here, item_id: Named) -> Response:
    """The piece for the client in conversation: its place, its reason, what would put it first; nothing without one."""
    shop, context = house.assistant.shop, talk.context
    if context.client_id is None:
        return Response(media_type="text/html")
    client = shop.client(context)
    return page(
        request,
        "piece_client.html",
        item=shop.catalogue.item(item_id),
        name=client.called,
        found=piece_for_client(shop, context, item_id),
        books=[
            (book, item_id in [one.item_id for one in book.pages])
            for book in reversed(LookBooks(shop.boutique).all(context.actor, client.client_id)[-_MOST_BOOKS:])
        ],
    )


def _found(house: House, asked: Asked, number: int) -> dict[str, Any]:
    shop = house.assistant.shop
    found: Found = browse(shop, asked.wanted(shop), number)
    shown = [(one, short_title(one)) for one in found.items]
    return {"found": found, "shown": shown, "bars": _bars(shop, asked, found)}


def _bars(shop: Shop, asked: Asked, found: Found) -> dict[str, tuple[str, int]]:
    """Return, where the order goes by an attribute, its label and per cent for each piece on the page."""
    name = asked.typed.get("order", "").removeprefix("-")
    bars = {}
    for item in found.items:
        for one in measures(shop, item.item_id):
            if one.name == name:
                bars[item.item_id] = (one.label, round(100 * one.value))
    return bars


def _minor(shop: Shop, typed: str) -> int | None:
    """Read a price in whole units; None for what is none."""
    try:
        amount = float(typed.replace(",", "."))
    except ValueError:
        return None
    return shop.wishes.minor(amount) if 0 <= amount < 1e9 else None
