"""What the staff planned to do for a client, and by when."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import select, update

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import follow_ups
from recsys.data.tables import clients


class FollowUps:
    """Writes follow-ups for an actor of the staff.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(self, actor: Actor, client_id: str, what: str, due: dt.date, *, key: str, at: dt.datetime) -> bool:
        """Plan something, once for each key; return whether it is new."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "author": actor.actor_id,
                "what": what,
                "due": due.isoformat(),
                "state": "open",
                "at": at,
            }
            return insert_once(connection, follow_ups, row)

    def close(self, actor: Actor, number: int, state: Literal["done", "dropped"]) -> str | None:
        """Mark an open follow-up about a client in the book; return what was to be done, None if there is none."""
        require(actor, "serve")
        mine = select(clients.c.number).where(visible(actor))
        statement = update(follow_ups).where(follow_ups.c.number == number, follow_ups.c.client.in_(mine))
        statement = statement.where(follow_ups.c.state == "open").values(state=state)
        with self._database.transaction() as connection:
            return connection.execute(statement.returning(follow_ups.c.what)).scalar()
