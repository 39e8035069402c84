"""Checks on the text of a reason, in code: it may say nothing that its evidence does not hold.

A text is read word by word. Every word must come from the facts given or from a short list of plain connecting
words, so an invented material, effect, person or praise is caught without having to know it beforehand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from recsys.catalogue import words
from recsys.guided.attributes import AttributeSet
from recsys.schema import Evidence
from recsys.seller.evidence import EvidenceSet, short_title

MIN_WORDS, MAX_WORDS = 6, 45
_NUMBER = re.compile(r"\d[\d.,:/]*\d|\d")
_ORDER = re.compile(
    r"\b(lately|recently|latest|since|first|then|next|now|after|before|earlier|moved|moving|used to|these days|"
    r"turned|shift(?:ed)?|no longer|follow(?:s|ed|ing)?)\b",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[<>{}\[\]`*_#|\\]|https?:|www\.|!\[")
_YOURS = r"\b(?:your|bought|chose|chosen|own|have)\s+(?:the\s+|a\s+|your\s+)?"
_ADDRESS = re.compile(r"\b(you|your|yours)\b", re.IGNORECASE)


@cache
def plain_words() -> frozenset[str]:
    """Return the connecting words that name no quality, singular and case folded."""
    text = resources.files("recsys.seller").joinpath("plain_words.txt").read_text(encoding="utf-8")
    return frozenset(words(text)) | {"i", "s", "it's", "you've", "you'll", "you're", "we've", "that's", "don't"}


def citations(text: str, evidence: EvidenceSet) -> tuple[Evidence, ...]:
    """Return the facts whose key words all occur in the text."""
    said = set(words(text)) | set(_NUMBER.findall(text))
    return tuple(
        fact for fact in evidence.evidence if (key := set(words(fact.key)) - {"and", "the", "of"}) and key <= said
    )


def check_reason(text: str, evidence: EvidenceSet, attributes: AttributeSet | None) -> Mapping[str, bool]:
    """Check one text against the evidence it was given.

    Args:
        text: The reason as it would be shown.
        evidence: Everything that was offered as a fact, tested against the ranker.
        attributes: The boutique's attribute set: no quality of it may be claimed that the evidence does not hold.

    Returns:
        Name of each check (as shown to people) and whether the text passed.
    """
    cited = citations(text, evidence)
    allowed = _fact_words(evidence)
    said = words(text)
    return {
        "cites a tested cause": any(fact.is_cause for fact in cited),
        "says only what the facts hold": all(word in allowed or word in plain_words() for word in said),
        "tells owned from suggested": _owned_are_yours(text, evidence),
        "says what is shared": _shared_is_said(text, cited, evidence),
        "claims no other quality": not _other_qualities(text, evidence, attributes),
        "figures come from the facts": set(_NUMBER.findall(text)) <= _fact_numbers(evidence),
        "words of order are earned": evidence.order_matters or not _ORDER.search(_without_keys(text, evidence)),
        "is one or two sentences": MIN_WORDS <= len(text.split()) <= MAX_WORDS and text.rstrip().endswith("."),
        "speaks to the client": _ADDRESS.search(text) is not None,
        "is plain text": _MARKUP.search(text) is None and text.isprintable(),
    }


def _sources(evidence: EvidenceSet) -> list[str]:
    return [*(fact.statement for fact in evidence.evidence), short_title(evidence.item)]


def _fact_words(evidence: EvidenceSet) -> frozenset[str]:
    kind = evidence.item.category[-1:]  # "this scarf" needs no evidence beyond the catalogue's own category
    return frozenset(word for source in (*_sources(evidence), *kind) for word in words(source))


def _fact_numbers(evidence: EvidenceSet) -> frozenset[str]:
    return frozenset(number for source in _sources(evidence) for number in _NUMBER.findall(source))


def _owned_are_yours(text: str, evidence: EvidenceSet) -> bool:
    """Whether every purchase that is named is named as the client's own, and never as what is suggested."""
    names = [fact.key for fact in evidence.evidence if fact.kind == "history"]
    for name in names:
        if name.casefold() == short_title(evidence.item).casefold():
            continue  # the same article again, in another shade or size: the name means both
        said = len(re.findall(re.escape(name), text, re.IGNORECASE))
        yours = len(re.findall(_YOURS + re.escape(name), text, re.IGNORECASE))
        if said != yours:
            return False
    return True


def _shared_is_said(text: str, cited: Sequence[Evidence], evidence: EvidenceSet) -> bool:
    """Whether a text that likens the item to a purchase names what the two really share."""
    if not re.search(r"\blike your\b", text, re.IGNORECASE):
        return True
    named = {fact.evidence_id for fact in cited}
    likened = [fact.evidence_id for fact in cited if fact.kind == "history"]
    return all(any(evidence.links.get(one) == bought for one in named) for bought in likened)


def _without_keys(text: str, evidence: EvidenceSet) -> str:
    """Blank out names, so that an item called "First Light" is no claim about order."""
    for name in (*(fact.key for fact in evidence.evidence), short_title(evidence.item)):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return text


def _other_qualities(text: str, evidence: EvidenceSet, attributes: AttributeSet | None) -> list[str]:
    """Return the attribute phrases that occur in the text although no fact holds them."""
    if attributes is None:
        return []
    rest = f" {' '.join(words(_without_keys(text, evidence)))} "
    held = _fact_words(evidence)
    phrases = [phrase for one in attributes.attributes for phrase in (one.high, one.low, one.label) if phrase]
    return [phrase for phrase in phrases if f" {' '.join(words(phrase))} " in rest and not set(words(phrase)) <= held]
