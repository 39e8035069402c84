"""Holds every sentence of a message against the facts it rests on: no figure, name, house or quality beyond them."""

from __future__ import annotations

import re
from functools import lru_cache

from agent.floor.message_phrases import Language, Tone
from agent.floor.wording import Sentence
from recsys.catalogue import Catalogue
from recsys.guided.attributes import AttributeSet
from recsys.seller.catalogue_facts import in_words
from recsys.seller.checks import attribute_phrases
from recsys.seller.titles import short_title

_FOREIGN = re.compile(r"https?:|www\.|@|[<>{}`|\\]")
_MONTHS = "January February March April May June July August September October November December".split()


def says_more(
    sentence: Sentence, tone: Tone, language: Language, catalogue: Catalogue, attributes: AttributeSet | None
) -> tuple[str, ...]:
    """Return what a sentence says beyond its facts; empty where it may stand.

    One without facts must be a line of the phrases; every other is searched for figures, names of the catalogue,
    houses and qualities that its facts do not hold.
    """
    if not sentence.rests_on:
        return () if sentence.text in tone.fixed() else (sentence.text,)
    held = " ".join(sentence.rests_on).casefold()
    said = sentence.text.casefold()
    figures = [one for one in re.findall(r"\d+", sentence.text) if one not in _figures(" ".join(sentence.rests_on))]
    brands = [one for one in catalogue.brands if len(one) > 3 and _has(said, one) and one.casefold() not in held]
    names = [one for one in _names(catalogue) if one in said and one not in held]
    phrases = attribute_phrases(attributes)
    qualities = [one for one in phrases if " " in one and _has(said, one) and one.casefold() not in held]
    worded = [key for key, words in language.qualities.items() if words.casefold() in said and key not in held]
    # a quality of one word may be part of a longer one that is held
    covered = [words for key, words in language.qualities.items() if key in held]
    worded = [key for key in worded if not any(language.qualities[key] in words for words in covered)]
    return (*figures, *brands, *names, *qualities, *worded, *_FOREIGN.findall(sentence.text))


def _has(said: str, phrase: str) -> bool:
    known = phrase.casefold()
    return known in said and re.search(rf"\b{re.escape(known)}\b", said) is not None  # most names are in no sentence


def _figures(held: str) -> set[str]:
    """Return the figures that facts hold, also as the numbers of months and of counts in words."""
    months = {str(number) for number, name in enumerate(_MONTHS, start=1) if name in held}
    counts = {str(count) for count in range(2, 13) if re.search(rf"\b{in_words(count)}\b", held)}
    return set(re.findall(r"\d+", held)) | months | counts


@lru_cache(maxsize=4)
def _names(catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of all items in small letters, as far as two words or more tell them from other speech."""
    names = {short_title(item).casefold() for item in catalogue.items}
    return tuple(name for name in names if len(name.split()) > 1)
