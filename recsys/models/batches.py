"""Sequences as padded batches, padding on the right; batches hold sequences of like length, so that little is padding.

Causal encoders get a begin position and then the items: attention looks back only, so no real position ever sees the
padding. The bidirectional encoder gets the items, some of them masked; when it recommends, one mask after the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from recsys.ranker import IntArray

MASKED_SHARE = 0.4  # of the items of a training sequence; published settings lie between .2 and .6
ONLY_LAST_SHARE = 0.2  # of the training sequences that have just their last item masked, as when recommending

Batch = tuple[Tensor, Tensor, Tensor]


def pad(sequences: Sequence[IntArray], max_length: int) -> tuple[Tensor, Tensor]:
    """Put sequences into one tensor, with a begin position.

    Args:
        sequences: B sequences of internal ids, oldest first, also empty ones.
        max_length: Only the last so many items are kept.

    Returns:
        Inputs, int64, (B, L + 1): column 0 is the begin position (0), then items, then padding (0).
        The index of each sequence's last real column, int64, (B,).
    """
    return _columns(sequences, max_length, offset=1)


def pad_and_mask_end(sequences: Sequence[IntArray], max_length: int) -> tuple[Tensor, Tensor]:
    """Put sequences into one tensor, each with a mask (0) after its last item.

    Returns:
        Inputs, int64, (B, L + 1): items, one mask (0), then padding (0).
        The index of each sequence's mask, int64, (B,).
    """
    return _columns(sequences, max_length, offset=0)


def _columns(sequences: Sequence[IntArray], max_length: int, offset: int) -> tuple[Tensor, Tensor]:
    """Return items from column `offset` on, int64, (B, L + 1), and the lengths, int64, (B,)."""
    recent = [sequence[-max_length:] for sequence in sequences]
    lengths = np.array([len(sequence) for sequence in recent], dtype=np.int64)
    inputs = np.zeros((len(recent), lengths.max(initial=0) + 1), dtype=np.int64)
    for row, sequence in zip(inputs, recent, strict=True):
        row[offset : offset + len(sequence)] = sequence
    return torch.from_numpy(inputs), torch.from_numpy(lengths)


def causal_batches(
    sequences: Sequence[IntArray], size: int, max_length: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield every sequence once, each item to be guessed from those before it.

    Args:
        sequences: Training sequences; empty ones are left out.
        size: Sequences a batch.
        max_length: Items of a sequence that are learned from, the last ones.
        rng: Of the shuffling.

    Yields:
        Inputs, int64, (B, L), targets, int64, (B, L), and last real columns, int64, (B,): targets[:, t] follows
        inputs[:, t]; 0 is padding.
    """
    for chosen in _of_like_length(sequences, size, max_length, rng):
        padded, last = pad(chosen, max_length)
        yield padded[:, :-1], padded[:, 1:], last - 1


def masked_batches(
    sequences: Sequence[IntArray], size: int, max_length: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Yield every sequence once, some of its items masked and to be guessed from all the others.

    Args:
        sequences: Training sequences; empty ones are left out.
        size: Sequences a batch.
        max_length: Items of a sequence that are learned from, the last ones.
        rng: Of the shuffling and the masks; at least one item of every sequence is masked.

    Yields:
        Inputs, int64, (B, L), with masked items 0; targets, int64, (B, L), 0 where nothing is to be guessed; last real
        columns, int64, (B,).
    """
    for chosen in _of_like_length(sequences, size, max_length, rng):
        padded, lengths = _columns(chosen, max_length, offset=0)
        items, last = padded[:, :-1], lengths - 1
        is_last = torch.arange(items.shape[1]) == last[:, None]
        hidden = torch.from_numpy(rng.random(items.shape) < MASKED_SHARE) & (items > 0)
        only_last = torch.from_numpy(rng.random(len(items)) < ONLY_LAST_SHARE) | ~hidden.any(dim=1)
        hidden = torch.where(only_last[:, None], is_last, hidden)
        yield items.masked_fill(hidden, 0), items.masked_fill(~hidden, 0), last


def _of_like_length(
    sequences: Sequence[IntArray], size: int, max_length: int, rng: np.random.Generator
) -> Iterator[list[IntArray]]:
    """Yield all sequences that are not empty, in groups of like length and random order."""
    usable = [sequence for sequence in sequences if len(sequence) > 0]
    lengths = np.array([min(len(sequence), max_length) for sequence in usable])
    order = np.lexsort((rng.random(len(usable)), lengths))
    starts = np.arange(0, len(order), size)
    rng.shuffle(starts)
    for start in starts:
        yield [usable[index] for index in order[start : start + size]]
