"""What was made from a boutique's records: rankers and the index. Where they are, and opening them if they fit."""

from __future__ import annotations

from pathlib import Path

from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.errors import NotReady, StaleArtifact
from recsys.guided.embedding import GuidedEmbeddings
from recsys.indexing import Report, build_index, stamps
from recsys.models.weights import load_ranker
from recsys.ranker import Ranker
from recsys.text_encoder import TextEncoder
from recsys.vector_store import VectorStore

SERVED = ("refined", "sasrec", "item_knn", "popularity")  # the first that is trained is served


def weights_folder(boutique: Boutique) -> Path:
    """Return where a boutique's rankers are kept."""
    return boutique.path / "weights"


def seller_folder(boutique: Boutique) -> Path:
    """Return where a boutique's own SELLER is kept."""
    return weights_folder(boutique) / "seller"


def load_catalogue(boutique: Boutique) -> tuple[Catalogue, GuidedEmbeddings | None]:
    """Load the catalogue and the guided embeddings of its items, None where no item was scored."""
    catalogue = Catalogue(boutique.items())
    scores = boutique.guided_scores()
    return catalogue, GuidedEmbeddings.from_scores(scores, catalogue.ids) if scores is not None else None


def served_ranker(boutique: Boutique) -> Ranker:
    """Load the best kind of ranker that is trained for this catalogue; raise NotReady if there is none."""
    for name in SERVED:
        if (weights_folder(boutique) / name).is_dir():
            return load_ranker(weights_folder(boutique) / name, catalogue_fingerprint=boutique.fingerprint())
    raise NotReady(f"no ranker is trained for {str(boutique.path)!r}: run 'clienteller train' first")


def open_index(boutique: Boutique, guided: GuidedEmbeddings | None, encoder: TextEncoder, n_items: int) -> VectorStore:
    """Open the vector index.

    Raises:
        NotReady, StaleArtifact: If it was not built, or from other data; the message names the command.
    """
    store = VectorStore(boutique.path / "index")
    try:
        for space, stamp in stamps(boutique, guided, encoder.version).items():
            store.require(space, stamp, n_items)
    except (NotReady, StaleArtifact):
        store.close()
        raise
    return store


def refresh_index(folder: Path, on_progress: Report | None = None) -> bool:
    """Build a boutique's vector index if it is missing or was made from other data; return whether it was built."""
    boutique = Boutique.open(folder)
    try:
        catalogue, guided = load_catalogue(boutique)
        encoder = TextEncoder.load()
        try:
            open_index(boutique, guided, encoder, len(catalogue)).close()
            return False
        except (NotReady, StaleArtifact):
            store = VectorStore(boutique.path / "index")
            try:
                build_index(boutique, catalogue, guided, encoder, store, on_progress)
            finally:
                store.close()
            return True
    finally:
        boutique.close()
