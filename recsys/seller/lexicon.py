"""The words, names and phrases that may be said about one suggestion, for a decoder that can say nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

from recsys.guided.attributes import AttributeSet
from recsys.seller.catalogue_claims import HOUSE_WORDS
from recsys.seller.evidence import EvidenceSet, month, short_title
from recsys.seller.order_claims import ORDER_WORDS

_CATEGORY_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


@dataclass(frozen=True)
class Lexicon:
    """What one text may consist of.

    Attributes:
        words: Single words in small letters.
        phrases: Names, qualities, brands and dates, in the exact casing in which they must be said, longest first.
    """

    words: frozenset[str]
    phrases: tuple[str, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """Phrases and words together, each once, phrases first."""
        return tuple(dict.fromkeys((*self.phrases, *sorted(self.words))))


def lexicon(evidence: EvidenceSet, attributes: AttributeSet | None, *, tested_only: bool) -> Lexicon:
    """Return what may be said about one case.

    Args:
        evidence: The case; words of order are in the lexicon only if they are earned.
        attributes: The boutique's attribute set.
        tested_only: Only names of purchases and qualities that are tested causes, as the checks demand; else every
            purchase and every quality that may be stated at all, so that what a model chooses can be measured.
    """
    words = {*_plain(), *_category_words(evidence)}
    if evidence.order_matters:
        words |= ORDER_WORDS
    if evidence.item.brand:
        words |= HOUSE_WORDS
    said = [short_title(evidence.item), *_purchases(evidence, tested_only), *_dates(evidence, tested_only)]
    said += [fact.key for fact in evidence.evidence if fact.kind in ("attribute", "request", "field")]
    if evidence.item.brand:
        said.append(evidence.item.brand)
    if not tested_only and attributes is not None:
        said += [phrase for one in attributes.attributes if one.statable for phrase in (one.high, one.low) if phrase]
    phrases = sorted(dict.fromkeys(said), key=lambda phrase: (-len(phrase), phrase))
    return Lexicon(frozenset(words), tuple(phrases))


@cache
def _plain() -> frozenset[str]:
    """Return the plain words as they are written in the list, not reduced to one form."""
    return frozenset(resources.files("recsys.seller").joinpath("plain_words.txt").read_text(encoding="utf-8").split())


def _category_words(evidence: EvidenceSet) -> set[str]:
    return set(_CATEGORY_WORD.findall(" ".join(evidence.item.category[-1:]).casefold()))


def _purchases(evidence: EvidenceSet, tested_only: bool) -> list[str]:
    tested = [fact.key for fact in evidence.causes if fact.kind == "history"]
    if tested_only:
        orders = [fact.statement for fact in evidence.causes if fact.kind == "order"]
        return [*tested, *(one.name for one in evidence.owned if any(one.name in order for order in orders))]
    return [*tested, *(one.name for one in evidence.owned)]


def _dates(evidence: EvidenceSet, tested_only: bool) -> list[str]:
    named = set(_purchases(evidence, tested_only))
    times = [fact.at for fact in evidence.evidence if fact.at]
    times += [one.at for one in evidence.owned if one.at and one.name in named]
    return [month(at) for at in times]
