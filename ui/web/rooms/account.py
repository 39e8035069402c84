"""What shoppers see of themselves: purchases, what is remembered, whether they are written to, a copy of their data."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from agent.context import TurnContext
from agent.events import ApprovalRequest
from agent.floor import own_data, phrasing
from agent.floor.shop import Shop
from agent.records.messages import CHANNELS
from agent.records.web_sessions import IDLE, LASTS, WebSession
from agent.translatable import _
from recsys.schema import Interaction, Item
from ui.web.house import House
from ui.web.languages import language_of, translations
from ui.web.rules import Rule, What, Who
from ui.web.talking import About
from ui.web.talks import Talk
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/you"): Rule("see", ("shopper",)),
    ("GET", "/room/you/data.json"): Rule("see", ("shopper",)),
    ("POST", "/room/you/consent"): Rule("record", ("shopper",)),
    ("POST", "/room/you/forget"): Rule("erase", ("shopper",)),
    ("POST", "/room/you/answer"): Rule("erase", ("shopper",)),
}
router = APIRouter()
_SHOWN_AT_ONCE = 8  # purchases; the older ones are folded away
_KINDS = ("purchase", "return")


_CHANNELS = {
    "e-mail": _("e-mail"),
    "text message": _("text message"),
    "WhatsApp": "WhatsApp",
    "letter": _("letter"),
}


@dataclass(frozen=True)
class Order:
    """One line of what was bought or brought back."""

    item: Item
    kind: str
    at: dt.datetime | None
    quantity: int


@router.get("/room/you")
def show_account(request: Request, house: What, session: Who, talk: About) -> Response:
    """The whole room."""
    return _account(request, house.assistant.shop, talk, is_guest=session.is_guest)


@router.get("/room/you/data.json")
def download_data(house: What, session: Who) -> Response:
    """Everything kept of the shopper that they may read, as one JSON document to keep."""
    context = TurnContext(session.actor, session.actor.actor_id, "")
    document = own_data.everything(house.assistant.shop, context) | {"conversations": _conversations(house, session)}
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return Response(text, media_type="application/json", headers=headers)


@router.post("/room/you/consent")
def change_consent(
    request: Request,
    house: What,
    talk: About,
    channel: Annotated[str, Form(max_length=40)],
    wanted: Annotated[bool, Form()],
) -> JSONResponse:
    """Write down that the shopper may be written to on a channel, or no more."""
    own_data.consent(house.assistant.shop, talk.context, channel, given=wanted)
    said = _("Noted: you may be written to.") if wanted else _("Noted: nothing is sent there any more.")
    return JSONResponse({"pressed": wanted, "say": translations(language_of(request)).gettext(said)})


@router.post("/room/you/forget")
def ask_to_forget(
    request: Request,
    house: What,
    session: Who,
    talk: About,
    kind: Annotated[str, Form(max_length=40)],
    subject: Annotated[str, Form(max_length=600)],
) -> Response:
    """Ask whether a remembered fact shall really be erased."""
    shop = house.assistant.shop
    asked = own_data.ask_to_forget(shop, talk.context, kind, subject)
    return _account(request, shop, talk, is_guest=session.is_guest, asked=asked, asked_of=(kind, subject))


@router.post("/room/you/answer")
def answer(
    request: Request,
    house: What,
    session: Who,
    talk: About,
    code: Annotated[str, Form(max_length=12)],
    yes: Annotated[bool, Form()],
) -> Response:
    """Take the answer: erase the fact, or leave it."""
    shop = house.assistant.shop
    said = own_data.answer(shop, talk.context, code, yes=yes)
    return _account(request, shop, talk, is_guest=session.is_guest, said=said)


def _account(
    request: Request,
    shop: Shop,
    talk: Talk,
    *,
    is_guest: bool,
    asked: ApprovalRequest | None = None,
    asked_of: tuple[str, str] = ("", ""),
    said: str = "",
) -> Response:
    context = talk.context
    agreed = own_data.agreed(shop, context)
    orders = _orders(shop, shop.book.interactions(context.actor, shop.client_id(context)))
    values: dict[str, Any] = {
        "name": shop.client(context).name,
        "is_guest": is_guest,
        "hours": (int(IDLE.total_seconds() // 3600), int(LASTS.total_seconds() // 3600)),
        "orders": orders[:_SHOWN_AT_ONCE],
        "older": orders[_SHOWN_AT_ONCE:],
        "on_file": shop.client(context).preferences,
        "remembered": own_data.remembered_lines(shop, context),
        "asked": asked,
        "asked_of": asked_of,
        "said": said,
        "channels": [(one, _CHANNELS[one], one in agreed) for one in CHANNELS],
        "taste": _taste(shop, talk),
    }
    return page(request, "account.html", **values)


def _orders(shop: Shop, interactions: list[Interaction]) -> list[Order]:
    """Return what was bought and brought back, newest first."""
    rows = [one for one in interactions if one.kind in _KINDS]
    return [Order(shop.catalogue.item(one.item_id), one.kind, one.at, one.quantity) for one in reversed(rows)]


def _taste(shop: Shop, talk: Talk) -> Any:
    guided = shop.recommender.guided
    return phrasing.taste_bars(guided, shop.internal(shop.purchases(talk.context))) if guided is not None else ()


def _conversations(house: House, session: WebSession) -> list[dict[str, Any]]:
    """Return the words of the shopper's own conversations, newest first."""
    found = []
    for thread in house.assistant.threads(session.actor):
        turns = house.assistant.conversation(session.actor, session.actor.actor_id, thread.thread_id).turns()
        said = [{"you": one.message, "answer": one.answer} for one in turns]
        if said:
            found.append({"thread": thread.thread_id, "turns": said})
    return found
