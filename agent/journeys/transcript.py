"""What is kept of a journey that was played: enough to grade it again without playing it again."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.context import Role

Row = dict[str, Any]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ToolCall(_Plain):
    """A call of a tool and what came of it; `artifact` holds the references and the evidence."""

    name: str
    args: dict[str, Any]
    failed: bool = False
    content: str = ""
    artifact: dict[str, Any] = Field(default_factory=dict)


class Written(_Plain):
    """What a turn changed in one table; `changed` pairs a row before and after."""

    added: list[Row] = Field(default_factory=list)
    changed: list[tuple[Row, Row]] = Field(default_factory=list)
    removed: list[Row] = Field(default_factory=list)

    def now(self) -> list[Row]:
        """Return the rows as they stand after the turn, those that it touched."""
        return [*self.added, *(after for _, after in self.changed)]


class PlayedTurn(_Plain):
    """One message and everything that followed.

    Attributes:
        number: Which turn of the journey it is, from 0; turns that do not suit the boutique are left out.
        at: When it was answered.
        events: What the person saw, in order; each with its kind under "event".
        before: The slate on show before the turn; `slate` after it.
        wrote: What changed in the records, by table.
        first_s, whole_s: Seconds to the first words or card, and to the end.
        tokens: Tokens read and written by the model, where it says so.
    """

    number: int
    at: dt.datetime
    said: str
    events: list[Row]
    calls: list[ToolCall]
    before: list[str]
    slate: list[str]
    wrote: dict[str, Written] = Field(default_factory=dict)
    first_s: float
    whole_s: float
    tokens: dict[str, int] = Field(default_factory=dict)
    error: str = ""

    def of_kind(self, kind: str) -> list[Row]:
        """Return the events of one kind."""
        return [event for event in self.events if event["event"] == kind]

    @property
    def text(self) -> str:
        """What was said in words."""
        return "".join(str(event["text"]) for event in self.of_kind("TextDelta"))


class PlayedJourney(_Plain):
    """A journey played once, on a day; `model` is who answered, `traces` the records of its turns."""

    journey: str
    day: str
    run: int
    stamp: str
    model: str
    actor: str
    role: Role
    client: str | None
    filled: dict[str, str] = Field(default_factory=dict)
    turns: list[PlayedTurn] = Field(default_factory=list)
    traces: list[Row] = Field(default_factory=list)


def seen_strings(value: Any, leave_out: frozenset[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in an event with where it stands, keys too where they are words that a person reads."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in leave_out:
                continue
            if path.endswith(("sections", "rows")):
                yield f"{path}.key", str(key)
            yield from seen_strings(inner, leave_out, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from seen_strings(inner, leave_out, path)


def as_text(played: PlayedJourney) -> str:
    """Return a journey for reading: what was said, which tools were called, what was shown and written."""
    about = f" about {played.client}" if played.client not in (None, played.actor) else ""
    lines = [f"{played.journey}: {played.role} {played.actor}{about}, run {played.run}, {played.day}"]
    for turn in played.turns:
        lines += ["", f"> {turn.said}", *(f"  [{call.name} {call.args}]" for call in turn.calls)]
        for event in turn.events:
            if event["event"] == "Card":
                item, reason = event["item"], event["reason"] or {}
                lines.append(f"  {event['reference']}. {item['title']}, {event['price']}. {reason.get('text', '')}")
            elif event["event"] not in ("Acknowledged", "ToolStarted", "ToolFinished", "TextDelta", "Chips"):
                lines.append(f"  {event}")
        lines += [f"  wrote {table}: {rows.now() or rows.removed}" for table, rows in turn.wrote.items()]
        lines.append(turn.text.strip() or turn.error)
    return "\n".join(lines) + "\n"


def keep(folder: Path, played: PlayedJourney) -> None:
    """Write a journey into a folder, whole or not at all, and beside it a text for reading."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{played.journey}.{played.run}.json"
    path.with_suffix(".txt").write_text(as_text(played), encoding="utf-8")
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(played.model_dump(mode="json"), ensure_ascii=False, indent=1), encoding="utf-8")
    os.replace(partial, path)


def find(folder: Path, journey: str, run: int, stamp: str) -> PlayedJourney | None:
    """Return a journey kept before, None where there is none or it was played from other words or elsewhere."""
    path = folder / f"{journey}.{run}.json"
    try:
        played = PlayedJourney.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    return played if played.stamp == stamp else None
