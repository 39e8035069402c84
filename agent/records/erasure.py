"""Erases what was written about one client: every row of every table of the service, and their conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from sqlalchemy import Table, delete, select
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number
from recsys.data import service_tables
from recsys.data.boutique import Boutique
from recsys.data.tables import clients, interactions, metadata

_CONVERSATIONS = ("threads.db", "turns.db", "traces.db")
_NOT_OURS = (clients, interactions)  # what came with the client's record; the source holds it too


def erase_client(boutique: Boutique, actor: Actor, client_id: str) -> dict[str, int]:
    """Erase what was written here about a client: opinions, lists, facts, notes, plans, messages, requests.

    The client's own record and purchases stay: they came from the source that was ingested. With freed pages zeroed
    (secure_delete) nothing remains in the database; the write-ahead log goes when the boutique is closed.

    Returns:
        How many rows went, by table.
    """
    require(actor, "erase")
    with boutique.database.transaction() as connection:
        return erase_rows(connection, client_number(connection, actor, client_id))


def erase_rows(connection: Connection, client: int) -> dict[str, int]:
    """Erase what was written here about the client of a row number; return how many rows went, by table."""
    return {
        table.name: _erase(connection, table, client)
        for table in reversed(metadata.sorted_tables)
        if _is_about_clients(table)
    }


def threads_of(boutique: Boutique, actor: Actor, client_id: str) -> set[str]:
    """Return the conversations about a client: those the journal knows, and those in which something was written.

    A conversation across the whole book is not among them, whomever it came to speak of.
    """
    found: set[str] = set()
    with boutique.database.read() as connection:
        client = client_number(connection, actor, client_id)
        for table in metadata.sorted_tables:
            if "client" in table.c and "key" in table.c:
                keys = connection.execute(select(table.c.key).where(table.c.client == client)).scalars()
                found |= {start for key in keys for start in _beginnings(key.removeprefix("approval:"))}
            if "client" in table.c and "thread" in table.c:
                found |= set(connection.execute(select(table.c.thread).where(table.c.client == client)).scalars())
    journal = boutique.path / "turns.db"
    if journal.is_file():
        with closing(sqlite3.connect(journal)) as opened:
            found |= {
                row[0] for row in opened.execute("SELECT thread_id FROM threads WHERE client_id = ?", (client_id,))
            }
    return found


def erase_conversations(folder: Path, threads: Collection[str]) -> int:
    """Erase conversations from the files of threads, turns and traces; return how many rows went.

    Args:
        folder: The boutique's; nobody may be talking in it.
        threads: Ids of the threads.
    """
    files = (folder / name for name in _CONVERSATIONS)
    return sum(_erase_threads(file, threads) for file in files if file.is_file())


def _erase_threads(file: Path, threads: Collection[str]) -> int:
    erased = 0
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        connection.execute("BEGIN IMMEDIATE")
        for (name,) in names:
            columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
            if "thread_id" in columns:
                for thread in threads:
                    erased += connection.execute(f'DELETE FROM "{name}" WHERE thread_id = ?', (thread,)).rowcount
        connection.execute("COMMIT")
        connection.execute("VACUUM")  # pages freed earlier, by pruning, may still hold words
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return erased


def _beginnings(key: str) -> set[str]:
    """Return what may be the thread of a key: thread, tool call and perhaps a number, with colons between."""
    parts = key.split(":")
    return {":".join(parts[:n]) for n in range(1, len(parts))}


def _is_about_clients(table: Table) -> bool:
    return table not in _NOT_OURS and ("client" in table.c or table is service_tables.proposals)


def _erase(connection: Connection, table: Table, client: int) -> int:
    if table is service_tables.proposals:
        written = select(service_tables.notes.c.number).where(service_tables.notes.c.client == client)
        return connection.execute(delete(table).where(table.c.note.in_(written))).rowcount
    return connection.execute(delete(table).where(table.c.client == client)).rowcount
