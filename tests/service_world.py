"""The boutique of twelve items with a few clients and a clock that can be set, without a chat model or an index."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import update

from agent.context import Actor, TurnContext
from agent.events import TurnEvent
from agent.floor.shop import Shop
from agent.intent.wishes import Wishes
from agent.state import SlateState, View, empty_view, to_remember
from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.data.tables import clients
from recsys.recommender import Recommender
from recsys.schema import Client, Interaction, Item
from recsys.seller.explainer import Explainer
from recsys.vector_store import VectorStore
from tests.small_world import GUIDED, ITEMS, SCORES, TasteRanker, WordEncoder

ASSOCIATE, COLLEAGUE, MANAGER = Actor("a1", "associate"), Actor("a2", "associate"), Actor("m1", "manager")
ADA, BO = Actor("c1", "shopper"), Actor("c2", "shopper")
START = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)  # a Monday

CLIENTS = (
    Client(client_id="c1", name="Ada Lund", associate_id="a1", preferences={"contact": "e-mail"}),
    Client(client_id="c2", name="Bo", associate_id="a2", preferences={"contact": "text message in the evening"}),
    Client(client_id="c3", name="New", associate_id="a1"),
    Client(client_id="c4", name="Émile", associate_id="a1", preferences={"contact": "letter", "language": "French"}),
)
Event = TypeVar("Event")
_BOUGHT = [("c1", "i1", 1), ("c1", "i2", 40), ("c1", "i7", 80), ("c2", "i4", 3), ("c2", "i9", 9), ("c4", "i5", 20)]


def without_waiting(boutique: Boutique) -> None:
    """Leave out the wait for the disk at each commit: nobody cuts the power in these worlds."""
    connection = boutique.database._writing.raw_connection()
    connection.cursor().execute("PRAGMA synchronous = OFF")
    connection.close()  # goes back to its pool of one


class ServiceWorld:
    """A shop whose clock stands at `now` until it is set."""

    def __init__(self, folder: Path, items: Sequence[Item] = ITEMS) -> None:
        self.now = START
        self.boutique = Boutique.create(folder)
        without_waiting(self.boutique)
        with self.boutique.writer() as writer:
            writer.upsert_items(items)
            writer.put_guided_scores(SCORES)
            writer.upsert_clients(CLIENTS)
            begin = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
            writer.add_interactions(
                [
                    Interaction(client_id=who, item_id=what, at=begin + dt.timedelta(days=day))
                    for who, what, day in _BOUGHT
                ]
            )
        self.store = VectorStore(folder / "index")
        catalogue = Catalogue(items)
        ranked = Recommender(catalogue, TasteRanker(), GUIDED)
        wishes = Wishes(catalogue, GUIDED, WordEncoder())
        self.shop = Shop(self.boutique, ranked, self.store, wishes, Explainer(ranked), lambda: self.now)
        self.events: list[TurnEvent] = []

    def emit(self, event: TurnEvent) -> None:
        self.events.append(event)

    def of_type(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def slate(self, *item_ids: str, client_id: str = "c1", actor: Actor = ASSOCIATE) -> SlateState:
        """Return the state of a thread in which items are on show with their reasons."""
        purchases = self.shop.purchases(context(actor, client_id))
        reasons = [self.shop.explainer.explain(purchases, item_id) for item_id in item_ids]
        return SlateState(
            messages=[], view=View(**{**empty_view(), "slate": list(item_ids), "reasons": to_remember(reasons)})
        )

    def hand_over(self, client_id: str, associate_id: str) -> None:
        """Give a client to another associate without a brief, as no page does."""
        with self.boutique.database.transaction() as connection:
            theirs = clients.c.client_id == client_id
            connection.execute(update(clients).where(theirs).values(associate_id=associate_id))

    def close(self) -> None:
        self.store.close()
        self.boutique.close()


def context(actor: Actor = ASSOCIATE, client_id: str | None = "c1", thread: str = "t1") -> TurnContext:
    return TurnContext(actor, client_id, thread)
