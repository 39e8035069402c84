"""What every route and every handler of the page works on: the assistant, its users, their sessions and talks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from agent.assistant import Assistant
from agent.records.guests import Guests
from agent.records.users import Users
from agent.records.web_sessions import WebSession, WebSessions
from ui.limits import Limits, Quota
from ui.web.talks import Talks

Clock = Callable[[], dt.datetime]


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class House:
    """One boutique as people reach it in a browser.

    Args:
        assistant: The boutique.
        clock: Tells the time, with a zone.
        limits: What one session may ask.
    """

    def __init__(self, assistant: Assistant, clock: Clock = _now, limits: Limits | None = None) -> None:
        self.assistant = assistant
        self.clock = clock
        self.users = Users(assistant.shop.boutique)
        self.guests = Guests(assistant.shop.boutique)
        self.sessions = WebSessions(assistant.shop.boutique)
        self.talks = Talks(assistant)
        self.quota = Quota(limits or Limits(messages_a_minute=40, requests_a_minute=1200, turns_at_once=4))

    def session(self, token: str) -> WebSession | None:
        """Return the open session of a cookie's token."""
        return self.sessions.find(token, now=self.clock())
