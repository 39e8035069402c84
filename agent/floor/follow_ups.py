"""What the staff plan to do for a client, with the day read from their words."""

from __future__ import annotations

from typing import Literal

from agent.context import TurnContext
from agent.floor.persona import persona
from agent.floor.shop import Shop
from agent.intent.dates_said import read_due, spoken_day
from agent.intent.facts_said import clean_words
from agent.policy import require
from agent.records.service_book import FollowUp, ServiceBook
from agent.state import TurnResult
from recsys.errors import InputError, NotFound

_WHAT = 300  # characters


def add_follow_up(shop: Shop, context: TurnContext, what: str, due: str, key: str) -> TurnResult:
    """Plan something for a client by a day.

    Raises:
        InputError: If nothing is to be done, the words name no certain day, or the day is past.
    """
    task, words = clean_words(what, _WHAT), clean_words(due)
    if not task:
        raise InputError("there is nothing to do: say what is to be done, for example 'call about the coat'")
    today = shop.clock().date()
    day = read_due(words, today)
    if day is None:
        raise InputError(
            f'no certain day in {words!r}: ask for one such as "12 March", "next Friday" or "in two weeks"'
        )
    if day < today:
        raise InputError(f"{spoken_day(day)} is past: ask for a day from {spoken_day(today)} on")
    shop.follow_ups.add(context.actor, shop.client_id(context), task, day, key=key, at=shop.clock())
    text = f"Planned for {persona(shop, context).name}: {task}, by {day:%A} {spoken_day(day)}."
    return TurnResult(text, text)


def list_follow_ups(shop: Shop, context: TurnContext) -> list[FollowUp]:
    """Return what is still to be done, soonest first: for the conversation's client, or for the whole book."""
    require(context.actor, "serve")
    return ServiceBook(shop.boutique).follow_ups(context.actor, context.client_id)


def close_follow_up(shop: Shop, context: TurnContext, number: int, state: Literal["done", "dropped"]) -> TurnResult:
    """Mark a follow-up as done or dropped.

    Raises:
        NotFound: If the client has no open one of this number.
    """
    if not shop.follow_ups.close(context.actor, shop.client_id(context), number, state):
        raise NotFound(f"no open follow-up {number} for this client; list them first")
    text = "Marked as done." if state == "done" else "Dropped."
    return TurnResult(text, text)
