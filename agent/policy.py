"""Who may do what to whom. The only place that decides; tools ask before they run, records filter by the same rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.context import Actor
from agent.errors import Refused
from recsys.schema import Client

Action = Literal["browse", "see", "record", "erase", "look_up", "serve", "send", "manage"]
"""browse: the catalogue; see, record, erase: a client's own data; look_up: across the clients one may see;
serve: notes, follow-ups, drafts, look-books about a client; send: something leaves the house; manage: the boutique as
a whole, across its staff."""

GUEST = "guest:"
"""How the id of a client begins whom the boutique does not know: theirs alone, and in nobody's book."""
STAFF_ONLY: frozenset[Action] = frozenset(("look_up", "serve", "send", "manage"))
NEEDS_APPROVAL: frozenset[Action] = frozenset(("erase", "send"))


@dataclass(frozen=True)
class Decision:
    """Whether an action may be done, and whether a person must approve the exact act first."""

    allowed: bool
    needs_approval: bool = False
    reason: str = ""


def decide(actor: Actor, action: Action, client: Client | None = None) -> Decision:
    """Decide whether an actor may do something.

    Args:
        actor: Who asks.
        action: What is to be done.
        client: To whose data; None for the catalogue, or for all clients that the actor may see.
    """
    if action in STAFF_ONLY and actor.role not in ("associate", "manager"):
        return Decision(False, reason="only the boutique's staff can do this; ask for suggestions or search instead")
    if action == "manage" and actor.role != "manager":
        return Decision(False, reason="only a manager can do this; ask yours")
    if client is not None and not may_see(actor, client):
        return Decision(False, reason=unknown_client(client.client_id))
    return Decision(True, action in NEEDS_APPROVAL)


def may_see(actor: Actor, client: Client) -> bool:
    """Whether the actor may see this client: a shopper themselves, an associate their own book, a manager any book."""
    match actor.role:
        case "shopper":
            return actor.actor_id == client.client_id
        case "associate":
            return client.associate_id is not None and actor.actor_id == client.associate_id
        case "manager":
            return not client.client_id.startswith(GUEST)


def require(actor: Actor, action: Action, client: Client | None = None) -> Decision:
    """Return the decision; raise Refused if it is no."""
    decision = decide(actor, action, client)
    if not decision.allowed:
        raise Refused(decision.reason)
    return decision


def unknown_client(client_id: str) -> str:
    """Say that there is no such client in the book; the text does not tell whether one exists elsewhere."""
    return f"no client {client_id!r} in your book; choose one of your own clients"
