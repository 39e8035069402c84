"""What the staff planned to do for a client, and by when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import RowMapping, Select, select, update

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import follow_ups
from recsys.data.tables import clients
from recsys.errors import NotFound
from recsys.schema import called


@dataclass(frozen=True)
class Plan:
    """An open follow-up with what a list and a calendar need of it; `key` names it for good."""

    number: int
    key: str
    client_id: str
    name: str
    associate_id: str | None
    author: str
    what: str
    due: dt.date


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

    def plans(self, actor: Actor) -> list[Plan]:
        """Return the open follow-ups about clients in the book, soonest first."""
        require(actor, "serve")
        query = _plans().where(visible(actor), follow_ups.c.state == "open")
        rows = self._database.rows(query.order_by(follow_ups.c.due, follow_ups.c.number))
        return [_read(row) for row in rows]

    def plan(self, actor: Actor, number: int) -> Plan:
        """Return one open follow-up; raise NotFound if the book has none of this number."""
        require(actor, "serve")
        query = _plans().where(visible(actor), follow_ups.c.state == "open", follow_ups.c.number == number)
        found = next((_read(row) for row in self._database.rows(query)), None)
        if found is None:
            raise NotFound(f"no follow-up {number} is open in your book")
        return found

    def move(self, actor: Actor, number: int, due: dt.date) -> bool:
        """Set another day for an open follow-up about a client in the book; return whether there is one."""
        require(actor, "serve")
        mine = select(clients.c.number).where(visible(actor))
        statement = update(follow_ups).where(follow_ups.c.number == number, follow_ups.c.client.in_(mine))
        statement = statement.where(follow_ups.c.state == "open").values(due=due.isoformat())
        with self._database.transaction() as connection:
            return connection.execute(statement).rowcount == 1

    def close(self, actor: Actor, number: int, state: Literal["done", "dropped"]) -> str | None:
        """Mark an open follow-up about a client in the book; return what was to be done, None if there is none."""
        require(actor, "serve")
        mine = select(clients.c.number).where(visible(actor))
        statement = update(follow_ups).where(follow_ups.c.number == number, follow_ups.c.client.in_(mine))
        statement = statement.where(follow_ups.c.state == "open").values(state=state)
        with self._database.transaction() as connection:
            return connection.execute(statement.returning(follow_ups.c.what)).scalar()


def _plans() -> Select[Any]:
    columns = (follow_ups.c[name] for name in ("number", "key", "author", "what", "due"))
    return select(clients.c.client_id, clients.c.name, clients.c.associate_id, *columns).join_from(follow_ups, clients)


def _read(row: RowMapping) -> Plan:
    due = dt.date.fromisoformat(row["due"][:10])
    return Plan(**{**row, "name": called(row["name"], row["client_id"]), "due": due})
