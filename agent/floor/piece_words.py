"""From the words for a piece ("tote", "navy cashmere", "Lisière tote") to the items of the catalogue that they mean."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from agent.floor.shop import Shop
from agent.intent.wishes import best_name
from agent.state import SlateState, empty_view, resolve
from recsys.catalogue import Catalogue, words
from recsys.errors import NotFound
from recsys.schema import Item
from recsys.seller.titles import short_title

_SMALL = frozenset("a an the any some of in from by with my our your piece item thing new one".split())
_F_PLURAL = re.compile(r"(?<=[aeiou][rl])ve$")  # scarve(s), shelve(s)
_N_NAMED = 3


def spoken_words(text: str) -> frozenset[str]:
    """Return the words of a text that tell anything, without accents, capitals and plurals."""
    return frozenset(_folded(text)) - _SMALL


def items_meant(shop: Shop, said: str) -> frozenset[str]:
    """Return the ids of the items that words mean; empty where they mean none.

    All words must occur in an item's title, category, brand, colour or material. A single word that no item has is
    taken for the category of that meaning ("purse" for bags); of several words none is left out.
    """
    asked = spoken_words(said)
    if not asked:
        return frozenset()
    catalogue = shop.catalogue
    exact = best_name(said, catalogue.categories)
    found = {item_id for item_id, has in _words_of_items(catalogue).items() if asked <= has}
    if exact is not None and spoken_words(exact) == asked:
        found |= _of_category(catalogue, exact)
    if not found and len(asked) == 1:
        kind = shop.wishes.filters(category=said)[0].category
        found = _of_category(catalogue, kind) if kind is not None else set()
    return frozenset(found)


def item_named(shop: Shop, state: SlateState, said: str) -> Item:
    """Return the one item that a reference means: on show by number or title, else anywhere by its id or words.

    Raises:
        NotFound: If it means none or several; the message names some of them.
    """
    slate = (state.get("view") or empty_view())["slate"]
    position = resolve(said, slate, [shop.catalogue.item(item_id).title for item_id in slate])
    if position is not None:
        return shop.catalogue.item(slate[position])
    if said.strip() in shop.catalogue.ids:
        return shop.catalogue.item(said.strip())
    asked = spoken_words(said)
    found = [item for item in shop.catalogue.items if asked and asked <= frozenset(_folded(item.title))]
    found = found or [shop.catalogue.item(item_id) for item_id in sorted(_word_matches(shop, asked))]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(f"no piece {said!r} is on show or in the catalogue: name it by its number or by its title")
    names = "; ".join(f"{short_title(item)} ({item.item_id})" for item in found[:_N_NAMED])
    raise NotFound(f"{len(found)} pieces are called {said!r}: say which, for example {names}")


def _word_matches(shop: Shop, asked: frozenset[str]) -> set[str]:
    return {item_id for item_id, has in _words_of_items(shop.catalogue).items() if asked and asked <= has}


def _of_category(catalogue: Catalogue, name: str) -> set[str]:
    return {item.item_id for item in catalogue.items if name in item.category}


@lru_cache(maxsize=4)
def _words_of_items(catalogue: Catalogue) -> dict[str, frozenset[str]]:
    return {
        item.item_id: frozenset(
            _folded(" ".join([item.title, *item.category, item.brand or "", item.colour or "", item.material or ""]))
        )
        for item in catalogue.items
    }


def _folded(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(_F_PLURAL.sub("f", word) for word in words(bare))
