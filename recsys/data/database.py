"""The file boutique.db: its connections, its one writer at a time, and the version of its schema."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, RowMapping, Select, create_engine, delete, event, literal, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from recsys.data import service_tables, tables
from recsys.errors import InputError, NotReady

FILE = "boutique.db"
SCHEMA_VERSION = 3
APPLICATION_ID = 0x434C4E54  # "CLNT" in the file header: tells our database from any other SQLite file
BUSY_TIMEOUT_MS = 5000
LOCK_WAIT_S = 5.0


class Database:
    """The database of one boutique's folder. Any thread may read; one thread of one process writes.

    Args:
        folder: Where boutique.db is.

    Raises:
        InputError: If the file is damaged, not ours, or of a newer schema version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / FILE
        self._reading = _engine(self.file, "mode=ro", "BEGIN", (), n_connections=40)  # Gradio has up to 40 threads
        # FULL keeps an acknowledged write through a power cut; secure_delete leaves no client data in freed pages.
        pragmas = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
        self._writing = _engine(self.file, "mode=rw", "BEGIN IMMEDIATE", pragmas, n_connections=1)
        self._lock = threading.Lock()
        if self.file.stat().st_size == 0:
            with self.transaction() as connection:
                _create_schema(connection)
        try:
            with self.read() as connection:
                version = _check_schema(connection, self.file)
            if version < SCHEMA_VERSION:
                with self.transaction() as connection:
                    _upgrade(connection, version)
        except InputError:
            self.close()
            raise

    def close(self) -> None:
        """Close all connections."""
        self._reading.dispose()
        self._writing.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database throughout and cannot write."""
        with self._faults("read"), self._reading.begin() as connection:
            yield connection

    def rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        """Return all rows of a query."""
        with self.read() as connection:
            return connection.execute(query).mappings().all()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give the writing connection in a transaction: committed when the block ends, rolled back if it raises.

        Raises:
            NotReady: If another thread or process is writing and does not finish within five seconds.
            InputError: If the file cannot be written (disk full, permissions).
        """
        with self._exclusive(), self._faults("written"), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def _faults(self, done: str) -> Iterator[None]:
        """Turn faults of the file into our error; faults of a statement are ours and stay as they are."""
        try:
            yield
        except DatabaseError as error:
            if type(error) not in (DatabaseError, OperationalError):
                raise
            hint = "check its disk and permissions; if it is damaged, restore a copy or ingest anew"
            raise InputError(f"'{self.file}' cannot be {done} ({error.orig}): {hint}") from error

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Hold the right to write, among the threads of this process and among processes.

        BEGIN IMMEDIATE alone would keep writers apart, but not a writer from another's checkpoint: before 3.51.3
        SQLite can damage a WAL database when both happen at the same moment.
        """
        deadline = time.monotonic() + LOCK_WAIT_S
        busy = NotReady(f"boutique '{self.folder}' is being written to: try again when the other run has finished")
        if not self._lock.acquire(timeout=LOCK_WAIT_S):
            raise busy
        try:
            descriptor = os.open(self.folder / "boutique.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                while not _locked(descriptor):
                    if time.monotonic() > deadline:
                        raise busy
                    time.sleep(0.02)
                yield
            finally:
                os.close(descriptor)  # also gives the lock back
        finally:
            self._lock.release()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _engine(file: Path, mode: str, begin: str, pragmas: tuple[str, ...], n_connections: int) -> Engine:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"{file.absolute().as_uri()}?{mode}", uri=True, check_same_thread=False)

    engine = create_engine(
        "sqlite+pysqlite://", creator=connect, poolclass=QueuePool, pool_size=n_connections, max_overflow=0
    )
    settings = (f"busy_timeout = {BUSY_TIMEOUT_MS}", "foreign_keys = ON", "trusted_schema = OFF", *pragmas)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # transactions begin below, not when sqlite3 guesses
        cursor = connection.cursor()
        for setting in settings:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _create_schema(connection: Connection) -> None:
    tables.metadata.create_all(connection)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _upgrade(connection: Connection, version: int) -> None:
    """Bring an older version to this one in the transaction under way. What version 3 added is new tables only."""
    tables.metadata.create_all(connection)
    if version < 2:
        _move_wish_list(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _move_wish_list(connection: Connection) -> None:
    """Version 1 kept the wish list among the feedback."""
    saved, said = service_tables.saved, tables.feedback
    wished = select(said.c.key, said.c.client, said.c.item, literal("wishlist"), literal("kept"), said.c.at)
    wished = wished.where(said.c.verdict == "wishlist")
    insert = sqlite.insert(saved).from_select(["key", "client", "item", "place", "state", "at"], wished)
    connection.execute(insert.prefix_with("OR IGNORE"))
    connection.execute(delete(said).where(said.c.verdict == "wishlist"))


def _check_schema(connection: Connection, file: Path) -> int:
    """Return the schema version; raise InputError unless the database is ours and not newer than this code."""
    application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    if application != APPLICATION_ID:
        raise InputError(f"'{file}' is not the database of a boutique: choose another --boutique folder")
    if version > SCHEMA_VERSION:
        raise InputError(
            f"'{file}' has schema version {version}, this clienteller knows up to {SCHEMA_VERSION}: "
            "update clienteller to open it"
        )
    return int(version)
