"""Facts of the catalogue that support a reason: what kind of thing it is to her, whose it is, what it is for.

The ranker reads none of them, so they may stand beside a tested cause and never in its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from recsys.catalogue import Catalogue, words
from recsys.ranker import IntArray
from recsys.schema import Evidence, Item
from recsys.seller.facts import Owned
from recsys.seller.titles import short_title

DISTINCT = 0.3  # share of the catalogue up to which a value sets an item apart: "every day" tells nothing
ENOUGH = 10  # items of a kind from which its spread of a quality is worth looking at
PURPOSES = ("occasion", "season")  # the catalogue's own fields for when an item is used
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ASIDE = re.compile(r"\s(?:in|with|for|from|by|of|and|to|on)\s.*", re.IGNORECASE)
_SPOKEN = re.compile(r"[a-z][a-z' -]{2,40}")


@dataclass(frozen=True)
class Kind:
    """What an item is, as a word a person would say ("silk scarf", "trousers"), and its last word in the title."""

    name: str
    head: str
    is_plural: bool


def in_words(count: int) -> str:
    """Write a small number in letters."""
    return _NUMBERS[count] if count < len(_NUMBERS) else "many"


def kind_of(item: Item) -> Kind | None:
    """Return what the item is, None where its category is no word for one thing ("Eyes", "Creams & Lotions").

    The title has the say: its noun must be a word of the narrowest category, and where it ends that category's name
    (pumps, trousers) its number is the right one.
    """
    name = item.category[-1] if item.category else ""
    spoken = _ASIDE.sub("", short_title(item)).split()
    if not spoken or not name or re.search(r"[&,/]| and ", name):
        return None
    head, parts = spoken[-1], [word if word.isupper() else word.casefold() for word in name.split()]
    if not any(_same(head, part) for part in parts):
        return None
    if not _same(head, parts[-1]):
        return Kind(" ".join([*parts[:-1], "".join(words(parts[-1]))]), _one(head), False)
    plural = _one(head) != head.casefold()
    last = head.casefold() if plural or head.casefold().endswith("f") else _one(parts[-1])
    return Kind(" ".join([*parts[:-1], last]), _one(head), plural)


def _one(word: str) -> str:
    found = words(word)
    return found[-1] if found else word.casefold()


def _same(head: str, part: str) -> bool:
    return _one(head) == _one(part) or head.casefold().removesuffix("f") + "ves" == part.casefold()


def supporting_facts(catalogue: Catalogue, item: Item, owned: Sequence[Owned]) -> list[Evidence]:
    """Return the catalogue facts about an item that mean something to a client with these purchases."""
    things = list({one.item.item_id: one.item for one in owned}.values())
    facts = [*_kind_facts(item, things), *_house_facts(item, things), *_purpose_facts(catalogue, item)]
    return [
        Evidence(f"f{number}", "field", field, statement, key)
        for number, (field, statement, key) in enumerate(facts, start=1)
    ]


def _kind_facts(item: Item, things: Sequence[Item]) -> list[tuple[str, str, str]]:
    """Return whether it is her first of its kind, or one more beside several."""
    kind = kind_of(item)
    if kind is None or not things:
        return []
    same = [one for one in things if one.category and one.category[-1].casefold() == item.category[-1].casefold()]
    known = [{word for source in (one.title, *one.category) for word in words(source)} for one in things]
    if (
        not same
        and not any(kind.head in words(one.title) for one in things)
        and not any(set(words(kind.name)) <= one for one in known)
    ):
        return [("first of its kind", f"It would be your first {kind.name}", f"first {kind.name}")]
    if len(same) > 1 and not kind.is_plural:
        key = f"one more {kind.name}"
        return [("repeat of a kind", f"It would be {key} beside the {in_words(len(same))} you own", key)]
    return []


def _house_facts(item: Item, things: Sequence[Item]) -> list[tuple[str, str, str]]:
    brand = item.brand or ""
    known = sum((one.brand or "").casefold() == brand.casefold() for one in things) if brand else 0
    if not known:
        return []
    are = "is" if known == 1 else "are"
    return [("house", f"You know {brand}: {in_words(known)} of your purchases {are} of that house", brand)]


def _purpose_facts(catalogue: Catalogue, item: Item) -> list[tuple[str, str, str]]:
    """Return what the catalogue says the item is for, where that sets it apart from most others."""
    facts = []
    for field in PURPOSES:
        value = item.attributes.get(field, "")
        if _SPOKEN.fullmatch(value) and _share(catalogue, field, value) <= DISTINCT:
            facts.append((field, f"It is meant for {value}", value))
    return facts


def rows_of_kind(catalogue: Catalogue, row: int) -> IntArray:
    """Return the internal ids of the items of one item's kind, int64, its own among them.

    The kind is the second name of the category path, or the first, where that holds too few items to tell; of an item
    without a category or in a small catalogue it is everything.
    """
    path = catalogue.items[row - 1].category
    for depth in (2, 1):
        rows = _rows_by_path(catalogue, depth)[path[:depth]]
        if path and len(rows) >= ENOUGH:
            return rows
    return np.arange(1, len(catalogue) + 1)


@lru_cache(maxsize=8)
def _rows_by_path(catalogue: Catalogue, depth: int) -> dict[tuple[str, ...], IntArray]:
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, item in enumerate(catalogue.items, start=1):
        rows.setdefault(item.category[:depth], []).append(row)
    return {path: np.array(found, dtype=np.int64) for path, found in rows.items()}


def _share(catalogue: Catalogue, field: str, value: str) -> float:
    counts = _values(catalogue, field)
    return counts[value] / max(counts.total(), 1)


@lru_cache(maxsize=8)
def _values(catalogue: Catalogue, field: str) -> Counter[str]:
    """Count the values of a catalogue field over the items that have it."""
    return Counter(item.attributes[field] for item in catalogue.items if item.attributes.get(field))


def shared_field(item: Item, owned: Item) -> tuple[str, str, str] | None:
    """Return the catalogue field that an item most tellingly shares with a purchase: name, key words, predicate."""
    common = [mine for mine, theirs in zip(item.category, owned.category, strict=False) if mine == theirs]
    # the broadest name alone says nothing, unless there is no narrower one
    near = bool(common) and item.category[0] == owned.category[0] and len(common) >= min(2, len(item.category))
    kind = common[-1] if near else None
    fields = [
        ("brand", item.brand, owned.brand, f"is by {item.brand}"),
        ("material", item.material, owned.material, f"is made of {item.material}"),
        ("colour", item.colour, owned.colour, f"comes in {item.colour}"),
        ("category", kind, kind, f"is found under {kind}"),
    ]
    for field, mine, other, predicate in fields:
        if mine and other and mine.casefold() == other.casefold():
            return field, mine, predicate
    return None
