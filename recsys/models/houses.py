"""Brands as numbers, for a client's loyalty to a house."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from recsys.ranker import IntArray


def house_numbers(brands: Iterable[str | None]) -> IntArray:
    """Number the brands of a catalogue.

    Args:
        brands: One an item, in catalogue order; None or empty for an item of no house. Case does not matter.

    Returns:
        int64, (N + 1,), row i for internal id i; 0 for padding and items of no house.
    """
    numbers: dict[str, int] = {}
    folded = [(brand or "").strip().casefold() for brand in brands]
    return np.array([0, *(numbers.setdefault(name, len(numbers) + 1) if name else 0 for name in folded)])
