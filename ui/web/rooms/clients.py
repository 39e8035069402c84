"""The client book: search, order, pages; and for a manager, giving clients into other hands."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from agent.context import Actor
from agent.floor.handover import MAX_AT_ONCE, hand_over
from agent.records.client_rows import NOBODY, BookQuery, BookRow, ClientRows, Sort
from agent.records.handovers import Associate, Handovers
from agent.translatable import _
from recsys.errors import InputError
from recsys.seller.titles import short_title
from ui.web.house import House
from ui.web.rules import STAFF, Key, Rule, What, Who
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/clients"): Rule("look_up", STAFF),
    ("GET", "/room/clients/rows"): Rule("look_up", STAFF),
    ("POST", "/room/clients/hand-over"): Rule("manage", ("manager",)),
}
router = APIRouter()

Words = Annotated[str, Query(max_length=200)]
WhoseBook = Annotated[str, Query(max_length=64)]


SORT_NAMES: Mapping[Sort, str] = {
    "name": _("Name"),
    "last": _("Last purchase, newest first"),
    "away": _("Longest away"),
    "spend": _("Spend, highest first"),
}


@router.get("/room/clients")
def show_clients(request: Request, house: What, session: Who) -> Response:
    """The whole room, from the first page of the book."""
    return page(request, "clients.html", sorts=SORT_NAMES, **_listed(house, session.actor, BookQuery()))


@router.get("/room/clients/rows")
def show_rows(
    request: Request,
    house: What,
    session: Who,
    words: Words = "",
    sort: Sort = "name",
    associate: WhoseBook = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """One page of the list, for what is typed and chosen."""
    query = BookQuery(words, sort, associate or None, page_number)
    return page(request, "clients_rows.html", **_listed(house, session.actor, query))


@router.post("/room/clients/hand-over")
def give_clients(
    request: Request,
    house: What,
    session: Who,
    key: Key,
    to: Annotated[str, Form(max_length=64)] = "",
    client: Annotated[tuple[str, ...], Form(max_length=MAX_AT_ONCE)] = (),
    everyone_of: Annotated[str, Form(max_length=64)] = "",
    words: Annotated[str, Form(max_length=200)] = "",
    sort: Annotated[Sort, Form()] = "name",
    associate: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Give the marked clients, or everyone of one associate, to another; show the list as it is then."""
    actor, shop = session.actor, house.assistant.shop
    if not to:
        raise InputError("no associate is chosen: choose who is to look after them")
    chosen = ClientRows(shop.boutique).ids_of(actor, everyone_of) if everyone_of else client
    handed = hand_over(shop, actor, chosen, to, key=f"hand-over:{actor.actor_id}:{key}")
    listed = _listed(house, actor, BookQuery(words, sort, associate or None))
    return page(request, "clients_rows.html", **(listed | {"handed": handed, "to": to}))


def _listed(house: House, actor: Actor, query: BookQuery) -> dict[str, Any]:
    """Return what the list shows; the choice of an associate is the manager's, an associate has the own book only."""
    shop, staff, n_without = house.assistant.shop, list[Associate](), 0
    if actor.role == "manager":
        handovers = Handovers(shop.boutique)
        staff, n_without = handovers.associates(actor), handovers.n_without(actor)
    else:
        query = replace(query, associate=None)
    return {
        "book": ClientRows(shop.boutique).page(actor, query, at=shop.clock()),
        "query": query,
        "staff": staff,
        "n_without": n_without,
        "nobody": NOBODY,
        "labels": {one.associate_id: one.label for one in staff},
        "last_piece": lambda row: _last_piece(house, row),
        "key": secrets.token_hex(16),
        "handed": None,
        "to": "",
    }


def _last_piece(house: House, row: BookRow) -> str:
    item_id = row.figures.last_item
    return short_title(house.assistant.shop.catalogue.item(item_id)) if item_id else ""
