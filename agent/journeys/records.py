"""Watches the records of a boutique's database while a journey is played, and puts them back afterwards."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from agent.journeys.transcript import Row, Written
from recsys.data.database import FILE

TABLES = (
    "feedback",
    "saved",
    "facts",
    "reason_feedback",
    "notes",
    "proposals",
    "follow_ups",
    "drafts",
    "contacts",
    "consents",
    "look_books",
    "approvals",
)
_JSON = frozenset(("claims", "items", "pages", "arguments"))
Snapshot = dict[str, dict[int, Row]]


class RecordWatch:
    """Reads what tools write, from a connection of its own.

    Args:
        folder: The boutique's folder; a copy, for `restore` overwrites it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._first = folder / "before_journeys.db"
        self._reading = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)
        self._reading.row_factory = sqlite3.Row
        self._version = -1
        self._last: Snapshot = {}
        _copy(self._file, self._first)

    def close(self) -> None:
        """Close the connection."""
        self._reading.close()

    def restore(self) -> None:
        """Put the database back to what it was when the watch began."""
        _copy(self._first, self._file)
        self._version = -1

    def snapshot(self) -> Snapshot:
        """Return the rows of all record tables by number; cheap while nothing was written."""
        version = int(self._reading.execute("PRAGMA data_version").fetchone()[0])
        if version != self._version:
            there = {row[0] for row in self._reading.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            self._last = {table: self._rows(table) for table in TABLES if table in there}
            self._version = version
        return self._last

    def _rows(self, table: str) -> dict[int, Row]:
        columns = {row["name"] for row in self._reading.execute(f"PRAGMA table_info({table})")}
        joins = ""
        chosen = "t.*"
        if "client" in columns:
            joins, chosen = f"{joins} JOIN clients c ON c.number = t.client", f"{chosen}, c.client_id"
        if "item" in columns:
            joins, chosen = f"{joins} JOIN items i ON i.number = t.item", f"{chosen}, i.item_id"
        rows = self._reading.execute(f"SELECT {chosen} FROM {table} t{joins}").fetchall()
        return {int(row["number"]): {key: _plain(key, row[key]) for key in row.keys()} for row in rows}


def changes(before: Snapshot, after: Snapshot) -> dict[str, Written]:
    """Return what was written between two snapshots, tables without change left out."""
    found = {}
    for table, rows in after.items():
        old = before.get(table, {})
        written = Written(
            added=[row for number, row in rows.items() if number not in old],
            changed=[(old[number], row) for number, row in rows.items() if number in old and old[number] != row],
            removed=[row for number, row in old.items() if number not in rows],
        )
        if written.added or written.changed or written.removed:
            found[table] = written
    return found


def _plain(key: str, value: Any) -> Any:
    return json.loads(value) if key in _JSON and isinstance(value, str) else value


def _copy(source: Path, target: Path) -> None:
    """Copy a database that may be open elsewhere, in one transaction."""
    reading, writing = sqlite3.connect(source), sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        writing.close()
        reading.close()
