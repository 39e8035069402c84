"""One open boutique of twelve items and three clients with a scripted chat model, for the length of a test."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from agent.context import Actor, TurnContext
from agent.conversation import ByCode, Conversation
from agent.floor.shop import Shop
from agent.graph import build_graph, open_saver
from agent.intent.wishes import Wishes
from agent.tools.all_tools import build_tools
from agent.tracing.store import TraceStore
from agent.turns.journal import Journal
from agent.turns.limits import TurnLimits
from recsys.data.boutique import Boutique
from recsys.indexing import build_index
from recsys.schema import Client, Interaction, Note
from recsys.seller.explainer import Explainer
from recsys.vector_store import VectorStore
from tests.scripted import ScriptedChatModel
from tests.service_world import without_waiting
from tests.small_world import CATALOGUE, GUIDED, ITEMS, SCORES, WordEncoder, recommender

ASSOCIATE = Actor("a1", "associate")


class Desk:
    """One open boutique with a scripted model, for the length of a test."""

    def __init__(self, folder: Path, explainer: Explainer | None = None) -> None:
        self.boutique = Boutique.create(folder)
        without_waiting(self.boutique)
        with self.boutique.writer() as writer:
            writer.upsert_items(ITEMS)
            writer.put_guided_scores(SCORES)
            writer.upsert_clients(
                [
                    Client(
                        client_id="c1",
                        name="Ada",
                        associate_id="a1",
                        notes=(Note(at=dt.date(2025, 1, 1), text="Likes tea"),),
                    ),
                    Client(
                        client_id="c2",
                        name="Bo",
                        associate_id="a2",
                        notes=(Note(at=dt.date(2025, 1, 1), text="SECRET-BO"),),
                    ),
                    Client(client_id="c3", name="New", associate_id="a1"),
                ]
            )
            days = [("c1", "i1", 1), ("c1", "i2", 40), ("c1", "i7", 80), ("c2", "i4", 3), ("c2", "i9", 9)]
            writer.add_interactions(
                [
                    Interaction(
                        client_id=who, item_id=what, at=dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=day)
                    )
                    for who, what, day in days
                ]
            )
        self.store = VectorStore(folder / "index")
        encoder = WordEncoder()
        build_index(self.boutique, CATALOGUE, GUIDED, encoder, self.store)
        ranked = recommender()
        wishes = Wishes(CATALOGUE, GUIDED, encoder)
        self.shop = Shop(self.boutique, ranked, self.store, wishes, explainer or Explainer(ranked))
        self.saver = open_saver(folder / "threads.db")
        self.model = ScriptedChatModel()

    def talk(
        self,
        *script: AIMessage | Exception,
        client_id: str = "c1",
        thread: str = "t1",
        actor: Actor = ASSOCIATE,
        fallback: BaseChatModel | None = None,
        model: BaseChatModel | None = None,
        journal: Journal | None = None,
        limits: TurnLimits | None = None,
        by_code: ByCode | None = None,
        traces: TraceStore | None = None,
    ) -> Conversation:
        self.model.script.extend(script)
        graph = build_graph(
            build_tools(self.shop, actor.role),
            model or self.model,
            fallback,
            self.saver,
            book=self.shop.book,
            names=CATALOGUE.brands,
            boutique="Test",
            role=actor.role,
            limits=limits,
        )
        context = TurnContext(actor, client_id, thread)
        return Conversation(
            graph,
            context,
            CATALOGUE.brands,
            planned=False,
            journal=journal,
            limits=limits,
            by_code=by_code,
            traces=traces,
        )

    def close(self) -> None:
        self.store.close()
        self.saver.conn.close()
        self.boutique.close()
