"""What the staff planned to do for a client, and by when."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy import update

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once
from recsys.data.boutique import Boutique
from recsys.data.service_tables import follow_ups


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

    def close(self, actor: Actor, client_id: str, number: int, state: Literal["done", "dropped"]) -> bool:
        """Mark an open follow-up as done or dropped; return whether there was one of this number."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            client = client_number(connection, actor, client_id)
            statement = update(follow_ups).where(follow_ups.c.number == number, follow_ups.c.client == client)
            statement = statement.where(follow_ups.c.state == "open").values(state=state)
            return connection.execute(statement).rowcount == 1
