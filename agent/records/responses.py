"""What clients did about messages: opened them, came by, replied. The staff writes it down; attribution reads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import select

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import drafts, responses
from recsys.data.tables import clients
from recsys.errors import InputError, NotFound

ResponseKind = Literal["opened", "visited", "replied"]
RESPONSE_KINDS: tuple[ResponseKind, ...] = get_args(ResponseKind)
"""From the weakest to the strongest."""


@dataclass(frozen=True)
class Response:
    """What a client did about one message, and who of the staff wrote it down."""

    draft_id: str
    kind: ResponseKind
    author: str
    at: dt.datetime


class Responses:
    """Reads and writes responses for an actor of the staff.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def record(self, actor: Actor, draft_id: str, kind: ResponseKind, *, key: str, at: dt.datetime) -> bool:
        """Write down a response to a message that left the house, once for each key; return whether it is new.

        Raises:
            NotFound: If the actor sees no message of this id, or it was never put into the outbox.
            InputError: If there is no such kind.
        """
        require(actor, "serve")
        if kind not in RESPONSE_KINDS:
            raise InputError(f"no response {str(kind)[:20]!r}: use one of {', '.join(RESPONSE_KINDS)}")
        query = select(drafts.c.client).join_from(drafts, clients)
        query = query.where(drafts.c.draft_id == draft_id, drafts.c.state == "outbox", visible(actor))
        with self._database.transaction() as connection:
            client = connection.execute(query).scalar()
            if client is None:
                raise NotFound(f"no message {draft_id[:40]!r} has left the house: choose one from the outbox")
            row = {"key": key, "client": client, "draft_id": draft_id, "kind": kind}
            return insert_once(connection, responses, row | {"author": actor.actor_id, "at": at})

    def all(self, actor: Actor, client_id: str) -> list[Response]:
        """Return what a client did about messages, oldest first."""
        require(actor, "serve")
        table = responses
        with self._database.read() as connection:
            number = client_number(connection, actor, client_id)
            query = select(table.c.draft_id, table.c.kind, table.c.author, table.c.at)
            query = query.where(table.c.client == number).order_by(table.c.at, table.c.number)
            return [Response(*row) for row in connection.execute(query)]
