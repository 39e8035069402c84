"""Suggestions to contact a client that somebody waved away."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from agent.context import Actor
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import dismissals
from recsys.data.tables import clients


class Dismissals:
    """Reads and writes dismissals for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(self, actor: Actor, client_id: str, cause: str, *, key: str, at: dt.datetime) -> bool:
        """Write down that the actor waved a client's suggestion away, once for each key; return whether it is new."""
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "author": actor.actor_id,
                "cause": cause,
                "at": at,
            }
            return insert_once(connection, dismissals, row)

    def since(self, actor: Actor, moment: dt.datetime) -> frozenset[str]:
        """Return the ids of the clients in the book whose suggestions the actor waved away since a moment."""
        query = select(clients.c.client_id).join_from(dismissals, clients)
        query = query.where(visible(actor), dismissals.c.author == actor.actor_id, dismissals.c.at >= moment)
        return frozenset(row["client_id"] for row in self._database.rows(query))
