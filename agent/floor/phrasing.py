"""Words that code, not the model, writes about items: prices, filters, moves, numbered lines, bars. No ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.context import Role
from agent.events import AttributeBar
from recsys.guided.attributes import GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.money import format_price
from recsys.ranker import FloatArray, IntArray
from recsys.schema import Evidence, Filters, Item
from recsys.seller.evidence import short_title

_SCALE_TOP = 9.0
_FIRSTS = ("first", "second", "third", "fourth", "fifth")


@dataclass(frozen=True)
class Voice:
    """How the client is spoken of: to a shopper "you", to staff "they"."""

    they: str
    them: str
    their: str


def voice(role: Role) -> Voice:
    """Return how the client is spoken of to a reader."""
    return Voice("you", "you", "your") if role == "shopper" else Voice("they", "them", "their")


def bars(guided: GuidedEmbeddings | None, row: int, evidence: Sequence[Evidence] = ()) -> tuple[AttributeBar, ...]:
    """Return the two attributes that say most about an item: those its reason rests on, then its most marked ones."""
    if guided is None:
        return ()
    wished = {f"more {one.label}": one.name for one in guided.attribute_set.attributes}
    rests_on = [wished.get(one.subject, one.subject) for one in evidence if one.kind in ("attribute", "request")]
    named = [guided.names.index(subject) for subject in rests_on if subject in guided.names]
    marked = sorted(range(len(guided.names)), key=lambda column: -float(guided.standard[row, column]))
    columns = list(dict.fromkeys([*named, *marked]))[:2]
    return tuple(
        AttributeBar(guided.attribute_set.attributes[column].label, float(guided.raw[row, column]) / _SCALE_TOP)
        for column in columns
    )


def price_of(item: Item) -> str:
    """Return an item's price as people read it."""
    return format_price(item.price_minor, item.currency)


def line(reference: int, item: Item) -> str:
    """Return one numbered line on an item, for the model: no price, code shows that."""
    facts = [short_title(item), item.brand, item.category[-1] if item.category else None, item.colour]
    return f"{reference}. " + ", ".join(fact for fact in facts if fact)


def slate_lines(items: Sequence[Item]) -> str:
    """Return a slate as numbered lines."""
    return "\n".join(line(number, item) for number, item in enumerate(items, start=1))


def the(position: int) -> str:
    """Return "the first" for position 0, and so on."""
    return f"the {_FIRSTS[position]}" if position < len(_FIRSTS) else f"number {position + 1}"


def enumerate_words(parts: Sequence[str], joint: str = "and") -> str:
    """Write parts as people enumerate them: "a, b and c"; "a and b, and c" where a part has the joint itself."""
    pause = "," if len(parts) > 1 and any(f" {joint} " in part for part in parts[:-1]) else ""
    return f"{pause} {joint} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def filter_words(filters: Filters, currency: str | None) -> dict[str, str]:
    """Say each condition in words, by the name of its field: {"colour": "in navy", "max_price_minor": "below €800"}."""
    said = {
        "category": filters.category.casefold() if filters.category else "",
        "brand": f"by {filters.brand}" if filters.brand else "",
        "colour": f"in {filters.colour.casefold()}" if filters.colour else "",
        "material": f"of {filters.material.casefold()}" if filters.material else "",
        "season": f"for {filters.season.casefold()}" if filters.season else "",
        "size": f"in size {filters.size.upper()}" if filters.size else "",
        "min_price_minor": _floor(filters.min_price_minor, currency) if filters.min_price_minor else "",
        "max_price_minor": _ceiling(filters.max_price_minor, currency) if filters.max_price_minor else "",
        "not_brand": f"not by {enumerate_words(filters.not_brand, 'or')}" if filters.not_brand else "",
        "not_colour": f"not in {enumerate_words(filters.not_colour, 'or')}" if filters.not_colour else "",
        "not_material": f"without {enumerate_words(filters.not_material, 'or')}" if filters.not_material else "",
        "not_category": f"no {enumerate_words(filters.not_category, 'or').casefold()}" if filters.not_category else "",
    }
    return {name: words for name, words in said.items() if words}


def describe_filters(filters: Filters, currency: str | None) -> str:
    """Say in words what was filtered for, for example "bags in navy up to €800"; "" without filters."""
    said = filter_words(filters, currency)
    kept = " ".join(words for name, words in said.items() if not name.startswith("not_"))
    return ", ".join([*([kept] if kept else []), *(words for name, words in said.items() if name.startswith("not_"))])


def _ceiling(price_minor: int, currency: str | None) -> str:
    """Write a price bound; one minor unit below a round price is said as below it."""
    above = format_price(price_minor + 1, currency)
    return f"below {above}" if "." not in above else f"up to {format_price(price_minor, currency)}"


def _floor(price_minor: int, currency: str | None) -> str:
    """Write a price bound; one minor unit above a round price is said as above it."""
    below = format_price(price_minor - 1, currency)
    return f"above {below}" if "." not in below else f"from {format_price(price_minor, currency)}"


def comparative(attribute: GuidedAttribute, sign: float) -> str:
    """Return how people ask for more or less of an attribute: "more minimal", "less formal"."""
    phrases = attribute.more if sign > 0 else attribute.less
    return phrases[0] if phrases else f"{'more' if sign > 0 else 'less'} {attribute.label}"


def describe_moves(moves: Mapping[str, float], guided: GuidedEmbeddings | None) -> str:
    """Say in words where the ranking was moved, for example "simpler, less formal"; "" without moves."""
    known = {one.name: one for one in guided.attribute_set.attributes} if guided is not None else {}
    return ", ".join(comparative(known[name], move) for name, move in moves.items())


def quality(attribute: GuidedAttribute, sign: float) -> str:
    """Return what an item with much or little of an attribute is like ("clean-lined"); "" where nobody would say it."""
    return attribute.high if sign > 0 else attribute.low


def taste_words(guided: GuidedEmbeddings, taste: FloatArray, n: int = 3) -> tuple[str, ...]:
    """Return how a client's taste differs most from the catalogue, in the attributes' own phrases."""
    phrases = []
    for column in sorted(range(len(taste)), key=lambda index: -abs(float(taste[index]))):
        attribute = guided.attribute_set.attributes[column]
        phrase = attribute.high if taste[column] > 0 else attribute.low
        if attribute.statable and phrase and abs(float(taste[column])) >= 0.25:
            phrases.append(phrase)
    return tuple(phrases[:n])


def taste_bars(guided: GuidedEmbeddings, sequence: IntArray, n: int = 5) -> tuple[AttributeBar, ...]:
    """Return a client's most marked attributes as bars: their recency-weighted mean score on the attribute's scale."""
    if len(sequence) == 0:
        return ()
    taste = guided.taste(sequence)
    weights = guided.recency(len(sequence))
    mean = weights @ guided.raw[sequence]
    columns = sorted(range(len(taste)), key=lambda column: -abs(float(taste[column])))[:n]
    return tuple(
        AttributeBar(guided.attribute_set.attributes[column].label, float(mean[column]) / _SCALE_TOP)
        for column in columns
    )
