"""Choosing among fitted rankers by their validation score."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from recsys.ranker import Ranker

AnyRanker = TypeVar("AnyRanker", bound=Ranker)


def best_of(candidates: Iterable[AnyRanker], validate: Callable[[Ranker], float]) -> tuple[AnyRanker, float]:
    """Return the candidate that validates best, the first of equals, and its score.

    Args:
        candidates: At least one; only the best so far is kept, so large ones can be made on the way.
        validate: Scores a ranker, higher is better.
    """
    scored = ((candidate, validate(candidate)) for candidate in candidates)
    return max(scored, key=lambda pair: pair[1])
