"""Puts an assistant together from a boutique's folder and the settings; the only place that knows every part."""

from __future__ import annotations

import logging
import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from langchain_core.tools import BaseTool

import prompts
from agent.chat_models.backends import Backend, open_backend, open_chat_model, open_planner
from agent.chat_models.choices import USUAL, Choices, Named
from agent.chat_models.registry import read_model_name
from agent.context import Actor, Role, TurnContext
from agent.conversation import Conversation
from agent.drafters import open_drafter
from agent.errors import ModelUnavailable, Refused
from agent.floor import approving
from agent.floor.shop import Shop
from agent.graph import Graph, build_graph, open_saver
from agent.intent.vocabulary import Vocabulary, vocabulary_of
from agent.intent.wishes import Wishes
from agent.policy import require
from agent.records.impressions import Impressions
from agent.settings import Settings
from agent.tools.all_tools import build_tools
from agent.tools.marks import mark_of
from agent.tracing.store import TraceStore
from agent.turns.journal import Journal, Thread
from agent.turns.limits import TurnLimits
from recsys.artifacts import load_catalogue, open_index, served_ranker
from recsys.data.boutique import Boutique
from recsys.errors import NotReady
from recsys.recommender import Recommender
from recsys.schema import Client
from recsys.seller.drafters import ChatDrafter
from recsys.seller.explainer import Explainer
from recsys.text_encoder import TextEncoder

if TYPE_CHECKING:
    from agent.tracing.spans import SpanWriter


_LOG = logging.getLogger(__name__)
_MAX_CHOSEN = 1000
_MAX_GRAPHS = 24  # each role about one client and about the book, by chat model


@runtime_checkable
class Warmable(Protocol):
    """A chat model in this process that can read its prompts' fixed beginnings ahead of the first message."""

    def warm_up(self, tools: Sequence[BaseTool], systems: Mapping[Any, str]) -> None:
        """Read the beginnings: of the choice between these tools, and of further prompts by slot."""
        ...


class Assistant:
    """One boutique, open for conversations. Close it when done."""

    def __init__(
        self,
        shop: Shop,
        backend: Backend,
        planner: Backend,
        name: str,
        limits: TurnLimits | None = None,
        collector: SpanWriter | None = None,
        choices: Choices | None = None,
    ) -> None:
        self.shop = shop
        self.backend = backend
        self.name = name
        self.traces = TraceStore(shop.boutique.path, collector.write if collector is not None else None)
        self._collector = collector
        self._planner = planner
        self.choices = choices or Choices(backend, planner, (), _none_further)
        self._saver = open_saver(shop.boutique.path / "threads.db")
        self._journal = Journal(shop.boutique.path)
        self._limits = limits or TurnLimits()
        self._graphs: OrderedDict[tuple[Role, bool, str], tuple[Backend, Graph]] = OrderedDict()
        self._chosen: OrderedDict[str, str] = OrderedDict()  # by thread
        self._effects = {made.name: mark_of(made).effect for made in build_tools(shop, "manager")}

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
        vocabulary = vocabulary_of(catalogue, encoder, guided.attribute_set if guided is not None else None)
        planner = open_planner(vocabulary)
        backend = open_chat_model(settings, vocabulary)
        own = settings.for_role("explainer")
        speaker = backend if own.chat_model == settings.chat_model else open_chat_model(own, vocabulary)
        drafter = open_drafter(settings, boutique, recommender, speaker)
        wishes = Wishes(catalogue, guided, encoder)
        shop = Shop(boutique, recommender, store, wishes, Explainer(recommender, drafter))
        shop.prepare()
        further = {"explain": prompts.render("explain_system.md")} if isinstance(drafter, ChatDrafter) else {}
        for model in (planner.model, backend.model):
            _warm(model, build_tools(shop, "manager"), further)
        limits = TurnLimits(timeout_s=settings.turn_timeout_s)
        choices = _choices(settings, backend, planner, vocabulary, shop)
        return cls(shop, backend, planner, name, limits, _collector(settings), choices)

    def conversation(
        self, actor: Actor, client_id: str | None, thread_id: str | None = None, *, choice: str | None = None
    ) -> Conversation:
        """Begin a conversation, or go on with one.

        Args:
            actor: Who types.
            client_id: Whom it is about; None for the whole book.
            thread_id: The conversation to go on with; None for a new one.
            choice: Key of the chat model that answers from now on, among `choices`; None for the one chosen before.

        Raises:
            Refused: If the actor may not see the client, or has no book.
            ClientellerError: If the chosen chat model cannot be opened; the message says why.
        """
        if client_id is None:
            require(actor, "look_up")
        else:
            self.shop.book.client(actor, client_id)
        context = TurnContext(actor, client_id, thread_id or secrets.token_urlsafe(24))
        choice = choice or self.choice_of(context.thread_id)
        backend = self.choices.backend(choice)
        graph = self._graph(actor.role, choice, backend, one_client=client_id is not None)
        conversation = Conversation(
            graph,
            context,
            self.shop.catalogue.brands,
            planned=backend.kind == "planner",
            journal=self._journal,
            limits=self._limits,
            by_code=partial(approving.answer, self.shop),
            traces=self.traces,
            effects=self._effects,
            impressions=Impressions(self.shop.boutique),
        )
        self._remember(context.thread_id, choice)  # only now: the thread may be another person's
        return conversation

    def choice_of(self, thread_id: str) -> str:
        """Return the key of the chat model that answers in a thread; a restart forgets what was chosen."""
        return self._chosen.get(thread_id, USUAL)

    def threads(self, actor: Actor) -> list[Thread]:
        """Return the actor's own conversations, newest first."""
        return self._journal.threads(actor)

    def reopen(self, actor: Actor, thread_id: str) -> Conversation | None:
        """Return an actor's own conversation to go on with; None where they have none of this name.

        Raises:
            Refused: If they do not see its client any more.
        """
        about = {one.thread_id: one.client_id for one in self.threads(actor)}
        return self.conversation(actor, about[thread_id], thread_id) if thread_id in about else None

    def sees(self, actor: Actor, client_id: str | None) -> bool:
        """Whether the actor still sees whom a conversation is about; one across the book is about nobody."""
        try:
            return client_id is None or bool(self.shop.book.client(actor, client_id))
        except Refused:
            return False

    def clients(self, actor: Actor) -> list[Client]:
        """Return the clients that the actor may see."""
        return self.shop.book.clients(actor)

    def forget(self, client_id: str) -> int:
        """Erase every conversation about a client while others go on; return how many there were.

        Nobody may be talking in them. With freed pages zeroed, only the write-ahead logs may hold words until closed.
        """
        threads = self._journal.erase(client_id)
        self.traces.erase(threads)
        for thread in threads:
            self._saver.delete_thread(thread)
        return len(threads)

    def close(self) -> None:
        """Close the files."""
        self.shop.store.close()
        self._saver.conn.close()
        self._journal.close()
        self.traces.close()
        if self._collector is not None:
            self._collector.close()
        self.shop.boutique.close()

    def _remember(self, thread_id: str, choice: str) -> None:
        self._chosen.pop(thread_id, None)
        if choice != USUAL:
            self._chosen[thread_id] = choice
        while len(self._chosen) > _MAX_CHOSEN:
            self._chosen.popitem(last=False)

    def _graph(self, role: Role, choice: str, backend: Backend, *, one_client: bool) -> Graph:
        key = (role, one_client, choice)
        kept = self._graphs.get(key)
        if kept is not None and kept[0] is backend:
            return kept[1]
        graph = build_graph(
            build_tools(self.shop, role, one_client=one_client),
            backend.model,
            None if backend.kind == "planner" else self._planner.model,
            self._saver,
            book=self.shop.book,
            names=self.shop.catalogue.brands,
            boutique=self.name,
            role=role,
            limits=self._limits,
        )
        self._graphs[key] = (backend, graph)
        while len(self._graphs) > _MAX_GRAPHS:
            self._graphs.popitem(last=False)
        return graph


def _none_further(name: str) -> Backend:
    raise NotReady(f"no chat model {name!r} was set up")


def _choices(settings: Settings, backend: Backend, planner: Backend, vocabulary: Vocabulary, shop: Shop) -> Choices:
    """Return the models that the settings name, and the packaged one: what a conversation may be switched to."""

    def opened(name: str) -> Backend:
        found = open_backend(name, settings, vocabulary)
        _warm(found.model, build_tools(shop, "manager"), {})
        return found

    in_use = {"none"} | ({settings.chat_model} if backend.notice is None else set())
    if backend.kind == "embedded":
        in_use.add("embedded")
    roles = [settings.for_role(role).chat_model for role in ("agent", "explainer", "annotator")]
    names = [name for name in dict.fromkeys((*roles, *settings.fallback_models, "embedded")) if name not in in_use]
    return Choices(backend, planner, _readable(names, settings, vocabulary), opened)


def _readable(names: Sequence[str], settings: Settings, vocabulary: Vocabulary) -> list[Named]:
    """Return names with what is shown of them; one with an unusable address was told of at the start already."""
    found = []
    for name in names:
        with suppress(ModelUnavailable):
            found.append(Named(name, read_model_name(name, settings, vocabulary).shown))
    return found


def _collector(settings: Settings) -> SpanWriter | None:
    """Open the way to a collector of spans, if one is set.

    Raises:
        NotReady: If the packages for it are missing.
    """
    if settings.otel_endpoint is None:
        return None
    try:
        from agent.tracing.spans import SpanWriter  # its packages are an extra
    except ImportError as error:
        raise NotReady("spans cannot be sent: install them with pip install 'clienteller[otel]'") from error
    return SpanWriter.to_collector(settings.otel_endpoint)


def _warm(model: object, tools: Sequence[BaseTool], systems: Mapping[Any, str]) -> None:
    """Read the prompts' fixed beginnings, which takes seconds once; afterwards each turn reads only what is new.

    On a machine too busy for it the assistant opens all the same, and the first messages take longer.
    """
    if not isinstance(model, Warmable):
        return
    try:
        model.warm_up(tools, systems)
    except ModelUnavailable as error:
        _LOG.warning("the chat model was not warmed up: %s", error)
