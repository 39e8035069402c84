"""The client book: the clients that somebody may see, with what came with their record."""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import func, select

from agent.context import Actor
from agent.errors import Refused
from agent.policy import unknown_client
from agent.records.access import visible
from recsys.data.boutique import Boutique, in_time_order
from recsys.data.tables import clients, interactions, read_client, read_interaction
from recsys.schema import Client, Interaction


class ClientBook:
    """Reads clients for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def client(self, actor: Actor, client_id: str) -> Client:
        """Return one client; raise Refused if the actor sees no client of this id."""
        query = select(clients).where(clients.c.client_id == client_id, visible(actor))
        for row in self._database.rows(query):
            return read_client(row)
        raise Refused(unknown_client(client_id))

    def clients(self, actor: Actor) -> list[Client]:
        """Return all clients that the actor may see, in the order of first ingestion."""
        query = select(clients).where(visible(actor)).order_by(clients.c.number)
        return [read_client(row) for row in self._database.rows(query)]

    def n_clients(self, actor: Actor) -> int:
        """Return how many clients the actor may see."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count(clients.c.number)).where(visible(actor))).scalar_one())

    def interactions(self, actor: Actor, client_id: str) -> list[Interaction]:
        """Return one client's interactions of every kind, oldest first; raise Refused for a client not in the book."""
        self.client(actor, client_id)
        rows = self._database.rows(in_time_order(clients.c.client_id == client_id, visible(actor)))
        return [read_interaction(row) for row in rows]

    def all_interactions(self, actor: Actor) -> dict[str, list[Interaction]]:
        """Return the interactions of every client that the actor may see, each client's oldest first."""
        query = in_time_order(visible(actor)).order_by(None).order_by(interactions.c.client, *_ORDER)
        found = [read_interaction(row) for row in self._database.rows(query)]
        return {client_id: list(rows) for client_id, rows in groupby(found, key=lambda row: row.client_id)}


_ORDER = (interactions.c.at, interactions.c.position, interactions.c.number)
