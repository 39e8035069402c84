"""The record of one turn: models and tools called, items shown with what carried them, sentences rejected, timings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from agent.context import Role


@dataclass(frozen=True)
class ModelCall:
    """One answer of a chat model. Token counts are None where the backend does not tell them.

    Attributes:
        backend: Who answered, by the name that the backend gives itself.
        decided: Names of the tools that it called, empty for a reply.
        finish: How the answer ended: "stop", "length", ...
    """

    backend: str
    input_tokens: int | None
    cached_tokens: int | None
    output_tokens: int | None
    seconds: float
    decided: tuple[str, ...]
    finish: str


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool.

    Attributes:
        effect: "reading", "writing" or "outbound"; "" for a tool that the agent does not have.
        outcome: What came of it by the tool's own word ("shown", "not carried"), "" if it said none.
        references: Ids of the items that the result speaks of.
        evidence: Its facts: id, kind, subject and statement.
    """

    name: str
    effect: str
    arguments: Mapping[str, Any]
    seconds: float
    ok: bool
    detail: str
    outcome: str
    references: tuple[str, ...]
    evidence: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Cause:
    """What carried an item: the fall of its score without this, and without a random other cause of the kind."""

    kind: str
    subject: str
    effect: float
    control: float


@dataclass(frozen=True)
class ShownItem:
    """An item as it was shown, with what the ranker's counterfactual tests found and which checks its reason failed."""

    reference: int
    item_id: str
    reason: str
    source: str
    causes: tuple[Cause, ...]
    failed_checks: tuple[str, ...]


@dataclass(frozen=True)
class TurnTrace:
    """One turn.

    Attributes:
        before: The slate on show before the turn and how it came about; with the message it makes a turn replayable.
        first_words_s: Seconds until the person saw a card, a table or words; None if there were none.
        struck: Sentences of the model that were not shown because no source holds them.
        notices: What the person was told about the assistant itself.
        fault: The kind of error that ended the turn, "" if none did.
    """

    turn_id: str
    thread_id: str
    actor_id: str
    role: Role
    client_id: str | None
    began: dt.datetime
    message: str
    before: Mapping[str, Any]
    seconds: float
    first_words_s: float | None
    models: tuple[ModelCall, ...]
    tools: tuple[ToolCall, ...]
    shown: tuple[ShownItem, ...]
    answer: str
    struck: tuple[str, ...]
    notices: tuple[str, ...]
    fault: str


_TRACE = TypeAdapter(TurnTrace)


def to_json(trace: TurnTrace) -> str:
    """Return a trace as one JSON document."""
    return _TRACE.dump_json(trace).decode()


def read_trace(document: Mapping[str, Any]) -> TurnTrace:
    """Read a trace from plain values; raise pydantic's ValidationError for one of another version."""
    return _TRACE.validate_python(document)


def from_json(text: str) -> TurnTrace:
    """Read a trace; raise pydantic's ValidationError for one of another version."""
    return _TRACE.validate_json(text)
