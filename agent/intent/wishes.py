"""From the words of a wish or a critique to filters and moves: rules first, then the nearest known phrase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from agent.intent.spoken import read_name, without_name
from recsys.catalogue import Catalogue, matches, words
from recsys.guided.embedding import GuidedEmbeddings
from recsys.keyword_search import KeywordSearch
from recsys.money import to_minor
from recsys.ranker import FloatArray
from recsys.schema import Filters
from recsys.steering import Critique, mentioned, parse_critique, parse_moves
from recsys.superlatives import Superlative, read_superlative

_AFTER_THE_THING = re.compile(r"\b(?:for|with|in|of|under|to|by|against|from|that|which|on|at|above|below|made)\b")
_NAMED_FIELDS = ("category", "brand", "colour", "material")
_NEAR_CATEGORY = 0.55  # cosine similarity from which two names of a kind of item mean the same
_NEAR_MOVE = 0.6  # the same for a critique and a known phrase of an attribute
_SPELLINGS = {"gray": "grey", "golden": "gold", "silvery": "silver", "autumnal": "autumn", "fall": "autumn"}


class Encoder(Protocol):
    """A sentence encoder: unit vectors, float32, (B, D)."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Encode texts."""
        ...


@dataclass(frozen=True)
class Wish:
    """A request read against the catalogue.

    Attributes:
        filters: What an item must satisfy.
        words: Words that name nothing to filter by; they are searched for.
        missing: Field and words of what no item of the catalogue has ("brand", "Gucci").
        unkept: Fields that the catalogue says nothing about, so that nobody can go by them ("price", "season").
    """

    filters: Filters
    words: str = ""
    missing: tuple[tuple[str, str], ...] = ()
    unkept: tuple[str, ...] = ()


class Wishes:
    """Reads wishes against one catalogue and its guided attributes.

    Args:
        catalogue: Gives the categories, brands, colours and the currency that can be meant.
        guided: Gives the attributes that can be moved; None where there are none.
        encoder: Sentence encoder for words that no rule knows.
    """

    def __init__(self, catalogue: Catalogue, guided: GuidedEmbeddings | None, encoder: Encoder) -> None:
        self.catalogue = catalogue
        self.guided = guided
        self._encoder = encoder

    @cached_property
    def keywords(self) -> KeywordSearch:
        """The index of the catalogue's words."""
        return KeywordSearch(self.catalogue)

    def encode(self, text: str) -> FloatArray:
        """Return the unit vector of one text, float32, (D,)."""
        vector: FloatArray = self._encoder.encode([text])[0]
        return vector

    def minor(self, amount: float) -> int:
        """Return an amount in the catalogue's currency as minor units."""
        return to_minor(max(0.0, min(amount, 1e9)), self.catalogue.currency)

    def filters(
        self,
        *,
        category: str | None = None,
        brand: str | None = None,
        colour: str | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
    ) -> tuple[Filters, str]:
        """Turn the words of a request into filters over what the catalogue has.

        Returns:
            The filters, and the words that name nothing to filter by: they are searched for instead.
        """
        wish = self.read(category=category, brand=brand, colour=colour, min_price=min_price, max_price=max_price)
        return wish.filters, " ".join([wish.words, *(said for _, said in wish.missing)]).strip()

    def read(
        self,
        *,
        category: str | None = None,
        brand: str | None = None,
        colour: str | None = None,
        material: str | None = None,
        season: str | None = None,
        size: str | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
    ) -> Wish:
        """Read the parts of a request; amounts are in major units of the catalogue's currency."""
        catalogue = self.catalogue
        kind = self._category(category) if category else None
        found = {
            "brand": best_name(brand, catalogue.brands) if brand else None,
            "colour": self._mentioned(colour, catalogue.colour_words) if colour else None,
            "material": self._mentioned(material, catalogue.material_words) if material else None,
            "season": self._mentioned(season, catalogue.seasons) if season else None,
        }
        asked = {"brand": brand, "colour": colour, "material": material, "season": season}
        kept = {"brand": catalogue.brands, "colour": catalogue.colours, "material": catalogue.materials}
        unknown = [(what, said) for what, said in asked.items() if said and not found[what] and words(said)]
        missing = tuple(
            (what, said) for what, said in unknown if kept.get(what) or (what == "season" and catalogue.seasons)
        )
        searched = [said for what, said in unknown if (what, said) not in missing and what != "season"]
        priced = catalogue.currency is not None
        unkept = ["season"] if season and not catalogue.seasons else []
        unkept += ["size"] if size and not catalogue.sized else []
        unkept += ["price"] if (min_price or max_price) and not priced else []
        filters = Filters(
            category=kind,
            brand=found["brand"],
            colour=found["colour"],
            material=found["material"],
            season=found["season"],
            size=size.casefold().removeprefix("size").strip() if size and catalogue.sized else None,
            min_price_minor=self.minor(min_price) if min_price and priced else None,
            max_price_minor=self.minor(max_price) if max_price and priced else None,
        )
        left = [*([category] if category and not kind else []), *searched]
        return Wish(filters, " ".join(left), missing, tuple(unkept))

    def narrowed(self, filters: Filters, said: str) -> tuple[Filters, str]:
        """Turn the names in a text into filters where none is set, for orders over everything that satisfies them.

        Returns:
            The filters, and the text without what they now say.
        """
        implied, rest = self._implied(said)
        kept = filters.model_dump(exclude_none=True, include=set(_NAMED_FIELDS))
        return filters.model_copy(update={**implied, **kept}), rest

    def implied(self, said: str) -> Filters:
        """Return what the names in a text ask for, as filters that an item answers better the more of them it meets."""
        return Filters(**self._implied(said)[0])

    def _implied(self, said: str) -> tuple[dict[str, Any], str]:
        rest = said
        found: dict[str, Any] = {}
        kind = read_name(said, self.catalogue.categories)
        noun = kind or self._noun_in(thing_of(said))
        if noun:
            found["category"] = kind or self._kind_of(noun)
            rest = _without(rest, noun)
        for name, names in (
            ("brand", self.catalogue.brands),
            ("colour", self.catalogue.colour_words),
            ("material", self.catalogue.material_words),
        ):
            # one word of a kind's name ("Silk scarves") may name a material besides
            known = mentioned(said if name == "material" else rest, names)
            if known and known not in found.values() and self._means(name, known, found.get("category")):
                found[name] = known
                rest = _without(rest, known)
        return found, rest

    def superlative(self, said: str) -> Superlative | None:
        """Read a superlative by rules; where they know none, by the attribute's phrase that is most similar."""
        attributes = self.guided.attribute_set if self.guided is not None else None
        known = read_superlative(said, attributes)
        if known is not None or not said.strip() or not self._phrases:
            return known
        similarity = self._phrase_vectors @ self.encode(said)
        best = int(np.argmax(similarity))
        _, name, sign = self._phrases[best]
        return Superlative(name, 1 if sign > 0 else -1, said) if similarity[best] >= _NEAR_MOVE else None

    def critique(self, text: str) -> Critique:
        """Read a critique by rules; where they recognise nothing, by the most similar phrase of an attribute."""
        attributes = self.guided.attribute_set if self.guided is not None else None
        asked = parse_critique(text, attributes, self.catalogue)
        moves = {} if asked.understood else self._nearest_move(text)
        return replace(asked, moves=moves) if moves else asked

    def wished_moves(self, query: str) -> dict[str, float]:
        """Return the attributes that a search names, as signed moves; by the nearest phrase where it names none."""
        if self.guided is None or not query.strip():
            return {}
        return parse_moves(query.casefold(), self.guided.attribute_set) or self._nearest_move(query)

    def names_quality(self, word: str) -> bool:
        """Whether a word names a quality that a guided attribute stands for ("minimalist"), and so no thing."""
        return self.guided is not None and bool(parse_moves(word.casefold(), self.guided.attribute_set))

    def nearest_name(self, said: str, names: Sequence[str]) -> str | None:
        """Return the name that is most like what was said, None where there are none."""
        if not names:
            return None
        return names[int(np.argmax(self._encoder.encode(names) @ self.encode(said)))]

    def nearest_category(self, said: str) -> tuple[str | None, float]:
        """Return the kind of thing that is most like what was said, and the cosine similarity."""
        if not self.catalogue.categories:
            return None, 0.0
        similarity = self._category_vectors @ self.encode(said)
        best = int(np.argmax(similarity))
        return self.catalogue.categories[best], float(similarity[best])

    def possible(self) -> str:
        """Say what can be changed about a slate."""
        axes = [one.more[0] for one in self.guided.attribute_set.attributes if one.more] if self.guided else []
        priced = ["cheaper", "a price limit"] if self.catalogue.currency else []
        coloured = "another colour or category" if self.catalogue.colours else "another category"
        return ", ".join([*priced, coloured, "other brands", *axes[:6], "undo"])

    def _nearest_move(self, text: str) -> dict[str, float]:
        if not text.strip() or not self._phrases:
            return {}
        similarity = self._phrase_vectors @ self.encode(text)
        best = int(np.argmax(similarity))
        _, name, sign = self._phrases[best]
        return {name: sign} if similarity[best] >= _NEAR_MOVE else {}

    def _category(self, said: str) -> str | None:
        known = best_name(said, self.catalogue.categories)
        if known:
            return known
        nearest, similarity = self.nearest_category(said)
        return nearest if similarity >= _NEAR_CATEGORY else None

    def _means(self, field: str, known: str, kind: str | None) -> bool:
        """Whether a name means a field: "gold" means a colour or a material, whichever more items of the kind have."""
        fields = {"colour": self.catalogue.colour_words, "material": self.catalogue.material_words}
        if field not in fields or not all(known in names for names in fields.values()):
            return True
        of_kind = Filters(category=kind)
        meant = {one: of_kind.model_copy(update={one: known}) for one in fields}
        counts = {one: sum(matches(item, meant[one]) for item in self.catalogue.items) for one in fields}
        other = counts["material" if field == "colour" else "colour"]
        return counts[field] > other or (counts[field] == other and field == "colour")

    def _noun_in(self, said: str) -> str | None:
        """Return the last word of a text with which the name of a kind begins or ends: the scarf of "silk scarf"."""
        return next((word for word in reversed(words(said)) if self._kind_of(word)), None)

    def _kind_of(self, noun: str) -> str | None:
        spelt = {kind: words(kind) for kind in self.catalogue.categories}
        ends = [kind for kind, name in spelt.items() if name and noun in (name[0], name[-1])]
        return min(ends, key=lambda kind: spelt[kind] != (noun,), default=None)

    @staticmethod
    def _mentioned(said: str, names: Sequence[str]) -> str | None:
        spelt = " ".join(_SPELLINGS.get(word, word) for word in said.casefold().split())
        return mentioned(spelt, names) or read_name(spelt, names)

    @cached_property
    def _category_vectors(self) -> FloatArray:
        return self._encoder.encode(self.catalogue.categories)

    @cached_property
    def _phrases(self) -> list[tuple[str, str, float]]:
        attributes = self.guided.attribute_set.attributes if self.guided is not None else ()
        more = [(phrase, one.name, 1.0) for one in attributes for phrase in (*one.more, one.high) if phrase]
        less = [(phrase, one.name, -1.0) for one in attributes for phrase in (*one.less, one.low) if phrase]
        return more + less

    @cached_property
    def _phrase_vectors(self) -> FloatArray:
        return self._encoder.encode([phrase for phrase, _, _ in self._phrases])


def thing_of(said: str) -> str:
    """Return what stands before "for", "with", "in" and the like: what a thing is, without its qualities."""
    return _AFTER_THE_THING.split(said.casefold())[0]


def best_name(said: str, names: Sequence[str]) -> str | None:
    """Return the name that a person means: the same words, else all their words in it, else its words in theirs."""
    spoken = set(words(said))
    if not spoken:
        return None
    exact = [name for name in names if set(words(name)) == spoken]
    wider = [name for name in names if spoken < set(words(name))]
    narrower = [name for name in names if words(name) and set(words(name)) < spoken]
    return next(iter([*exact, *wider, *sorted(narrower, key=len, reverse=True)]), None)


def _without(said: str, name: str) -> str:
    """Return a text without the words of a name, in the singular or the plural."""
    gone = set(words(name))
    kept = [token for token in without_name(said, name).split() if not words(token) or not set(words(token)) <= gone]
    return " ".join(kept)
