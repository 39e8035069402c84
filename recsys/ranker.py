"""The protocol that every ranking model meets, and the ids it works with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from recsys.errors import NotFound

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


class IdMap:
    """External ids (str) to internal ids (int from 1, 0 is padding) and back; the only crossing between them."""

    def __init__(self, external: Iterable[str]) -> None:
        self.external: tuple[str, ...] = tuple(external)
        self._internal = {name: index for index, name in enumerate(self.external, start=1)}
        if len(self._internal) != len(self.external):
            raise ValueError("external ids must be unique")

    def __len__(self) -> int:
        return len(self.external)

    def __contains__(self, name: object) -> bool:
        return name in self._internal

    def to_internal(self, name: str) -> int:
        """Return the internal id of `name`; raise NotFound if it is unknown."""
        try:
            return self._internal[name]
        except KeyError:
            raise NotFound(f"unknown item {name!r}: it is not in the catalogue") from None

    def to_external(self, index: int) -> str:
        """Return the external id of an internal one (1 <= index <= N)."""
        if index < 1:
            raise IndexError(f"internal ids start at 1, got {index}")
        return self.external[index - 1]


class Ranker(Protocol):
    """Scores every item of the catalogue for a sequence of item ids, oldest first. Fitted; holds no client data."""

    name: str
    n_items: int

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Score all items for each sequence.

        Args:
            sequences: B sequences of internal item ids (1..N), oldest first, of any length, also empty.

        Returns:
            Scores, float32, (B, N + 1); column 0 is padding and -inf. Items already in the sequence are NOT masked.
        """
        ...


@runtime_checkable
class AttributeRanker(Ranker, Protocol):
    """A ranker over refined embeddings, whose score splits into contributions of the guided attributes."""

    def contributions(self, sequence: IntArray, items: IntArray) -> FloatArray:
        """Return each guided attribute's part of each item's score, float32, (len(items), A).

        Removing attribute k from item i (setting its refined column to the catalogue mean) lowers the score by
        exactly contributions[i, k].
        """
        ...

    def house_parts(self, sequence: IntArray, items: IntArray) -> FloatArray:
        """Return the part of each item's score that is loyalty to its house, float32, (len(items),); 0 or more."""
        ...
