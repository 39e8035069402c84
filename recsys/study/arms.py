"""The arms of the study: each is one training, and gives one or more rows of the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from recsys.models.encoders import EncoderName
from recsys.models.item_knn import sequence_matrix
from recsys.ranker import FloatArray, IntArray
from recsys.refined import reduce
from recsys.study.world import World

START_SCALE = 0.1  # root mean square of trained embeddings, about
SHRINKAGE = 10.0  # clients added to every item's in the SVD, so that rare items do not lead

Start = Literal["random", "own", "svd", "sentence"]


@dataclass(frozen=True)
class Arm:
    """One training.

    Attributes:
        name: Of its row and its folder.
        encoder: Which sequence model.
        start: Where item embeddings start: small random ones, those that the arm of the plain encoder has learned,
            the SVD of the clients' shared purchases, or sentence embeddings.
        guided: Features that take the last columns: None for a base, "scores", "permuted" (scores of the wrong
            items), "category", "sentence" (its first components) or another scorer's name.
        n_attributes: Of the features, None for all; which ones is drawn with the seed.
        narrow: Whether the base has only the columns that a refined one has left.
        frozen: Whether guided columns stay as they were scored.
        whitened: Whether the guided columns are made uncorrelated.
        cold: Whether it is trained and tested in the world with cold items.
        model: What kind; the settings above are a network's.
    """

    name: str
    encoder: EncoderName = "sasrec"
    start: Start = "random"
    guided: str | None = None
    n_attributes: int | None = None
    narrow: bool = False
    frozen: bool = True
    whitened: bool = False
    cold: bool = False
    model: Literal["network", "popularity", "item_knn"] = "network"

    @property
    def base(self) -> str:
        """The arm whose embeddings an "own" start takes, and to which differences are taken."""
        return f"{self.encoder}, cold items" if self.cold else self.encoder


def _of(encoder: EncoderName) -> tuple[Arm, ...]:
    return (
        Arm(encoder, encoder),
        Arm(f"{encoder}, second pass", encoder, start="own"),
        Arm(f"{encoder} refined", encoder, start="own", guided="scores"),
        Arm(f"{encoder} refined, permuted", encoder, start="own", guided="permuted"),
    )


MAIN = _of("sasrec")
OTHER_ENCODERS = _of("gru4rec") + _of("bert4rec")
COLD = (
    Arm("sasrec, cold items", cold=True),
    Arm("sasrec refined, cold items", start="own", guided="scores", cold=True),
)
ABLATIONS = (
    Arm("sasrec, narrow", narrow=True),
    Arm("sasrec refined, random start", guided="scores"),
    Arm("sasrec refined, trainable", start="own", guided="scores", frozen=False),
    Arm("sasrec refined, whitened", start="own", guided="scores", whitened=True),
    Arm("sasrec refined, 4 attributes", start="own", guided="scores", n_attributes=4),
    Arm("sasrec refined, 8 attributes", start="own", guided="scores", n_attributes=8),
    Arm("sasrec refined, category instead", start="own", guided="category"),
    Arm("sasrec refined, sentence PCA instead", start="own", guided="sentence"),
    Arm("sasrec, SVD start", start="svd"),
    Arm("sasrec refined, SVD start", start="svd", guided="scores"),
    Arm("sasrec, sentence start", start="sentence"),
    Arm("sasrec refined, sentence start", start="sentence", guided="scores"),
)
REFERENCES = (Arm("popularity", model="popularity"), Arm("item_knn", model="item_knn"))
GROUPS: dict[str, tuple[Arm, ...]] = {
    "references": REFERENCES,
    "main": MAIN,
    "cold": COLD,
    "ablations": ABLATIONS,
    "encoders": OTHER_ENCODERS,
}


def of_scorers(world: World) -> tuple[Arm, ...]:
    """Return one arm for every other scorer of the world."""
    others = sorted(set(world.features) - {"scores", "category", "sentence"})
    return tuple(Arm(f"sasrec refined, {name} as scorer", start="own", guided=name) for name in others)


def guided_columns(arm: Arm, world: World, seed: int) -> FloatArray:
    """Return the features of an arm, float32, (N + 1, A), row 0 zero.

    Args:
        arm: One with `guided`.
        world: Holds the features.
        seed: Of the permutation, or of the draw of attributes.
    """
    assert arm.guided is not None
    rng = np.random.default_rng((seed, 1))
    scores = world.features["scores"]
    if arm.guided == "permuted":
        return np.vstack([scores[:1], scores[1 + rng.permutation(world.n_items)]])
    if arm.guided == "sentence":
        components = reduce(world.features["sentence"], scores.shape[1])
        spread = components[1:].std(axis=0)
        components[1:] /= np.where(spread > 0, spread, 1.0)
        return components
    table = world.features[arm.guided]
    n_columns = table.shape[1]
    if arm.n_attributes is None or arm.n_attributes >= n_columns:
        return table
    return np.ascontiguousarray(table[:, np.sort(rng.choice(n_columns, arm.n_attributes, replace=False))])


def start_columns(arm: Arm, world: World, width: int, seed: int, own: FloatArray | None) -> FloatArray | None:
    """Return item embeddings to start from, float32, (N + 1, width), or None for small random ones.

    Args:
        arm: Whose start it is.
        world: Holds sequences and sentence embeddings.
        width: D.
        seed: Of the SVD's first vector.
        own: What the plain encoder's arm has learned; for the start "own".
    """
    if arm.start == "random":
        return None
    if arm.start == "own":
        assert own is not None
        return reduce(own, width)  # a rotation about the mean: principal components, all of them
    found = _svd(world.train, world.n_items, width, seed) if arm.start == "svd" else world.features["sentence"]
    columns = reduce(found, width)
    columns *= np.float32(START_SCALE / columns[1:].std())
    return columns


def _svd(train: Sequence[IntArray], n_items: int, width: int, seed: int) -> FloatArray:
    """Return item factors of the shrunk cosine of shared clients, float32, (N + 1, width)."""
    bought = sequence_matrix(train, n_items, decay=1.0)
    bought.data[:] = 1.0
    counts = np.asarray(bought.sum(axis=0)).ravel()
    scaled = bought @ sparse.diags_array(1.0 / np.sqrt(counts + SHRINKAGE))
    smaller = min(scaled.shape)
    first = np.random.default_rng(seed).random(smaller)
    _, sizes, right = svds(scaled.astype(np.float64), k=min(width, smaller - 1), v0=first)
    return np.ascontiguousarray((right.T * sizes).astype(np.float32))
