"""From the words of a wish or a critique to filters and moves: rules first, then the nearest known phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Protocol

import numpy as np

from recsys.catalogue import Catalogue, words
from recsys.guided.embedding import GuidedEmbeddings
from recsys.money import to_minor
from recsys.ranker import FloatArray
from recsys.schema import Filters
from recsys.steering import Critique, mentioned, parse_critique

_NEAR_CATEGORY = 0.55  # cosine similarity from which two names of a kind of item mean the same
_NEAR_MOVE = 0.6  # the same for a critique and a known phrase of an attribute


class Encoder(Protocol):
    """A sentence encoder: unit vectors, float32, (B, D)."""

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Encode texts."""
        ...


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
        kind = self._category(category) if category else None
        label = best_name(brand, self.catalogue.brands) if brand else None
        tone = self._colour(colour) if colour else None
        left = [said for said, known in ((category, kind), (brand, label), (colour, tone)) if said and not known]
        priced = self.catalogue.currency is not None
        return (
            Filters(
                category=kind,
                brand=label,
                colour=tone,
                min_price_minor=self.minor(min_price) if min_price and priced else None,
                max_price_minor=self.minor(max_price) if max_price and priced else None,
            ),
            " ".join(left),
        )

    def critique(self, text: str) -> Critique:
        """Read a critique by rules; where they recognise nothing, by the most similar phrase of an attribute."""
        attributes = self.guided.attribute_set if self.guided is not None else None
        asked = parse_critique(text, attributes, self.catalogue)
        if asked.understood or not text.strip() or not self._phrases:
            return asked
        similarity = self._phrase_vectors @ self.encode(text)
        best = int(np.argmax(similarity))
        if similarity[best] < _NEAR_MOVE:
            return asked
        _, name, sign = self._phrases[best]
        return replace(asked, moves={name: sign})

    def possible(self) -> str:
        """Say what can be changed about a slate."""
        axes = [one.more[0] for one in self.guided.attribute_set.attributes if one.more] if self.guided else []
        priced = ["cheaper", "a price limit"] if self.catalogue.currency else []
        return ", ".join([*priced, "another colour or category", "other brands", *axes[:6], "undo"])

    def splitting_axes(self, slate: Sequence[str], n: int = 2) -> tuple[str, ...]:
        """Return chips for the attributes on which the slate's items differ most, in the words people use."""
        if self.guided is None or len(slate) < 2:
            return ()
        rows = self.guided.standard[[self.catalogue.ids.to_internal(item_id) for item_id in slate]]
        ordered = np.argsort(-rows.std(axis=0))
        attributes = [self.guided.attribute_set.attributes[int(column)] for column in ordered]
        return tuple(one.more[0].capitalize() for one in attributes if one.more and one.statable)[:n]

    def _category(self, said: str) -> str | None:
        known = best_name(said, self.catalogue.categories)
        if known or not self.catalogue.categories:
            return known
        similarity = self._category_vectors @ self.encode(said)
        best = int(np.argmax(similarity))
        return self.catalogue.categories[best] if similarity[best] >= _NEAR_CATEGORY else None

    def _colour(self, said: str) -> str | None:
        known = {word for colour in self.catalogue.colours for word in words(colour)}
        return mentioned(said, [*self.catalogue.colours, *known])

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


def best_name(said: str, names: Sequence[str]) -> str | None:
    """Return the name that a person means: the same words, else all their words in it, else its words in theirs."""
    spoken = set(words(said))
    if not spoken:
        return None
    exact = [name for name in names if set(words(name)) == spoken]
    wider = [name for name in names if spoken < set(words(name))]
    narrower = [name for name in names if words(name) and set(words(name)) < spoken]
    return next(iter([*exact, *wider, *sorted(narrower, key=len, reverse=True)]), None)
