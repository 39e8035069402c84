"""What the staff planned to do, by date; what the records suggest to plan; and all of it for a calendar."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from agent.context import Actor, TurnContext
from agent.errors import as_sentence
from agent.floor.follow_ups import planned_words
from agent.floor.occasions import Occasion
from agent.floor.planning import WHENS, by_when, proposals, to_calendar
from agent.floor.whole_book import read_book
from agent.intent.facts_said import clean_words
from agent.records.dismissals import FOR_GOOD, Dismissals
from agent.records.follow_ups import Plan
from agent.translatable import _
from recsys.errors import InputError, NotFound
from ui.web.house import House
from ui.web.rooms.today import KINDS, aside_key
from ui.web.rules import STAFF, Key, Numbered, Rule, What, Who
from ui.web.talking import Here
from ui.web.talks import Talk
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/follow-ups"): Rule("serve", STAFF),
    ("GET", "/room/follow-ups/proposed"): Rule("look_up", STAFF),
    ("GET", "/room/follow-ups.ics"): Rule("serve", STAFF),
    ("GET", "/room/follow-ups/{number}/calendar.ics"): Rule("serve", STAFF),
    ("POST", "/room/follow-ups"): Rule("serve", STAFF),
    ("POST", "/room/follow-ups/{number}/close"): Rule("serve", STAFF),
    ("POST", "/room/follow-ups/{number}/move"): Rule("serve", STAFF),
    ("POST", "/room/follow-ups/aside"): Rule("serve", STAFF),
}
router = APIRouter()

Short = Annotated[str, Form(max_length=200)]
AHEAD = dt.timedelta(days=3 * 365)  # further is a slip of the keyboard
N_NAMES = 600  # clients of a book that can be chosen by name; of more the id is asked for
_ID_IN_CHOICE = re.compile(r"\(([^()]+)\)\s*$")


HEADINGS = {"overdue": _("Overdue"), "today": _("Today"), "this week": _("This week"), "later": _("Later")}


@router.get("/room/follow-ups")
def show_follow_ups(request: Request, house: What, talk: Here) -> Response:
    """The open follow-ups of the book by date."""
    return _room(request, house, talk)


@router.get("/room/follow-ups/proposed")
def show_proposed(request: Request, house: What, session: Who) -> Response:
    """What the records suggest to plan; it takes a look at the whole book, so it comes after the list."""
    shop, context = house.assistant.shop, TurnContext(session.actor, None, "")
    found = proposals(shop, context, read_book(shop, context))
    return page(
        request,
        "follow_ups_proposed.html",
        proposed=[(one, _kind(one.occasion), as_sentence(one.occasion.fact)) for one in found],
        key=secrets.token_hex(8),
    )


@router.get("/room/follow-ups.ics")
def all_for_a_calendar(house: What, session: Who) -> Response:
    """Every open follow-up as one calendar file."""
    return _calendar(house, house.assistant.shop.follow_ups.plans(session.actor), "follow-ups.ics")


@router.get("/room/follow-ups/{number}/calendar.ics")
def one_for_a_calendar(house: What, session: Who, number: Numbered) -> Response:
    """One open follow-up as a calendar file."""
    plan = house.assistant.shop.follow_ups.plan(session.actor, number)
    return _calendar(house, [plan], f"follow-up-{number}.ics")


@router.post("/room/follow-ups")
def add(
    request: Request,
    house: What,
    talk: Here,
    key: Key,
    what: Annotated[str, Form(max_length=1_000)],
    due: Annotated[dt.date, Form()],
    client: Short = "",
) -> Response:
    """Plan something: for the client named, else for the one in conversation."""
    shop, actor = house.assistant.shop, talk.context.actor
    task = planned_words(what)
    if not task:
        raise InputError("say what is to be done, for example: call about the coat")
    _check_day(due, house.assistant.shop.clock().date())
    client_id = _chosen(house, actor, client) if client.strip() else talk.context.client_id
    if client_id is None:
        raise InputError("say for whom: choose one of your clients")
    shop.follow_ups.add(
        actor, client_id, task, due, key=f"plan:{actor.actor_id}:{key}", at=house.assistant.shop.clock()
    )
    return _room(request, house, talk)


@router.post("/room/follow-ups/{number}/close")
def close(
    request: Request, house: What, talk: Here, number: Numbered, state: Annotated[Literal["done", "dropped"], Form()]
) -> Response:
    """Mark a follow-up as done or dropped."""
    house.assistant.shop.follow_ups.close(talk.context.actor, number, state)
    return _room(request, house, talk)


@router.post("/room/follow-ups/{number}/move")
def move(request: Request, house: What, talk: Here, number: Numbered, due: Annotated[dt.date, Form()]) -> Response:
    """Set another day for a follow-up."""
    _check_day(due, house.assistant.shop.clock().date())
    if not house.assistant.shop.follow_ups.move(talk.context.actor, number, due):
        raise NotFound("this follow-up is closed already")
    return _room(request, house, talk)


@router.post("/room/follow-ups/aside")
def put_aside(
    request: Request, house: What, talk: Here, client_id: Short, occasion: Short, why: Annotated[str, Form()] = ""
) -> Response:
    """Leave a proposed follow-up out for good; the list of today leaves the same reason out."""
    actor, now = talk.context.actor, house.assistant.shop.clock()
    Dismissals(house.assistant.shop.boutique).add(
        actor, client_id, clean_words(occasion, 200), clean_words(why, 400), FOR_GOOD,
        key=aside_key(actor, client_id, occasion, FOR_GOOD), at=now,
    )  # fmt: skip
    return _room(request, house, talk)


def _check_day(due: dt.date, today: dt.date) -> None:
    if not today <= due <= today + AHEAD:
        raise InputError(f"choose a day from today on, at most {AHEAD.days // 365} years ahead")


def _chosen(house: House, actor: Actor, said: str) -> str:
    """Return the client that a choice names: "Ada Lund (c1)", an id, or a name that only one has."""
    book = house.assistant.shop.book
    found = _ID_IN_CHOICE.search(said)
    wanted = found[1] if found else said.strip()
    named = [one.client_id for one in book.clients(actor) if (one.name or "").casefold() == wanted.casefold()]
    return book.client(actor, named[0] if len(named) == 1 else wanted).client_id


def _calendar(house: House, plans: list[Plan], name: str) -> Response:
    content = to_calendar(plans, house.assistant.shop.clock())
    disposition = f'attachment; filename="{name}"'
    return Response(content, media_type="text/calendar", headers={"Content-Disposition": disposition})


def _room(request: Request, house: House, talk: Talk) -> Response:
    shop, actor, now = house.assistant.shop, talk.context.actor, house.assistant.shop.clock()
    clients = shop.book.clients(actor)
    plans = shop.follow_ups.plans(actor)
    about = talk.context.client_id
    names = {one.client_id: f"{one.called} ({one.client_id})" if one.name else one.called for one in clients}
    return page(
        request,
        "follow_ups.html",
        plans=by_when(plans, now.date()),
        whens=[(when, HEADINGS[when]) for when in WHENS],
        n_plans=len(plans),
        names=sorted(names.values()) if len(names) <= N_NAMES else [],
        about=names.get(about or "", ""),
        today=now.date(),
        tomorrow=now.date() + dt.timedelta(days=1),
        key=secrets.token_hex(8),
        is_manager=actor.role == "manager",
    )


def _kind(occasion: Occasion) -> str:
    return KINDS.get(occasion.kind, occasion.kind)
