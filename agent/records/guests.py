"""Shoppers whom the boutique does not know: a client record of their own for as long as their session lasts."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, insert, select

from agent.context import Actor
from agent.policy import GUEST
from agent.records.erasure import erase_rows
from agent.records.web_sessions import LASTS
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

    def welcome(self, actor: Actor, *, now: dt.datetime) -> None:
        """Make a guest's record, and forget the guests whose sessions are over."""
        self.forget(now=now)
        with self._database.transaction() as connection:
            connection.execute(insert(clients).values(**client_row(Client(client_id=actor.actor_id))))

    def forget(self, *, now: dt.datetime) -> int:
        """Erase every guest without an open session and all that was written about them; return how many."""
        is_open = (web_sessions.c.ended_at.is_(None), web_sessions.c.at > now - LASTS)
        here = select(web_sessions.c.actor_id).where(web_sessions.c.actor_id.startswith(GUEST), *is_open)
        gone = select(clients.c.number).where(clients.c.client_id.startswith(GUEST), clients.c.client_id.not_in(here))
        with self._database.transaction() as connection:
            numbers = connection.execute(gone).scalars().all()
            for number in numbers:
                erase_rows(connection, number)
                connection.execute(delete(clients).where(clients.c.number == number))
        return len(numbers)
