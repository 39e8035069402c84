"""What the page needs from the boutique behind it: one protocol, and the client as the side panel shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from agent.events import AttributeBar, TurnEvent
from recsys.schema import Item


@dataclass(frozen=True)
class PastPurchase:
    """One purchase in the panel; `when` is its date as people read it, "" where unknown."""

    when: str
    item: Item


@dataclass(frozen=True)
class ClientProfile:
    """A client at a glance.

    Attributes:
        since: When they first bought, as people read it, "" where unknown.
        n_purchases: How many pieces they kept.
        recent: Their last purchases, newest first.
        taste: The guided attributes that say most about them.
        notes: The staff's dated remarks, as lines.
    """

    name: str
    since: str
    n_purchases: int
    recent: tuple[PastPurchase, ...] = ()
    taste: tuple[AttributeBar, ...] = ()
    notes: tuple[str, ...] = ()


class Room(Protocol):
    """Conversations of one boutique. Their state is kept behind random keys that cannot be guessed.

    Every method that takes a key raises a ClientellerError if the conversation has ended.

    Attributes:
        title: The boutique's name.
        backend: Who answers, in words, for example "No language model: deterministic planner".
    """

    title: str
    backend: str

    def clients(self) -> list[tuple[str, str]]:
        """Return (label, client id) of the clients to choose from."""
        ...

    def open_conversation(self, client_id: str) -> str:
        """Begin a conversation about a client; return its key."""
        ...

    def greeting(self, key: str) -> tuple[str, tuple[str, ...]]:
        """Return the first words of a conversation and what could be asked."""
        ...

    def profile(self, key: str) -> ClientProfile:
        """Return what the panel beside the chat shows of the client."""
        ...

    def respond(self, key: str, message: str) -> Iterator[TurnEvent]:
        """Answer a message, event by event."""
        ...
