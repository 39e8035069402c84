"""Boutiques of the twelve items with clients of several associates, for tests across a book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path

from agent.context import Actor
from agent.floor.shop import Shop
from agent.intent.wishes import Wishes
from agent.records.facts import Fact
from agent.records.follow_ups import FollowUps
from agent.records.messages import Messages
from recsys.data.boutique import Boutique
from recsys.schema import Client, Interaction, Note
from recsys.seller.explainer import Explainer
from recsys.vector_store import VectorStore
from tests.service_world import without_waiting
from tests.small_world import CATALOGUE, GUIDED, ITEMS, SCORES, WordEncoder, recommender

NOW = dt.datetime(2026, 11, 22, 10, tzinfo=dt.UTC)
TODAY = NOW.date()
MANAGER = Actor("m1", "manager")
MINIMAL = ("i1", "i2", "i5", "i7", "i8", "i1", "i2", "i5")
ORNATE = ("i4", "i9", "i3", "i4", "i9", "i3", "i4", "i9")
RECOMMENDER = recommender()


def associate(name: str) -> Actor:
    return Actor(name, "associate")


def client(client_id: str, looked_after_by: str, **preferences: str) -> Client:
    """A client who agreed to e-mail and of whom a note exists that nobody else may read."""
    kept = {"contact": "e-mail"} | {name.replace("_", " "): value for name, value in preferences.items()}
    note = Note(at=dt.date(2025, 1, 1), text=f"SECRET-{client_id}")
    return Client(
        client_id=client_id, name=f"Name{client_id}", associate_id=looked_after_by, preferences=kept, notes=(note,)
    )


def bought(client_id: str, items: Sequence[str], last: dt.date, every: int = 30) -> list[Interaction]:
    """Purchases every so many days, the last one on a given day."""
    days = [last - dt.timedelta(days=every * back) for back in range(len(items) - 1, -1, -1)]
    return [
        Interaction(client_id=client_id, item_id=item_id, at=dt.datetime.combine(day, dt.time(12), dt.UTC))
        for item_id, day in zip(items, days, strict=True)
    ]


def wish(client_id: str, item_id: str, day: dt.date) -> Interaction:
    at = dt.datetime.combine(day, dt.time(12), dt.UTC)
    return Interaction(client_id=client_id, item_id=item_id, kind="wishlist", at=at)


def open_shop(
    folder: Path, clients: Iterable[Client], interactions: Iterable[Interaction], *, now: dt.datetime = NOW
) -> Shop:
    boutique = Boutique.create(folder / "boutique")
    without_waiting(boutique)
    with boutique.writer() as writer:
        writer.upsert_items(ITEMS)
        writer.put_guided_scores(SCORES)
        writer.upsert_clients(list(clients))
        writer.add_interactions(list(interactions))
    wishes = Wishes(CATALOGUE, GUIDED, WordEncoder())
    store = VectorStore(folder / "index")
    return Shop(boutique, RECOMMENDER, store, wishes, Explainer(RECOMMENDER), lambda: now)


def promise(shop: Shop, actor: Actor, client_id: str, what: str, due: dt.date) -> None:
    FollowUps(shop.boutique).add(actor, client_id, what, due, key=f"f-{client_id}-{what}", at=NOW)


def written_to(shop: Shop, actor: Actor, client_id: str, at: dt.datetime) -> None:
    Messages(shop.boutique).record_contact(actor, client_id, "e-mail", "news", key=f"k-{client_id}-{at}", at=at)


def remember(shop: Shop, actor: Actor, client_id: str, fact: Fact) -> None:
    shop.facts.put(actor, client_id, fact, key=f"fact-{client_id}-{fact.kind}-{fact.subject}")
