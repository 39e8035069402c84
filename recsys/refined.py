"""Refined embeddings: base item embeddings reduced to make room for the guided attributes, at the same width.

After guided embedding refinement (arXiv 2504.11658), our reading: base embeddings are reduced by principal components
to D - A columns, guided embeddings are brought to the same root mean square and joined as the last A columns.

The guided columns here are the readable attributes themselves, one column an attribute: z-scores over the catalogue,
each item's row brought to length 1 (what an item is about, not how much of everything it has). On the Amazon Beauty
validation split this did as well as ZCA-whitened columns, and it needs no mapping back to be read. Whitened columns
can be had by passing the matrix of `whitening`; its inverse gives the readable ones back.
"""

from __future__ import annotations

import numpy as np

from recsys.ranker import FloatArray

NOTHING_SAID = 1e-4  # standard deviations; a shorter row is what rounding left of means that were filled in
NO_VARIANCE = 1e-6  # an attribute has variance 1; what is left of a direction below this is rounding


def unit_rows(standard: FloatArray) -> FloatArray:
    """Bring guided embeddings to length 1.

    Args:
        standard: z-scores of guided attributes, float32, (..., A).

    Returns:
        The same directions, float32, (..., A); rows of zeros (padding, items without scores) stay zero.
    """
    length = np.linalg.norm(standard, axis=-1, keepdims=True)
    known = length > NOTHING_SAID
    return np.where(known, standard / np.where(known, length, 1.0), 0.0).astype(np.float32)


def whitening(standard: FloatArray) -> FloatArray:
    """Return the matrix that makes guided attributes uncorrelated and stays as close to them as can be (ZCA).

    Args:
        standard: z-scores of guided attributes, float32, (N + 1, A); row 0 padding.

    Returns:
        Symmetric and invertible, float32, (A, A): the rows of `standard @ matrix` have covariance I, but for
        directions without variance, which keep theirs.
    """
    values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(standard[1:].astype(np.float64), rowvar=False, bias=True)))
    scales = 1.0 / np.sqrt(np.where(values > NO_VARIANCE, values, 1.0))
    matrix: FloatArray = ((vectors * scales) @ vectors.T).astype(np.float32)
    return matrix


def reduce(base: FloatArray, dim: int) -> FloatArray:
    """Project base embeddings on their first principal components.

    Args:
        base: Item embeddings, float32, (N + 1, D); row 0 padding.
        dim: Components to keep, at least 1; those beyond the rank of `base` are zero.

    Returns:
        Reduced embeddings, float32, (N + 1, dim), centred, the components in order of variance; row 0 zero.
    """
    centred = base[1:] - base[1:].mean(axis=0)
    left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    kept = min(dim, len(sizes))
    reduced = np.zeros((len(base), dim), dtype=np.float32)
    reduced[1:, :kept] = left[:, :kept] * sizes[:kept]
    return reduced


def root_mean_square(rows: FloatArray) -> float:
    """Return the root mean square over all entries of the items' rows (row 0 is padding and left out)."""
    return float(np.sqrt(np.mean(np.square(rows[1:], dtype=np.float64))))


def refine(base: FloatArray, standard: FloatArray, mixing: FloatArray | None = None) -> FloatArray:
    """Join reduced base embeddings with guided embeddings at the width of the base.

    Args:
        base: Base item embeddings, float32, (N + 1, D); row 0 padding and zero.
        standard: z-scores of guided attributes, float32, (N + 1, A), A < D; row 0 zero.
        mixing: What the z-scores are multiplied with first, float32, (A, A), as from `whitening`; None: nothing.

    Returns:
        Refined embeddings, float32, (N + 1, D), the A guided columns last and with the root mean square of the
        reduced ones; row 0 zero.

    Raises:
        ValueError: If rows differ or the guided attributes leave no room for the base.
    """
    if len(base) != len(standard):
        raise ValueError(f"base has {len(base)} rows, guided has {len(standard)}: align both with one IdMap")
    n_items_and_padding, dim = base.shape
    if standard.shape[1] >= dim:
        raise ValueError(f"{standard.shape[1]} guided attributes leave no room in {dim} columns: raise the width")
    reduced = reduce(base, dim - standard.shape[1])
    guided = unit_rows(standard if mixing is None else standard @ mixing)
    spread = root_mean_square(guided)
    return np.hstack([reduced, guided * np.float32(root_mean_square(reduced) / spread if spread > 0 else 1.0)])
