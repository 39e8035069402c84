"""What scorers have said so far, item text by item text, in one SQLite file that survives being killed.

A batch is in the file entirely or not at all, and is on the disk when `put` returns. One process writes at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys.errors import InputError, NotReady
from recsys.ranker import FloatArray

CACHE_FILE = "scored.db"
_TABLE = """
CREATE TABLE IF NOT EXISTS scored (
    attributes TEXT NOT NULL, scorer TEXT NOT NULL, text TEXT NOT NULL, readings BLOB NOT NULL,
    PRIMARY KEY (attributes, scorer, text)
) STRICT, WITHOUT ROWID
"""


def text_hash(text: str) -> str:
    """Return 32 hex digits that stand for an item's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class CacheKey:
    """What scores belong to besides a text.

    Attributes:
        attributes: The attribute set's scoring hash (its version is in it).
        scorer: The scorer's fingerprint (its prompt hash is in it).
        shape: Readings and attributes, (R, A).
    """

    attributes: str
    scorer: str
    shape: tuple[int, int]


class ScoreCache:
    """An open cache; made by `open_cache`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self, key: CacheKey) -> dict[str, FloatArray]:
        """Return what is scored already: readings, float32, (R, A), by text hash."""
        query = "SELECT text, readings FROM scored WHERE attributes = ? AND scorer = ?"
        rows = self._connection.execute(query, (key.attributes, key.scorer))
        return {text: np.frombuffer(blob, dtype="<f4").reshape(key.shape) for text, blob in rows}

    def put(self, key: CacheKey, batch: Mapping[str, FloatArray]) -> None:
        """Store a batch of readings by text hash; when this returns they are on the disk."""
        rows = [(key.attributes, key.scorer, text, _blob(readings, key)) for text, readings in batch.items()]
        with self._connection:  # one transaction
            self._connection.executemany("INSERT OR IGNORE INTO scored VALUES (?, ?, ?, ?)", rows)


@contextmanager
def open_cache(path: Path) -> Iterator[ScoreCache]:
    """Open the cache file, made if missing, for this process alone.

    Raises:
        NotReady: If another process is scoring into it.
        InputError: If it is damaged or cannot be made.
    """
    lock = _locked(path)
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous = FULL")  # an acknowledged batch survives a power cut
            connection.execute(_TABLE)
            yield ScoreCache(connection)
    except sqlite3.DatabaseError as error:
        raise InputError(
            f"'{path}' cannot be used ({error}): it only keeps scores from being made twice; move it away and run again"
        ) from error
    finally:
        os.close(lock)  # a killed process loses it as well


def _locked(path: Path) -> int:
    try:
        descriptor = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise InputError(f"'{path.parent}' cannot hold scores ({error.strerror}): choose another boutique") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise NotReady(f"another process is scoring into '{path}': wait until it is done, or stop it") from None
    return descriptor


def _blob(readings: FloatArray, key: CacheKey) -> bytes:
    if readings.shape != key.shape:
        raise ValueError(f"readings must be {key.shape} (readings, attributes), got {readings.shape}")
    return readings.astype("<f4").tobytes()


def missing(hashes: Sequence[str], known: Mapping[str, FloatArray]) -> list[str]:
    """Return the text hashes without scores, each once, in their order."""
    return [one for one in dict.fromkeys(hashes) if one not in known]
