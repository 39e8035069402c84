"""From the events of a turn to what the chat shows: blocks in order, some of which still change while it runs.

Knows no page and no browser; the page maps each block to a message of its chat.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace

from agent.events import (
    Acknowledged,
    Card,
    Chips,
    Comparison,
    Notice,
    Shown,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEvent,
)
from recsys.errors import ClientellerError


@dataclass(frozen=True)
class Words:
    """Text of the answer (or of the client, when `by_client`); Markdown, to be sanitised by whoever shows it."""

    text: str
    by_client: bool = False
    chips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A tool at work; `duration_s` is None until it ends."""

    call_id: str
    title: str
    detail: str = ""
    duration_s: float | None = None
    ok: bool = True


@dataclass(frozen=True, eq=False)
class Slate:
    """Suggestions side by side."""

    cards: tuple[Card, ...]
    chips: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Table:
    """Items compared."""

    comparison: Comparison
    chips: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Sheet:
    """Anything else that is shown as a whole: a list, a client's card, a draft, a request for leave."""

    shown: Shown
    chips: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """One plain line about the assistant itself, or an error; never Markdown."""

    text: str


Block = Words | Step | Slate | Table | Sheet | Remark


def blocks_of(events: Iterable[TurnEvent]) -> Iterator[tuple[Block, ...]]:
    """Yield everything the turn has shown so far, after each event.

    An expected failure (ClientellerError) ends the turn with its text as a remark; any other error propagates.
    """
    blocks: tuple[Block, ...] = ()
    try:
        for event in events:
            blocks = _with(blocks, event)
            yield blocks
    except ClientellerError as error:
        yield (*settled(blocks), Remark(str(error)))


def paced(shown: Iterable[tuple[Block, ...]], every_s: float) -> Generator[tuple[Block, ...], None, None]:
    """Pass on what is shown, but text that only grew at most once in `every_s` seconds; never drops the last."""
    due, n_passed, waiting = 0.0, -1, None
    for blocks in shown:
        grew = len(blocks) == n_passed and isinstance(blocks[-1], Words)
        if grew and time.monotonic() < due:
            waiting = blocks
            continue
        waiting, n_passed, due = None, len(blocks), time.monotonic() + every_s
        yield blocks
    if waiting is not None:
        yield waiting


def _with(blocks: tuple[Block, ...], event: TurnEvent) -> tuple[Block, ...]:
    last = blocks[-1] if blocks else None
    match event:
        case Acknowledged():
            return blocks
        case TextDelta(text):
            if isinstance(last, Words):
                return (*blocks[:-1], replace(last, text=last.text + text))
            return (*blocks, Words(text)) if text.strip() else blocks
        case ToolStarted():
            return (*blocks, Step(event.call_id, event.title))
        case ToolFinished():
            return _finished(blocks, event)
        case Card():
            if isinstance(last, Slate):
                return (*blocks[:-1], replace(last, cards=(*last.cards, event)))
            return (*blocks, Slate((event,)))
        case Comparison():
            return (*blocks, Table(event))
        case Notice(text):
            return (*blocks, Remark(text))
        case Chips(messages):
            if isinstance(last, Words | Slate | Table | Sheet):
                return (*blocks[:-1], replace(last, chips=messages))
            return (*blocks, Words("What next?", chips=messages)) if messages else blocks
        case _:
            return (*blocks, Sheet(event))


def _finished(blocks: tuple[Block, ...], event: ToolFinished) -> tuple[Block, ...]:
    done = Step(event.call_id, event.title, event.detail, event.duration_s, event.ok)
    if not any(isinstance(block, Step) and block.call_id == event.call_id for block in blocks):
        return (*blocks, done)
    return tuple(done if isinstance(block, Step) and block.call_id == event.call_id else block for block in blocks)


def settled(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Close the steps that an error left open, so that none spins for ever."""
    return tuple(
        replace(block, duration_s=0.0, ok=False) if isinstance(block, Step) and block.duration_s is None else block
        for block in blocks
    )
