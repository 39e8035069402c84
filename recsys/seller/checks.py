"""Checks on the text of a reason, in code: it may say nothing that its evidence does not hold.

Every word must be accounted for: as part of a whole name, of a fact, of a claim that was verified, or as one of the
plain connecting words. An invented material, effect, price, person or praise is so caught without knowing it
beforehand. Then each claim the words make is held against what is known: order, houses, counts, firsts, dates, and
which quality belongs to what. A purchase may be named only if it is a tested cause or part of the tested order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

from recsys.catalogue import words
from recsys.guided.attributes import AttributeSet
from recsys.schema import Evidence
from recsys.seller.catalogue_claims import (
    COUNT_WORDS,
    HOUSE_WORDS,
    false_counts,
    false_houses,
    novelty_claims,
    without_novelty,
)
from recsys.seller.evidence import EvidenceSet, month, short_title
from recsys.seller.grounds import cited, rests_on
from recsys.seller.order_claims import ORDER_WORDS, holds, order_claims, speaks_of_order
from recsys.seller.quality_claims import denials, misplaced, unheld, unshared
from recsys.seller.reading import Reading, Unit, purchase_names, read, sayings

MIN_WORDS, MAX_WORDS, MAX_SENTENCES = 6, 60, 3
ENGLISH = 0.25  # share of a text's words that must be English function words; names do not count
_FUNCTION_WORDS = frozenset(
    "a an the this that these it its you your yours we our is are was were be been has have had do does of to in on "
    "for with from by at as like and or but because so too also what which who much more than much where when "
    "while then".split()
)
_MARKUP = re.compile(r"[<>{}\[\]`*_#|\\]|https?:|www\.")
_ADDRESS = re.compile(r"\b(you|your|yours)\b", re.IGNORECASE)
_YOURS = r"\b(?:your|bought|buying|chose|chosen|choosing|own|owned|have|picked|added)\s+(?:the\s+|a\s+|an\s+|your\s+)?"
_OFFERED = re.compile(
    r"(?:suggest\w*|try|meet|here is|here are|this is|this)\s+(?:is\s+)?(?:the\s+|a\s+)?<p\d+>|"
    r"<p\d+>\s+(?:is|are)\s+(?:suggested|picked|chosen|selected|for you|here|the next)"
)
_OWNED_ITEM = re.compile(
    rf"{_YOURS}<it>|(?:<it>|\b(?:it|this)) (?:is|are) (?:(?:already|also|all|now) )?"
    r"(?:(?:one )?(?:of )?yours\b|in your (?:wardrobe|collection)\b)|"
    r"\b(?:because of|after|since|following|first|as with)\s+(?:the\s+|a\s+)?<it>|"
    r"(?<!will )(?<!may )(?<!might )(?<!would )(?<!you )\blike\s+(?:the\s+|a\s+)?<it>"
)
_JOIN = r",?(?: and| or| then)|,"
_OWNER = re.compile(
    rf"{_YOURS}(?:<p\d+>(?: (?:of|in|from) <d>)?(?:{_JOIN})(?: the| a| an| your)? )*?"
    rf"(?:<p\d+>(?: (?:of|in|from) <d>)?(?P<last>{_JOIN})(?: the| a| an)? )?$"
)
_DATED = re.compile(r"<p(\d+)>,?\s+(?:of|in|from|back in)\s+<d>|\bin\s+<d>,?\s+you\s+\w+\s+(?:the\s+|a\s+)?<p(\d+)>")


@cache
def plain_words() -> frozenset[str]:
    """Return the connecting words that name no quality, singular and case folded."""
    text = resources.files("recsys.seller").joinpath("plain_words.txt").read_text(encoding="utf-8")
    return frozenset(words(text)) | {"i", "s", "it's", "you've", "you'll", "you're", "we've", "that's"}


def citations(text: str, evidence: EvidenceSet) -> tuple[Evidence, ...]:
    """Return the facts that a text relies on."""
    return cited(text, evidence)


def check_reason(text: str, evidence: EvidenceSet, attributes: AttributeSet | None) -> Mapping[str, bool]:
    """Check one text against the evidence it was given.

    Args:
        text: The reason as it would be shown.
        evidence: Everything that was offered as a fact, tested against the ranker, and the client's purchases.
        attributes: The boutique's attribute set: no quality of it may be claimed that the evidence does not hold.

    Returns:
        Name of each check (as shown to people) and whether the text passed.
    """
    return {name: not offence for name, offence in _offences(text, evidence, attributes).items()}


def failing_words(text: str, evidence: EvidenceSet, attributes: AttributeSet | None) -> tuple[str, ...]:
    """Return the words and phrases that made a text fail, each once; empty where all checks pass."""
    found = _offences(text, evidence, attributes).values()
    return tuple(dict.fromkeys(word for offence in found for word in offence))


def _offences(text: str, evidence: EvidenceSet, attributes: AttributeSet | None) -> dict[str, tuple[str, ...]]:
    reading = read(text, evidence, attribute_phrases(attributes))
    novelties = novelty_claims(reading)
    true_novelties = " ".join(claim.said for claim in novelties if claim.is_so)
    return {
        "cites a tested cause": () if any(fact.is_cause for fact in cited(text, evidence)) else (text[:40],),
        "every sentence rests on evidence": _baseless(reading),
        "says only what the facts hold": _unaccounted(reading, true_novelties),
        "names only tested purchases": _untested_names(reading),
        "tells owned from suggested": _confused(reading),
        "says what is shared": unshared(reading),
        "claims no other quality": unheld(reading, fact_words(evidence)),
        "says each quality of what has it": misplaced(reading),
        "denies and promises nothing": denials(reading, true_novelties),
        "figures come from the facts": _figures(reading),
        "dates are right": _false_dates(reading),
        "words of order are earned": _unearned_order(reading),
        "the order is as it was": _false_order(reading),
        "houses and counts are right": (*false_houses(reading), *false_counts(reading)),
        "is new where it says so": tuple(claim.said for claim in novelties if not claim.is_so),
        "is one to three sentences": _shape(reading),
        "speaks to the client": () if _ADDRESS.search(text) else (text[:40],),
        "is in English": _foreign(reading),
        "is plain text": _markup(reading),
    }


def attribute_phrases(attributes: AttributeSet | None) -> tuple[str, ...]:
    """Return every phrase and name of an attribute set that claims a quality."""
    if attributes is None:
        return ()
    return tuple(phrase for one in attributes.attributes for phrase in (one.high, one.low, one.label) if phrase)


def fact_words(evidence: EvidenceSet) -> frozenset[str]:
    """Return the words that facts hold beside names, qualities and figures, and those of the item's own category."""
    found = set(words(" ".join(evidence.item.category[-1:])))
    for fact in evidence.evidence:
        rest = fact.statement
        for said in sorted((*purchase_names(evidence), *sayings(fact.key)), key=len, reverse=True):
            rest = re.sub(re.escape(said), " ", rest, flags=re.IGNORECASE)
        found |= set(words(rest))
    return frozenset(found)


def _baseless(reading: Reading) -> tuple[str, ...]:
    return tuple(one.text for one, masked in reading.masked_sentences() if not rests_on(one, masked, reading))


def _unaccounted(reading: Reading, true_novelties: str) -> tuple[str, ...]:
    """Return the words that neither facts, names, verified claims nor plain speech account for."""
    allowed = plain_words() | fact_words(reading.evidence) | set(words(true_novelties)) | HOUSE_WORDS | COUNT_WORDS
    if reading.evidence.order_matters:
        allowed |= {word for said in ORDER_WORDS for word in words(said)}
    tail = _name_tail(reading)
    return tuple(
        unit.value
        for unit in reading.units
        if unit.kind == "word" and not set(words(unit.value)) <= allowed and (unit.start, unit.end) not in tail
    )


def _name_tail(reading: Reading) -> set[tuple[int, int]]:
    """Return the places of words that call the item by the end of its name after a pointing word ("this scarf")."""
    title = [word.casefold() for word in short_title(reading.evidence.item).split()]
    found: set[tuple[int, int]] = set()
    pointed: list[Unit] = []
    for unit in reading.units:
        if unit.value.casefold() in ("this", "that", "the"):
            pointed = [unit]
        elif pointed:
            pointed.append(unit)
            said = [one.value.casefold() for one in pointed[1:]]
            if said == title[len(title) - len(said) :]:
                found |= {(one.start, one.end) for one in pointed[1:]}
    return found


def _untested_names(reading: Reading) -> tuple[str, ...]:
    evidence = reading.evidence
    tested = {fact.key for fact in evidence.causes if fact.kind == "history"}
    orders = " ".join(fact.statement for fact in evidence.causes if fact.kind == "order")
    title = short_title(evidence.item)
    named = [unit.value for unit in reading.units if unit.kind == "purchase"]
    return tuple(one for one in named if one not in tested and one not in orders and one.casefold() != title.casefold())


def _confused(reading: Reading) -> tuple[str, ...]:
    """Return the purchases that are not named as the client's own, and the item where it is named as owned."""
    title, found = short_title(reading.evidence.item).casefold(), list[str]()
    for _, masked in reading.masked_sentences():
        masked = re.sub(r"\s+", " ", masked)
        for mark in re.finditer(r"<p(\d+)>", masked):
            name = reading.names[int(mark[1])]
            if name.casefold() == title:
                continue  # the same article again, in another shade or size: the name means both
            offered = any(one.start() <= mark.start() < one.end() for one in _OFFERED.finditer(masked))
            if offered or not _is_yours(masked, mark):
                found.append(name)
        found += [reading.evidence.item.title for _ in _OWNED_ITEM.finditer(masked)]
    return tuple(found)


def _is_yours(masked: str, mark: re.Match[str]) -> bool:
    """Whether a purchase is said to be owned: by itself, in one list with such a one, or by a claim of order."""
    before, after = masked[: mark.start()], masked[mark.end() : mark.end() + 30]
    owner = _OWNER.search(before)
    # "your X, the Y and the Z" is a list; "like your X, the Y is ..." is none
    listed = owner is not None and (owner["last"] != "," or re.match(r",?(?: the| a| an)? (?:and|or|<p)", after))
    named = re.compile(r"\b(?:of yours|you (?:bought|chose|picked|own|have|added|took))\b")
    return bool(listed or named.search(after.split("<")[0]) or speaks_of_order(masked))


def _figures(reading: Reading) -> tuple[str, ...]:
    """Return the figures that are part of no name, date or verified count."""
    times = [*(one.at for one in reading.evidence.owned), *(fact.at for fact in reading.evidence.evidence)]
    years = {str(at.year) for at in times if at}
    counts = " ".join(fact.statement for fact in reading.evidence.evidence if fact.kind == "house")
    held = set(re.findall(r"\d+", counts))
    found = list[str]()
    for unit in reading.units:
        year = re.search(r"\b(?:in|of|from|since)\s+$", reading.text[: unit.start]) and unit.value in years
        if unit.kind == "number" and not year and unit.value not in held:
            found.append(unit.value)
    return tuple(found)


def _false_dates(reading: Reading) -> tuple[str, ...]:
    """Return the dates that are not those of the purchase they are said of."""
    times = [(one.name, month(one.at)) for one in reading.evidence.owned if one.at]
    times += [(fact.key, month(fact.at)) for fact in reading.evidence.evidence if fact.at]
    found = list[str]()
    for sentence, masked in reading.masked_sentences():
        dates = sentence.values("date")
        named = sentence.values("purchase")
        found += [date for date in dates if not any((name, date) in times for name in named or reading.names)]
        for match in _DATED.finditer(re.sub(r"\s+", " ", masked)):
            date = dates[masked.count("<d>", 0, masked.find("<d>", match.start()))]
            name = reading.names[int(match[1] or match[2])]
            found += [date] if (name, date) not in times else []
    return tuple(found)


def _unearned_order(reading: Reading) -> tuple[str, ...]:
    speaks = speaks_of_order(without_novelty(reading))
    return ("words of order",) if speaks and not reading.evidence.order_matters else ()


def _false_order(reading: Reading) -> tuple[str, ...]:
    claims = order_claims(without_novelty(reading), reading.names)
    return tuple(claim.said for claim in claims if not holds(claim, reading.evidence.owned))


def _shape(reading: Reading) -> tuple[str, ...]:
    """Return what is wrong with length and sentences."""
    n_words, sentences = len(reading.text.split()), reading.sentences
    wrong = [f"{n_words} words"] if not MIN_WORDS <= n_words <= MAX_WORDS else []
    wrong += [f"{len(sentences)} sentences"] if len(sentences) > MAX_SENTENCES else []
    return (*wrong, *(one.text for one in sentences if not re.search(r"[^.!?]\.$", one.text)))


def _markup(reading: Reading) -> tuple[str, ...]:
    """Return marks that are no plain text; square brackets may be part of a name."""
    named = [range(unit.start, unit.end) for unit in reading.units if unit.kind in ("item", "purchase", "brand")]
    found = [
        one[0]
        for one in _MARKUP.finditer(reading.text)
        if one[0] not in "[]" or not any(one.start() in place for place in named)
    ]
    return (*found, *(letter for letter in reading.text if not letter.isprintable()))


def _foreign(reading: Reading) -> tuple[str, ...]:
    said = [unit.value.casefold() for unit in reading.units if unit.kind == "word"]
    strange = [word for word in said if not word.replace("'", "").replace("-", "").isascii()]
    english = sum(word in _FUNCTION_WORDS for word in said) >= ENGLISH * max(len(said), 1)
    return tuple(strange) if english else tuple(said)
