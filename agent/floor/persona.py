"""How the client is spoken of: a shopper hears "you", the staff the client's name."""

from __future__ import annotations

from dataclasses import dataclass

from agent.context import TurnContext
from agent.floor.shop import Shop
from agent.intent.facts_said import clean_words


@dataclass(frozen=True)
class Persona:
    """The client in the words of an answer.

    Attributes:
        name: The client's name, else "the client".
        is_self: Whether the person who reads is the client.
    """

    name: str
    is_self: bool

    @property
    def subject(self) -> str:
        """As the one who does something: "you" or the name."""
        return "you" if self.is_self else self.name

    @property
    def whose(self) -> str:
        """As the owner: "your" or "Ada's"."""
        return "your" if self.is_self else f"{self.name}'s"


def persona(shop: Shop, context: TurnContext) -> Persona:
    """Return how the conversation's client is spoken of."""
    client = shop.client(context)
    return Persona(clean_words(client.name or "", 80) or "the client", context.actor.role == "shopper")
