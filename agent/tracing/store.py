"""Where the records of turns are kept: one file beside the threads, readable by its owner only, and bounded."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from agent.tracing.trace import TurnTrace, from_json, to_json
from recsys.errors import NotFound

FILE = "traces.db"
KEPT = 20_000  # turns; the oldest go first
_TRIMMED_EVERY = 200


class TraceStore:
    """Keeps traces in a boutique's folder.

    Args:
        folder: The boutique's folder.
        send: Told of every trace that is kept, for a collector.
    """

    def __init__(self, folder: Path, send: Callable[[TurnTrace], None] | None = None) -> None:
        self._send = send
        path = folder / FILE
        path.touch(mode=0o600, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        # A trace lost in a power cut is no loss of the client's, so NORMAL; erased ones must leave nothing behind.
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON", "busy_timeout = 5000"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS traces (number INTEGER PRIMARY KEY, turn_id TEXT NOT NULL UNIQUE,"
            " thread_id TEXT NOT NULL, document TEXT NOT NULL) STRICT"
        )
        self._connection.execute("CREATE INDEX IF NOT EXISTS traces_thread ON traces (thread_id)")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def keep(self, trace: TurnTrace) -> None:
        """Keep a trace; one of the same turn is replaced."""
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO traces (turn_id, thread_id, document) VALUES (?, ?, ?)"
                " ON CONFLICT (turn_id) DO UPDATE SET document = excluded.document",
                (trace.turn_id, trace.thread_id, to_json(trace)),
            )
            if cursor.lastrowid and cursor.lastrowid % _TRIMMED_EVERY == 0:
                self._connection.execute("DELETE FROM traces WHERE number <= ?", (cursor.lastrowid - KEPT,))
        if self._send is not None:
            self._send(trace)

    def of_thread(self, thread_id: str) -> list[TurnTrace]:
        """Return a thread's traces, oldest first; raise NotFound if there are none.

        A trace that another version wrote is left out.
        """
        query = "SELECT document FROM traces WHERE thread_id = ? ORDER BY number"
        with self._lock:
            rows = self._connection.execute(query, (thread_id,)).fetchall()
        if not rows:
            raise NotFound(f"no trace of thread {thread_id!r}: 'clienteller trace' without a thread lists them")
        return [trace for (document,) in rows if (trace := _readable(document)) is not None]

    def threads(self, n: int = 20) -> list[tuple[str, int]]:
        """Return the newest threads that have traces, with how many turns each has."""
        query = "SELECT thread_id, count(*) FROM traces GROUP BY thread_id ORDER BY max(number) DESC LIMIT ?"
        with self._lock:
            return [(str(thread), int(count)) for thread, count in self._connection.execute(query, (n,)).fetchall()]

    def erase(self, thread_ids: list[str]) -> None:
        """Erase the traces of threads for good."""
        with self._lock:
            self._connection.executemany("DELETE FROM traces WHERE thread_id = ?", [(one,) for one in thread_ids])


def _readable(document: str) -> TurnTrace | None:
    try:
        return from_json(document)
    except ValidationError:
        return None
