"""What the staff plan to do for a client, with the day read from their words, and that it is done."""

from __future__ import annotations

import re

from agent.context import TurnContext
from agent.events import TextDelta
from agent.floor.persona import persona
from agent.floor.shop import Emit, Shop
from agent.intent.dates_said import read_due, spoken_day
from agent.intent.facts_said import clean_words
from agent.policy import decide
from agent.state import TurnResult
from recsys.errors import InputError

_WHAT = 300  # characters
_WITHOUT_VERB = re.compile(r"(?:with|about|on|regarding)\b", re.IGNORECASE)  # of "follow up with her about the scarf"
_CLOSE = re.compile(r"(done|drop) ([0-9]{1,9})", re.IGNORECASE | re.ASCII)


def add_follow_up(shop: Shop, context: TurnContext, what: str, due: str, key: str) -> TurnResult:
    """Plan something for a client by a day.

    Raises:
        InputError: If nothing is to be done, the words name no certain day, or the day is past.
    """
    task, words = planned_words(what), clean_words(due)
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


def planned_words(what: str) -> str:
    """Return what is to be done in one line, with a verb where only whom or what it is about was kept."""
    task = clean_words(what, _WHAT)
    return f"follow up {task}" if _WITHOUT_VERB.match(task) else task


def how_to_close(number: int) -> str:
    """Say what to write once a follow-up is done."""
    return f'once done, write "done {number}"'


def close(shop: Shop, context: TurnContext, message: str, emit: Emit) -> TurnResult | None:
    """Mark a follow-up as done or dropped; None where a message is not about that, or not from the staff.

    Args:
        message: What the person typed: "done NUMBER" or "drop NUMBER" and nothing else.
    """
    said = _CLOSE.fullmatch(message.strip())
    if said is None or not decide(context.actor, "serve").allowed:
        return None
    is_done, number = said[1].casefold() == "done", int(said[2])
    what = shop.follow_ups.close(context.actor, number, "done" if is_done else "dropped")
    text = f"{'Done' if is_done else 'Dropped'}: {what}." if what else f"No follow-up {number} is open in your book."
    emit(TextDelta(text))
    return TurnResult(text, text)
