"""Follow-ups by date: which are late, which come this week, which the records suggest, and the same for a calendar."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from icalendar import Calendar, Event

from agent.context import TurnContext
from agent.floor.occasions import Occasion, dated_occasions
from agent.floor.shop import Shop
from agent.floor.whole_book import Entry, WholeBook
from agent.intent.facts_said import clean_words
from agent.records.dismissals import Dismissals
from agent.records.follow_ups import Plan

When = Literal["overdue", "today", "this week", "later"]
WHENS: tuple[When, ...] = ("overdue", "today", "this week", "later")
N_PROPOSED = 5
IN_DAYS = {"taste": 3, "care": 1, "birthday": 3}  # what is worth a plan of its own; the turn of a taste comes first
_CALENDAR_NAMES = uuid.UUID("8c3f1f0a-6f0e-4d35-9d57-0f0c2f1d7a11")


@dataclass(frozen=True)
class Proposed:
    """A follow-up that the records suggest; it is none before a person adds it."""

    entry: Entry
    occasion: Occasion
    what: str
    due: dt.date


def by_when(plans: Sequence[Plan], today: dt.date) -> dict[When, list[Plan]]:
    """Sort plans into those late, of today, of the seven days to come, and later ones."""
    found: dict[When, list[Plan]] = {when: [] for when in WHENS}
    week = today + dt.timedelta(days=7)
    for plan in plans:
        if plan.due < today:
            found["overdue"].append(plan)
        elif plan.due == today:
            found["today"].append(plan)
        else:
            found["this week" if plan.due <= week else "later"].append(plan)
    return found


def proposals(shop: Shop, context: TurnContext, book: WholeBook) -> list[Proposed]:
    """Return follow-ups that the records suggest for clients without one, a turn of the taste first."""
    now = shop.clock()
    today, _ = book.today(now)
    aside = {(one.client_id, one.occasion) for one in Dismissals(shop.boutique).standing(context.actor, now.date())}
    clients = [one for one in book.clients if not one.follow_ups]
    found = []
    for entry in clients:
        known = [one for one in dated_occasions(shop, entry, today) if (entry.client_id, one.key) not in aside]
        if known:
            best = min(known, key=_order)
            due = now.date() + dt.timedelta(days=IN_DAYS[best.kind])
            found.append(Proposed(entry, best, _what(best), due))
    return sorted(found, key=lambda one: (_order(one.occasion), one.entry.client_id))[:N_PROPOSED]


def to_calendar(plans: Sequence[Plan], now: dt.datetime) -> bytes:
    """Return follow-ups as an iCalendar file (RFC 5545): whole days, with the client's name and what is planned.

    Nothing else of a client is in it. An entry keeps its UID, so a calendar that reads the file again moves it.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Clienteller//Follow-ups//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for plan in plans:
        event = Event()
        event.add("uid", f"{uuid.uuid5(_CALENDAR_NAMES, plan.key)}@clienteller")
        event.add("dtstamp", now.astimezone(dt.UTC))
        event.add("dtstart", plan.due)
        if plan.due < dt.date.max:
            event.add("dtend", plan.due + dt.timedelta(days=1))
        # In one line: some readers begin a new property also after a line break that the format does not know.
        event.add("summary", clean_words(f"{plan.name}: {plan.what}", 1_000))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _order(occasion: Occasion) -> tuple[int, float]:
    return list(IN_DAYS).index(occasion.kind), -occasion.strength


def _what(occasion: Occasion) -> str:
    """Return the plan in a few words that say nothing of the client: it may stand in a calendar."""
    match occasion.kind:
        case "taste":
            return "show pieces for the new taste"
        case "care":
            return "ask how the last piece wears"
        case _:
            return "write for the birthday"
