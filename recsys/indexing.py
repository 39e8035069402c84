"""Fills the vector store from a boutique: which vectors, which stamps. The one place that knows both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray
from recsys.vector_store import Space, VectorStore

_BATCH = 256
Report = Callable[[str, int, int], None]


class VersionedEncoder(Protocol):
    """A sentence encoder that names its version."""

    version: str

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Return unit vectors, float32, (B, D)."""
        ...


def stamps(boutique: Boutique, guided: GuidedEmbeddings | None, encoder_version: str) -> Mapping[Space, dict[str, str]]:
    """Return what each collection must have been made from to be used."""
    data = boutique.text_fingerprint()
    found: dict[Space, dict[str, str]] = {"text": {"embedding": encoder_version, "data": data}}
    if guided is not None:
        one = guided.attribute_set
        found["guided"] = {"embedding": f"{one.domain} v{one.version}, scored by {guided.scorer}", "data": data}
    return found


def build_index(
    boutique: Boutique,
    catalogue: Catalogue,
    guided: GuidedEmbeddings | None,
    encoder: VersionedEncoder,
    store: VectorStore,
    on_progress: Report | None = None,
) -> None:
    """Embed the catalogue and replace both collections.

    Args:
        on_progress: Called with (what is being done, items done, items in all).
    """

    def report(what: str) -> Callable[[int, int], None] | None:
        return None if on_progress is None else lambda done, total: on_progress(what, done, total)

    stamp = stamps(boutique, guided, encoder.version)
    if guided is not None:
        store.build("guided", catalogue, guided.standard, stamp["guided"], report("indexing guided embeddings"))
    texts = [item.text() for item in catalogue.items]
    rows = []
    for start in range(0, len(texts), _BATCH):
        rows.append(encoder.encode(texts[start : start + _BATCH]))
        if on_progress is not None:
            on_progress("encoding texts", min(start + _BATCH, len(texts)), len(texts))
    vectors = np.vstack([np.zeros((1, rows[0].shape[1]), dtype=np.float32), *rows])
    store.build("text", catalogue, vectors, stamp["text"], report("indexing text embeddings"))
