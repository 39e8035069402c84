"""Notes of the staff about a client, and what each suggests about their taste."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once
from agent.records.facts import Fact, FactKind, put_fact
from recsys.data.boutique import Boutique
from recsys.data.service_tables import notes, proposals


@dataclass(frozen=True)
class StoredNote:
    """A note as it was written."""

    text: str
    author: str
    at: dt.datetime


@dataclass(frozen=True)
class StoredProposal:
    """What a note suggests. It counts only once a person accepted it.

    Attributes:
        number: Its number among the proposals of its note, from 1.
        words: Of the note, that it rests on.
    """

    number: int
    kind: FactKind
    subject: str
    value: str
    amount: float | None
    words: str
    state: Literal["open", "accepted", "rejected"] = "open"


class ClientNotes:
    """Reads and writes notes for an actor of the staff.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(
        self, actor: Actor, client_id: str, note: StoredNote, suggested: Sequence[StoredProposal], *, key: str
    ) -> bool:
        """Keep a note and what it suggests, once for each key; return whether it is new."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            client = client_number(connection, actor, client_id)
            row = {"key": key, "client": client, "author": note.author, "text": note.text, "at": note.at}
            if not insert_once(connection, notes, row):
                return False
            number = connection.execute(select(notes.c.number).where(notes.c.key == key)).scalar_one()
            for one in suggested:
                values = {"note": number, "kind": one.kind, "subject": one.subject, "value": one.value}
                values |= {"amount": one.amount, "words": one.words, "state": "open"}
                connection.execute(proposals.insert().values(values))
            return True

    def suggested(self, actor: Actor, client_id: str) -> list[StoredProposal]:
        """Return all proposals, decided ones too, of the newest note that has any; empty if there is none."""
        require(actor, "serve")
        with self._database.read() as connection:
            rows = _newest(connection, client_number(connection, actor, client_id))
        return [one for _, one in rows]

    def decide(
        self,
        actor: Actor,
        client_id: str,
        numbers: Collection[int],
        *,
        accept: bool,
        key: str,
        at: dt.datetime,
    ) -> list[StoredProposal]:
        """Accept or reject open proposals of the newest note that has any; accepted ones become facts.

        Those of an older note stay undecided, so that a turn which is run again never decides what was not shown.

        Args:
            numbers: Which of them, as `StoredProposal.number` counts.

        Returns:
            Those that were decided now.
        """
        require(actor, "serve")
        with self._database.transaction() as connection:
            client = client_number(connection, actor, client_id)
            chosen = [(row, one) for row, one in _newest(connection, client) if one.number in numbers]
            chosen = [(row, one) for row, one in chosen if one.state == "open"]
            for row, one in chosen:
                decided: dict[str, Any] = {
                    "state": "accepted" if accept else "rejected",
                    "decided_by": actor.actor_id,
                    "decided_at": at,
                }
                connection.execute(update(proposals).where(proposals.c.number == row["number"]).values(decided))
                if accept:
                    source = f"note of {row['at'].day} {row['at']:%B %Y}"
                    fact = Fact(one.kind, one.subject, one.value, one.amount, source, actor.actor_id, at)
                    put_fact(connection, client, fact, f"{key}:{row['number']}")
            return [one for _, one in chosen]


def _newest(connection: Connection, client: int) -> list[tuple[Any, StoredProposal]]:
    """Return the proposals of the newest note that has any, with their rows."""
    newest = select(func.max(notes.c.number)).join_from(proposals, notes).where(notes.c.client == client)
    note = connection.execute(newest).scalar()
    query = select(proposals, notes.c.at).join_from(proposals, notes).where(notes.c.number == note)
    rows = connection.execute(query.order_by(proposals.c.number)).mappings().all()
    fields = ("kind", "subject", "value", "amount", "words", "state")
    return [
        (row, StoredProposal(number, **{name: row[name] for name in fields}))
        for number, row in enumerate(rows, start=1)
    ]
