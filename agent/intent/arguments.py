"""The arguments of a tool call: what a message says is read by rules; a model writes only what no rule can read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from agent.intent import clauses, manner, traits, verdicts
from agent.intent.foreign import in_english
from agent.intent.plain_asks import asking_part, is_bare_price
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
    without_ruled_out,
)
from agent.intent.vocabulary import Vocabulary
from recsys.catalogue import words

_SHORT_QUERY = 4  # content words up to which a message is its own best query
_REASON_WORDS = 5  # words from which a remark says more than the verdict
_SAME_KIND = 0.6  # cosine similarity: "earrings" and "jewellery" have .7, "gift" and "jewellery" .5
_SAME_COLOUR = 0.55  # "turquoise" and "blue" have .68, "jewellery" and "silver" .5, "pearl" and "gold" .44
_NINE = tuple("" for _ in range(9))  # proposals have numbers, not names
_JOINED = re.compile(r" (?:&|and) ", re.IGNORECASE)
_DRESSING = re.compile(r"\bdress(?= (?:me|him|her|them|up)\b)", re.IGNORECASE)  # no kind of item
_THE_MESSAGE = re.compile(r"\b(?:make|rewrite|translate|word|write|shorten|send) (?:it|that|this)\b", re.IGNORECASE)
_FOR_SOMEBODY = re.compile(r"\bfor ([A-Z][\w'’-]+(?: [A-Z][\w'’-]+)?)")
_ANYTHING = frozenset("thing things item items piece pieces product products shop store boutique range".split())
_BACKWARD = re.compile(r"\b(?:it|that|that one|this|this one)\b", re.IGNORECASE)
_TITLE = re.compile(
    r"\b(?:the|an?|my|our|one|for|of|to)\s+(?P<title>[\w&'’ -]{3,60}?)"
    r"(?=\s+(?:off|out|from|with|in|into|on|onto|to|go|goes|is|would|any|arrived|just|came|who|which|whom|suits?|fits?|please|interest|appeal)\b|[,.;?!]|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Reading:
    """One message, read for any argument that a tool may take."""

    message: str
    shown: Sequence[str]
    vocabulary: Vocabulary
    before: str
    known: Sequence[str]
    tool: str
    meant: str = ""

    @cached_property
    def english(self) -> str:
        """The message in English, its misspelt words put right."""
        return in_english(self.vocabulary.spelling.corrected(self.message), self.vocabulary.brands)

    @cached_property
    def own_words(self) -> str:
        """The message in English as it was spelt: names and facts are kept so."""
        return in_english(self.message, self.vocabulary.brands)

    @cached_property
    def references(self) -> list[str]:
        """The numbers of the items meant: by number or name, else by brand or kind, else those meant just before."""
        names = [line.split(", ")[0] for line in self.shown]
        found = read_references(self.english, names) or read_references(self.english, self.shown)
        if not found and self.before and not _THE_MESSAGE.search(self.english) and _BACKWARD.search(self.english):
            found = read_references(in_english(self.before), names)
            found = found or [number for number, name in enumerate(names, start=1) if name == self.meant]
        return [str(number) for number in found]

    @property
    def everything(self) -> list[str]:
        return [str(number) for number in range(1, len(self.shown) + 1)]

    def item(self) -> str | None:
        if len(self.references) == 1:
            return self.references[0]
        if not self.references and len(self.shown) == 1:
            return "1"
        return None if self.references else self._title() or self._just_meant()

    def _just_meant(self) -> str | None:
        """Return the piece meant just before, by its name, where it is not on show now."""
        return self.meant if self.meant and _BACKWARD.search(self.english) else None

    def _title(self) -> str | None:
        """Return words of the title of a piece that is not on show."""
        for found in _TITLE.finditer(self.english):
            words = found["title"].strip()
            if read_name(words, [*self.vocabulary.categories, *self.vocabulary.brands]) and content_words(words):
                return words
        return None

    def items(self) -> list[str] | None:
        """Return the items meant; a comparison without two of them is one of all."""
        said = self.references or (self.everything if means_all(self.english) else [])
        if self.tool == "compare" and len(said) < 2:
            said = self.everything
        return said or None

    def query(self) -> str | None:
        if "bought" in self.known:
            return clauses.client_query(self.own_words, clauses.bought_pieces(self.own_words))
        said = traits.without_size(without_ruled_out(self._without_people(self.english)))
        most = traits.read_superlative(self.english)
        if most is not None:  # an order over everything is no description
            rest = [word for word in content_words(said).split() if word not in _ANYTHING | set(most.split())]
            return _query(" ".join(rest), said, self.brand()) if rest else most
        return _query(content_words(said), said, self.brand()) or content_words(self.english)

    def _without_people(self, said: str) -> str:
        """Return a text without "for Garance": whom a piece is for describes none, unless the word is a known one."""
        spelling = self.vocabulary.spelling
        return _FOR_SOMEBODY.sub(lambda name: name[0] if spelling.knows(name[1].split()[0]) else " ", said)

    def brand(self) -> str | None:
        return read_name(self.english, self.vocabulary.brands)

    def verdict(self) -> str | None:
        return verdicts.verdict_on_reason(self.english) if "comment" in self.known else verdicts.verdict(self.english)

    def remark(self) -> str | None:
        return self.message if len(self.message.split()) >= _REASON_WORDS else None

    def place(self) -> str:
        """Return where a piece is kept; what is to be taken out again is taken from where it was just spoken of."""
        if self.tool == "remove_saved" and not verdicts.names_place(self.english):
            return verdicts.place(in_english(self.before))
        return verdicts.place(self.english)

    def which(self) -> str | None:
        return ", ".join(str(number) for number in read_references(self.english, _NINE)) or None


def _kind_named(message: str, categories: Sequence[str]) -> str | None:
    """Return the category that a message names, or one of two that a category joins ("Scarves & silks")."""
    named = read_name(message, categories)
    if named is not None:
        return named
    said = set(words(message))
    for name in categories:
        parts = [words(part) for part in _JOINED.split(name)]
        if len(parts) > 1 and any(part and part[-1] in said for part in parts):
            return name
    return None


# How each argument is read. One of another name is left to the model.
_RULES: dict[str, Callable[[_Reading], Any]] = {
    "query": _Reading.query,
    "category": lambda read: _kind_named(_DRESSING.sub(" ", read.english), read.vocabulary.categories),
    "brand": _Reading.brand,
    "colour": lambda read: read_colour(read.english, read.vocabulary.colours),
    "material": lambda read: traits.read_material(read.english),
    "season": lambda read: traits.read_season(read.english),
    "size": lambda read: traits.read_size(read.english),
    "superlative": lambda read: traits.read_superlative(read.english),
    "min_price": lambda read: read_prices(read.english).low,
    "max_price": lambda read: read_prices(read.english).high,
    "critique": lambda read: read.english,
    "item": _Reading.item,
    "items": _Reading.items,
    "verdict": _Reading.verdict,
    "reason": _Reading.remark,
    "comment": _Reading.remark,
    "place": _Reading.place,
    "bought": lambda read: clauses.bought_pieces(read.own_words)[0],
    "not_bought": lambda read: clauses.bought_pieces(read.own_words)[1],
    "fact": lambda read: read.own_words,
    "text": lambda read: clauses.note_text(read.message),
    "what": lambda read: clauses.task_text(read.own_words),
    "due": lambda read: clauses.due_words(read.english),
    "decision": lambda read: verdicts.decision(read.english),
    "which": _Reading.which,
    "tone": lambda read: manner.read_tone(read.english),
    "language": lambda read: manner.read_language(read.english),
    "channel": lambda read: manner.read_channel(read.english),
}


def read_arguments(
    known: Sequence[str],
    message: str,
    shown: Sequence[str],
    vocabulary: Vocabulary,
    before: str = "",
    tool: str = "",
    meant: str = "",
) -> dict[str, Any]:
    """Return the arguments that can be read from a message by rules alone.

    Args:
        known: Names of all arguments that the tool takes.
        message: The person's message.
        shown: Items on show, by name or as lines that begin with the name.
        vocabulary: The boutique's words.
        before: The person's message before that.
        tool: The tool's name: a fact is read otherwise where it is to be forgotten, and a comparison needs two items.
        meant: The name of the item that was last spoken of.
        meant: The name of the item that was last spoken of.

    Returns:
        Values by name; what the message does not say is left out.
    """
    if tool == "recommend":
        message = asking_part(message)
    reading = _Reading(message, shown, vocabulary, before, known, tool, meant)
    read = {name: _RULES[name](reading) for name in known if name in _RULES}
    if "fact" in read:
        said = reading.own_words
        read["fact"] = clauses.forgotten_text(said) if tool == "forget_fact" else clauses.fact_text(said)
    found = {name: value for name, value in read.items() if value is not None}
    if tool == "search_catalogue" and before and is_bare_price(reading.english):
        prices = {name: found[name] for name in ("min_price", "max_price") if name in found}
        asked = read_arguments(known, before, shown, vocabulary)
        return {name: value for name, value in asked.items() if name not in ("min_price", "max_price")} | prices
    return found


def unread(known: Sequence[str], required: Sequence[str], message: str, read: Mapping[str, Any]) -> list[str]:
    """Return the arguments that a model should write, in the tool's order.

    Args:
        known: Names of all arguments that the tool takes.
        required: Those that a call must have.
        message: The person's message.
        read: What `read_arguments` found in it.
    """
    wanted = {name for name in known if name not in _RULES} | {name for name in required if name not in read}
    if "bought" not in known and len(str(read.get("query", "")).split()) > _SHORT_QUERY:
        wanted.add("query")
    if "query" not in known and "item" not in known:  # elsewhere a kind of item may go by another name
        wanted |= {"category", "colour"} - read.keys()
    if names_amount(message):
        wanted |= {"min_price", "max_price"} - read.keys()
    return [name for name in known if name in wanted]


def merge(read: Mapping[str, Any], written: Mapping[str, Any], message: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """Join what was read with what a model wrote; a kind or colour that the message does not hold is dropped."""
    founded = dict(written)
    for name, known, near in (
        ("category", vocabulary.categories, _SAME_KIND),
        ("colour", vocabulary.colours, _SAME_COLOUR),
    ):
        if name in founded and not _is_founded(founded[name], message, known, near, vocabulary):
            founded.pop(name)
    if "query" in founded:
        words = content_words(str(founded["query"])) or str(founded["query"])
        founded["query"] = _query(words, message, read_name(message, vocabulary.brands))
    return {**read, **founded}


def _is_founded(value: Any, message: str, known: Sequence[str], near: float, vocabulary: Vocabulary) -> bool:
    """Whether a message holds a word, and the word is close in meaning to one that the catalogue knows."""
    if not known or len(str(value or "").split()) != 1 or not occurs(str(value), message):
        return False
    vectors = vocabulary.encoder.encode([str(value), *known])
    return float(np.max(vectors[1:] @ vectors[0])) >= near


def _query(proposed: str, message: str, brand: str | None) -> str:
    """Return the words to search by: a brand is filtered for, and compared with no item's description."""
    if brand is None:
        return proposed
    return without_name(proposed, brand) or content_words(without_name(message, brand))
