"""Search by the words themselves: SQLite's FTS5 over the catalogue's text, in memory, ordered by bm25."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence

import numpy as np

from recsys.catalogue import BoolArray, Catalogue, words
from recsys.ranker import FloatArray, IntArray

_WEIGHTS = "10.0, 8.0, 4.0, 1.0"  # how much a word of the title, kind, facts and description counts


class KeywordSearch:
    """An index of one catalogue's words; stems of English words meet ("flowers", "flower").

    Args:
        catalogue: The items; what a person types is quoted word by word, so that nothing is a syntax error.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._n_items = len(catalogue)
        self._turn = threading.Lock()  # one connection, any thread
        self._index = sqlite3.connect(":memory:", check_same_thread=False)
        self._index.execute(
            "CREATE VIRTUAL TABLE items USING fts5(title, kind, facts, description, "
            "tokenize='porter unicode61 remove_diacritics 2')"
        )
        rows = (
            (
                number,
                item.title,
                " ".join([*item.category, *(word for name in item.category for word in words(name))]),
                " ".join([item.brand or "", item.colour or "", item.material or "", *item.attributes.values()]),
                item.description,
            )
            for number, item in enumerate(catalogue.items, start=1)
        )
        self._index.executemany(
            "INSERT INTO items(rowid, title, kind, facts, description) VALUES (?, ?, ?, ?, ?)", rows
        )

    def nearest(self, said: Sequence[str], k: int, allowed: BoolArray) -> list[int]:
        """Return the internal ids of the k items that the words fit best, best first.

        Args:
            said: Words; one of them is enough for an item to be found.
            allowed: Which items may be found, bool, (N + 1,).
        """
        if not said:
            return []
        query = f"SELECT rowid FROM items WHERE items MATCH ? ORDER BY bm25(items, {_WEIGHTS}), rowid"
        found = self._rows(query, " OR ".join(_quoted(word) for word in said))
        return [row for row in found if allowed[row]][:k]

    def coverage(self, said: Sequence[str], *, named_only: bool = False) -> FloatArray:
        """Return how much of what was said each item holds, rarer words counting more, float32, (N + 1,), in [0, 1].

        Args:
            said: Words; one that no item has counts most and is held by none.
            named_only: Only what title and kind hold counts, not facts and description.
        """
        held = np.zeros((len(said), self._n_items + 1), dtype=np.float32)
        weights = np.zeros(len(said), dtype=np.float32)
        most = float(np.log((self._n_items + 1.0) / 0.5))
        for number, word in enumerate(said):
            held[number, self.holding(word, named_only=named_only)] = 1.0
            n_holding = len(self.holding(word)) if named_only else held[number].sum()
            weights[number] = max(0.05, float(np.log((self._n_items + 1.0) / (n_holding + 0.5))) / most)
        return np.asarray(weights @ held / max(float(weights.sum()), 1e-9), dtype=np.float32)

    def holding(self, word: str, *, named_only: bool = False) -> IntArray:
        """Return the internal ids of the items whose text, or only title and kind, holds a word."""
        if not words(word):
            return np.zeros(0, dtype=np.int64)
        match = ("{title kind} : " if named_only else "") + _quoted(word)
        return np.array(self._rows("SELECT rowid FROM items WHERE items MATCH ?", match), dtype=np.int64)

    def _rows(self, query: str, match: str) -> list[int]:
        with self._turn:
            return [int(row[0]) for row in self._index.execute(query, (match,))]


def _quoted(word: str) -> str:
    """Return a word as an FTS5 string: nothing within quotation marks is an operator."""
    return '"' + word.replace('"', " ").replace("\0", " ") + '"'
