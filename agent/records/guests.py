"""Shoppers whom the boutique does not know: a client record of their own for as long as their session lasts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, insert, select

from agent.context import Actor
from agent.records.access import is_guest
from agent.records.erasure import erase_rows
from agent.records.web_sessions import is_open
from recsys.data.boutique import Boutique
from recsys.data.service_tables import web_sessions
from recsys.data.tables import client_row, clients
from recsys.schema import Client


class Guests:
    """Welcomes guests, and forgets those who have gone.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def welcome(self, actor: Actor) -> None:
        """Make a guest's record; their session is open already, or the record would be gone again at once."""
        with self._database.transaction() as connection:
            connection.execute(insert(clients).values(**client_row(Client(client_id=actor.actor_id))))

    def gone(self, *, now: dt.datetime) -> list[str]:
        """Return the ids of the guests without an open session."""
        here = select(web_sessions.c.actor_id).where(is_guest(web_sessions.c.actor_id), is_open(now))
        query = select(clients.c.client_id).where(is_guest(clients.c.client_id))
        return [row["client_id"] for row in self._database.rows(query.where(clients.c.client_id.not_in(here)))]

    def erase(self, client_id: str) -> None:
        """Erase a guest and all that was written about them; nothing happens to anybody else."""
        with self._database.transaction() as connection:
            whose = select(clients.c.number).where(clients.c.client_id == client_id, is_guest(clients.c.client_id))
            number = connection.execute(whose).scalar()
            if number is not None:
                erase_rows(connection, number)
                connection.execute(delete(clients).where(clients.c.number == number))
