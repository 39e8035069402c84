"""Entries of the list of today that somebody of the staff put aside, for a while or for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, select

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import dismissals
from recsys.data.tables import clients
from recsys.schema import called

FOR_GOOD = dt.date(9999, 12, 31)


@dataclass(frozen=True)
class Dismissal:
    """One entry put aside: it is not shown again before `until`, and `why` is what it said."""

    number: int
    client_id: str
    name: str
    occasion: str
    why: str
    until: dt.date
    at: dt.datetime


class Dismissals:
    """Reads and writes what an actor of the staff put aside. It is their own list: a colleague's stays as it is.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(
        self, actor: Actor, client_id: str, occasion: str, why: str, until: dt.date, *, key: str, at: dt.datetime
    ) -> bool:
        """Put an entry aside, once for each key; return whether it is new.

        Args:
            occasion: What names the occasion of this client.
            why: What the entry said.
            until: The first day on which it may be shown again.
        """
        require(actor, "serve")
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "author": actor.actor_id,
                "occasion": occasion,
                "why": why,
                "until": until.isoformat(),
                "at": at,
            }
            return insert_once(connection, dismissals, row)

    def undo(self, actor: Actor, number: int) -> bool:
        """Put an entry of one's own back on the list; return whether there was one."""
        require(actor, "serve")
        mine = (dismissals.c.number == number, dismissals.c.author == actor.actor_id)
        with self._database.transaction() as connection:
            return connection.execute(delete(dismissals).where(*mine)).rowcount == 1

    def standing(self, actor: Actor, today: dt.date) -> list[Dismissal]:
        """Return what the actor put aside and is not due again, the newest first."""
        require(actor, "serve")
        columns = (dismissals.c[name] for name in ("number", "occasion", "why", "until", "at"))
        query = select(clients.c.client_id, clients.c.name, *columns).join_from(dismissals, clients)
        query = query.where(visible(actor), dismissals.c.author == actor.actor_id)
        query = query.where(dismissals.c.until > today.isoformat()).order_by(dismissals.c.number.desc())
        found = []
        for row in self._database.rows(query):
            until, name = dt.date.fromisoformat(row["until"]), called(row["name"], row["client_id"])
            found.append(Dismissal(**{**row, "until": until, "name": name}))
        return found
