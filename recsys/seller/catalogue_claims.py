"""What a text claims about houses, counts and firsts, verified against the purchases themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from recsys.catalogue import words
from recsys.schema import Item
from recsys.seller.evidence import EvidenceSet
from recsys.seller.reading import Reading, Sentence

_CARDINALS = "two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "second third fourth fifth sixth seventh eighth ninth tenth".split()
COUNT_WORDS = frozenset((*_CARDINALS, *_ORDINALS, "twice", "both", "several", "dozen"))
_COUNTED = ("house", "repeat of a kind")  # catalogue facts that count purchases
HOUSE_WORDS = frozenset("house brand maker label".split())
_HOUSE = re.compile(rf"\b(?:{'|'.join(HOUSE_WORDS)})s?\b|<b>")
_SAME_HOUSE = re.compile(r"\b(?:same|one|shared?|both|too|also|like|as|match(?:es)?)\b")
_OF_ITEM = re.compile(r"(?:\b(?:it|this|one)|<it>),? (?:(?:is|comes) )?(?:by|from|of) (?:the house (?:of )?)?<b>")
_LOYAL = re.compile(
    r"\b(?:come|comes|coming|came|go|goes|going|went|turn|turns|turned|keep|keeps) (?:back|to|returning|choosing|"
    r"coming|buying)\b|\breturn(?:s|ed|ing)?\b|\bagain\b|\bloyal\w*|\bfaithful\w*|\btrust\w*|\bfavou?rite\b|"
    r"\bregular\w*|\boften\b|\bmany\b|\bmost\b|\bevery\b|\ball\b|\balways\b|\bkeep(?:s)? (?:to|with)\b"
)
_COUNT = re.compile(rf"\b(?:{'|'.join((*_CARDINALS, 'both', 'twice'))})\b|(?<![\w<])\d+\b")
_COUNTABLE = re.compile(  # what follows a count of purchases, unlike one of a set, a price or a size
    r" (?:of (?:your|these|those|them|the|what|that|this|<b>)|(?:other |such |earlier )?"
    r"(?:purchases|pieces|choices|others)|"
    r"you\b|are\b|times\b|already\b|from <b>|by <b>|<b>|(?:in your|that) )"
)
_ORDINAL = re.compile(rf"\b(?:{'|'.join(_ORDINALS)})\b")
_FIRST = re.compile(
    r"\b(?:your|a|the) (?:very )?first (?:(?P<own>of (?:its|this|that) kind)|(?P<what>(?!purchase|choice|step|came|was)"
    r"(?:(?!(?:in|for|among|and|of|to|from|by|with|you|is|it|then)\b)[^\s,.;:<]+ ?){0,4}))"
    r"(?P<house>(?:from |by |of )?(?:<b>|th(?:is|e|at) (?:house|brand|maker|label)))?"
)
_NEW = re.compile(
    r"\b(?:(?:house|brand|maker|label)(?: that is)? new to you|new (?:kind|category|house|brand|maker|label|to you\b|"
    r"for you\b)|new to your \w+|"
    r"nothing (?:else )?of its kind|not yet|a first for you|(?:the|your|an?) only (?!what\b|one (?:you|who|that)\b)\w+|"
    r"(?:do not|don't|did not|have not|haven't|have|own) (?:yet )?(?:own(?:ed)? |had |bought )?no (?:\w+ ?){1,3})"
)
_EMPTY = frozenset("piece item one purchase product thing kind sort house brand maker label your a the of".split())


@dataclass(frozen=True)
class Novelty:
    """A claim that the client owns nothing of the kind: its words, their place in the masked text, whether it is so."""

    said: str
    start: int
    end: int
    is_so: bool


def novelty_claims(reading: Reading) -> tuple[Novelty, ...]:
    """Return every claim of novelty in a text."""
    found: list[Novelty] = []
    for match in _FIRST.finditer(reading.masked):
        if match["own"] or match["house"] or (match["what"] or "").strip():
            found.append(Novelty(match[0], *match.span(), _first_holds(match, reading.evidence)))
    for match in _NEW.finditer(reading.masked):
        kind, house = _new_kind(reading.evidence), n_of_brand(reading.evidence) == 0
        is_so = house if re.search(r"house|brand|maker|label", match[0]) else kind
        found.append(Novelty(match[0], *match.span(), is_so))
    return tuple(found)


def without_novelty(reading: Reading) -> str:
    """Return the masked text with claims of novelty blanked, so that "your first scarf" is none about order."""
    masked = reading.masked
    for claim in novelty_claims(reading):
        masked = masked[: claim.start] + " " * (claim.end - claim.start) + masked[claim.end :]
    return masked


def _first_holds(match: re.Match[str], evidence: EvidenceSet) -> bool:
    if match["house"]:
        return bool(evidence.item.brand) and n_of_brand(evidence) == 0
    if match["own"]:
        return _new_kind(evidence)
    what = {_stem(word) for word in words(match["what"])} - _EMPTY
    is_one = what <= _kind_words(evidence.item, " ".join(evidence.item.category))
    return bool(what) and is_one and not any(what <= _kind_words(one.item) for one in evidence.owned)


def _new_kind(evidence: EvidenceSet) -> bool:
    """Whether no purchase stands under the item's own category."""
    own = evidence.item.category[-1:]
    return bool(own) and not any(own[0] in one.item.category for one in evidence.owned)


def _kind_words(item: Item, categories: str | None = None) -> set[str]:
    """Return the words that say what an item is; a category that joins several kinds says of none that it is one."""
    one_kind = [name for name in item.category if not re.search(r"[&,/]| and ", name)]
    return {_stem(word) for word in words(f"{item.title} {' '.join(one_kind) if categories is None else categories}")}


def _stem(word: str) -> str:
    """Bring "scarve" (of scarves) and "scarf", "knife" and "knive" to one form."""
    return word[:-2] + "f" if word.endswith(("ve", "fe")) else word


def n_of_brand(evidence: EvidenceSet) -> int:
    """Count the purchases of the suggested item's brand."""
    brand = (evidence.item.brand or "").casefold()
    return sum(bool(brand) and (one.item.brand or "").casefold() == brand for one in evidence.owned)


def n_of_kind(evidence: EvidenceSet) -> int:
    """Count the purchases under the suggested item's own category."""
    return sum(evidence.item.category[-1:] == one.item.category[-1:] for one in evidence.owned if one.item.category)


def false_houses(reading: Reading) -> tuple[str, ...]:
    """Return what a text says about houses that is not so, or that no tested loyalty carries."""
    return tuple(
        said
        for sentence, masked in reading.masked_sentences()
        if _HOUSE.search(masked)
        for said in _false_in(sentence, masked, reading.evidence)
    )


def _false_in(sentence: Sentence, masked: str, evidence: EvidenceSet) -> Iterable[str]:
    brand = evidence.item.brand
    for said in sentence.values("brand"):
        if brand is None or said.casefold() != brand.casefold():
            yield said
    if brand is None:
        yield _HOUSE.findall(masked)[0]
        return
    if _SAME_HOUSE.search(masked) or not _OF_ITEM.search(masked):
        named = set(sentence.values("purchase"))
        theirs = [one for one in evidence.owned if one.name in named]
        if any((one.item.brand or "").casefold() != brand.casefold() for one in theirs):
            yield "same house"
        if "same" in masked and not n_of_brand(evidence):
            yield "same house"
    loyal = _LOYAL.search(masked)
    is_tested = any(fact.kind == "house" and fact.is_cause for fact in evidence.evidence)
    if loyal and not (is_tested and n_of_brand(evidence) >= 2):
        yield loyal[0]


def false_counts(reading: Reading) -> tuple[str, ...]:
    """Return the counts in a text that are not so."""
    evidence, found = reading.evidence, list[str]()
    of_brand, of_kind, total = n_of_brand(evidence), n_of_kind(evidence), len(evidence.owned)
    counted = [fact for fact in evidence.evidence if fact.kind == "house" or fact.subject in _COUNTED]
    stated = {number for fact in counted for number in _numbers(fact.statement)}
    for sentence, masked in reading.masked_sentences():
        n_alike = of_brand if _HOUSE.search(masked) else of_kind
        named = set(sentence.values("purchase"))
        true = {*stated, n_alike, len(named), len(named | set(sentence.values("item")))}
        for match in _COUNT.finditer(masked):
            is_total = masked[: match.start()].endswith(("your ", "all "))
            counts = match[0] == "both" or _COUNTABLE.match(masked, match.end()) is not None
            if not counts or _value(match[0]) not in ({*true, total} if is_total else true):
                found.append(match[0])
        # with the suggestion itself, a client of two comes to her third
        found += [one for one in _ORDINAL.findall(masked) if _ORDINALS.index(one) + 2 != n_alike + 1]
    return tuple(found)


def _numbers(text: str) -> set[int]:
    return {_value(match[0]) for match in _COUNT.finditer(text.lower())}


def _value(word: str) -> int:
    if word in _CARDINALS:
        return _CARDINALS.index(word) + 2
    return int(word) if word.isdigit() else 2
