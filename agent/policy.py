"""Who may see and do what. The only place that decides; every read or write of client data asks here first."""

from __future__ import annotations

from agent.context import Actor
from agent.errors import Refused
from recsys.schema import Client


def may_see(actor: Actor, client: Client) -> bool:
    """Whether the actor may see this client: a shopper themselves, an associate their own book, a manager all."""
    match actor.role:
        case "shopper":
            return actor.actor_id == client.client_id
        case "associate":
            return client.associate_id is not None and actor.actor_id == client.associate_id
        case "manager":
            return True


def require_client(actor: Actor, client: Client) -> None:
    """Raise Refused unless the actor may see the client; the message does not say whether the client exists."""
    if not may_see(actor, client):
        raise Refused(f"no client {client.client_id!r} in your book; choose one of your own clients")
