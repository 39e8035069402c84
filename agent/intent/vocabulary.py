"""The words a boutique's catalogue is asked for by, and the sentence encoder that knows words it does not have."""

from __future__ import annotations

from dataclasses import dataclass

from agent.intent.wishes import Encoder
from recsys.catalogue import Catalogue


@dataclass(frozen=True)
class Vocabulary:
    """What a chat model's backend may know of a boutique: names, no items and no clients."""

    categories: tuple[str, ...]
    brands: tuple[str, ...]
    colours: tuple[str, ...]
    encoder: Encoder


def vocabulary_of(catalogue: Catalogue, encoder: Encoder) -> Vocabulary:
    """Return the vocabulary of a catalogue."""
    return Vocabulary(catalogue.categories, catalogue.brands, catalogue.colours, encoder)
