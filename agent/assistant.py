"""Puts an assistant together from a boutique's folder and the settings; the only place that knows every part."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from langchain_core.tools import BaseTool

import prompts
from agent.chat_models.backends import Backend, open_chat_model, open_planner
from agent.chat_models.writer import ChatWriter
from agent.context import Actor, Role, TurnContext
from agent.conversation import Conversation
from agent.floor.shop_floor import ShopFloor
from agent.graph import Graph, build_graph, open_saver
from agent.intent.vocabulary import vocabulary_of
from agent.intent.wishes import Wishes
from agent.policy import may_see, require_client
from agent.settings import Settings
from agent.tools.shop_tools import build_tools
from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.errors import ClientellerError, NotReady, StaleArtifact
from recsys.guided.embedding import GuidedEmbeddings
from recsys.indexing import Report, build_index, stamps
from recsys.models.weights import load_ranker
from recsys.packaged_weights import Progress
from recsys.ranker import Ranker
from recsys.recommender import Recommender
from recsys.schema import Client
from recsys.seller.drafters import ChatDrafter, Drafter
from recsys.seller.explainer import Explainer
from recsys.seller.local_drafter import LocalDrafter
from recsys.seller.model import Seller, find_seller, load_seller
from recsys.text_encoder import TextEncoder
from recsys.vector_store import VectorStore

_LOG = logging.getLogger(__name__)
SERVED = ("refined", "sasrec", "item_knn", "popularity")  # the first that is trained is served


@runtime_checkable
class Warmable(Protocol):
    """A chat model in this process that can read its prompts' fixed beginnings ahead of the first message."""

    def warm_up(self, tools: Sequence[BaseTool], systems: Mapping[Any, str]) -> None:
        """Read the beginnings: of the choice between these tools, and of further prompts by slot."""
        ...


class Assistant:
    """One boutique, open for conversations. Close it when done."""

    def __init__(self, boutique: Boutique, floor: ShopFloor, backend: Backend, planner: Backend, name: str) -> None:
        self.boutique = boutique
        self.floor = floor
        self.backend = backend
        self.name = name
        self._planner = planner
        self._saver = open_saver(boutique.path / "threads.db")
        self._graphs: dict[Role, Graph] = {}

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
        store = VectorStore(boutique.path / "index")
        for space, stamp in stamps(boutique, guided, encoder.version).items():
            store.require(space, stamp, len(catalogue))
        vocabulary = vocabulary_of(catalogue, encoder)
        planner = open_planner(vocabulary)
        backend = open_chat_model(settings, vocabulary)
        drafter = open_drafter(settings, boutique, recommender, backend)
        floor = ShopFloor(
            boutique, recommender, store, Wishes(catalogue, guided, encoder), Explainer(recommender, drafter)
        )
        if isinstance(backend.model, Warmable):
            # Reading the prompts' fixed beginnings takes seconds once; afterwards each turn reads only what is new.
            further = {"explain": prompts.render("explain_system.md")} if isinstance(drafter, ChatDrafter) else {}
            backend.model.warm_up(build_tools(floor), further)
        return cls(boutique, floor, backend, planner, name)

    def conversation(self, actor: Actor, client_id: str, thread_id: str | None = None) -> Conversation:
        """Begin a conversation about one client, or go on with one.

        Raises:
            NotFound: If there is no such client.
            Refused: If the actor may not see the client.
        """
        require_client(actor, self.boutique.client(client_id))
        context = TurnContext(actor, client_id, thread_id or secrets.token_urlsafe(24))
        graph = self._graphs.get(actor.role) or self._build(actor.role)
        return Conversation(graph, context, self.floor.catalogue.brands, planned=self.backend.kind == "planner")

    def clients(self, actor: Actor) -> list[Client]:
        """Return the clients that the actor may see."""
        mine = actor.actor_id if actor.role == "associate" else None
        return [client for client in self.boutique.clients(mine) if may_see(actor, client)]

    def close(self) -> None:
        """Close the files."""
        self.floor.store.close()
        self._saver.conn.close()
        self.boutique.close()

    def _build(self, role: Role) -> Graph:
        fallback = None if self.backend.kind == "planner" else self._planner.model
        graph = build_graph(self.floor, self.backend.model, fallback, self._saver, boutique=self.name, role=role)
        self._graphs[role] = graph
        return graph


def open_drafter(settings: Settings, boutique: Boutique, recommender: Recommender, backend: Backend) -> Drafter | None:
    """Return who words the reasons, as the settings say; None for the template.

    Raises:
        NotReady, StaleArtifact, ModelFileError: If SELLER is asked for by name and was not trained for this
            catalogue, or it or the small language model cannot be read; otherwise the chat model takes its place.
    """
    chat = None if backend.kind == "planner" else ChatDrafter(ChatWriter(backend))
    if settings.explainer == "template" or (settings.explainer == "auto" and chat is None):
        return None
    if settings.explainer == "chat":
        return chat
    try:
        seller = open_seller(settings, boutique, recommender.guided)
    except ClientellerError as error:
        if settings.explainer == "seller":
            raise
        _LOG.warning("SELLER cannot be used, the chat model words the reasons: %s", error)
        seller = None
    if seller is None and settings.explainer == "seller":
        raise NotReady(f"no SELLER was trained for {str(boutique.path)!r}: run 'clienteller seller train'")
    return LocalDrafter(seller, recommender) if seller is not None else chat


def open_seller(
    settings: Settings, boutique: Boutique, guided: GuidedEmbeddings | None, on_progress: Progress | None = None
) -> Seller | None:
    """Load the SELLER of a boutique, its own before the bundled one; None where there is none."""
    fingerprint = boutique.fingerprint()
    folder = find_seller(seller_folder(boutique), fingerprint, guided.names if guided is not None else ())
    if folder is None:
        return None
    return load_seller(folder, settings.cache, catalogue_fingerprint=fingerprint, on_progress=on_progress)


def seller_folder(boutique: Boutique) -> Path:
    """Return where a boutique's own SELLER is kept."""
    return weights_folder(boutique) / "seller"


def weights_folder(boutique: Boutique) -> Path:
    """Return where a boutique's rankers are kept."""
    return boutique.path / "weights"


def served_ranker(boutique: Boutique) -> Ranker:
    """Load the best kind of ranker that is trained for this catalogue; raise NotReady if there is none."""
    for name in SERVED:
        if (weights_folder(boutique) / name).is_dir():
            return load_ranker(weights_folder(boutique) / name, catalogue_fingerprint=boutique.fingerprint())
    raise NotReady(f"no ranker is trained for {str(boutique.path)!r}: run 'clienteller train' first")


def refresh_index(settings: Settings, on_progress: Report | None = None) -> bool:
    """Build the vector index if it is missing or was made from other data; return whether it was built."""
    boutique = Boutique.open(settings.boutique)
    store: VectorStore | None = None
    try:
        catalogue, guided = load_catalogue(boutique)
        encoder = TextEncoder.load()
        store = VectorStore(boutique.path / "index")
        if _is_fresh(store, boutique, guided, encoder.version, len(catalogue)):
            return False
        build_index(boutique, catalogue, guided, encoder, store, on_progress)
        return True
    finally:
        if store is not None:
            store.close()
        boutique.close()


def load_catalogue(boutique: Boutique) -> tuple[Catalogue, GuidedEmbeddings | None]:
    """Load the catalogue and the guided embeddings of its items, None where no item was scored."""
    catalogue = Catalogue(boutique.items())
    scores = boutique.guided_scores()
    return catalogue, GuidedEmbeddings.from_scores(scores, catalogue.ids) if scores is not None else None


def _is_fresh(
    store: VectorStore, boutique: Boutique, guided: GuidedEmbeddings | None, encoder_version: str, n_items: int
) -> bool:
    try:
        for space, stamp in stamps(boutique, guided, encoder_version).items():
            store.require(space, stamp, n_items)
    except (NotReady, StaleArtifact):
        return False
    return True
