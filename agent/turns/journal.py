"""The turn journal: whose a thread is, and every message before it is answered, so that none is lost without a word.

Its file is turns.db in the boutique's folder. It knows no graph and no model.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from agent.context import Actor, TurnContext
from recsys.errors import InputError, NotFound, NotReady

FILE = "turns.db"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x434C5452  # "CLTR" in the file header
_STALE_S = 300.0  # a turn that has run so long was left by a surface that never closed it
_SCHEMA = """
CREATE TABLE threads (
    thread_id TEXT PRIMARY KEY,
    actor_id  TEXT NOT NULL,
    role      TEXT NOT NULL CHECK (role IN ('shopper', 'associate', 'manager')),
    client_id TEXT,
    at        TEXT NOT NULL
) STRICT;
CREATE INDEX threads_of_actor ON threads (actor_id, role, at);
CREATE TABLE turns (
    turn_id     TEXT PRIMARY KEY,
    thread_id   TEXT NOT NULL REFERENCES threads (thread_id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    message     TEXT NOT NULL,
    received_at TEXT NOT NULL,
    answered_at TEXT,
    answer      TEXT,
    state       TEXT NOT NULL CHECK (state IN ('received', 'answered', 'interrupted')),
    checkpoint  TEXT NOT NULL,
    UNIQUE (thread_id, number)
) STRICT;
"""
TurnState = Literal["received", "answered", "interrupted"]
_UNKNOWN = "there is no such conversation of yours: begin a new one"


@dataclass(frozen=True)
class Turn:
    """One message and what became of it.

    Attributes:
        number: Its place in the thread, from 1.
        answer: The words of the reply, "" where there is none.
        checkpoint: The state of the thread before the turn, "" before the first.
        again: Whether the message is being answered once more after an interruption.
    """

    turn_id: str
    number: int
    message: str
    received_at: dt.datetime
    state: TurnState
    answer: str = ""
    answered_at: dt.datetime | None = None
    checkpoint: str = ""
    again: bool = False


@dataclass(frozen=True)
class Thread:
    """A thread as its owner sees it in a list; `title` is its first message."""

    thread_id: str
    client_id: str | None
    at: dt.datetime
    title: str


class Journal:
    """The journal of one boutique. Any thread of this process may use it.

    Args:
        folder: The boutique's folder; None keeps the journal in memory, for conversations that nobody goes on with.
        clock: Tells the time, with a time zone.

    Raises:
        InputError: If the file is damaged, not ours, or of a newer version.
    """

    def __init__(
        self, folder: Path | None = None, clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[str, float] = {}  # by thread: when its turn began
        self._name = str(folder / FILE) if folder is not None else ":memory:"
        if folder is not None:
            (folder / FILE).touch(mode=0o600, exist_ok=True)
        try:
            self._connection = _connect(self._name)
        except sqlite3.DatabaseError as error:
            raise InputError(f"'{self._name}' cannot be opened ({error}): restore a copy or delete it") from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def claim(self, context: TurnContext) -> None:
        """Open a thread for its owner, who is whoever opened it first; a turn that was never answered is interrupted.

        Raises:
            NotFound: If the thread is another person's, in another role, or about another client.
        """
        actor = context.actor
        owner = (actor.actor_id, actor.role, context.client_id)
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO threads VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (context.thread_id, *owner, self._now()),
            )
            found = connection.execute(
                "SELECT actor_id, role, client_id FROM threads WHERE thread_id = ?", (context.thread_id,)
            ).fetchone()
            if tuple(found) != owner:
                raise NotFound(_UNKNOWN)
            if not self._is_running(context.thread_id):
                _interrupt(connection, context.thread_id)

    def begin(self, thread_id: str, message: str, checkpoint: str) -> Turn:
        """Write down a message before anything is done about it.

        A message that is sent again after an interruption goes on as the same turn, from where that one began; so what
        its first run wrote is not written twice.

        Args:
            thread_id: A claimed thread.
            message: What the person typed.
            checkpoint: The state of the thread now.

        Raises:
            NotReady: If the thread is still answering the message before.
        """
        with self._transaction() as connection:
            if self._is_running(thread_id):
                raise NotReady("the message before this one is still being answered: wait for it, then send this again")
            _interrupt(connection, thread_id)
            last = self._last(connection, thread_id)
            if last is not None and last.state == "interrupted" and last.message == message:
                connection.execute("UPDATE turns SET state = 'received' WHERE turn_id = ?", (last.turn_id,))
                turn = Turn(**{**vars(last), "state": "received", "again": True})
            else:
                number = last.number + 1 if last is not None else 1
                turn = Turn(secrets.token_hex(16), number, message, self._clock(), "received", checkpoint=checkpoint)
                connection.execute(
                    "INSERT INTO turns (turn_id, thread_id, number, message, received_at, state, checkpoint)"
                    " VALUES (?, ?, ?, ?, ?, 'received', ?)",
                    (turn.turn_id, thread_id, number, message, turn.received_at.isoformat(), checkpoint),
                )
            self._running[thread_id] = time.monotonic()
        return turn

    def end(self, thread_id: str, turn_id: str, answer: str | None) -> None:
        """Write down what was answered; None if the turn was interrupted."""
        state = "interrupted" if answer is None else "answered"
        try:
            with self._transaction() as connection:
                connection.execute(
                    "UPDATE turns SET state = ?, answer = ?, answered_at = ? WHERE turn_id = ?",
                    (state, answer, None if answer is None else self._now(), turn_id),
                )
        finally:
            self._running.pop(thread_id, None)

    def turns(self, thread_id: str) -> list[Turn]:
        """Return the turns of a claimed thread, oldest first."""
        with self._lock:
            rows = self._connection.execute(f"{_SELECT} WHERE thread_id = ? ORDER BY number", (thread_id,)).fetchall()
        return [_turn(row) for row in rows]

    def last(self, thread_id: str) -> Turn | None:
        """Return the newest turn of a claimed thread."""
        with self._lock:
            return self._last(self._connection, thread_id)

    def threads(self, actor: Actor) -> list[Thread]:
        """Return the threads of an actor in their present role in which something was said, newest first."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT thread_id, client_id, at, message FROM threads JOIN turns USING (thread_id)"
                " WHERE actor_id = ? AND role = ? AND number = 1 ORDER BY at DESC, threads.rowid DESC",
                (actor.actor_id, actor.role),
            ).fetchall()
        return [
            Thread(thread_id, client_id, dt.datetime.fromisoformat(at), title)
            for thread_id, client_id, at, title in rows
        ]

    def erase(self, client_id: str) -> list[str]:
        """Erase every thread about a client; return their ids, so that what else is kept of them can go too."""
        with self._transaction() as connection:
            rows = connection.execute("SELECT thread_id FROM threads WHERE client_id = ?", (client_id,)).fetchall()
            connection.execute("DELETE FROM threads WHERE client_id = ?", (client_id,))  # the turns go with them
        return [thread_id for (thread_id,) in rows]

    def _last(self, connection: sqlite3.Connection, thread_id: str) -> Turn | None:
        query = f"{_SELECT} WHERE thread_id = ? ORDER BY number DESC LIMIT 1"
        row = connection.execute(query, (thread_id,)).fetchone()
        return _turn(row) if row is not None else None

    def _is_running(self, thread_id: str) -> bool:
        began = self._running.get(thread_id)
        return began is not None and time.monotonic() - began < _STALE_S

    def _now(self) -> str:
        return self._clock().isoformat()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise InputError(
                    f"'{self._name}' cannot be written ({error}): check its disk and permissions"
                ) from error
            finally:
                if self._connection.in_transaction:  # also after a COMMIT that failed, or nothing could begin again
                    self._connection.execute("ROLLBACK")


_SELECT = "SELECT turn_id, number, message, received_at, state, answer, answered_at, checkpoint FROM turns"


def _turn(row: tuple[Any, ...]) -> Turn:
    turn_id, number, message, received_at, state, answer, answered_at, checkpoint = row
    return Turn(
        turn_id=turn_id,
        number=number,
        message=message,
        received_at=dt.datetime.fromisoformat(received_at),
        state=cast(TurnState, state),
        answer=answer or "",
        answered_at=dt.datetime.fromisoformat(answered_at) if answered_at else None,
        checkpoint=checkpoint,
    )


def _interrupt(connection: sqlite3.Connection, thread_id: str) -> None:
    connection.execute(
        "UPDATE turns SET state = 'interrupted' WHERE thread_id = ? AND state = 'received'", (thread_id,)
    )


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, check_same_thread=False, isolation_level=None)
    # FULL keeps an acknowledged message through a power cut; secure_delete leaves no words in freed pages.
    for setting in (
        "busy_timeout = 5000", "foreign_keys = ON", "trusted_schema = OFF",
        "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        connection.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA application_id = {APPLICATION_ID};"
            f" PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )
    elif application != APPLICATION_ID or version > SCHEMA_VERSION:
        connection.close()
        raise InputError(
            f"'{name}' is not a turn journal that this clienteller knows: update it, or move the file away"
        )
    return connection
