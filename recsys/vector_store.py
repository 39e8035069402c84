"""The vector store: Chroma collections of guided attribute embeddings and of text embeddings, stamped and filtered.

The index is a disposable cache; the catalogue in SQLite is the truth. One process owns the folder (a lock file says
so), because two writers on one Chroma path destroy it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import chromadb
from chromadb.config import Settings

from recsys.catalogue import Catalogue, words
from recsys.errors import InputError, NotReady, StaleArtifact
from recsys.ranker import FloatArray
from recsys.schema import Candidate, Filters, Item

Space = Literal["guided", "text"]
_BATCH = 2_000
Progress = Callable[[int, int], None]


class VectorStore:
    """Chroma collections in one folder.

    Args:
        folder: The index folder; made if missing.

    Raises:
        InputError: If another process has the folder open.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise InputError(
                f"the index {str(folder)!r} is in use by another clienteller process: stop that one, then run again"
            ) from None
        self._client = chromadb.PersistentClient(
            path=str(folder), settings=Settings(anonymized_telemetry=False, allow_reset=False)
        )

    def close(self) -> None:
        """Let another process open the folder."""
        self._client.close()  # type: ignore[attr-defined]  # there since 1.5, not in its types
        os.close(self._lock)

    def build(
        self,
        space: Space,
        catalogue: Catalogue,
        vectors: FloatArray,
        stamp: Mapping[str, str],
        on_progress: Progress | None = None,
    ) -> None:
        """Replace one collection.

        Args:
            space: Which embedding the vectors are.
            vectors: float32, (N + 1, D), row 0 padding, rows in the catalogue's order.
            stamp: What the vectors were made from (embedding version, catalogue fingerprint); checked when opened.
            on_progress: Called with (items done, items in all).
        """
        # The stamp goes on last, so a build that was cut short is never taken for a finished one.
        if space in {collection.name for collection in self._client.list_collections()}:
            self._client.delete_collection(space)
        collection = self._client.create_collection(
            space, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": 200}}
        )
        for start in range(0, len(catalogue), _BATCH):
            batch = catalogue.items[start : start + _BATCH]
            rows = vectors[start + 1 : start + 1 + len(batch)]
            collection.add(
                ids=[item.item_id for item in batch],
                embeddings=rows,
                metadatas=[_metadata(item) for item in batch],
            )
            if on_progress is not None:
                on_progress(start + len(batch), len(catalogue))
        collection.modify(metadata=dict(stamp))

    def require(self, space: Space, stamp: Mapping[str, str], n_items: int) -> None:
        """Raise NotReady or StaleArtifact unless the collection is whole and was made from `stamp`."""
        if space not in {collection.name for collection in self._client.list_collections()}:
            raise NotReady(f"the index {str(self.folder)!r} has no {space} embeddings: run 'clienteller index'")
        collection = self._collection(space)
        found = collection.metadata or {}
        if dict(stamp) != dict(found) or collection.count() != n_items:
            raise StaleArtifact(
                f"the {space} index was made from other data or another embedding: run 'clienteller index' again"
            )

    def nearest(self, space: Space, vector: FloatArray, k: int, filters: Filters | None = None) -> list[Candidate]:
        """Return the k items most similar to `vector` that satisfy the filters; scores are cosine similarities.

        Args:
            vector: float32, (D,).
            filters: Category, brand, colour, price and availability are kept to. The index does not hold the rest
                (material, season, size, what is ruled out): whoever asks for it checks with `Catalogue.mask`.
        """
        collection = self._collection(space)
        found = collection.query(
            query_embeddings=vector[None, :],
            n_results=max(1, min(k, collection.count())),
            where=_where(filters or Filters(only_available=False)),
            include=["distances"],
        )
        distances = found["distances"] or [[]]
        return [
            Candidate(item_id, 1.0 - float(distance))
            for item_id, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    def _collection(self, space: Space) -> chromadb.Collection:
        # embedding_function=None: only our own vectors ever enter, and the default one would download a model
        return self._client.get_collection(space, embedding_function=None)


def _metadata(item: Item) -> dict[str, Any]:
    """Return an item's filterable facts; Chroma takes neither None nor empty lists."""
    facts: dict[str, Any] = {
        "available": item.available,
        "brand": (item.brand or "").casefold(),
        "price_minor": item.price_minor,
        "category": [name.casefold() for name in item.category],
        "colour": list(dict.fromkeys(words(item.colour or ""))),
    }
    return {name: value for name, value in facts.items() if value not in (None, [], "")}


def _where(filters: Filters) -> dict[str, Any] | None:
    clauses = list(_clauses(filters))
    if not clauses:
        return None
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def _clauses(filters: Filters) -> Iterable[dict[str, Any]]:
    if filters.only_available:
        yield {"available": {"$eq": True}}
    if filters.brand is not None:
        yield {"brand": {"$eq": filters.brand.casefold()}}
    if filters.category is not None:
        yield {"category": {"$contains": filters.category.casefold()}}
    if filters.colour is not None:
        yield from ({"colour": {"$contains": word}} for word in words(filters.colour))
    if filters.min_price_minor is not None:
        yield {"price_minor": {"$gte": filters.min_price_minor}}
    if filters.max_price_minor is not None:
        yield {"price_minor": {"$lte": filters.max_price_minor}}
