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
_HIDES = frozenset("calfskin lambskin goatskin sheepskin deerskin cowhide suede nubuck nappa shearling calf".split())
_FIBRES = _HIDES | frozenset(
    "silk wool cotton linen cashmere merino mohair alpaca leather denim velvet satin nylon polyester viscose rayon "
    "acrylic canvas raffia straw fur down feather steel silver gold platinum brass pearl diamond crystal wood ceramic "
    "glass plastic rubber acetate lace tulle tweed flannel".split()
)
_IRREGULAR = {"scarves": "scarf", "knives": "knife", "shelves": "shelf"}
_NO_SEASON = frozenset("all year round and".split())
_LETTERS = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def words(text: str) -> tuple[str, ...]:
    """Return the case-folded words of a text, a plain plural "s" removed so that "bags" meets "bag"."""
    return tuple(_singular(match.casefold()) for match in _WORD.findall(text))


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
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
    def materials(self) -> tuple[str, ...]:
        """Every material, most frequent first."""
        return _by_frequency(item.material for item in self.items if item.material)

    @cached_property
    def colour_words(self) -> tuple[str, ...]:
        """Colours by which people name them: whole ("dusty pink") and by one of their words ("pink")."""
        return tuple(dict.fromkeys(word for colour in self.colours for word in (colour, *words(colour))))

    @cached_property
    def material_words(self) -> tuple[str, ...]:
        """Materials by which people name them: whole ("silk twill"), what they end in ("twill"), or the fibre."""
        named = dict.fromkeys(self.materials)
        for material in self.materials:
            spelt = words(material)
            named |= dict.fromkeys(word for word in _with_hides(material) if word in _FIBRES or word == spelt[-1])
        return tuple(named)

    @cached_property
    def seasons(self) -> tuple[str, ...]:
        """Every season that an item is made for, most frequent first."""
        return _by_frequency(word for item in self.items for word in words(_season(item)) if word not in _NO_SEASON)

    @cached_property
    def sized(self) -> bool:
        """Whether any item says in which sizes it comes."""
        return any(_sizes(item) for item in self.items)

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
    if filters.brand is not None and not _of_brand(item, filters.brand):
        return False
    if filters.category is not None and not _in_category(item, filters.category):
        return False
    if filters.colour is not None and not _in_colour(item, filters.colour):
        return False
    if filters.material is not None and not _of_material(item, filters.material):
        return False
    if filters.season is not None and not _for_season(item, filters.season):
        return False
    if filters.size is not None and not comes_in(item, filters.size):
        return False
    if not _price_within(item, filters.min_price_minor, filters.max_price_minor):
        return False
    return not _ruled_out(item, filters)


def comes_in(item: Item, size: str) -> bool:
    """Whether an item comes in a size: one that it lists, or one within a range that it gives ("34–44", "XS–XXL")."""
    wanted = size.strip().casefold()
    for part in re.split(r"[,;/]", _sizes(item).casefold()):
        ends = [end.strip() for end in re.split(r"\s*(?:–|-|\bto\b)\s*", part.strip()) if end.strip()]
        if wanted in ends or (len(ends) == 2 and _between(wanted, *ends)):
            return True
    return False


def _between(size: str, low: str, high: str) -> bool:
    if all(one.isdecimal() for one in (size, low, high)):
        return int(low) <= int(size) <= int(high)
    if all(one in _LETTERS for one in (size, low, high)):
        return _LETTERS.index(low) <= _LETTERS.index(size) <= _LETTERS.index(high)
    return False


def _ruled_out(item: Item, filters: Filters) -> bool:
    return (
        any(_of_brand(item, brand) for brand in filters.not_brand)
        or any(_in_colour(item, colour) for colour in filters.not_colour)
        or any(_in_category(item, category) for category in filters.not_category)
        or any(_holds_material(item, material) for material in filters.not_material)
    )


def _of_brand(item: Item, brand: str) -> bool:
    return (item.brand or "").casefold() == brand.casefold()


def _in_category(item: Item, category: str) -> bool:
    return any(name.casefold() == category.casefold() for name in item.category)


def _in_colour(item: Item, colour: str) -> bool:
    return set(words(colour)) <= set(words(item.colour or ""))


def _of_material(item: Item, material: str) -> bool:
    return set(words(material)) <= _with_hides(item.material or item.title)


def _holds_material(item: Item, material: str) -> bool:
    """Whether an item has a material that somebody will not have: its title counts as well, to be on the safe side."""
    return set(words(material)) <= _with_hides(f"{item.material or ''} {item.title}")


def _with_hides(text: str) -> set[str]:
    """Return the words of a material; whoever says leather means every hide."""
    said = set(words(text))
    return said | {"leather"} if said & _HIDES else said


def _for_season(item: Item, season: str) -> bool:
    said = words(_season(item))
    return "year" in said or set(words(season)) <= set(said)


def _season(item: Item) -> str:
    return item.attributes.get("season", "")


def _sizes(item: Item) -> str:
    return item.attributes.get("sizes") or item.attributes.get("size", "")


def _price_within(item: Item, low: int | None, high: int | None) -> bool:
    if low is None and high is None:
        return True
    if item.price_minor is None:
        return False
    return (low is None or item.price_minor >= low) and (high is None or item.price_minor <= high)
