"""What became of the messages in the outbox. A message goes out at most once, whatever is pressed or breaks.

Before the mail server is spoken to, a row "begun" is committed; only one can be open for a message. If the process dies
while it stands, or the server falls silent after the text was handed over, nobody knows whether the message went out:
the row stays, and nothing is sent again until a person has looked and said which it was. So this errs towards a message
that is missing and is asked about, never towards one that a client gets twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.errors import Refused
from agent.policy import require
from agent.records.access import visible
from agent.records.messages import Draft, agreed_channels, read_draft, select_drafts
from recsys.data.boutique import Boutique
from recsys.data.service_tables import contacts, deliveries, drafts
from recsys.data.tables import as_utc, clients
from recsys.errors import NotFound
from recsys.schema import called

State = Literal["begun", "sent", "failed", "copied"]
UNDER_WAY = dt.timedelta(minutes=2)
"""Longer than an attempt takes; younger ones are not given up."""
_OVER = {
    "begun": "it may have gone out already: say below whether it did",
    "sent": "it was sent already",
    "copied": "it is on record that somebody sent it already",
}


@dataclass(frozen=True)
class Delivery:
    """The last that is known of a message; `detail` is one line."""

    draft_id: str
    state: State
    detail: str
    author: str
    at: dt.datetime


@dataclass(frozen=True)
class OutboxMessage:
    """An approved message, and the last that is known of it; None while it waits."""

    draft: Draft
    name: str
    delivery: Delivery | None


class Deliveries:
    """Reads and writes deliveries for an actor of the staff.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def begin(self, actor: Actor, draft_id: str, detail: str, *, at: dt.datetime) -> str:
        """Claim the right to send a message; returns the name of the attempt.

        Args:
            detail: By what the message can be found again, should nobody know how it ended.

        Raises:
            NotFound: If no such message is in the outbox.
            Refused: If it went out, may have gone out, or the client's consent is gone.
        """
        with self._database.transaction() as connection:
            return self._claim(connection, actor, draft_id, "begun", detail, at)

    def sent_by_hand(self, actor: Actor, draft_id: str, *, at: dt.datetime) -> None:
        """Write down that a person sent a message by their own means; raises as `begin` does."""
        with self._database.transaction() as connection:
            self._claim(connection, actor, draft_id, "copied", "", at)

    def settle(self, attempt: str, state: Literal["begun", "sent", "failed"], detail: str, *, at: dt.datetime) -> None:
        """Write down how an open attempt ended; "begun" leaves it open, with a reason."""
        with self._database.transaction() as connection:
            statement = update(deliveries).where(deliveries.c.key == attempt, deliveries.c.state == "begun")
            connection.execute(statement.values(state=state, detail=detail, at=at))

    def resolve(self, actor: Actor, draft_id: str, *, went_out: bool, at: dt.datetime) -> bool:
        """Take a person's word on an attempt of which nobody knew the end; return whether there was one.

        Raises:
            NotFound: If no such message is in the outbox.
            Refused: If the attempt is so young that it may still be under way.
        """
        require(actor, "send")
        with self._database.transaction() as connection:
            self._waiting(connection, actor, draft_id)
            begun = select(func.max(deliveries.c.at)).where(deliveries.c.draft_id == draft_id)
            last = connection.execute(begun.where(deliveries.c.state == "begun")).scalar()
            if last is not None and at - as_utc(last) < UNDER_WAY:
                raise Refused("the message may still be under way: wait two minutes, then look again")
            detail = "somebody looked and found it sent" if went_out else "somebody looked and found it not sent"
            statement = update(deliveries).where(deliveries.c.draft_id == draft_id, deliveries.c.state == "begun")
            values = {"state": "sent" if went_out else "failed", "detail": detail, "author": actor.actor_id, "at": at}
            return connection.execute(statement.values(values)).rowcount > 0

    def take_back(self, actor: Actor, draft_id: str) -> None:
        """Discard an approved message that did not go out; it then counts as no contact.

        Raises:
            NotFound: If no such message is in the outbox.
            Refused: If it went out or may have gone out.
        """
        require(actor, "send")
        with self._database.transaction() as connection:
            self._waiting(connection, actor, draft_id)
            _refuse_if_over(connection, draft_id)
            connection.execute(update(drafts).where(drafts.c.draft_id == draft_id).values(state="discarded"))
            connection.execute(delete(contacts).where(contacts.c.draft_id == draft_id))

    def outbox(self, actor: Actor, client_id: str | None = None) -> list[OutboxMessage]:
        """Return the approved messages to clients in the book, or to one of them, newest first."""
        require(actor, "serve")
        query = select_drafts().add_columns(clients.c.name).where(visible(actor), drafts.c.state == "outbox")
        if client_id is not None:
            query = query.where(clients.c.client_id == client_id)
        columns = (deliveries.c[name] for name in ("draft_id", "state", "detail", "author", "at"))
        told = select(*columns).join_from(deliveries, clients).where(visible(actor)).order_by(deliveries.c.number)
        last = {row["draft_id"]: Delivery(**row) for row in self._database.rows(told)}
        rows = self._database.rows(query.order_by(drafts.c.number.desc()))
        return [_message(row, last) for row in rows]

    def _claim(
        self, connection: Connection, actor: Actor, draft_id: str, state: State, detail: str, at: dt.datetime
    ) -> str:
        require(actor, "send")
        client, channel = self._waiting(connection, actor, draft_id)
        _refuse_if_over(connection, draft_id)
        if channel not in agreed_channels(connection, client):
            raise Refused(f"the client's consent to {channel} was withdrawn since: nothing was sent; take it back")
        before = select(deliveries.c.number).where(deliveries.c.draft_id == draft_id)
        attempt = f"delivery:{draft_id}:{len(connection.execute(before).all()) + 1}"
        row = {"key": attempt, "draft_id": draft_id, "client": client, "state": state, "detail": detail}
        connection.execute(insert(deliveries).values(row | {"author": actor.actor_id, "at": at}))
        return attempt

    def _waiting(self, connection: Connection, actor: Actor, draft_id: str) -> tuple[int, str]:
        """Return the client's row and the channel of a message in the outbox."""
        query = select(drafts.c.client, drafts.c.channel).join_from(drafts, clients)
        query = query.where(drafts.c.draft_id == draft_id, drafts.c.state == "outbox", visible(actor))
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("no such message is in your outbox: look at the list again")
        return int(row[0]), str(row[1])


def _refuse_if_over(connection: Connection, draft_id: str) -> None:
    query = select(deliveries.c.state).where(deliveries.c.draft_id == draft_id, deliveries.c.state != "failed")
    state = connection.execute(query.limit(1)).scalar()
    if state is not None:
        raise Refused(f"nothing was sent now: {_OVER[state]}")


def _message(row: Any, last: dict[str, Delivery]) -> OutboxMessage:
    draft = read_draft(row)
    return OutboxMessage(draft, called(row["name"], draft.client_id), last.get(draft.draft_id))
