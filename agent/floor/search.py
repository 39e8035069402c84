"""Finding items by what they are: by meaning, named attributes and words, fused; and whether any answers at all."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from agent.floor.shop import Shop
from agent.intent.spoken import content_words
from agent.intent.wishes import thing_of
from agent.state import SlateState, View, empty_view, resolve
from recsys.catalogue import BoolArray, matches, words
from recsys.rank_fusion import fuse
from recsys.ranker import FloatArray
from recsys.schema import Filters, Item
from recsys.seller.checks import plain_words
from recsys.synonyms import with_synonyms

_SEARCHED = 80  # how many items each way of searching brings before the client's ranking orders them
_ALL = 2_000  # how many it brings where all that answers is wanted, or where the index cannot filter
_RELEVANCE = 8.0  # standard deviations of score between what is first in every way of searching and what is in none
_NAMED = 3.0  # standard deviations of score for an item whose own text holds every word searched
_RELEVANT = 0.25  # cosine similarity below which an item without a single word searched does not answer them
_WORDS_COUNT = 0.4  # how much of cosine similarity the words searched are worth in title and kind
_FALLS_BEHIND = 0.2  # what falls further behind the best answer than this is no answer
# Whether anything is carried that answers the words: a logistic rule on the most similar item, the most similar kind
# of thing and the words held, fitted to 225 requests by hand (tests/carried_queries.py, those not "unseen").
_MEANING, _KIND, _HELD, _BOUND = 7.55, 13.48, 2.17, 13.03
_NOT_BY_CHANCE = 1 / 2_000  # share of a catalogue's items that must hold the words: of many, some do by chance
_NAMED_AND_MEANT = 0.35  # cosine similarity from which an item that holds every word is taken to be meant
_LIKE = re.compile(r"\b(?:like|similar to|close to|resembl(?:es|ing)) (.+)$")
_NAMES_NOTHING = frozenset(
    "gift present surprise something anything piece pieces item items idea ideas thing things outfit wear style stuff "
    "treat special occasion suggestion recommendation favourite else other more different nice good great lovely "
    "beautiful pretty new morning afternoon evening day night work office party wedding holiday weekend dinner trip "
    "friend mother father sister brother wife husband daughter son aunt uncle client".split()
)


@dataclass(frozen=True)
class Searched:
    """The words of a search, read.

    Attributes:
        text: The words, everyday names exchanged for those that the catalogue uses.
        said: Its single words, without those that connect.
        thing: The words before "for", "with", "in": what the thing is, without its qualities.
        implied: The kind, brand, colour and material that the words name.
    """

    text: str
    said: tuple[str, ...]
    thing: str
    implied: Filters


def read_search(shop: Shop, query: str) -> Searched:
    """Read the words of a search."""
    keywords = shop.wishes.keywords
    text = with_synonyms(" ".join(query.split()), lambda word: len(keywords.holding(word, named_only=True)) > 0)
    said = tuple(dict.fromkeys(word for word in words(text) if word not in plain_words()))
    return Searched(text, said, content_words(thing_of(text)) or content_words(text), shop.wishes.implied(text))


def found(shop: Shop, view: View, filters: Filters, *, of_all: bool = False) -> dict[str, float] | None:
    """Return what a search brings, each item with its bonus: near in the guided space, or near in words.

    None where nothing is searched for, so that the whole catalogue is ranked.

    Args:
        of_all: Whether every item that answers is wanted, not only the nearest ones: for an order over all of them.
    """
    if view["like"]:
        return {item_id: _RELEVANCE * near for item_id, near in alike(shop, view["like"], filters).items()}
    if not view["query"].strip():
        return None
    searched = read_search(shop, view["query"])
    allowed = shop.catalogue.mask(filters)
    many = _ALL if of_all else _SEARCHED
    answers = _answers(shop, searched, filters, allowed, many)
    held = shop.wishes.keywords.coverage(searched.said)
    by_words = shop.wishes.keywords.nearest(searched.said, many, allowed)
    by_meaning = sorted(answers, key=lambda row: (-answers[row], row))
    rankings = [by_meaning, [row for row in by_words if row in answers], _by_attributes(shop, searched, set(answers))]
    external = shop.catalogue.ids.to_external
    return {external(row): _RELEVANCE * score + _NAMED * float(held[row]) for row, score in fuse(rankings).items()}


def alike(shop: Shop, item_id: str, filters: Filters) -> dict[str, float]:
    """Return the items most like one, in guided attributes and in what is bought together, fused; scores in (0, 1]."""
    row = shop.catalogue.ids.to_internal(item_id)
    allowed = shop.catalogue.mask(filters)
    allowed[row] = False
    spaces = [space for space in (_guided_space(shop), _base_space(shop)) if space is not None]
    rankings = [_nearest_rows(space, row, allowed) for space in spaces]
    if not spaces:
        rankings = [list(_similarity(shop, shop.catalogue.item(item_id).text(), filters, allowed))]
    return {shop.catalogue.ids.to_external(one): score for one, score in fuse(rankings).items()}


def carries(shop: Shop, query: str) -> bool:
    """Whether the boutique carries anything that answers the words, whatever its price, colour or brand."""
    searched = read_search(shop, query)
    asked = _things(shop, searched.text)
    if not asked or not _things(shop, searched.thing):
        return True
    keywords = shop.wishes.keywords
    named, rest = shop.wishes.narrowed(Filters(), searched.thing)
    if named.category and words(named.category)[-1] in words(searched.thing) and not _things(shop, rest):
        return True  # a kind that there is, by its name, with nothing but a colour, a material or a brand beside it
    evidence = evidence_of_carrying(shop, searched)
    n_naming = int((keywords.coverage(asked, named_only=True) > 0.999).sum())
    if evidence[0] >= _NAMED_AND_MEANT and n_naming >= max(1, len(shop.catalogue) * _NOT_BY_CHANCE):
        return True  # enough items hold every word in title or kind
    return bool(evidence @ np.array([_MEANING, _KIND, _HELD]) > _BOUND)


def names_a_thing(shop: Shop, query: str) -> bool:
    """Whether the words name more than qualities that a guided attribute stands for ("something minimal and warm")."""
    return bool(_things(shop, query))


def _things(shop: Shop, text: str) -> list[str]:
    """Return the words of a text that may name a thing: not everyday words, not qualities."""
    said = [word for word in words(content_words(text)) if word not in _NAMES_NOTHING and word not in plain_words()]
    return [word for word in said if not shop.wishes.names_quality(word)]


def evidence_of_carrying(shop: Shop, searched: Searched) -> FloatArray:
    """Return what `carries` decides on: best likeness of an item, of a kind, and share of words held, float32, (3,)."""
    near = shop.store.nearest("text", shop.wishes.encode(searched.text), 1)
    _, kind = shop.wishes.nearest_category(searched.thing or searched.text)
    held = shop.wishes.keywords.coverage(searched.said)
    return np.array([near[0].score if near else 0.0, kind, float(held.max())], dtype=np.float32)


def likened(shop: Shop, state: SlateState, query: str) -> str:
    """Return the item on show that a search wants the like of ("like the second", "similar to 1"), "" if none."""
    asked = _LIKE.search(query.casefold())
    slate = (state.get("view") or empty_view())["slate"]
    if asked is None:
        return ""
    position = resolve(asked[1], slate, [shop.catalogue.item(item_id).title for item_id in slate])
    return slate[position] if position is not None else ""


def _similarity(shop: Shop, text: str, filters: Filters, allowed: BoolArray, many: int = _SEARCHED) -> dict[int, float]:
    """Return the cosine similarity of a text to the items nearest to it that may be found, by internal id."""
    # what the index cannot filter by is taken out here, so more is asked for
    many = max(many, _ALL) if _beyond_index(filters) else many
    near = shop.store.nearest("text", shop.wishes.encode(text), many, filters)
    rows = {shop.catalogue.ids.to_internal(one.item_id): one.score for one in near}
    return {row: score for row, score in rows.items() if allowed[row]}


def _beyond_index(filters: Filters) -> bool:
    ruled_out = filters.not_brand or filters.not_colour or filters.not_material or filters.not_category
    return bool(filters.material or filters.season or filters.size or ruled_out)


def _answers(shop: Shop, searched: Searched, filters: Filters, allowed: BoolArray, many: int) -> dict[int, float]:
    """Return the items that may be found and answer a search about as well as the best of the whole catalogue does.

    Returns:
        Internal id to cosine similarity (0 where only the words brought it).
    """
    everything = np.ones(len(shop.catalogue) + 1, dtype=np.bool_)
    whole, best, most = _worth(shop, searched, Filters(only_available=False), everything, many)
    found, _, _ = _worth(shop, searched, filters, allowed, many) if not allowed[1:].all() else (whole, best, most)
    return {
        row: near
        for row, (near, worth, met) in found.items()
        if worth >= max(_RELEVANT, best - _FALLS_BEHIND) and met >= most
    }


def _worth(
    shop: Shop, searched: Searched, filters: Filters, allowed: BoolArray, many: int
) -> tuple[dict[int, tuple[float, float, int]], float, int]:
    """Return each item's cosine similarity, worth as an answer and number of named conditions met; the best of both."""
    similarity = _similarity(shop, searched.text, filters, allowed, many)
    by_words = shop.wishes.keywords.nearest(searched.said, many, allowed)
    named = shop.wishes.keywords.coverage(searched.said, named_only=True)
    found = {
        row: (
            similarity.get(row, 0.0),
            similarity.get(row, 0.0) + _WORDS_COUNT * float(named[row]),
            _n_met(shop.catalogue.items[row - 1], searched.implied),
        )
        for row in {*similarity, *by_words}
    }
    best = max((worth for _, worth, _ in found.values()), default=0.0)
    most = max((met for _, worth, met in found.values() if worth >= best - _FALLS_BEHIND), default=0)
    return found, best, most


def _n_met(item: Item, implied: Filters) -> int:
    """Return how many of the kind, brand, colour and material that a search names an item has."""
    asked = implied.model_dump(exclude_defaults=True)
    return sum(matches(item, Filters(**{name: value}, only_available=False)) for name, value in asked.items())


def _by_attributes(shop: Shop, searched: Searched, rows: set[int]) -> list[int]:
    """Order items along the attributes that the search names; empty where it names none."""
    guided, moves = shop.recommender.guided, shop.wishes.wished_moves(searched.text)
    if guided is None or not moves:
        return []
    direction = np.array([moves.get(name, 0.0) for name in guided.names], dtype=np.float32)
    along = guided.standard @ direction
    return sorted(rows, key=lambda row: (-float(along[row]), row))


def _guided_space(shop: Shop) -> FloatArray | None:
    return shop.recommender.guided.standard if shop.recommender.guided is not None else None


def _base_space(shop: Shop) -> FloatArray | None:
    return shop.recommender.base_embeddings()


def _nearest_rows(space: FloatArray, row: int, allowed: BoolArray) -> list[int]:
    norms = np.linalg.norm(space, axis=1)
    likeness = (space @ space[row]) / np.where(norms > 0, norms, 1.0)
    rows = np.flatnonzero(allowed)
    order = np.lexsort((rows, -likeness[rows]))
    return [int(one) for one in rows[order[:_SEARCHED]]]
