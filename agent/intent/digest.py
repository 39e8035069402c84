"""What a local chat model is told of a conversation: the new message, the items on show, what was asked before.

A small model reads a short digest better and sooner than a whole history, and its prompt keeps a stable prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

MAX_MESSAGE, MAX_BEFORE, MAX_ITEM, MAX_ITEMS = 600, 120, 70, 12
_NUMBERED = re.compile(r"^(\d{1,2})\. (.+)$", re.MULTILINE)
_LOOKS_AT_SAVED = ("show_saved",)
_LISTS_CLIENTS = ("clients_for_item", "find_clients", "contact_today")


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
        after: The tool that answered last before the message, "" for none.
        lines: The items on show with brand, kind and colour, as the tool listed them.
        meant: The name of the item that the last call of a tool was about, "" where others came on show since.
    """

    message: str
    shown: tuple[str, ...]
    before: str
    results: tuple[Result, ...]
    after: str = ""
    lines: tuple[str, ...] = ()
    meant: str = ""


def digest(messages: Sequence[BaseMessage]) -> Digest:
    """Read the digest out of a message history; system messages are left out."""
    said = [index for index, message in enumerate(messages) if isinstance(message, HumanMessage)]
    last = said[-1] if said else len(messages)
    names = _called(messages)
    lines = _lines(messages, names)
    return Digest(
        message=_cut(messages[last].text, MAX_MESSAGE) if said else "",
        shown=tuple(_cut(line.split(", ")[0], MAX_ITEM) for line in lines),
        before=_cut(messages[said[-2]].text, MAX_BEFORE) if len(said) > 1 else "",
        results=tuple(_result(message, names) for message in messages[last:] if isinstance(message, ToolMessage)),
        after=_after(messages[said[-2] : last], names) if len(said) > 1 else "",
        lines=lines,
        meant=_meant(messages, names),
    )


def _meant(messages: Sequence[BaseMessage], names: Mapping[str, str]) -> str:
    """Return the name of the item that was last worked on; looking at what is saved in between changes nothing."""
    for place in range(len(messages) - 1, -1, -1):
        for call in reversed(getattr(messages[place], "tool_calls", ())):
            item = str(call["args"].get("item") or "")
            if item or call["name"] not in _LOOKS_AT_SAVED:
                shown = [line.split(", ")[0] for line in _lines(messages[:place], names)]
                is_number = item.isdecimal() and 1 <= int(item) <= len(shown)
                return _cut(shown[int(item) - 1] if is_number else "" if item.isdecimal() else item, MAX_ITEM)
    return ""


def _after(turn: Sequence[BaseMessage], names: Mapping[str, str]) -> str:
    """Return the tool that answered last in a turn."""
    return next((_tool(message, names) for message in reversed(turn) if isinstance(message, ToolMessage)), "")


def _called(messages: Sequence[BaseMessage]) -> dict[str, str]:
    """Return the names of the tools that were called, by the id of the call."""
    called = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    return {str(call["id"]): call["name"] for call in called}


def _tool(message: ToolMessage, names: Mapping[str, str]) -> str:
    return names.get(message.tool_call_id, message.name or "")


def _lines(messages: Sequence[BaseMessage], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the items of the newest tool result that lists items from number 1 on."""
    for message in reversed(messages):
        if isinstance(message, ToolMessage) and message.status != "error":
            lines = _NUMBERED.findall(message.text)
            if _is_slate(message, [int(number) for number, _ in lines], _tool(message, names)):
                return tuple(line for _, line in lines[:MAX_ITEMS])
    return ()


def _is_slate(message: ToolMessage, numbers: Sequence[int], tool: str) -> bool:
    """Whether a result lists items: clients, proposals and dates are numbered too, but refer to no items."""
    if not numbers or list(numbers) != list(range(1, len(numbers) + 1)) or tool in _LISTS_CLIENTS:
        return False
    artifact = message.artifact if isinstance(message.artifact, dict) else {}
    return len(artifact.get("references", numbers)) == len(numbers)


def _result(message: ToolMessage, names: Mapping[str, str]) -> Result:
    artifact = message.artifact if isinstance(message.artifact, dict) else {}
    return Result(
        tool=_tool(message, names),
        content=message.text,
        spoken=str(artifact.get("spoken") or ""),
        failed=message.status == "error",
    )


def _cut(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rsplit(" ", 1)[0] + "…"
