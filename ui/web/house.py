"""What every route and every handler of the page works on: the assistant, its users, their sessions and talks."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import closing

from agent.assistant import Assistant
from agent.context import Actor
from agent.records.guests import Guests
from agent.records.users import User, Users
from agent.records.web_sessions import WebSession, WebSessions
from agent.turns.faults import report
from recsys.clock import now
from recsys.errors import ClientellerError, NotFound
from ui.limits import Limits, Quota
from ui.turn import Block, Remark, paced
from ui.web.attempts import Attempts
from ui.web.problems import line_of
from ui.web.talks import Talks

_LOG = logging.getLogger(__name__)
PACE_S = 0.08  # text that only grows is sent on at most this often
Clock = Callable[[], dt.datetime]


class House:
    """One boutique as people reach it in a browser.

    Args:
        assistant: The boutique.
        clock: Tells the time, with a zone.
        limits: What one session may ask.
        attempts: Counts who tries to come in.
        users: Who may log in, by default the boutique's own.
    """

    def __init__(
        self,
        assistant: Assistant,
        clock: Clock = now,
        limits: Limits | None = None,
        attempts: Attempts | None = None,
        users: Users | None = None,
    ) -> None:
        self.assistant = assistant
        self.clock = clock
        self.users = users or Users(assistant.shop.boutique)
        self.guests = Guests(assistant.shop.boutique)
        self.sessions = WebSessions(assistant.shop.boutique)
        self.talks = Talks(assistant)
        self.quota = Quota(limits or Limits(messages_a_minute=40, requests_a_minute=1200, turns_at_once=4))
        self.attempts = attempts or Attempts()
        self.forget_guests()  # those of an earlier day, and those whom a stop of the server surprised

    def session(self, token: str) -> WebSession | None:
        """Return the open session of a cookie's token."""
        return self.sessions.find(token, now=self.clock())

    def still_open(self, session: WebSession) -> WebSession | None:
        """Return a session as it is now, None if it has ended meanwhile."""
        return self.sessions.by_id(session.session_id, now=self.clock())

    def recognise(self, name: str, password: str) -> User | None:
        """Return whose name and password these are, None where they are nobody's.

        Raises:
            TooMuch: If there were too many wrong passwords for the name, or too many people come in at once.
        """
        with self.attempts.verifying(name):
            user = self.users.recognise(name, password)
        if user is None:
            self.attempts.fail(name)
        else:
            self.attempts.succeed(name)
        return user

    def enter(self, actor: Actor, user: User | None) -> str:
        """Begin a session; return the token for its cookie. A guest, who is no user, gets a record of their own."""
        token = self.sessions.begin(actor, user, now=self.clock())
        if user is None:
            self.guests.welcome(actor)
        self.forget_guests()
        return token

    def leave(self, session: WebSession) -> None:
        """End a session; of a guest nothing is kept."""
        self.sessions.end(session.session_id, now=self.clock())
        self.forget_guests()

    def answer(self, session: WebSession, key: str, message: str) -> Iterator[tuple[Block, ...]]:
        """Yield what a conversation of a session shows again and again while a message is answered.

        As soon as the actor does not see the client any more, nothing of the conversation is shown.

        Raises:
            NotFound: If the session's actor has no such conversation.
        """
        talk = self.talks.find(session.actor, key)
        try:
            self.quota.message(session.session_id)
            with self.quota.working(session.session_id), closing(paced(talk.answer(message), PACE_S)) as shown:
                for blocks in shown:
                    self.talks.find(session.actor, key)  # the client may have gone into other hands meanwhile
                    yield blocks
        except NotFound as error:
            yield (Remark(line_of(error)),)
        except ClientellerError as error:
            yield (*talk.blocks, Remark(line_of(error)))

    def forget_guests(self) -> None:
        """Erase the guests who have gone and their conversations; one still being answered is left to the next time."""
        try:
            for client_id in self.guests.gone(now=self.clock()):
                if self.talks.forget(Actor(client_id, "shopper")):
                    # The conversations first: were it to end here, the record would still tell whose are left.
                    self.assistant.forget(client_id)
                    self.guests.erase(client_id)
        except ClientellerError as error:  # another program is writing; whoever comes or goes next does it
            _LOG.warning("guests who have gone are still on record: %s", report(error))
