"""The arguments of a tool call: what a message says is read by rules; a model writes only what no rule can read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agent.intent.spoken import (
    content_words,
    means_all,
    names_amount,
    occurs,
    read_colour,
    read_name,
    read_prices,
    read_references,
    without_name,
)
from agent.intent.vocabulary import Vocabulary

# What the rules below know. An argument of another name is left to the model.
_RULED = frozenset(
    ("query", "critique", "reason", "verdict", "item", "items", "category", "brand", "colour", "min_price", "max_price")
)
_SHORT_QUERY = 4  # content words up to which a message is its own best query
_REASON_WORDS = 5  # words from which a remark says more than the verdict
_SAME_KIND = 0.6  # cosine similarity: "earrings" and "jewellery" have .7, "gift" and "jewellery" .5
_WISH = re.compile(r"wish|bookmark|save|keep|later|aside", re.IGNORECASE)
_NO = re.compile(
    r"\b(?:no|not|nope|never|hates?|dislikes?|ugly|horribl[ey]|awful|terrible|(?:do|does|did|would|is)n['´`]?t)\b", re.I
)
_YES = re.compile(r"\b(?:lov|like|ador|beautiful|gorgeous|perfect|great|nice|favou?rite|yes)", re.IGNORECASE)
_LESS = re.compile(r"\b(?:too|bad)\b", re.IGNORECASE)


def read_arguments(known: Sequence[str], message: str, shown: Sequence[str], vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the arguments that can be read from a message by rules alone.

    Args:
        known: Names of all arguments that the tool takes.
        message: The person's message.
        shown: Items on show, by name.
        vocabulary: The boutique's words.

    Returns:
        Values by name; what the message does not say is left out.
    """
    read = _filters(message, vocabulary) | _references(message, shown)
    read["verdict"] = verdict(message)
    read["critique"] = message
    read["reason"] = message if len(message.split()) >= _REASON_WORDS else None
    read["query"] = _query(content_words(message), message, read["brand"])
    return {name: read[name] for name in known if read.get(name) is not None}


def unread(known: Sequence[str], required: Sequence[str], message: str, read: Mapping[str, Any]) -> list[str]:
    """Return the arguments that a model should write, in the tool's order.

    Args:
        known: Names of all arguments that the tool takes.
        required: Those that a call must have.
        message: The person's message.
        read: What `read_arguments` found in it.
    """
    wanted = {name for name in known if name not in _RULED} | {name for name in required if name not in read}
    if len(str(read.get("query", "")).split()) > _SHORT_QUERY:
        wanted.add("query")
    if "query" not in known:  # a search has the kind of item among its words, elsewhere it may go by another name
        wanted |= {"category", "colour"} - read.keys()
    if names_amount(message):
        wanted |= {"min_price", "max_price"} - read.keys()
    return [name for name in known if name in wanted]


def merge(read: Mapping[str, Any], written: Mapping[str, Any], message: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Join what was read with what a model wrote; a kind or colour that the message does not hold is dropped."""
    founded = dict(written)
    if not _is_kind(written.get("category"), message, vocabulary):
        founded.pop("category", None)
    if not _is_word_of(written.get("colour"), message):
        founded.pop("colour", None)
    if "query" in founded:
        words = content_words(str(founded["query"])) or str(founded["query"])
        founded["query"] = _query(words, message, read_name(message, vocabulary.brands))
    return {**read, **founded}


def _is_word_of(value: Any, message: str) -> bool:
    return len(str(value or "").split()) == 1 and occurs(str(value), message)


def _is_kind(value: Any, message: str, vocabulary: Vocabulary) -> bool:
    """Whether a message holds a word that means a kind of item: close to a category in meaning."""
    if not vocabulary.categories or not _is_word_of(value, message):
        return False
    vectors = vocabulary.encoder.encode([str(value), *vocabulary.categories])
    return float(np.max(vectors[1:] @ vectors[0])) >= _SAME_KIND


def verdict(message: str) -> str | None:
    """Return what a remark about an item amounts to: "wishlist", "dislike" or "like", None where it is not plain."""
    for pattern, found in ((_WISH, "wishlist"), (_NO, "dislike"), (_YES, "like"), (_LESS, "dislike")):
        if pattern.search(message):
            return found
    return None


def _filters(message: str, vocabulary: Vocabulary) -> dict[str, Any]:
    prices = read_prices(message)
    return {
        "category": read_name(message, vocabulary.categories),
        "brand": read_name(message, vocabulary.brands),
        "colour": read_colour(message, vocabulary.colours),
        "min_price": prices.low,
        "max_price": prices.high,
    }


def _query(proposed: str, message: str, brand: str | None) -> str:
    """Return the words to search by: a brand is filtered for, and compared with no item's description."""
    if brand is None:
        return proposed
    return without_name(proposed, brand) or content_words(without_name(message, brand))


def _references(message: str, shown: Sequence[str]) -> dict[str, Any]:
    """Return the items meant: one for `item`, several for `items`; all of them where the message says so."""
    said = [str(number) for number in read_references(message, shown)]
    everything = [str(number) for number in range(1, len(shown) + 1)]
    several = said or (everything if means_all(message) else [])
    one = said if said else everything if len(everything) == 1 else []
    return {
        "item": one[0] if len(one) == 1 else None,
        "items": several if len(several) > 1 else None,
    }
