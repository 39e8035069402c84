"""What clients said: of items (like, dislike), and of the reasons that they were given."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, select

from agent.context import Actor
from agent.records.access import client_number, insert_once, item_number, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import reason_feedback
from recsys.data.tables import clients, feedback, items

Verdict = Literal["like", "dislike"]
ReasonVerdict = Literal["helpful", "unhelpful", "wrong"]


@dataclass(frozen=True)
class Feedback:
    """What a client said of an item."""

    item_id: str
    verdict: Verdict
    reason: str
    at: dt.datetime


@dataclass(frozen=True)
class ReasonFeedback:
    """What somebody said of a reason: `reason` is its text as it was shown, `source` who worded it."""

    item_id: str
    verdict: ReasonVerdict
    reason: str
    source: str
    comment: str
    author: str
    at: dt.datetime


class Opinions:
    """Reads and writes opinions for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(self, actor: Actor, client_id: str, said: Feedback, *, key: str) -> bool:
        """Write down what a client said of an item, once for each key; return whether it is new."""
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "item": item_number(connection, said.item_id),
                "verdict": said.verdict,
                "reason": said.reason,
                "at": said.at,
            }
            return insert_once(connection, feedback, row)

    def all(self, actor: Actor, client_id: str) -> list[Feedback]:
        """Return what a client said of items, oldest first."""
        table = feedback
        query = select(items.c.item_id, table.c.verdict, table.c.reason, table.c.at)
        query = query.join_from(table, clients).join(items)
        query = query.where(clients.c.client_id == client_id, visible(actor)).order_by(table.c.at, table.c.number)
        return [Feedback(**row) for row in self._database.rows(query)]

    def press(self, actor: Actor, client_id: str, item_id: str, verdict: Verdict | None, at: dt.datetime) -> None:
        """Set what a client thinks of an item by a press of a thumb; None takes back all that was said of it."""
        with self._database.transaction() as connection:
            client, item = client_number(connection, actor, client_id), item_number(connection, item_id)
            connection.execute(delete(feedback).where(feedback.c.client == client, feedback.c.item == item))
            if verdict is not None:
                row = {"client": client, "item": item, "verdict": verdict, "reason": "", "at": at}
                connection.execute(insert(feedback).values(key=f"pressed:{client}:{item}", **row))

    def press_of_reason(self, actor: Actor, client_id: str, said: ReasonFeedback, *, takes_back: bool = False) -> None:
        """Set what its author thinks of a reason by a press of a thumb, instead of what they thought before."""
        table = reason_feedback
        with self._database.transaction() as connection:
            client, item = client_number(connection, actor, client_id), item_number(connection, said.item_id)
            of_it = (table.c.client == client, table.c.item == item, table.c.reason == said.reason)
            connection.execute(delete(table).where(*of_it, table.c.author == said.author))
            if not takes_back:
                digest = hashlib.sha256(f"{said.author}\0{said.reason}".encode()).hexdigest()[:24]
                row: dict[str, object] = {
                    "client": client,
                    "item": item,
                    "verdict": said.verdict,
                    "reason": said.reason,
                }
                row |= {"source": said.source, "comment": said.comment, "author": said.author, "at": said.at}
                connection.execute(insert(table).values(key=f"pressed:{client}:{item}:{digest}", **row))

    def add_of_reason(self, actor: Actor, client_id: str, said: ReasonFeedback, *, key: str) -> bool:
        """Write down what was said of a reason, once for each key; return whether it is new."""
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "item": item_number(connection, said.item_id),
                "verdict": said.verdict,
                "reason": said.reason,
                "source": said.source,
                "comment": said.comment,
                "author": said.author,
                "at": said.at,
            }
            return insert_once(connection, reason_feedback, row)

    def of_reasons(self, actor: Actor, client_id: str) -> list[ReasonFeedback]:
        """Return what was said of the reasons given about one client, oldest first."""
        table = reason_feedback
        query = select(items.c.item_id, table.c.verdict, table.c.reason, table.c.source)
        query = query.add_columns(table.c.comment, table.c.author, table.c.at).join_from(table, clients).join(items)
        query = query.where(clients.c.client_id == client_id, visible(actor)).order_by(table.c.at, table.c.number)
        return [ReasonFeedback(**row) for row in self._database.rows(query)]
