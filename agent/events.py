"""What a turn produces, in order: the one vocabulary between the agent and every surface (page, terminal, tests)."""

from __future__ import annotations

import datetime as dt
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
class SavedList:
    """The client's wish list and basket; the cards' references number each list on its own."""

    wishlist: tuple[Card, ...]
    basket: tuple[Card, ...]


@dataclass(frozen=True)
class ClientRow:
    """One client in a list, and why they are in it; `score` orders the list where it has an order."""

    client_id: str
    name: str
    why: str
    score: float | None = None


@dataclass(frozen=True)
class ClientList:
    """Clients of the reader's own book."""

    title: str
    rows: tuple[ClientRow, ...]


@dataclass(frozen=True)
class TasteMove:
    """A point where a client's taste bent: when, how far along which attributes ("clearly more minimal"), by what."""

    when: str
    moves: tuple[str, ...]
    purchases: tuple[str, ...]


@dataclass(frozen=True)
class ClientCard:
    """What is known of a client: sections of lines by heading, taste as bars, and where it bent."""

    client_id: str
    name: str
    sections: Mapping[str, tuple[str, ...]]
    taste: tuple[AttributeBar, ...]
    moves: tuple[TasteMove, ...]


@dataclass(frozen=True)
class Claim:
    """A sentence of a message and the facts that it rests on; none where it claims nothing."""

    sentence: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class MessageDraft:
    """A message to a client, not sent."""

    draft_id: str
    channel: str
    tone: str
    language: str
    subject: str
    body: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class ApprovalRequest:
    """An act that waits for the person's leave: they answer "approve CODE" or "decline CODE" in time."""

    code: str
    title: str
    detail: str
    expires_at: dt.datetime


@dataclass(frozen=True)
class Proposal:
    """What a note suggests about the client's taste, to accept or to reject. `number` counts from 1."""

    number: int
    text: str
    words: str


@dataclass(frozen=True)
class Proposals:
    """The open proposals of the newest note."""

    proposals: tuple[Proposal, ...]


@dataclass(frozen=True)
class LookBook:
    """Pieces put together for a client, each with its reason."""

    look_book_id: str
    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Brief:
    """A text for a colleague, in sections by heading; every line rests on the records."""

    title: str
    sections: Mapping[str, tuple[str, ...]]


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


@dataclass(frozen=True)
class Acknowledged:
    """The message is written down: from now on it is answered, or shown as interrupted."""

    turn_id: str


Shown = (
    Card
    | Comparison
    | SavedList
    | ClientList
    | ClientCard
    | MessageDraft
    | ApprovalRequest
    | Proposals
    | LookBook
    | Brief
)
TurnEvent = Acknowledged | ToolStarted | ToolFinished | Shown | TextDelta | Chips | Notice
