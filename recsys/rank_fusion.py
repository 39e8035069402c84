"""Reciprocal rank fusion: one ranking from several whose scores cannot be compared.

Cormack, Clarke and Buettcher, SIGIR 2009; their constant 60.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

Entry = TypeVar("Entry", bound=Hashable)
CONSTANT = 60


def fuse(rankings: Sequence[Sequence[Entry]]) -> dict[Entry, float]:
    """Give every entry of any ranking the sum of its reciprocal ranks.

    Args:
        rankings: Each best first, no entry twice; their order does not matter. Empty ones do not count.

    Returns:
        Entry to a score in (0, 1], best first; 1 for what is first in all of them.
    """
    counted = [ranking for ranking in rankings if len(ranking)]
    parts: dict[Entry, list[float]] = {}
    for ranking in counted:
        for place, entry in enumerate(ranking, start=1):
            parts.setdefault(entry, []).append((CONSTANT + 1) / (CONSTANT + place) / len(counted))
    # sorted parts: the same sum to the last bit in whatever order the rankings come
    scores = {entry: sum(sorted(found)) for entry, found in parts.items()}
    return dict(sorted(scores.items(), key=lambda one: -one[1]))
