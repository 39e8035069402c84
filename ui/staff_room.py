"""The page's room over the real assistant: conversations live here, on the server, behind opaque keys."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from agent.assistant import Assistant
from agent.context import Actor
from agent.conversation import Conversation
from agent.events import AttributeBar, Notice, TurnEvent
from agent.floor import phrasing
from agent.settings import Settings
from recsys.errors import NotFound
from recsys.seller.evidence import Purchase, month
from ui.room import ClientProfile, PastPurchase

_MAX_OPEN = 500  # conversations kept in memory; the oldest are closed first, their threads stay on disk
_DESK = Actor("desk", "manager")  # the page has no login yet: it listens on this machine only


class StaffRoom:
    """Every open conversation of one page."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._lock = Lock()
        self.title = assistant.name
        self.backend = assistant.backend.label

    @classmethod
    def open(cls, settings: Settings, name: str) -> Self:
        """Load the assistant."""
        return cls(Assistant.open(settings, name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._assistant.close()

    def clients(self) -> list[tuple[str, str]]:
        """Return (label, client id) of the clients to choose from."""
        return [(client.name or client.client_id, client.client_id) for client in self._assistant.clients(_DESK)]

    def open_conversation(self, client_id: str) -> str:
        """Begin a conversation about a client; return its key."""
        key = secrets.token_urlsafe(24)
        with self._lock:
            self._conversations[key] = self._assistant.conversation(_DESK, client_id)
            while len(self._conversations) > _MAX_OPEN:
                self._conversations.popitem(last=False)
        return key

    def greeting(self, key: str) -> tuple[str, tuple[str, ...]]:
        """Return the first words of a conversation and what could be asked."""
        conversation = self._conversation(key)
        shop = self._assistant.shop
        client = shop.client(conversation.context)
        taste = shop.taste_words(shop.purchases(conversation.context))
        name = client.name or client.client_id
        leans = f" Their choices lean towards what is {', '.join(taste[:2])}." if taste else ""
        kinds = [category.casefold() for category in shop.catalogue.categories[:1]]
        starters = ("What would suit them?", *(f"Show me {kind}" for kind in kinds), "What do we know of them?")
        return f"This is about {name}.{leans} Ask for a suggestion, search, or change what is shown.", starters

    def profile(self, key: str) -> ClientProfile:
        """Return what the panel beside the chat shows of the client."""
        context = self._conversation(key).context
        shop = self._assistant.shop
        client, purchases = shop.client(context), shop.purchases(context)
        recent = tuple(
            PastPurchase(month(one.at) if one.at else "", shop.catalogue.item(one.item_id))
            for one in reversed(purchases[-6:])
        )
        since = month(purchases[0].at) if purchases and purchases[0].at else ""
        return ClientProfile(
            name=client.name or client.client_id,
            since=since,
            n_purchases=len(purchases),
            recent=recent,
            taste=self._taste_bars(purchases),
            notes=tuple(f"{note.at:%d %B %Y}: {note.text}" for note in client.notes[-3:]),
        )

    def respond(self, key: str, message: str) -> Iterator[TurnEvent]:
        """Answer a message; a notice that no language model answers comes first."""
        conversation = self._conversation(key)
        notice = self._assistant.backend.notice
        if notice and not conversation.messages():
            yield Notice(notice)
        yield from conversation.respond(message)

    def _taste_bars(self, purchases: Sequence[Purchase]) -> tuple[AttributeBar, ...]:
        recommender = self._assistant.shop.recommender
        if recommender.guided is None:
            return ()
        sequence = recommender.internal([one.item_id for one in purchases])
        return phrasing.taste_bars(recommender.guided, sequence)

    def _conversation(self, key: str) -> Conversation:
        with self._lock:
            try:
                return self._conversations[key]
            except KeyError:
                raise NotFound("this conversation has ended: choose the client again") from None
