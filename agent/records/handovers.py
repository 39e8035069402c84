"""Clients who change hands: to whom, from whom, and the brief that goes with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import handovers, users
from recsys.data.tables import clients
from recsys.errors import NotFound


@dataclass(frozen=True)
class BriefLine:
    """One line of a brief and what it rests on.

    Attributes:
        line_id: A letter and a number, unique within the brief.
        statement: The same with its figures; by it the line is found again in the records.
        subject: The item's id of a purchase, else the name of the record it stands in.
        at: When it was, ISO 8601; "" where there is no day.
    """

    heading: str
    line_id: str
    text: str
    statement: str
    subject: str
    at: str = ""


@dataclass(frozen=True)
class Handover:
    """A client who changed hands; `from_associate` is None for one whom nobody looked after."""

    client_id: str
    from_associate: str | None
    to_associate: str
    author: str
    brief: tuple[BriefLine, ...]
    at: dt.datetime


@dataclass(frozen=True)
class Associate:
    """A member of staff with a book.

    Attributes:
        name: What they log in as; "" for one who has no log-in.
        has_left: Whether their log-in was ended and they have no other.
    """

    associate_id: str
    name: str
    n_clients: int
    has_left: bool

    @property
    def label(self) -> str:
        """The id with the name by which colleagues know it."""
        return f"{self.associate_id} ({self.name})" if self.name else self.associate_id


class Handovers:
    """Gives clients into other hands, and reads with what brief.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def associates(self, actor: Actor) -> list[Associate]:
        """Return everybody who has a book or may have one, by id; raise Refused unless a manager asks."""
        require(actor, "manage")
        with self._database.read() as connection:
            counts = dict(_counts(connection, actor))
            logins = _logins(connection)
        names = sorted({*counts, *logins} - {None}, key=str)
        return [
            Associate(str(one), next(iter(active), ""), counts.get(one, 0), bool(ended) and not active)
            for one in names
            for active, ended in [logins.get(str(one), ([], []))]
        ]

    def n_without(self, actor: Actor) -> int:
        """Return how many clients nobody looks after; raise Refused unless a manager asks."""
        require(actor, "manage")
        with self._database.read() as connection:
            return dict(_counts(connection, actor)).get(None, 0)

    def give(
        self, actor: Actor, to: str, briefs: Mapping[str, Sequence[BriefLine]], *, key: str, at: dt.datetime
    ) -> list[str]:
        """Give clients to an associate, all or none; return the ids of those who changed hands now.

        Args:
            to: An associate who has a book or a log-in.
            briefs: The brief of each client, by client id.
            key: Of the occasion; the same key changes nothing a second time.

        Raises:
            Refused: If the actor is no manager, or one of the clients is in no book of theirs.
            NotFound: If there is no such associate, or they have left.
        """
        require(actor, "manage")
        if to not in {one.associate_id for one in self.associates(actor) if not one.has_left}:
            raise NotFound(f"no associate {to!r} works here: choose one of the list")
        with self._database.transaction() as connection:
            return [one for one, brief in briefs.items() if _give(connection, actor, one, to, brief, key, at)]

    def newest(self, actor: Actor, client_id: str) -> Handover | None:
        """Return how a client came to whoever looks after them now; None if they never changed hands."""
        require(actor, "serve")
        table = handovers
        query = select(clients.c.client_id, table).join_from(table, clients)
        query = query.where(clients.c.client_id == client_id, visible(actor), table.c.to_associate == _now_with())
        rows = self._database.rows(query.order_by(table.c.at.desc(), table.c.number.desc()).limit(1))
        return next((_read(row) for row in rows), None)


def _now_with() -> Any:
    """An older brief is not shown once a client is in other hands again."""
    return clients.c.associate_id


def _give(
    connection: Connection,
    actor: Actor,
    client_id: str,
    to: str,
    brief: Sequence[BriefLine],
    key: str,
    at: dt.datetime,
) -> bool:
    number = client_number(connection, actor, client_id)
    before = connection.execute(select(clients.c.associate_id).where(clients.c.number == number)).scalar_one()
    row = {"key": f"{key}:{client_id}", "client": number, "from_associate": before, "to_associate": to}
    row |= {"author": actor.actor_id, "brief": [vars(line) for line in brief], "at": at}
    if before == to or not insert_once(connection, handovers, row):
        return False
    connection.execute(update(clients).where(clients.c.number == number).values(associate_id=to))
    return True


def _counts(connection: Connection, actor: Actor) -> list[tuple[str | None, int]]:
    query = select(clients.c.associate_id, func.count(clients.c.number)).where(visible(actor))
    return [(one, int(count)) for one, count in connection.execute(query.group_by(clients.c.associate_id))]


def _logins(connection: Connection) -> dict[str, tuple[list[str], list[str]]]:
    """Return the log-ins of each associate: those that work, and those that were ended."""
    query = select(users.c.actor_id, users.c.name, users.c.revoked_at).where(users.c.role == "associate")
    found: dict[str, tuple[list[str], list[str]]] = {}
    for actor_id, name, revoked_at in connection.execute(query.order_by(users.c.number)):
        found.setdefault(actor_id, ([], []))[0 if revoked_at is None else 1].append(name)
    return found


def _read(row: Any) -> Handover:
    values = {name: row[name] for name in Handover.__dataclass_fields__}
    return Handover(**values | {"brief": tuple(BriefLine(**line) for line in row["brief"])})
