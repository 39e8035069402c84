"""Sessions of the REST surface: each is one conversation of one actor, found again only by that actor."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from agent.assistant import Assistant
from agent.context import Actor
from agent.conversation import Conversation
from agent.errors import Refused
from recsys.errors import NotFound
from ui.rest.problems import Busy

MAX_SESSIONS = 50  # of one actor; the oldest is forgotten first, its thread stays on disk


class Session:
    """One conversation, answering one message at a time."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        self._answering = threading.Lock()

    @property
    def session_id(self) -> str:
        """What the session is called: the random name of its thread."""
        return self.conversation.context.thread_id

    @property
    def client_id(self) -> str | None:
        """Whom it is about; None where it is about the whole book."""
        return self.conversation.context.client_id

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the session for one turn; raise Busy while another is being answered."""
        if not self._answering.acquire(blocking=False):
            raise Busy("this session is answering another message: wait for the end of that turn")
        try:
            yield
        finally:
            self._answering.release()


class Sessions:
    """Every open session, by owner.

    Args:
        assistant: Begins the conversations, and refuses those that the policy does not allow.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._of: dict[Actor, OrderedDict[str, Session]] = {}
        self._lock = threading.Lock()

    def open(self, actor: Actor, client_id: str | None) -> Session:
        """Begin a session about a client, or about the whole book."""
        return self._kept(actor, self._assistant.conversation(actor, client_id))

    def find(self, actor: Actor, session_id: str) -> Session:
        """Return an actor's own session about a client whom they still see; raise NotFound for any other."""
        with self._lock:
            session = self._of.get(actor, _NONE).get(session_id)
        session = session or self._reopened(actor, session_id)
        if session is None or not self._assistant.sees(actor, session.client_id):
            raise NotFound("no such session of yours: begin one with POST /v1/sessions")
        return session

    def _reopened(self, actor: Actor, session_id: str) -> Session | None:
        """Go on with a conversation that began before this server did."""
        try:
            conversation = self._assistant.reopen(actor, session_id)
        except (Refused, NotFound):
            return None
        return self._kept(actor, conversation) if conversation is not None else None

    def _kept(self, actor: Actor, conversation: Conversation) -> Session:
        session = Session(conversation)
        with self._lock:
            own = self._of.setdefault(actor, OrderedDict())
            own[session.session_id] = session
            while len(own) > MAX_SESSIONS:
                own.popitem(last=False)
        return session


_NONE: OrderedDict[str, Session] = OrderedDict()
