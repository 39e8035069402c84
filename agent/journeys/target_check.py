"""Checks the simulated shoppers themselves: reads their sentences anew and holds each hint to the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from agent.journeys.world import World

if TYPE_CHECKING:
    from agent.journeys.target_item import Search

_PLAIN = frozenset("i am looking for something in would rather see by others".split())
Claim = Callable[[World, str, Sequence[str]], bool]


@dataclass(frozen=True)
class Checked:
    """What one search came to, and what the shopper did wrong in it.

    Attributes:
        hit_at: The turn in which the target was accepted, None if never.
        n_hints: Hints that could be held to the catalogue.
        contradicted: Hints that are not true of the target.
        unread: Words of the sentences that are no hint this check knows.
        wrong_item: Whether an item was accepted that is not the target.
        overlooked: Whether the target stood on show and was not accepted.
    """

    client_id: str
    target: str
    hit_at: int | None
    n_hints: int
    contradicted: tuple[str, ...]
    unread: tuple[str, ...]
    wrong_item: bool
    overlooked: bool
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the search as plain values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}


def check_search(search: Search, world: World) -> Checked:
    """Check one search against the catalogue."""
    phrases = _phrases(world)
    n_hints, contradicted, unread = 0, [], []
    for look in search.looks:
        found, left = read_hints(look.sentence, phrases)
        unread += left
        for phrase in found:
            n_hints += 1
            if not any(claim(world, search.target, look.before) for claim in phrases[phrase]):
                contradicted.append(phrase)
    on_show = any(search.target in look.shown for look in search.looks)
    return Checked(
        client_id=search.client_id,
        target=search.target,
        hit_at=search.hit_at,
        n_hints=n_hints,
        contradicted=tuple(contradicted),
        unread=tuple(unread),
        wrong_item=bool(search.accepted) and search.accepted != search.target,
        overlooked=on_show and not search.accepted,
        sentences=tuple(look.sentence for look in search.looks),
    )


def read_hints(sentence: str, phrases: dict[str, list[Claim]]) -> tuple[list[str], list[str]]:
    """Return the known phrases of a sentence, the longest first at each place, and the words that are none."""
    text, found, left = sentence.casefold(), [], []
    ordered = sorted(phrases, key=len, reverse=True)
    while text := text.lstrip(" ,"):
        phrase = next((one for one in ordered if _begins(text, one)), None)
        if phrase is not None:
            found.append(phrase)
            text = text[len(phrase) :]
            continue
        word = re.match(r"[^\s,]+", text)
        assert word is not None  # the text does not begin with a space or a comma
        if word[0] not in _PLAIN:
            left.append(word[0])
        text = text[word.end() :]
    return found, left


def _begins(text: str, phrase: str) -> bool:
    return text.startswith(phrase) and not text[len(phrase) : len(phrase) + 1].isalnum()


def _phrases(world: World) -> dict[str, list[Claim]]:
    """Return what each phrase claims; one that can be read in two ways is true if either holds."""
    found: dict[str, list[Claim]] = {"cheaper": [_price_below], "more expensive": [_price_above]}
    for item in world.catalogue.items:
        for name in item.category:
            found.setdefault(name.casefold(), []).append(_in_category(name))
        if item.colour:
            found.setdefault(item.colour.casefold(), []).append(_of_colour(item.colour))
        if item.brand:
            found.setdefault(item.brand.casefold(), []).append(_of_brand(item.brand))
    for attribute in world.scores.attribute_set.attributes if world.scores is not None else ():
        for phrase in attribute.more:
            found.setdefault(phrase.casefold(), []).append(_quality(attribute.name, 1))
        for phrase in attribute.less:
            found.setdefault(phrase.casefold(), []).append(_quality(attribute.name, -1))
    return found


def _in_category(name: str) -> Claim:
    return lambda world, target, before: name in world.catalogue.item(target).category


def _of_colour(colour: str) -> Claim:
    return lambda world, target, before: world.catalogue.item(target).colour == colour


def _of_brand(brand: str) -> Claim:
    return lambda world, target, before: world.catalogue.item(target).brand == brand


def _quality(attribute: str, sign: int) -> Claim:
    def holds(world: World, target: str, before: Sequence[str]) -> bool:
        level = fmean(world.score(one, attribute) for one in before) if before else 0.0
        return sign * (world.score(target, attribute) - level) > 0

    return holds


def _price_below(world: World, target: str, before: Sequence[str]) -> bool:
    return _price_gap(world, target, before) < 0


def _price_above(world: World, target: str, before: Sequence[str]) -> bool:
    return _price_gap(world, target, before) > 0


def _price_gap(world: World, target: str, before: Sequence[str]) -> float:
    prices = [price for one in before if (price := world.catalogue.item(one).price_minor) is not None]
    own = world.catalogue.item(target).price_minor
    return 0.0 if own is None or not prices else own - median(prices)
