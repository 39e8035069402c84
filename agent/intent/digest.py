"""What a local chat model is told of a conversation: the new message, the items on show, what was asked before.

A small model reads a short digest better and sooner than a whole history, and its prompt keeps a stable prefix.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

MAX_MESSAGE, MAX_BEFORE, MAX_ITEM, MAX_ITEMS = 600, 120, 70, 12
_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Result:
    """What one tool answered in this turn.

    Attributes:
        spoken: A sentence that code prepared for the person, "" if none.
    """

    tool: str
    content: str
    spoken: str
    failed: bool


@dataclass(frozen=True)
class Digest:
    """The part of a conversation that the next step depends on.

    Attributes:
        message: The person's last message, cut to a sensible length.
        shown: Items on show by name; the first is number 1.
        before: The person's message before that, "" if there was none.
        results: What the tools answered since the last message, oldest first.
    """

    message: str
    shown: tuple[str, ...]
    before: str
    results: tuple[Result, ...]


def digest(messages: Sequence[BaseMessage]) -> Digest:
    """Read the digest out of a message history; system messages are left out."""
    said = [index for index, message in enumerate(messages) if isinstance(message, HumanMessage)]
    last = said[-1] if said else len(messages)
    return Digest(
        message=_cut(messages[last].text, MAX_MESSAGE) if said else "",
        shown=_shown(messages),
        before=_cut(messages[said[-2]].text, MAX_BEFORE) if len(said) > 1 else "",
        results=_results(messages[last:]),
    )


def _shown(messages: Sequence[BaseMessage]) -> tuple[str, ...]:
    """Return the items of the newest tool result that lists items from number 1 on, each by its name only."""
    for message in reversed(messages):
        if isinstance(message, ToolMessage) and message.status != "error":
            lines = _NUMBERED.findall(message.text)
            if lines and [int(number) for number, _ in lines] == list(range(1, len(lines) + 1)):
                return tuple(_cut(line.split(", ")[0], MAX_ITEM) for _, line in lines[:MAX_ITEMS])
    return ()


def _results(turn: Sequence[BaseMessage]) -> tuple[Result, ...]:
    names = {
        call["id"]: call["name"] for message in turn if isinstance(message, AIMessage) for call in message.tool_calls
    }
    return tuple(
        Result(
            tool=names.get(message.tool_call_id, message.name or ""),
            content=message.text,
            spoken=str(message.artifact.get("spoken") or "") if isinstance(message.artifact, dict) else "",
            failed=message.status == "error",
        )
        for message in turn
        if isinstance(message, ToolMessage)
    )


def _cut(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rsplit(" ", 1)[0] + "…"
