"""Runs a turn in a thread of its own and hands its events to the request that waits for them.

A caller who goes away frees the turn: it ends at its next event, and its places are given back when it has ended.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from concurrent.futures import Executor
from threading import Event as Flag

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from agent import events
from agent.turns.faults import report
from recsys.errors import ClientellerError
from ui.rest.events import Acknowledged, Event, Notice, TurnEnded, event_of
from ui.rest.problems import FAULT

_LOG = logging.getLogger(__name__)
LOOK_S = 1.0  # how often a waiting request looks whether its caller is still there
HEARTBEAT_S = 15.0  # silence after which a line is sent, so that nothing in between closes the connection
Gone = Callable[[], Awaitable[bool]]


class RunningTurn:
    """One turn at work in a thread.

    Args:
        turn: The events; begun and ended in the thread.
        release: Gives back what the turn holds while it runs; called once, when it has ended.
    """

    def __init__(self, turn: Iterator[events.TurnEvent], release: Callable[[], None]) -> None:
        self._turn = turn
        self._release = release
        self._left = Flag()
        self._queue: asyncio.Queue[Event | ClientellerError | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def start(self, executor: Executor) -> None:
        """Start the turn in a thread of the executor."""
        try:
            executor.submit(self._run)
        except RuntimeError:  # the program is ending
            self._release()
            raise

    def leave(self) -> None:
        """End the turn at its next event: nobody waits for it any more."""
        self._left.set()

    async def events(self, gone: Gone) -> AsyncIterator[Event | None]:
        """Yield the turn's events, and None where nothing happened for a while; ends early when the caller has gone.

        Raises:
            ClientellerError: If the message could not be taken.
        """
        try:
            while True:
                try:
                    event = await asyncio.wait_for(self._queue.get(), LOOK_S)
                except TimeoutError:
                    if await gone():
                        return
                    yield None
                    continue
                if event is None:
                    return
                if isinstance(event, ClientellerError):
                    raise event
                yield event
        finally:
            self.leave()

    def _run(self) -> None:
        began, turn_id = time.perf_counter(), ""
        try:
            for event in self._turn:
                if self._left.is_set():
                    return
                told = event_of(event)
                turn_id = told.turn_id if isinstance(told, Acknowledged) else turn_id
                self._put(told)
            self._put(TurnEnded(turn_id=turn_id, duration_s=round(time.perf_counter() - began, 3)))
        except ClientellerError as error:
            self._put(error)
        except Exception as error:  # the last line of defence: the caller gets a sentence, the log gets the place
            _LOG.error("a turn failed: %s", report(error))
            self._put(Notice(text=FAULT))
        finally:
            try:
                if isinstance(self._turn, Generator):
                    self._turn.close()
            finally:
                self._release()
                self._put(None)

    def _put(self, event: Event | ClientellerError | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, event)
        except RuntimeError:  # the loop is closed: the program is ending and nobody waits
            self._left.set()


async def as_server_sent(first: Event, rest: AsyncIterator[Event | None]) -> AsyncIterator[bytes]:
    """Write events in the form of server-sent events: their type, a running id, and a heartbeat where it is quiet."""
    number, heard = 1, time.monotonic()
    turn_id = first.turn_id if isinstance(first, Acknowledged) else ""
    yield _line(first, turn_id, number)
    async for event in rest:
        if event is not None:
            number += 1
            yield _line(event, turn_id, number)
        elif time.monotonic() - heard < HEARTBEAT_S:
            continue
        else:
            yield KEEPALIVE_COMMENT
        heard = time.monotonic()


def _line(event: Event, turn_id: str, number: int) -> bytes:
    return format_sse_event(data_str=event.model_dump_json(), event=event.type, id=f"{turn_id}.{number}")
