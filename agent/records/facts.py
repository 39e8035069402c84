"""What is remembered of a client for good: sizes, tastes, what to avoid; each with who said it and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.errors import Refused
from agent.records.access import client_number, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import facts
from recsys.data.tables import clients

FactKind = Literal["size", "taste", "avoid", "preference", "date"]


@dataclass(frozen=True)
class Fact:
    """One fact about a client.

    Attributes:
        subject: What it is about: "shoe size", a guided attribute, what to avoid ("wool", "Duna"), "birthday"; of
            "preference" the person's words themselves.
        value: The value in words ("39", "more minimal"); of "avoid" the field it is found in: "brand", "colour",
            "material", "category", or "anything" for words that may stand in any field.
        amount: Of a taste the move along the attribute in standard deviations, None otherwise.
        source: Where it comes from: "said by the client", "written by a1", "note of 12 March 2026".
        author: Who wrote it down.
    """

    kind: FactKind
    subject: str
    value: str
    amount: float | None
    source: str
    author: str
    at: dt.datetime


class ClientFacts:
    """Reads, writes and erases facts for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def put(self, actor: Actor, client_id: str, fact: Fact, *, key: str) -> None:
        """Remember a fact; one of the same kind and subject is replaced."""
        with self._database.transaction() as connection:
            put_fact(connection, client_number(connection, actor, client_id), fact, key)

    def all(self, actor: Actor, client_id: str) -> list[Fact]:
        """Return everything remembered of a client, oldest first."""
        query = select(facts.c.kind, facts.c.subject, facts.c.value, facts.c.amount)
        query = query.add_columns(facts.c.source, facts.c.author, facts.c.at).join_from(facts, clients)
        query = query.where(clients.c.client_id == client_id, visible(actor)).order_by(facts.c.at, facts.c.number)
        return [Fact(**row) for row in self._database.rows(query)]


def put_fact(connection: Connection, client: int, fact: Fact, key: str) -> None:
    """Remember a fact about a client's row in the transaction under way."""
    values = {
        "key": key,
        "kind": fact.kind,
        "subject": fact.subject,
        "value": fact.value,
        "amount": fact.amount,
        "source": fact.source,
        "author": fact.author,
        "at": fact.at,
    }
    statement = sqlite.insert(facts).values(values | {"client": client})
    connection.execute(statement.on_conflict_do_update(index_elements=["client", "kind", "subject"], set_=values))


def erase_fact(connection: Connection, actor: Actor, arguments: dict[str, Any], key: str, at: dt.datetime) -> str:
    """Erase a fact for good in the transaction under way; an approved act.

    Args:
        arguments: What was approved: client_id, kind, subject, value.

    Returns:
        What was done, in words.

    Raises:
        Refused: If the fact is not any more what was approved.
    """
    statement = delete(facts).where(
        facts.c.client == client_number(connection, actor, arguments["client_id"]),
        facts.c.kind == arguments["kind"],
        facts.c.subject == arguments["subject"],
        facts.c.value == arguments["value"],
    )
    if connection.execute(statement).rowcount == 0:
        raise Refused("this fact was changed or forgotten since you were asked: ask again to see what is kept now")
    return "Forgotten for good."
