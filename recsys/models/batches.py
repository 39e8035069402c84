"""Sequences as padded batches: a begin position, then the items, padding on the right.

Padding on the right needs no mask: attention looks back only, so no real position ever sees it. Batches hold
sequences of like length, because on short histories most of a plain batch would be padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from recsys.ranker import IntArray


def pad(sequences: Sequence[IntArray], max_length: int) -> tuple[Tensor, Tensor]:
    """Put sequences into one tensor.

    Args:
        sequences: B sequences of internal ids, oldest first, also empty ones.
        max_length: Only the last so many items are kept.

    Returns:
        Inputs, int64, (B, L + 1): column 0 is the begin position (0), then items, then padding (0).
        The index of each sequence's last real column, int64, (B,).
    """
    recent = [sequence[-max_length:] for sequence in sequences]
    last = np.array([len(sequence) for sequence in recent], dtype=np.int64)
    inputs = np.zeros((len(recent), last.max(initial=0) + 1), dtype=np.int64)
    for row, sequence in zip(inputs, recent, strict=True):
        row[1 : len(sequence) + 1] = sequence
    return torch.from_numpy(inputs), torch.from_numpy(last)


def training_batches(
    sequences: Sequence[IntArray], size: int, max_length: int, rng: np.random.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield every sequence once, in batches of like length and random order.

    Args:
        sequences: Training sequences; empty ones are left out.
        size: Sequences a batch.
        max_length: Items of a sequence that are learned from, the last ones.
        rng: Of the shuffling.

    Yields:
        Inputs, int64, (B, L), and targets, int64, (B, L): targets[:, t] follows inputs[:, t]; 0 is padding.
    """
    usable = [sequence for sequence in sequences if len(sequence) > 0]
    lengths = np.array([min(len(sequence), max_length) for sequence in usable])
    order = np.lexsort((rng.random(len(usable)), lengths))
    starts = np.arange(0, len(order), size)
    rng.shuffle(starts)
    for start in starts:
        padded, _ = pad([usable[index] for index in order[start : start + size]], max_length)
        yield padded[:, :-1], padded[:, 1:]
