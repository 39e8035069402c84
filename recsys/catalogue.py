"""The catalogue in memory: items in ranking order, their ids, the words people filter by, and filter masks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.errors import InputError
from recsys.ranker import IdMap
from recsys.schema import Filters, Item

BoolArray = NDArray[np.bool_]
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def words(text: str) -> tuple[str, ...]:
    """Return the case-folded words of a text, a plain plural "s" removed so that "bags" meets "bag"."""
    return tuple(_singular(match.casefold()) for match in _WORD.findall(text))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        return word[:-1]
    return word


class Catalogue:
    """All items of the boutique, in the order of their internal ids (1..N)."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: tuple[Item, ...] = tuple(items)
        if not self.items:
            raise InputError("the catalogue is empty: run 'clienteller ingest DATA' with a catalogue that has items")
        self.ids = IdMap(item.item_id for item in self.items)

    def __len__(self) -> int:
        return len(self.items)

    def item(self, item_id: str) -> Item:
        """Return an item by its id; raise NotFound if there is none."""
        return self.items[self.ids.to_internal(item_id) - 1]

    def mask(self, filters: Filters) -> BoolArray:
        """Return which items satisfy the filters, bool, (N + 1,); entry 0 (padding) is False."""
        allowed = np.fromiter((matches(item, filters) for item in self.items), dtype=np.bool_, count=len(self))
        return np.concatenate([[False], allowed])

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """Every name that occurs in a category path, most frequent first."""
        return _by_frequency(name for item in self.items for name in item.category)

    @cached_property
    def brands(self) -> tuple[str, ...]:
        """Every brand, most frequent first."""
        return _by_frequency(item.brand for item in self.items if item.brand)

    @cached_property
    def colours(self) -> tuple[str, ...]:
        """Every colour, most frequent first."""
        return _by_frequency(item.colour for item in self.items if item.colour)

    @cached_property
    def currency(self) -> str | None:
        """The currency of most prices, None where nothing is priced."""
        ordered = _by_frequency(item.currency for item in self.items if item.currency)
        return ordered[0] if ordered else None


def _by_frequency(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name, _ in Counter(names).most_common())


def matches(item: Item, filters: Filters) -> bool:
    """Whether one item satisfies the filters. An item without a price never satisfies a price bound."""
    if filters.only_available and not item.available:
        return False
    if filters.brand is not None and (item.brand or "").casefold() != filters.brand.casefold():
        return False
    if filters.category is not None and not any(
        name.casefold() == filters.category.casefold() for name in item.category
    ):
        return False
    if filters.colour is not None and not set(words(filters.colour)) <= set(words(item.colour or "")):
        return False
    return _price_within(item, filters.min_price_minor, filters.max_price_minor)


def _price_within(item: Item, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    if item.price_minor is None:
        return False
    return (low is None or item.price_minor >= low) and (high is None or item.price_minor <= high)
