"""What the house noted, promised and sent, and what is remembered and kept: of one client, or of everyone in a book.

Writing is the business of the repositories of each table; this one reads across the clients that somebody may see.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import ColumnElement, RowMapping, Select, Table, and_, func, select

from agent.context import Actor
from agent.policy import require
from agent.records.access import visible
from agent.records.facts import Fact
from agent.records.saved import SavedItem, still_wished
from recsys.data.boutique import Boutique
from recsys.data.service_tables import consents, contacts, facts, follow_ups, notes, saved
from recsys.data.tables import clients, feedback, interactions, items
from recsys.schema import Interaction


@dataclass(frozen=True)
class StaffNote:
    """A remark of the staff, written here."""

    client_id: str
    author: str
    text: str
    at: dt.datetime


@dataclass(frozen=True)
class FollowUp:
    """Something promised to a client and not done yet; `number` names it."""

    client_id: str
    number: int
    author: str
    what: str
    due: dt.date
    at: dt.datetime


@dataclass(frozen=True)
class Contact:
    """A time that the house wrote or spoke to a client."""

    client_id: str
    author: str
    channel: str
    purpose: str
    at: dt.datetime


@dataclass(frozen=True)
class Consent:
    """What a client last said of being contacted on a channel."""

    client_id: str
    channel: str
    given: bool
    source: str
    at: dt.datetime


class _OfClient(Protocol):
    @property
    def client_id(self) -> str: ...


Record = TypeVar("Record", bound=_OfClient)


class ServiceBook:
    """Reads for an actor what was done for clients. Without a client id a method reads the actor's whole book.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def notes(self, actor: Actor, client_id: str | None = None) -> list[StaffNote]:
        """Return the notes written here, oldest first; those that came with a client's record are in the record.

        Raises:
            Refused: If the actor is a shopper: notes are for the staff.
        """
        require(actor, "serve")
        columns = (notes.c.author, notes.c.text, notes.c.at)
        rows = self._rows(notes, columns, actor, client_id, notes.c.at)
        return [StaffNote(**row) for row in rows]

    def follow_ups(self, actor: Actor, client_id: str | None = None) -> list[FollowUp]:
        """Return the open follow-ups, soonest first; raise Refused for a shopper."""
        require(actor, "serve")
        table = follow_ups
        columns = (table.c.number, table.c.author, table.c.what, table.c.due, table.c.at)
        rows = self._rows(table, columns, actor, client_id, table.c.due, table.c.state == "open")
        return [FollowUp(**{**row, "due": dt.date.fromisoformat(row["due"][:10])}) for row in rows]

    def contacts(self, actor: Actor, client_id: str | None = None) -> list[Contact]:
        """Return the contacts, oldest first."""
        columns = (contacts.c.author, contacts.c.channel, contacts.c.purpose, contacts.c.at)
        rows = self._rows(contacts, columns, actor, client_id, contacts.c.at)
        return [Contact(**row) for row in rows]

    def consents(self, actor: Actor, client_id: str | None = None) -> list[Consent]:
        """Return what holds now for each client and channel: what was said last."""
        columns = (consents.c.channel, consents.c.state, consents.c.source, consents.c.at)
        latest = {
            (row["client_id"], row["channel"]): Consent(
                row["client_id"], row["channel"], row["state"] == "given", row["source"], row["at"]
            )
            for row in self._rows(consents, columns, actor, client_id, consents.c.at)
        }
        return list(latest.values())

    def facts(self, actor: Actor) -> dict[str, list[Fact]]:
        """Return what is remembered of everyone in the book, by client, oldest first."""
        columns = (facts.c.kind, facts.c.subject, facts.c.value, facts.c.amount, facts.c.source, facts.c.author)
        found: dict[str, list[Fact]] = defaultdict(list)
        for row in self._rows(facts, (*columns, facts.c.at), actor, None, facts.c.at):
            values = dict(row)
            found[str(values.pop("client_id"))].append(Fact(**values))
        return dict(found)

    def wishes(self, actor: Actor, history: Mapping[str, Sequence[Interaction]]) -> dict[str, list[SavedItem]]:
        """Return the wish lists of everyone in the book, by client, as `SavedItems.all` gives them one by one.

        Args:
            actor: Whose book.
            history: Everything on record of each client, oldest first, as `ClientBook.all_interactions` gives it.
        """
        columns = (items.c.item_id, saved.c.state, saved.c.at)
        query = self._query(saved, columns, actor, None).join(items, saved.c.item == items.c.number)
        rows = self._database.rows(query.where(saved.c.place == "wishlist").order_by(saved.c.at, saved.c.number))
        here: dict[str, list[RowMapping]] = defaultdict(list)
        for row in rows:
            here[row["client_id"]].append(row)
        everyone = dict.fromkeys([*history, *here])
        found = {one: _wished(history.get(one, ()), here.get(one, ())) for one in everyone}
        return {client_id: wished for client_id, wished in found.items() if wished}

    def newest(self) -> dt.datetime | None:
        """Return the time of the boutique's newest interaction, whoever's it is; None where none has a time."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(interactions.c.at))).scalar()

    def speakers(self, actor: Actor) -> set[str]:
        """Return the ids of the clients in the book who said anything of an item."""
        query = select(clients.c.client_id).join_from(feedback, clients).where(visible(actor)).distinct()
        return {row["client_id"] for row in self._database.rows(query)}

    def _rows(
        self,
        table: Table,
        columns: Iterable[ColumnElement[object]],
        actor: Actor,
        client_id: str | None,
        order: ColumnElement[object],
        condition: ColumnElement[bool] | None = None,
    ) -> Sequence[RowMapping]:
        query = self._query(table, columns, actor, client_id).order_by(order, table.c.number)
        return self._database.rows(query if condition is None else query.where(condition))

    def _query(
        self, table: Table, columns: Iterable[ColumnElement[object]], actor: Actor, client_id: str | None
    ) -> Select[tuple[object, ...]]:
        """Select columns with the client's id, of the clients that the actor may see."""
        query = select(clients.c.client_id, *columns)
        query = query.join_from(table, clients, table.c.client == clients.c.number)
        mine = visible(actor)
        return query.where(mine if client_id is None else and_(mine, clients.c.client_id == client_id))


def by_client(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Group records by client, keeping their order."""
    grouped: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        grouped[record.client_id].append(record)
    return dict(grouped)


def _wished(history: Sequence[Interaction], rows: Sequence[RowMapping]) -> list[SavedItem]:
    """Join the wishes that came with the record and those kept here."""
    past = ((row.item_id, row.kind, row.at) for row in history)
    found = still_wished(past, {row["item_id"] for row in rows})
    return found + [SavedItem(row["item_id"], "wishlist", row["at"]) for row in rows if row["state"] == "kept"]
