"""Reads facts about a client out of a person's words, by rules: sizes, what to avoid, tastes, dates, preferences.

What is read is always a part of what was said: each fact carries its words. Instructions in a text are words too, and
none of them does anything here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.intent.dates_said import read_occasion_day
from agent.records.facts import FactKind
from recsys.catalogue import Catalogue, words
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.steering import parse_moves

MAX_WORDS = 200  # characters kept of a person's words
SLIGHT = 0.5
_CLAUSES = re.compile(r"[.;!?]+(?=\s|$)|\n+|,?\s+\b(?:but|however|though)\b")
_THINGS = (
    "shoe|ring|clothing|dress|shirt|blouse|sweater|knitwear|trouser|jean|jacket|coat|suit|skirt|belt|glove|hat|bra|"
    "collar|waist|boot|sneaker|sandal|swimwear|top"
)
_VALUE = (
    r"(?:(?:EU|UK|US|IT|FR|DE) ?)?(?:\d{1,3}(?:[.,]5|½)?(?:/\d{1,3})?(?:[a-gA-G](?![a-zA-Z]))?|X{0,3}[SL]|M)"
    r"(?![\w%€$£])"
)
_IN_THING = rf"(?P<value>{_VALUE}) (?:in|for) (?P<thing>{_THINGS})e?s?\b"
_SIZES = (
    re.compile(rf"\b(?P<thing>{_THINGS})s? sizes?(?: is| are|:| of)? (?P<value>{_VALUE})", re.IGNORECASE),
    re.compile(rf"\b(?:(?:takes?|wears?|needs?|is|am) )?(?:an? )?(?:size )?{_IN_THING}", re.IGNORECASE),
    re.compile(rf"\b(?P<thing>clothing )?size(?: is|:)? (?P<value>{_VALUE})", re.IGNORECASE),
)
_BUDGET = re.compile(
    r"\bbudget(?: is|:| of)? (?P<value>(?:up to |about |around )?[A-Z€$£]{0,3} ?\d[\d,.]*)", re.IGNORECASE
)
_OCCASION = re.compile(
    r"\b(?P<what>birthday|wedding anniversary|anniversary|wedding|engagement|name day|graduation|christening|"
    r"retirement|moving house|opening night|holidays?|honeymoon|concert)\b",
    re.IGNORECASE,
)
_AVOIDS = (
    r"(?:is |am |are )?(?:badly |severely )?allergic to|(?:has|have) an allergy to|hates?|dislikes?|detests?|avoids?|"
    r"can(?:no|')t (?:stand|wear|bear)|cannot (?:stand|wear|bear)|never (?:wears?|buys?|shows?)|never|"
    r"(?:does|do|did)(?: not|n't) (?:like|want|wear|care for)|nothing (?:in|with|made of|by|from)|"
    r"no more|no to|no|not in"
)
_LIKES = (
    r"prefers?|likes?|loves?|enjoys?|favou?rs?|would like|wants?|is into|am into|leans? towards|(?:is|am) drawn to|"
    r"looks? for|(?:is|am) fond of|obsessed with|keen on|yes to"
)
_TRIGGER = re.compile(rf"\b(?:(?P<avoid>{_AVOIDS})|(?P<like>{_LIKES}))\b(?! (?:need|rush|hurry|problem|idea|one)\b)")
_SAYS_WHY = re.compile(r"(?:it|they|that|this|these|those|because|since|as)\b")  # "no wool, it itches"
_STRONG = re.compile(r"allerg|hate|detest|never|stand|wear|bear|avoid|dislike|like")
_SLIGHTLY = re.compile(r"\b(?:a bit|a little|slightly|somewhat|a touch|a shade|rather)\b")
_COMPARED = re.compile(r"\b(?:less|too|not so|not as|fewer)\b")
_LEAD = re.compile(r"^(?:anything|everything|wearing|any|the|an?|to|in|by|from|made of|with|of|things|pieces|all)\s+")
_TAIL = re.compile(r"\s+(?:any ?more|at all|ever|please|again|either|pieces|things|items)$")
_DOUBLE = re.compile(r"\b(?:no|nothing|never)\b.*\bwithout\b")


@dataclass(frozen=True)
class FactSaid:
    """One fact as it was read.

    Attributes:
        kind, subject, value, amount: As of a remembered fact.
        words: The words that it rests on.
    """

    kind: FactKind
    subject: str
    value: str
    amount: float | None
    words: str


def clean_words(text: str, most: int = MAX_WORDS) -> str:
    """Return a text in one line without control and invisible characters, cut to so many characters."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(visible.split())[:most].strip()


def read_facts(text: str, attributes: AttributeSet | None, catalogue: Catalogue) -> list[FactSaid]:
    """Read the facts in a text, each kind and subject once, the last word on a subject counting.

    Args:
        text: What somebody said or wrote of a client.
        attributes: The boutique's guided attributes, whose phrases tell tastes; None where there are none.
        catalogue: Gives the brands, colours, materials and kinds of item that can be avoided.
    """
    found: dict[tuple[str, str], FactSaid] = {}
    for clause in _CLAUSES.split(clean_words(text, 4_000)):
        for fact in _in_clause(clause.strip(" ,"), attributes, catalogue):
            found.pop((fact.kind, fact.subject), None)
            found[fact.kind, fact.subject] = fact
    return list(found.values())


def _in_clause(clause: str, attributes: AttributeSet | None, catalogue: Catalogue) -> Iterator[FactSaid]:
    sizes, rest = _sizes(clause)
    yield from sizes
    for found in _BUDGET.finditer(rest):
        yield FactSaid("preference", "budget", found["value"].strip(" ,."), None, found.group())
    rest = _BUDGET.sub(" ", rest)
    day = _day(rest)
    if day is not None:
        yield day
        return
    said = rest.casefold()
    if _DOUBLE.search(said):  # "nothing without pockets" asks for them: kept as it was said
        yield _kept(rest)
        return
    triggers = list(_TRIGGER.finditer(said))
    yield from _compared(said[: triggers[0].start()] if triggers else said, attributes)
    ends = [one.start() for one in triggers[1:]] + [len(said)]
    for trigger, end in zip(triggers, ends, strict=False):
        what, as_said = said[trigger.end() : end].strip(" ,"), rest[trigger.start() : end].strip(" ,")
        as_said = clean_words(re.sub(r"\s+(?:and|or|she|he|they|i)$", "", as_said, flags=re.IGNORECASE))
        if trigger["avoid"]:
            yield from _avoided(what, trigger["avoid"], as_said, attributes, catalogue)
        else:
            yield from _liked(what, as_said, attributes)


def _sizes(clause: str) -> tuple[list[FactSaid], str]:
    """Return the sizes in a clause, and the clause without them."""
    found: list[FactSaid] = []
    for pattern in _SIZES:
        for match in list(pattern.finditer(clause)):
            thing = (match["thing"] or "clothing").strip().casefold()
            thing = "shoe" if thing in ("boot", "sneaker", "sandal") else thing
            value = match["value"].replace(",", ".")
            value = value.upper() if not value[:1].isdigit() else value
            found.append(FactSaid("size", f"{thing} size", value, None, match.group()))
        clause = pattern.sub(" ", clause)
    return found, clause


def _day(clause: str) -> FactSaid | None:
    occasion, day = _OCCASION.search(clause), read_occasion_day(clause)
    if occasion is None or day is None:
        return None
    return FactSaid("date", occasion["what"].casefold(), day, None, clean_words(clause))


def _compared(said: str, attributes: AttributeSet | None) -> Iterator[FactSaid]:
    """Yield tastes told without a verb: "a bit more formal", "less colourful", "minimal"."""
    if attributes is None:
        return
    alone = {phrase for one in attributes.attributes for phrase in (*one.more, *one.less, one.high, one.low) if phrase}
    told = _COMPARED.search(said) or said.strip(" ,") in alone
    if told or any(re.search(rf"\b{re.escape(phrase)}\b", said) for phrase in _comparatives(attributes)):
        yield from _tastes(said, clean_words(said), attributes)


def _comparatives(attributes: AttributeSet) -> list[str]:
    phrases = [phrase for one in attributes.attributes for phrase in (*one.more, *one.less)]
    return [one for one in phrases if one.startswith(("more ", "less ", "fewer ")) or one.split()[0].endswith("er")]


def _liked(what: str, as_said: str, attributes: AttributeSet | None) -> Iterator[FactSaid]:
    tastes = list(_tastes(what, as_said, attributes))
    yield from tastes
    if not tastes and what:
        yield _kept(as_said)


def _kept(as_said: str) -> FactSaid:
    """Return a preference in the person's own words."""
    told = clean_words(as_said)
    return FactSaid("preference", told, "", None, told)


def _tastes(said: str, as_said: str, attributes: AttributeSet | None) -> Iterator[FactSaid]:
    if attributes is None:
        return
    amount = SLIGHT if _SLIGHTLY.search(said) else 1.0
    for name, sign in _moves(said, attributes).items():
        attribute = next(one for one in attributes.attributes if one.name == name)
        yield FactSaid("taste", name, taste_phrase(attribute, sign), sign * amount, as_said)


def _moves(said: str, attributes: AttributeSet) -> dict[str, float]:
    """Return the signed moves by the phrases of critiques, else by the bare words of those and of either end."""
    moves = parse_moves(said, attributes)
    for one in attributes.attributes:
        known = [(phrase.removeprefix("more "), 1.0) for phrase in (*one.more, one.high)]
        known += [(phrase.removeprefix("more "), -1.0) for phrase in (*one.less, one.low)]
        for phrase, sign in known:
            found = re.search(rf"\b{re.escape(phrase.casefold())}\b", said) if phrase else None
            if found:
                moves.setdefault(one.name, -sign if _COMPARED.search(said[: found.start()]) else sign)
    return moves


def taste_phrase(attribute: GuidedAttribute, sign: float) -> str:
    """Return how a move along an attribute is said, for example "more formal"."""
    phrases = attribute.more if sign > 0 else attribute.less
    return phrases[0] if phrases else f"{'more' if sign > 0 else 'less'} {attribute.label}"


def _avoided(
    what: str, trigger: str, as_said: str, attributes: AttributeSet | None, catalogue: Catalogue
) -> Iterator[FactSaid]:
    """Yield what is to be avoided, each thing on its own; words that name nothing of the catalogue are kept too."""
    for part in re.split(r",|/|\band\b|\bor\b|\bnor\b", what):
        thing = _TAIL.sub("", _bare(part.strip()))
        known = _catalogue_word(thing, catalogue)
        tastes = list(_tastes(thing, as_said, attributes)) if known is None else []
        if known is not None:
            yield FactSaid("avoid", known[0], known[1], None, as_said)
        elif tastes:
            yield from (FactSaid(one.kind, one.subject, *_turned(one, thing, attributes), as_said) for one in tastes)
        elif thing and len(thing.split()) <= 2 and (_STRONG.search(trigger) or _in_a_title(thing, catalogue)):
            if not _SAYS_WHY.match(thing):
                yield FactSaid("avoid", thing, "anything", None, as_said)
        elif thing:
            yield _kept(as_said)


def _turned(taste: FactSaid, thing: str, attributes: AttributeSet | None) -> tuple[str, float]:
    """Return value and amount of a disliked quality; "too ornate" is turned by its own words already."""
    assert attributes is not None
    assert taste.amount is not None
    if _COMPARED.search(thing):
        return taste.value, taste.amount
    attribute = next(one for one in attributes.attributes if one.name == taste.subject)
    return taste_phrase(attribute, -taste.amount), -taste.amount


def _bare(part: str) -> str:
    while (shorter := _LEAD.sub("", part)) != part:
        part = shorter
    return part


def _catalogue_word(thing: str, catalogue: Catalogue) -> tuple[str, str] | None:
    """Return the name of the catalogue that words contain and its field, the longest; None where there is none."""
    spoken = f" {' '.join(words(thing))} "
    fields = ("brand", "material", "colour", "category")
    found = [(name, field) for field in fields for said, name in _names(catalogue, field) if f" {said} " in spoken]
    return max(found, key=lambda one: len(one[0]), default=None)


def _in_a_title(thing: str, catalogue: Catalogue) -> bool:
    said = set(words(thing))
    return bool(said) and any(said <= found for found in _title_words(catalogue))


@lru_cache(maxsize=4)
def _title_words(catalogue: Catalogue) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(words(item.title)) for item in catalogue.items)


@lru_cache(maxsize=16)
def _names(catalogue: Catalogue, field: str) -> tuple[tuple[str, str], ...]:
    """Return what can be avoided of a field as it is spoken and as it is called; of colours and materials each word."""
    if field in ("brand", "category"):
        names: Sequence[str] = catalogue.brands if field == "brand" else catalogue.categories
    else:
        values = {str(value).casefold() for item in catalogue.items if (value := getattr(item, field))}
        names = sorted(values | {word for value in values for word in words(value)})
    return tuple((" ".join(words(name)), name) for name in names if words(name))
