"""The words a boutique's catalogue is asked for by, and the sentence encoder that knows words it does not have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from agent.intent.spelling import Spelling, asked_words, encoder_words, plain_words
from agent.intent.wishes import Encoder
from recsys.catalogue import Catalogue
from recsys.guided.attributes import AttributeSet

_IN_TITLES = 2  # titles that a word must stand in to be offered for a misspelt one


@dataclass(frozen=True)
class Vocabulary:
    """What a chat model's backend may know of a boutique: names, no items and no clients.

    Attributes:
        titles: Words of titles and materials, with how many items have them.
        english: Words that are spelt right; by default those that the packaged sentence encoder knows whole.
        qualities: How people ask for more or less of the guided attributes: "minimal", "warmer".
    """

    categories: tuple[str, ...]
    brands: tuple[str, ...]
    colours: tuple[str, ...]
    encoder: Encoder
    titles: tuple[tuple[str, int], ...] = ()
    english: frozenset[str] | None = None
    qualities: tuple[str, ...] = ()

    @cached_property
    def spelling(self) -> Spelling:
        """Puts misspelt words of messages right."""
        english = encoder_words() if self.english is None else self.english
        names = {word for name in (*self.categories, *self.brands, *self.colours) for word in plain_words(name)}
        shop = names | {word for word, n in self.titles if n >= _IN_TITLES}
        rare = {word for word, n in self.titles if n < _IN_TITLES}
        return Spelling(english | rare, shop, asked_words(english))


def vocabulary_of(catalogue: Catalogue, encoder: Encoder, attributes: AttributeSet | None = None) -> Vocabulary:
    """Return the vocabulary of a catalogue and of the attributes that its items were scored on."""
    said: Counter[str] = Counter()
    for item in catalogue.items:
        said.update(set(plain_words(item.title)))
    for name in (*catalogue.colour_words, *catalogue.material_words):
        said.update(dict.fromkeys(plain_words(name), _IN_TITLES))
    scored = attributes.attributes if attributes is not None else ()
    return Vocabulary(
        catalogue.categories,
        catalogue.brands,
        catalogue.colours,
        encoder,
        tuple(sorted(said.items())),
        qualities=tuple(phrase.casefold() for one in scored for phrase in (*one.more, *one.less)),
    )
