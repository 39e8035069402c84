"""What clients said: of items (like, dislike), and of the reasons that they were given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

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
