"""Open sessions of the page: who is behind a cookie. Asked anew for every request, so an ended one opens nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, insert, select, update

from agent.context import Actor
from agent.records.users import User
from recsys.data.boutique import Boutique
from recsys.data.service_tables import users, web_sessions
from recsys.errors import NotReady

LASTS = dt.timedelta(hours=12)  # at most, however busy
IDLE = dt.timedelta(hours=2)
KEPT = dt.timedelta(days=7)  # rows of sessions that are over
_NOTED_EVERY = dt.timedelta(minutes=1)  # how often use is written down


@dataclass(frozen=True)
class WebSession:
    """A session of the page.

    Attributes:
        session_id: Names the session on the server; never the cookie's token.
        user: What the person logs in as; "" for a guest.
    """

    session_id: str
    actor: Actor
    user: str

    @property
    def is_guest(self) -> bool:
        """Whether nobody logged in."""
        return not self.user


class WebSessions:
    """Begins, finds and ends sessions.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def begin(self, actor: Actor, user: User | None, *, now: dt.datetime) -> str:
        """Begin a session; return the token that the cookie bears, which is kept nowhere else."""
        token = secrets.token_urlsafe(32)
        row = {"session_id": secrets.token_urlsafe(16), "digest": _digest(token), "at": now, "used_at": now}
        row |= {"user": user.number if user is not None else None, "actor_id": actor.actor_id, "role": actor.role}
        with self._database.transaction() as connection:
            connection.execute(delete(web_sessions).where(web_sessions.c.at <= now - LASTS - KEPT))
            connection.execute(insert(web_sessions).values(**row))
        return token

    def find(self, token: str, *, now: dt.datetime) -> WebSession | None:
        """Return the open session of a token; None where it is unknown, ended, too old, or its user was revoked."""
        return self._open(web_sessions.c.digest == _digest(token), now)

    def by_id(self, session_id: str, *, now: dt.datetime) -> WebSession | None:
        """Return a session by its name if it is still open."""
        return self._open(web_sessions.c.session_id == session_id, now)

    def _open(self, which: ColumnElement[bool], now: dt.datetime) -> WebSession | None:
        query = select(web_sessions, users.c.name).join_from(web_sessions, users, isouter=True)
        for row in self._database.rows(query.where(which, is_open(now), users.c.revoked_at.is_(None))):
            if now - row["used_at"] >= _NOTED_EVERY:
                self._note_use(row["session_id"], now)
            return WebSession(row["session_id"], Actor(row["actor_id"], row["role"]), row["name"] or "")
        return None

    def end(self, session_id: str, *, now: dt.datetime) -> None:
        """End a session."""
        with self._database.transaction() as connection:
            change = update(web_sessions).where(web_sessions.c.session_id == session_id)
            connection.execute(change.values(ended_at=now))

    def _note_use(self, session_id: str, now: dt.datetime) -> None:
        # While another program writes, say an ingestion, people go on; the next request writes it down.
        with suppress(NotReady), self._database.transaction() as connection:
            connection.execute(update(web_sessions).where(web_sessions.c.session_id == session_id).values(used_at=now))


def is_open(now: dt.datetime) -> ColumnElement[bool]:
    """Return the condition on `web_sessions` that leaves those neither ended nor over by their age or their rest."""
    on = web_sessions.c
    return and_(on.ended_at.is_(None), on.at > now - LASTS, on.used_at > now - IDLE)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
