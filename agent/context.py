"""Who is in the conversation: set by the surface that authenticated them, never by the language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["shopper", "associate", "manager"]
ROLES: tuple[Role, ...] = ("shopper", "associate", "manager")


@dataclass(frozen=True)
class Actor:
    """The person who types. A shopper's `actor_id` is their own client id, an associate's their staff id."""

    actor_id: str
    role: Role


@dataclass(frozen=True)
class TurnContext:
    """What every tool of a turn knows without asking the model.

    Attributes:
        client_id: Whom the conversation is about; None where it is about the whole book.
    """

    actor: Actor
    client_id: str | None
    thread_id: str
