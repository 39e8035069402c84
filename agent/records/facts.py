"""What is remembered of a client for good: sizes, tastes, what to avoid; each with who said it and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.dialects import sqlite

from agent.context import Actor
from agent.records.access import client_number, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import facts
from recsys.data.tables import clients

FactKind = Literal["size", "taste", "avoid", "preference", "date"]


@dataclass(frozen=True)
class Fact:
    """One fact about a client.

    Attributes:
        subject: What it is about: "shoe size", a guided attribute, what to avoid ("wool", "Duna"), "birthday".
        value: The value in words ("39", "more minimal", "colour"); of "avoid" the field it is found in.
        amount: Of a taste the move along the attribute in standard deviations, None otherwise.
        source: Where it comes from: "said in conversation", "note of 12 March 2026".
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
            row = values | {"client": client_number(connection, actor, client_id)}
            statement = sqlite.insert(facts).values(row)
            connection.execute(
                statement.on_conflict_do_update(index_elements=["client", "kind", "subject"], set_=values)
            )

    def all(self, actor: Actor, client_id: str) -> list[Fact]:
        """Return everything remembered of a client, oldest first."""
        query = select(facts.c.kind, facts.c.subject, facts.c.value, facts.c.amount)
        query = query.add_columns(facts.c.source, facts.c.author, facts.c.at).join_from(facts, clients)
        query = query.where(clients.c.client_id == client_id, visible(actor)).order_by(facts.c.at, facts.c.number)
        return [Fact(**row) for row in self._database.rows(query)]

    def erase(self, actor: Actor, client_id: str, kind: FactKind, subject: str) -> bool:
        """Erase a fact for good; return whether there was one."""
        with self._database.transaction() as connection:
            number = client_number(connection, actor, client_id)
            statement = delete(facts).where(facts.c.client == number, facts.c.kind == kind, facts.c.subject == subject)
            return connection.execute(statement).rowcount > 0
