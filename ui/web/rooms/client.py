"""One client as the staff see them: contact, sizes, closet, notes, activity; and what is written down about them."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from agent.context import TurnContext
from agent.floor.client_sheet import client_sheet
from agent.floor.handover import read_again
from agent.floor.notes import MAX_NOTE, add_note, decide_proposals
from agent.intent.dates_said import spoken_day
from agent.intent.facts_said import clean_words
from agent.records.handovers import Handovers
from agent.records.messages import ALL_CHANNELS, CHANNELS, CONTACT_EVERY
from agent.translatable import _
from recsys.errors import InputError, NotFound
from ui.web.house import House
from ui.web.rules import STAFF, Key, Rule, What
from ui.web.talking import About
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/client"): Rule("serve", STAFF),
    ("GET", "/room/client/body"): Rule("serve", STAFF),
    ("GET", "/room/client/brief"): Rule("serve", STAFF),
    ("POST", "/room/client/notes"): Rule("serve", STAFF),
    ("POST", "/room/client/proposals"): Rule("serve", STAFF),
    ("POST", "/room/client/contacts"): Rule("serve", STAFF),
    ("POST", "/room/client/consents"): Rule("serve", STAFF),
}
router = APIRouter()

_MAX_SAID = 200  # characters of what a contact was about, and of how a consent is known


MEANS = (_("telephone"), _("in the boutique"), *CHANNELS)
"""By what means the house may have been in touch with a client."""


@router.get("/room/client")
def show_client(request: Request, house: What, talk: About) -> Response:
    """The client of the conversation, with the forms for what is to be written down."""
    return page(request, "client.html", **_forms(house, ""), **_sheet(house, talk.context))


@router.get("/room/client/body")
def show_body(request: Request, house: What, talk: About) -> Response:
    """The same without the forms, so that what is being written there stays when the records change."""
    return page(request, "client_body.html", **_sheet(house, talk.context))


@router.get("/room/client/brief")
def show_brief(request: Request, house: What, talk: About) -> Response:
    """The brief with which the client came, each line held against the records of today."""
    shop, context = house.assistant.shop, talk.context
    handover = Handovers(shop.boutique).newest(context.actor, shop.client_id(context))
    if handover is None:
        raise NotFound("this client did not change hands: there is no brief")
    return page(request, "client_brief.html", handover=handover, readings=read_again(shop, context, handover))


@router.post("/room/client/notes")
def write_note(
    request: Request, house: What, talk: About, key: Key, text: Annotated[str, Form(max_length=4 * MAX_NOTE)] = ""
) -> Response:
    """Keep a note; what it suggests is shown and waits for a decision."""
    result = add_note(house.assistant.shop, talk.context, text, _once(talk.key, "note", key), lambda _event: None)
    return _written(request, house, talk.context, result.spoken)


@router.post("/room/client/proposals")
def decide_proposal(
    request: Request,
    house: What,
    talk: About,
    key: Key,
    number: Annotated[int, Form(ge=1, le=1000)],
    decision: Annotated[Literal["accept", "reject"], Form()],
) -> Response:
    """Accept or reject one change that the newest note suggests."""
    once = _once(talk.key, "proposal", key)
    result = decide_proposals(house.assistant.shop, talk.context, decision, str(number), once)
    return _written(request, house, talk.context, result.spoken)


@router.post("/room/client/contacts")
def write_contact(
    request: Request,
    house: What,
    talk: About,
    key: Key,
    by: Annotated[str, Form(max_length=40)] = "",
    about: Annotated[str, Form(max_length=4 * _MAX_SAID)] = "",
    on: Annotated[dt.date | None, Form()] = None,
) -> Response:
    """Write down a contact that was made by other means."""
    shop, context = house.assistant.shop, talk.context
    said, at = clean_words(about, _MAX_SAID), _moment(on, shop.clock())
    if by not in MEANS:
        raise InputError(f"by what means? choose one of {', '.join(MEANS)}")
    if not said:
        raise InputError("say what the contact was about, for example 'asked how the coat fits'")
    once = _once(talk.key, "contact", key)
    shop.messages.record_contact(context.actor, shop.client_id(context), by, said, key=once, at=at)
    return _written(request, house, context, f"Written down: {by} on {spoken_day(at.date())}.")


@router.post("/room/client/consents")
def write_consent(
    request: Request,
    house: What,
    talk: About,
    key: Key,
    channel: Annotated[str, Form(max_length=40)] = "",
    state: Annotated[Literal["given", "withdrawn"], Form()] = "given",
    source: Annotated[str, Form(max_length=4 * _MAX_SAID)] = "",
) -> Response:
    """Write down that the client agreed to a channel, or does not any more, and how that is known."""
    shop, context, known = house.assistant.shop, talk.context, clean_words(source, _MAX_SAID)
    if not known:
        raise InputError("say how this is known, for example 'signed card of 3 May'")
    shop.messages.record_consent(
        context.actor,
        shop.client_id(context),
        channel,
        given=state == "given",
        source=known,
        key=_once(talk.key, "consent", key),
        at=shop.clock(),
    )
    return _written(request, house, context, f"Written down: {channel}, {state}.")


def _written(request: Request, house: House, context: TurnContext, done: str) -> Response:
    """Return the client as they are now, and beside it empty forms with what was done."""
    return page(request, "client_written.html", **_forms(house, done), **_sheet(house, context))


def _sheet(house: House, context: TurnContext) -> dict[str, Any]:
    sheet = client_sheet(house.assistant.shop, context)
    return {"sheet": sheet, "spoken_day": spoken_day, "once": secrets.token_hex(16)}


def _forms(house: House, done: str) -> dict[str, Any]:
    return {
        "done": done,
        "key": secrets.token_hex(16),
        "means": MEANS,
        "channels": CHANNELS,
        "all_channels": ALL_CHANNELS,
        "every_days": CONTACT_EVERY.days,
        "max_note": MAX_NOTE,
        "today": house.assistant.shop.clock().date().isoformat(),
    }


def _once(thread: str, what: str, key: str) -> str:
    """Name the occasion, so that a form sent twice counts once; the thread comes first, as erasing expects."""
    return f"{thread}:{what}:{key}"


def _moment(day: dt.date | None, now: dt.datetime) -> dt.datetime:
    """Return when something was: now, or at noon of an earlier day."""
    if day is None or day == now.date():
        return now
    if day > now.date():
        raise InputError(f"{spoken_day(day)} is still to come: give the day on which it was")
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)
