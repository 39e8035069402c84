"""Puts an assistant together from a boutique's folder and the settings; the only place that knows every part."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from langchain_core.tools import BaseTool

import prompts
from agent.chat_models.backends import Backend, open_chat_model, open_planner
from agent.context import Actor, Role, TurnContext
from agent.conversation import Conversation
from agent.drafters import open_drafter
from agent.floor.shop import Shop
from agent.graph import Graph, build_graph, open_saver
from agent.intent.vocabulary import vocabulary_of
from agent.intent.wishes import Wishes
from agent.policy import require
from agent.settings import Settings
from agent.tools.all_tools import build_tools
from recsys.artifacts import load_catalogue, open_index, served_ranker
from recsys.data.boutique import Boutique
from recsys.recommender import Recommender
from recsys.schema import Client
from recsys.seller.drafters import ChatDrafter
from recsys.seller.explainer import Explainer
from recsys.text_encoder import TextEncoder


@runtime_checkable
class Warmable(Protocol):
    """A chat model in this process that can read its prompts' fixed beginnings ahead of the first message."""

    def warm_up(self, tools: Sequence[BaseTool], systems: Mapping[Any, str]) -> None:
        """Read the beginnings: of the choice between these tools, and of further prompts by slot."""
        ...


class Assistant:
    """One boutique, open for conversations. Close it when done."""

    def __init__(self, shop: Shop, backend: Backend, planner: Backend, name: str) -> None:
        self.shop = shop
        self.backend = backend
        self.name = name
        self._planner = planner
        self._saver = open_saver(shop.boutique.path / "threads.db")
        self._graphs: dict[tuple[Role, bool], Graph] = {}

    @classmethod
    def open(cls, settings: Settings, name: str = "the boutique") -> Assistant:
        """Load records, weights, index and chat model.

        Raises:
            NotReady: If nothing was ingested, trained or indexed yet; the message names the command.
        """
        boutique = Boutique.open(settings.boutique)
        catalogue, guided = load_catalogue(boutique)
        recommender = Recommender(catalogue, served_ranker(boutique), guided)
        encoder = TextEncoder.load()
        store = open_index(boutique, guided, encoder, len(catalogue))
        vocabulary = vocabulary_of(catalogue, encoder)
        planner = open_planner(vocabulary)
        backend = open_chat_model(settings, vocabulary)
        drafter = open_drafter(settings, boutique, recommender, backend)
        wishes = Wishes(catalogue, guided, encoder)
        shop = Shop(boutique, recommender, store, wishes, Explainer(recommender, drafter))
        if isinstance(backend.model, Warmable):
            # Reading the prompts' fixed beginnings takes seconds once; afterwards each turn reads only what is new.
            further = {"explain": prompts.render("explain_system.md")} if isinstance(drafter, ChatDrafter) else {}
            backend.model.warm_up(build_tools(shop, "associate"), further)
        return cls(shop, backend, planner, name)

    def conversation(self, actor: Actor, client_id: str | None, thread_id: str | None = None) -> Conversation:
        """Begin a conversation, or go on with one.

        Args:
            actor: Who types.
            client_id: Whom it is about; None for the whole book.
            thread_id: The conversation to go on with; None for a new one.

        Raises:
            Refused: If the actor may not see the client, or has no book.
        """
        if client_id is None:
            require(actor, "look_up")
        else:
            self.shop.book.client(actor, client_id)
        context = TurnContext(actor, client_id, thread_id or secrets.token_urlsafe(24))
        graph = self._graph(actor.role, one_client=client_id is not None)
        return Conversation(graph, context, self.shop.catalogue.brands, planned=self.backend.kind == "planner")

    def clients(self, actor: Actor) -> list[Client]:
        """Return the clients that the actor may see."""
        return self.shop.book.clients(actor)

    def close(self) -> None:
        """Close the files."""
        self.shop.store.close()
        self._saver.conn.close()
        self.shop.boutique.close()

    def _graph(self, role: Role, *, one_client: bool) -> Graph:
        if (role, one_client) not in self._graphs:
            fallback = None if self.backend.kind == "planner" else self._planner.model
            self._graphs[role, one_client] = build_graph(
                build_tools(self.shop, role, one_client=one_client),
                self.backend.model,
                fallback,
                self._saver,
                names=self.shop.catalogue.brands,
                boutique=self.name,
                role=role,
            )
        return self._graphs[role, one_client]
