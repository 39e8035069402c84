"""Houses to serve in a browser: the twelve items and their clients, with the planner, and the texts one wishes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agent.assistant import Assistant
from agent.chat_models.backends import open_planner
from agent.context import Actor
from agent.floor.shop import Shop
from agent.intent.vocabulary import vocabulary_of
from agent.intent.wishes import Wishes
from agent.records.users import Users
from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.indexing import build_index
from recsys.recommender import Recommender
from recsys.schema import Client, Interaction, Item, Note
from recsys.seller.explainer import Explainer
from recsys.vector_store import VectorStore
from tests.pages import PASSWORD, QUICK
from tests.service_world import without_waiting
from tests.small_world import GUIDED, ITEMS, SCORES, TasteRanker, WordEncoder
from ui.web.attempts import Attempts
from ui.web.house import House

USERS = {
    "claire": Actor("a1", "associate"),
    "paul": Actor("a2", "associate"),
    "ada": Actor("c1", "shopper"),
    "bo": Actor("c2", "shopper"),
    "manon": Actor("m1", "manager"),
}
CLIENTS = (
    Client(
        client_id="c1",
        name="Ada Lund",
        associate_id="a1",
        notes=(Note(at=dt.date(2025, 1, 1), text="Likes tea"),),
        preferences={"contact": "e-mail", "shoe size": "39"},
    ),
    Client(client_id="c2", name="Bo", associate_id="a2"),
    Client(client_id="c3", name="Émile", associate_id="a1"),
)
_DAYS = [("c1", "i1", 1), ("c1", "i2", 40), ("c1", "i7", 80), ("c2", "i4", 3), ("c2", "i9", 9)]


@contextmanager
def open_house(folder: Path, items: Sequence[Item] = ITEMS, clients: Sequence[Client] = CLIENTS) -> Iterator[House]:
    """Open a small boutique with a user for everybody of USERS."""
    catalogue = Catalogue(items)
    boutique = Boutique.create(folder)
    without_waiting(boutique)
    begin = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    with boutique.writer() as writer:
        writer.upsert_items(items)
        writer.put_guided_scores(SCORES)
        writer.upsert_clients(clients)
        writer.add_interactions(
            [Interaction(client_id=who, item_id=what, at=begin + dt.timedelta(days=days)) for who, what, days in _DAYS]
        )
    encoder, store = WordEncoder(), VectorStore(folder / "index")
    build_index(boutique, catalogue, GUIDED, encoder, store)
    ranked = Recommender(catalogue, TasteRanker(), GUIDED)
    shop = Shop(boutique, ranked, store, Wishes(catalogue, GUIDED, encoder), Explainer(ranked))
    planner = open_planner(vocabulary_of(catalogue, encoder))
    assistant = Assistant(shop, planner, planner, "Small")
    users = Users(boutique, QUICK)
    house = House(assistant, attempts=Attempts(a_minute=60_000), users=users)
    for name, actor in USERS.items():
        users.add(name, PASSWORD, actor, now=dt.datetime.now(dt.UTC))
    yield house
    assistant.close()
