"""Plays journeys on a copy of a boutique: the assistant as it is, a fresh thread and untouched records each time."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from pydantic_core import to_jsonable_python

from agent.assistant import Assistant
from agent.context import Actor
from agent.conversation import Conversation
from agent.journeys.file import Journey, Turn
from agent.journeys.records import RecordWatch, changes
from agent.journeys.transcript import PlayedJourney, PlayedTurn, Row, ToolCall
from agent.journeys.world import World, plant_canaries, read_world
from agent.settings import Settings
from agent.tracing.trace import to_json
from recsys.data.database import FILE
from recsys.errors import InputError
from recsys.seller.evidence import short_title

_FIRST = frozenset(("TextDelta", "Card", "ClientList", "ClientCard", "SavedList", "MessageDraft", "Brief", "LookBook"))
_HOLE = re.compile(r"\{([a-z_]+)\}")


class Stage:
    """A copy of a boutique with an assistant on it, which is opened when the first journey is played.

    Args:
        settings: Of the boutique and the chat model; the boutique itself is not touched.
        folder: An empty folder for the copy.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        copy_boutique(settings.boutique, folder)
        plant_canaries(folder)
        self.settings = replace(settings, boutique=folder)
        self.world = read_world(folder)
        self._watch = RecordWatch(folder)

    @cached_property
    def assistant(self) -> Assistant:
        """The assistant; opening it reads the weights."""
        return Assistant.open(self.settings, "the boutique")

    def close(self) -> None:
        """Close the files, and the assistant if it was opened."""
        self._watch.close()
        if "assistant" in vars(self):
            self.assistant.close()

    def play(self, journey: Journey, run: int, stamp: str) -> PlayedJourney:
        """Play one journey from its first message, on untouched records.

        Args:
            run: Which repetition it is, from 1.
            stamp: What the result is known by when it is kept.

        Raises:
            InputError: If the boutique has no client such as the journey asks for.
        """
        self._watch.restore()
        actor, client_id = cast_of(journey, self.world)
        filled = fillings(self.world, client_id)
        thread_id = f"journey-{journey.id}-{run}-{time.time_ns()}"
        conversation = self.assistant.conversation(actor, client_id, thread_id)
        played = PlayedJourney(
            journey=journey.id,
            day=dt.date.today().isoformat(),
            run=run,
            stamp=stamp,
            model=self.assistant.backend.label,
            actor=actor.actor_id,
            role=actor.role,
            client=client_id,
            filled=filled,
        )
        for number, turn in enumerate(journey.turns):
            if suits(turn, self.world):
                message = fill(turn.say, filled | {"code": _code_of(played)})
                played.turns.append(self._turn(conversation, number, message))
        played.traces = [json.loads(to_json(trace)) for trace in self.assistant.traces.of_thread(thread_id)]
        return played

    def _turn(self, conversation: Conversation, number: int, message: str) -> PlayedTurn:
        records, before = self._watch.snapshot(), _slate(conversation)
        events: list[Row] = []
        first, error, began = 0.0, "", time.perf_counter()
        try:
            for event in conversation.respond(message):
                kind = type(event).__name__
                events.append({"event": kind, **to_jsonable_python(event, fallback=str)})
                if not first and kind in _FIRST:
                    first = time.perf_counter() - began
        except Exception as problem:  # a journey that breaks the product is a result, not the end of the run
            error = f"{type(problem).__name__}: {problem}"
        whole = time.perf_counter() - began
        messages = _messages_of(conversation, message)
        return PlayedTurn(
            number=number,
            at=dt.datetime.now(dt.UTC),
            said=message,
            events=events,
            calls=_calls(messages),
            before=before,
            slate=_slate(conversation),
            wrote=changes(records, self._watch.snapshot()),
            first_s=first or whole,
            whole_s=whole,
            tokens=_tokens(messages),
            error=error,
        )


def copy_boutique(source: Path, folder: Path) -> None:
    """Copy a boutique without its threads.

    Raises:
        InputError: If there is no boutique at `source`.
    """
    if not (source / FILE).is_file():
        raise InputError(f"no boutique at '{source}': make one with 'clienteller demo' or name another folder")
    leave = shutil.ignore_patterns(f"{FILE}*", "threads.db*", "turns.db*", "traces.db*", "boutique.lock")
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=leave)
    reading, writing = sqlite3.connect(f"file:{source / FILE}?mode=ro", uri=True), sqlite3.connect(folder / FILE)
    try:
        reading.backup(writing)
    finally:
        writing.close()
        reading.close()
    (folder / FILE).chmod(0o600)


def cast_of(journey: Journey, world: World) -> tuple[Actor, str | None]:
    """Return who speaks in a journey, and about whom.

    Raises:
        InputError: If the boutique has no such client, or nobody looks after the client.
    """
    client_id = journey.client
    if client_id in ("rich_history", "short_history", "few_purchases"):
        client_id = _drawn(world, str(client_id))
    if client_id is not None and client_id not in world.clients:
        raise InputError(f"journey {journey.id!r}: no client {client_id!r} in this boutique; use 'rich_history'")
    own = {
        "shopper": client_id,
        "associate": world.clients[client_id].associate_id if client_id is not None else None,
        "manager": "manager",
    }[journey.role]
    actor_id = journey.actor or own
    if actor_id is None:
        raise InputError(f"journey {journey.id!r}: client {client_id!r} has no associate; name an actor")
    return Actor(actor_id, journey.role), client_id


def suits(turn: Turn, world: World) -> bool:
    """Whether a turn is for this boutique."""
    return turn.when is None or (turn.when == "prices") == world.has_prices


def fillings(world: World, client_id: str | None) -> dict[str, str]:
    """Return what stands for the holes of a message: of the catalogue, and of the client's last purchase."""
    leaves = Counter(item.category[-1] for item in world.catalogue.items if item.category)
    found = {"category": max(leaves, key=leaves.__getitem__)} if leaves else {}
    if world.catalogue.brands:
        found["brand"] = world.catalogue.brands[0]
    bought = world.bought(client_id) if client_id is not None else []
    if bought:
        found["bought"] = short_title(world.catalogue.item(bought[-1]))
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into the holes of a text; a hole that nothing fills stays."""
    return _HOLE.sub(lambda match: values.get(match[1], match[0]), text)


def filled_turn(turn: Turn, values: Mapping[str, str]) -> Turn:
    """Return a turn whose expectations have their holes filled."""

    def deep(value: Any) -> Any:
        if isinstance(value, str):
            return fill(value, values)
        if isinstance(value, dict):
            return {key: deep(inner) for key, inner in value.items()}
        return [deep(inner) for inner in value] if isinstance(value, list | tuple) else value

    return Turn.model_validate(deep(turn.model_dump(mode="json")))


def _drawn(world: World, wanted: str) -> str:
    """Return a client by the length of their record: the third longest, the middle one, or the shortest."""
    ordered = sorted(world.clients, key=lambda client_id: (-len(world.kept(client_id)), client_id))
    ordered = [client_id for client_id in ordered if world.kept(client_id)]
    if not ordered:
        raise InputError("the boutique has no client with purchases: ingest purchases first")
    place = {"rich_history": min(2, len(ordered) - 1), "short_history": len(ordered) // 2, "few_purchases": -1}
    return ordered[place[wanted]]


def _code_of(played: PlayedJourney) -> str:
    asked = [event for turn in played.turns for event in turn.of_kind("ApprovalRequest")]
    return str(asked[-1]["code"]) if asked else "none"


def _slate(conversation: Conversation) -> list[str]:
    return list(conversation.view().get("slate", []))


def _messages_of(conversation: Conversation, message: str) -> list[AnyMessage]:
    """Return the messages that answered a message; none where it never reached the model."""
    messages = conversation.messages()
    for index in range(len(messages) - 1, -1, -1):
        if isinstance(messages[index], HumanMessage):
            return messages[index + 1 :] if messages[index].text.strip() == message.strip() else []
    return []


def _calls(messages: list[AnyMessage]) -> list[ToolCall]:
    results = {message.tool_call_id: message for message in messages if isinstance(message, ToolMessage)}
    calls = []
    for message in messages:
        for call in message.tool_calls if isinstance(message, AIMessage) else ():
            result = results.get(call["id"] or "")
            calls.append(
                ToolCall(
                    name=call["name"],
                    args=to_jsonable_python(call["args"], fallback=str),
                    failed=result is None or result.status == "error",
                    content="" if result is None else str(result.content),
                    artifact=_artifact(result),
                )
            )
    return calls


def _artifact(result: ToolMessage | None) -> dict[str, Any]:
    artifact = result.artifact if result is not None else None
    return to_jsonable_python(artifact, fallback=str) if isinstance(artifact, dict) else {}


def _tokens(messages: list[AnyMessage]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for message in messages:
        if isinstance(message, AIMessage) and message.usage_metadata:
            total["read"] += message.usage_metadata["input_tokens"]
            total["written"] += message.usage_metadata["output_tokens"]
    return dict(total)
