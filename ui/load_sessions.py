"""Visitors of the page as a browser is one: the page, its queue of events, and the room that looks again after a turn.

Works over HTTP alone and measures what a person would wait for: from the press to the last event of the turn.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from agent.context import Role
from recsys.errors import InputError
from ui.load_site import Visitor

EVENTS = "gradio_api/queue"
TURN_S = 120.0  # a turn that takes longer counts as an error
_CONFIG = re.compile(r"window\.gradio_config\s*=\s*(\{.*?\});\s*</script>", re.DOTALL)
_PAGES: dict[Role, str] = {"shopper": "/shopper/", "associate": "/associate/", "manager": "/manager/"}
_COOKIE = "clienteller_session"
_NOT_ANSWERED = ("Something went wrong on our side", "is still being answered", "was not answered")
_MESSAGES = (
    "What do you suggest?",
    "Something more {quality}",
    "Why the first one?",
    "Compare the first two",
    "Show me {kind}",
    "Less {quality}, please",
    "Something like the second one",
)


@dataclass(frozen=True)
class Words:
    """The boutique's own words that messages are made of: qualities people ask for, kinds of pieces."""

    qualities: Sequence[str]
    kinds: Sequence[str]


@dataclass
class Waits:
    """What visitors waited for, in seconds.

    Attributes:
        pages: The page itself, without its pictures and scripts.
        first_events: From a press to the first event of the turn.
        turns: From a press to the last event of the turn.
        rooms: For the room beside the conversation to look again.
        errors: What went wrong, one line each.
        received: Bytes of the turns' events.
    """

    pages: list[float] = field(default_factory=list)
    first_events: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    rooms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    received: int = 0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed (nearest rank); no values: nan."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else math.nan


def script(words: Words, n: int, rng: random.Random) -> list[str]:
    """Return n messages: the first asks for suggestions, the others follow by lot."""
    chosen = [_MESSAGES[0], *(rng.choice(_MESSAGES) for _ in range(n - 1))]
    return [
        message.format(quality=rng.choice(words.qualities or ("elegant",)), kind=rng.choice(words.kinds or ("bags",)))
        for message in chosen[:n]
    ]


async def visit(
    address: str, visitors: Sequence[Visitor], words: Words, *, n_turns: int, think_s: float, seed: int
) -> tuple[Waits, Waits]:
    """Let visitors come and talk at the same time.

    Args:
        address: Of the site.
        visitors: Who comes.
        words: What they talk about.
        n_turns: Messages each.
        think_s: Seconds between an answer and the next message, on average; each pause is drawn evenly from half of
            it to half as much again, and the first from nothing to the whole, so that nobody keeps step.
        seed: Of messages and pauses.

    Returns:
        What they waited for, and what they waited for when all of them pressed at once afterwards.
    """
    waits, burst = Waits(), Waits()
    rngs = [random.Random(f"{seed} {number}") for number in range(len(visitors))]
    opened = [_Browser(address, visitor) for visitor in visitors]
    try:
        await asyncio.gather(*(one.open(waits) for one in opened))
        await asyncio.gather(
            *(
                _talk(one, script(words, n_turns, rng), think_s, rng, waits)
                for one, rng in zip(opened, rngs, strict=True)
            )
        )
        await asyncio.gather(*(one.say(_MESSAGES[0], burst) for one in opened))
    finally:
        await asyncio.gather(*(one.close() for one in opened))
    return waits, burst


async def _talk(browser: _Browser, messages: Sequence[str], think_s: float, rng: random.Random, waits: Waits) -> None:
    await asyncio.sleep(rng.uniform(0, think_s))
    for message in messages:
        await browser.say(message, waits)
        await asyncio.sleep(rng.uniform(0.5, 1.5) * think_s)


class _Browser:
    """One visitor's open page."""

    def __init__(self, address: str, visitor: Visitor) -> None:
        cookie = {"cookie": f"{_COOKIE}={visitor.token}"}
        self._client = httpx.AsyncClient(base_url=address, headers=cookie, timeout=TURN_S, trust_env=False)
        self._visitor = visitor
        self._page = _PAGES[visitor.actor.role]
        self._hash = secrets.token_hex(6)
        self._config: dict[str, Any] = {}
        self._key = ""

    async def close(self) -> None:
        """Close the page."""
        await self._client.aclose()

    async def open(self, waits: Waits) -> None:
        """Load the page and open the conversation about the client."""
        began = time.perf_counter()
        answer = await self._client.get(self._page)
        waits.pages.append(time.perf_counter() - began)
        found = _CONFIG.search(answer.text)
        if answer.status_code != 200 or found is None:
            raise InputError(f"{self._page} answered {answer.status_code}, and not with the page")
        self._config = json.loads(found.group(1))
        about = self._visitor.client_id if self._visitor.actor.role != "shopper" else ""
        output = await self._event("begin", {"ct-client": about, "ct-wanted": about}, Waits())
        self._key = str(output["data"][self._place("begin", "outputs", "ct-key")])
        if not self._key:
            raise InputError("the page opened no conversation")

    async def say(self, message: str, waits: Waits) -> None:
        """Send a message, wait for the end of the turn, and let the room beside it look again."""
        began = time.perf_counter()
        try:
            await self._event("typed", {"ct-key": self._key, "ct-box": message}, waits)
            waits.turns.append(time.perf_counter() - began)
            began = time.perf_counter()
            room = await self._client.get("/room/shelf", headers={"x-talk": self._key, "hx-request": "true"})
            room.raise_for_status()
            waits.rooms.append(time.perf_counter() - began)
        except (httpx.HTTPError, InputError, ValueError) as error:
            waits.errors.append(f"{message}: {type(error).__name__}: {str(error).splitlines()[0][:160]}")

    async def _event(self, name: str, given: dict[str, str], waits: Waits) -> dict[str, Any]:
        """Press something, and follow the events until the last one; return what that one brought."""
        function = self._function(name)
        data = [given.get(self._name(component), "") for component in function["inputs"]]
        event = {"data": data, "event_data": None, "fn_index": function["id"], "session_hash": self._hash}
        began = time.perf_counter()
        joined = await self._client.post(f"{self._page}{EVENTS}/join", json=event)
        joined.raise_for_status()
        first = True
        async with self._client.stream("GET", f"{self._page}{EVENTS}/data?session_hash={self._hash}") as stream:
            async for line in stream.aiter_lines():
                waits.received += len(line)
                if not line.startswith("data:"):
                    continue
                told = json.loads(line[5:])
                if first and told["msg"] in ("process_generating", "process_completed"):
                    waits.first_events.append(time.perf_counter() - began)
                    first = False
                if any(words in line for words in _NOT_ANSWERED):
                    raise InputError("the message was not answered")
                if told["msg"] == "process_completed":
                    if not told["success"]:
                        raise InputError(f"the event {name} failed")
                    return dict(told["output"])
        raise InputError(f"the event {name} never ended")

    def _function(self, name: str) -> dict[str, Any]:
        for one in self._config["dependencies"]:
            if one["api_name"] == name and one["backend_fn"]:
                return dict(one)
        raise InputError(f"the page has no event {name!r}")

    def _name(self, component: int) -> str:
        found = next(one for one in self._config["components"] if one["id"] == component)
        return str(found["props"].get("elem_id") or "")

    def _place(self, name: str, side: str, elem_id: str) -> int:
        return [self._name(component) for component in self._function(name)[side]].index(elem_id)
