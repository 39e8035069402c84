"""What a turn produces, in order: the one vocabulary between the agent and every surface (page, terminal, tests)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recsys.schema import Explanation, Item


@dataclass(frozen=True)
class ToolStarted:
    """A tool begins; `title` says in plain words what is being done."""

    call_id: str
    tool: str
    title: str


@dataclass(frozen=True)
class ToolFinished:
    """A tool ended; `detail` is one line on what it did."""

    call_id: str
    tool: str
    title: str
    duration_s: float
    detail: str
    ok: bool = True


@dataclass(frozen=True)
class AttributeBar:
    """One guided attribute of an item as a bar: `value` in [0, 1] on the attribute's scale."""

    label: str
    value: float


@dataclass(frozen=True)
class Card:
    """One suggestion as the client sees it. `reference` is its number in the slate, from 1."""

    reference: int
    item: Item
    price: str  # rendered by code from the catalogue; "" where the catalogue has none
    bars: tuple[AttributeBar, ...]
    reason: Explanation | None


@dataclass(frozen=True)
class Comparison:
    """Two or more items side by side: `rows` maps a row's label to one value an item."""

    cards: tuple[Card, ...]
    rows: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class TextDelta:
    """A piece of the answer's text, in order."""

    text: str


@dataclass(frozen=True)
class Chips:
    """Follow-ups that the client can tap; each is a message to send."""

    messages: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    """Something the person must know about the assistant itself, for example that no language model answers."""

    text: str


TurnEvent = ToolStarted | ToolFinished | Card | Comparison | TextDelta | Chips | Notice
