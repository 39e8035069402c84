"""Whom to contact today and why: what was promised first, then at most five clients with a reason from the records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from agent.context import Actor, TurnContext
from agent.errors import as_sentence
from agent.floor.occasions import Occasion
from agent.floor.today import Suggested, day_list
from agent.floor.whole_book import read_book
from agent.intent.facts_said import clean_words
from agent.records.dismissals import FOR_GOOD, Dismissals
from agent.records.messages import Reach, reach_of
from agent.translatable import _
from recsys.errors import NotFound
from ui.web.house import House
from ui.web.rules import MAX_NUMBER, STAFF, Numbered, Rule, What, Who
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/today"): Rule("look_up", STAFF),
    ("POST", "/room/today/aside"): Rule("serve", STAFF),
    ("POST", "/room/today/undo"): Rule("serve", STAFF),
    ("POST", "/room/today/touched"): Rule("serve", STAFF),
    ("POST", "/room/today/plans/{number}"): Rule("serve", STAFF),
}
router = APIRouter()

Until = Literal["tomorrow", "month", "never"]
Short = Annotated[str, Form(max_length=80)]
Why = Annotated[str, Form(max_length=1_000)]
_IN_TOUCH = "in person or by telephone"


KINDS = {
    "follow-up": _("Promised"),
    "taste": _("A turn of the taste"),
    "wish": _("A wish that can be met"),
    "new piece": _("A piece nobody has yet"),
    "away": _("Long away"),
    "care": _("After a purchase"),
    "birthday": _("Birthday"),
}


@dataclass(frozen=True)
class TodayRow:
    """A client as the list shows them."""

    client_id: str
    name: str
    associate: str
    kind: str
    occasion: Occasion
    because: str
    reach: Reach


@router.get("/room/today")
def show_today(
    request: Request, house: What, session: Who, associate: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """The list of today, of one's own clients; a manager's of everybody's or of one associate's."""
    return _list(request, house, session.actor, associate)


@router.post("/room/today/aside")
def put_aside(
    request: Request,
    house: What,
    session: Who,
    client_id: Short,
    occasion: Annotated[str, Form(max_length=300)],
    why: Why,
    until: Annotated[Until, Form()],
    associate: Short = "",
) -> Response:
    """Put one reason aside until tomorrow, for a month, or for good."""
    now = house.assistant.shop.clock()
    day = {"tomorrow": now.date() + dt.timedelta(days=1), "month": now.date() + dt.timedelta(days=30)}
    _aside(house, session.actor, client_id, occasion, why, day.get(until, FOR_GOOD))
    return _list(request, house, session.actor, associate)


@router.post("/room/today/undo")
def undo(
    request: Request,
    house: What,
    session: Who,
    number: Annotated[int, Form(ge=1, le=MAX_NUMBER)],
    associate: Short = "",
) -> Response:
    """Put an entry back on the list; a contact that was written down with it goes too."""
    dismissals = Dismissals(house.assistant.shop.boutique)
    standing = dismissals.standing(session.actor, house.assistant.shop.clock().date())
    known = next((one for one in standing if one.number == number), None)
    if known is None:
        raise NotFound("this entry is back on the list already")
    dismissals.undo(session.actor, number)
    key = _contact_key(session.actor, known.client_id, known.occasion, known.at.date())
    house.assistant.shop.messages.undo_contact(session.actor, key)
    return _list(request, house, session.actor, associate)


@router.post("/room/today/touched")
def touched(
    request: Request,
    house: What,
    session: Who,
    client_id: Short,
    occasion: Annotated[str, Form(max_length=300)],
    why: Why,
    associate: Short = "",
) -> Response:
    """Write down that somebody was in touch; it counts for how often the client is written to."""
    now = house.assistant.shop.clock()
    key = _contact_key(session.actor, client_id, occasion, now.date())
    house.assistant.shop.messages.record_contact(
        session.actor, client_id, _IN_TOUCH, "from the list of today", key=key, at=now
    )
    _aside(house, session.actor, client_id, occasion, why, FOR_GOOD)
    return _list(request, house, session.actor, associate)


@router.post("/room/today/plans/{number}")
def close_plan(request: Request, house: What, session: Who, number: Numbered, associate: Short = "") -> Response:
    """Mark a follow-up as done."""
    house.assistant.shop.follow_ups.close(session.actor, number, "done")
    return _list(request, house, session.actor, associate)


def _aside(house: House, actor: Actor, client_id: str, occasion: str, why: str, until: dt.date) -> None:
    now = house.assistant.shop.clock()
    Dismissals(house.assistant.shop.boutique).add(
        actor, client_id, clean_words(occasion, 300), clean_words(why, 400), until,
        key=aside_key(actor, client_id, occasion, until), at=now,
    )  # fmt: skip


def aside_key(actor: Actor, client_id: str, occasion: str, until: dt.date) -> str:
    """Name an entry put aside, so that two presses are one; once it is taken back, the name is free again."""
    return f"aside:{actor.actor_id}:{client_id}:{occasion}:{until.isoformat()}"


def _contact_key(actor: Actor, client_id: str, occasion: str, day: dt.date) -> str:
    return f"today:{actor.actor_id}:{client_id}:{occasion}:{day.isoformat()}"


def _list(request: Request, house: House, actor: Actor, associate: str) -> Response:
    shop, now = house.assistant.shop, house.assistant.shop.clock()
    context = TurnContext(actor, None, "")
    book = read_book(shop, context)
    associate = associate if actor.role == "manager" else ""
    day = day_list(shop, context, book, associate=associate, with_plans=False)
    plans = [one for one in shop.follow_ups.plans(actor) if one.due <= now.date()]
    return page(
        request,
        "today.html",
        day=day,
        now=now,
        rows=[_row(house, actor, one) for one in day.suggested],
        plans=[one for one in plans if not associate or one.associate_id == associate],
        aside=Dismissals(shop.boutique).standing(actor, now.date()),
        for_good=FOR_GOOD,
        associate=associate,
        associates=sorted({one.client.associate_id for one in book.clients if one.client.associate_id}),
        is_manager=actor.role == "manager",
    )


def _row(house: House, actor: Actor, one: Suggested) -> TodayRow:
    reach = reach_of(house.assistant.shop.boutique, actor, one.entry.client_id, house.assistant.shop.clock())
    kind, whose = KINDS.get(one.occasion.kind, one.occasion.kind), one.entry.client.associate_id or ""
    return TodayRow(
        one.entry.client_id, one.entry.name, whose, kind, one.occasion, as_sentence(one.occasion.fact), reach
    )
