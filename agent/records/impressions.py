"""What was put before clients, with who worded the reason and what it rests on: the base of every later share."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from agent.context import TurnContext
from agent.events import Card
from agent.records.access import client_number, insert_once, item_number
from recsys.data.boutique import Boutique
from recsys.data.service_tables import impressions
from recsys.errors import ClientellerError

_LOG = logging.getLogger(__name__)
Way = Literal["recommend", "search", "refine", "similar", "look", "explain", "look book", "page", "program", "other"]
"""How an item came before a client: by which tool, by a hand on the page, by a look-book, or to a program that asks."""


@dataclass(frozen=True)
class Impression:
    """One item with the reason that stood beside it.

    Attributes:
        reason_source: Who worded the reason, "none" where there was no strong one.
        reason_kinds: Kinds of the evidence that the reason rests on, each once.
    """

    item_id: str
    way: Way
    reason_source: str
    reason_kinds: tuple[str, ...]


def impression_of(card: Card, way: Way) -> Impression:
    """Return a card as what is counted of it."""
    reason = card.reason
    if reason is None:
        return Impression(card.item.item_id, way, "none", ())
    return Impression(card.item.item_id, way, reason.source, tuple(sorted({fact.kind for fact in reason.evidence})))


class Impressions:
    """Writes impressions.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(self, context: TurnContext, shown: Sequence[Impression], *, occasion: str, at: dt.datetime) -> int:
        """Write down what was shown on one occasion about the context's client; return how many are new.

        Each item counts once on an occasion, with its first reason; an occasion told again counts no more.

        Args:
            occasion: Names it for good, such as the turn's id.

        Raises:
            Refused: If the actor may not see the client.
        """
        if not shown or context.client_id is None:
            return 0
        with self._database.transaction() as connection:
            client = client_number(connection, context.actor, context.client_id)
            rows = [
                {
                    "key": f"impression:{occasion}:{one.item_id}",
                    "client": client,
                    "item": item_number(connection, one.item_id),
                    "shown_to": f"{context.actor.role}:{context.actor.actor_id}",
                    "thread": context.thread_id,
                    "way": one.way,
                    "reason_source": one.reason_source,
                    "reason_kinds": list(one.reason_kinds),
                    "at": at,
                }
                for one in shown
            ]
            return sum(insert_once(connection, impressions, row) for row in rows)

    def note(self, context: TurnContext, shown: Sequence[Impression], *, occasion: str, at: dt.datetime) -> None:
        """Write as `add` does, but let nothing that was shown fail because it cannot be counted."""
        try:
            self.add(context, shown, occasion=occasion, at=at)
        except (ClientellerError, SQLAlchemyError) as error:
            _LOG.error("what was shown could not be counted: %s", type(error).__name__)
