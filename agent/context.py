"""Who is in the conversation: set by the surface that authenticated them, never by the language model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["shopper", "associate", "manager"]


@dataclass(frozen=True)
class Actor:
    """The person who types. A shopper's `actor_id` is their own client id, an associate's their staff id."""

    actor_id: str
    role: Role


@dataclass(frozen=True)
class TurnContext:
    """What every tool of a turn knows without asking the model."""

    actor: Actor
    client_id: str
    thread_id: str
