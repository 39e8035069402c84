"""Words that code, not the model, writes: prices, dates, tool results, profiles, comparisons. No logic of ranking."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from agent.events import AttributeBar, Card, Comparison
from agent.records.opinions import Feedback
from recsys.guided.embedding import GuidedEmbeddings
from recsys.money import format_price
from recsys.ranker import FloatArray, IntArray
from recsys.schema import Client, Evidence, Filters, Item
from recsys.seller.evidence import month, short_title

_SCALE_TOP = 9.0


def bars(guided: GuidedEmbeddings | None, row: int, evidence: Sequence[Evidence] = ()) -> tuple[AttributeBar, ...]:
    """Return the two attributes that say most about an item: those its reason rests on, then its most marked ones."""
    if guided is None:
        return ()
    named = [guided.names.index(fact.subject) for fact in evidence if fact.kind == "attribute"]
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


def describe_filters(filters: Filters, currency: str | None) -> str:
    """Say in words what was filtered for, for example "bags in navy up to €800"; "" without filters."""
    parts = [filters.category.casefold() if filters.category else "", f"by {filters.brand}" if filters.brand else ""]
    parts.append(f"in {filters.colour}" if filters.colour else "")
    parts.append(f"from {format_price(filters.min_price_minor, currency)}" if filters.min_price_minor else "")
    parts.append(_ceiling(filters.max_price_minor, currency) if filters.max_price_minor else "")
    return " ".join(part for part in parts if part)


def _ceiling(price_minor: int, currency: str | None) -> str:
    """Write a price bound; one minor unit below a round price is said as below it."""
    above = format_price(price_minor + 1, currency)
    return f"below {above}" if "." not in above else f"up to {format_price(price_minor, currency)}"


def describe_moves(moves: Mapping[str, float], guided: GuidedEmbeddings | None) -> str:
    """Say in words where the ranking was moved, for example "simpler, less formal"; "" without moves."""
    known = {one.name: one for one in guided.attribute_set.attributes} if guided is not None else {}
    said = []
    for name, move in moves.items():
        phrases = known[name].more if move > 0 else known[name].less
        said.append(phrases[0] if phrases else f"{'more' if move > 0 else 'less'} {known[name].label}")
    return ", ".join(said)


def taste_words(guided: GuidedEmbeddings, taste: FloatArray, n: int = 3) -> tuple[str, ...]:
    """Return how a client's taste differs most from the catalogue, in the attributes' own phrases."""
    phrases = []
    for column in sorted(range(len(taste)), key=lambda index: -abs(float(taste[index]))):
        attribute = guided.attribute_set.attributes[column]
        phrase = attribute.high if taste[column] > 0 else attribute.low
        if attribute.statable and phrase and abs(float(taste[column])) >= 0.25:
            phrases.append(phrase)
    return tuple(phrases[:n])


def profile_text(
    client: Client,
    bought: Sequence[tuple[Item, dt.date | None]],
    taste: Sequence[str],
    feedback: Sequence[tuple[Feedback, Item]],
    *,
    with_notes: bool,
) -> str:
    """Tell what is known of a client, every figure from the records.

    Args:
        bought: Kept purchases, oldest first.
        taste: Phrases from `taste_words`.
        feedback: What the client said of items, oldest first.
        with_notes: Whether the reader may see the staff's notes (never the client themselves).
    """
    lines = [_purchases_line(client.name or client.client_id, bought)]
    if bought:
        recent = "; ".join(f"{short_title(item)}{f' ({month(at)})' if at else ''}" for item, at in bought[-3:][::-1])
        lines.append(f"Most recently: {recent}.")
    if taste:
        lines.append(f"Their choices lean towards what is {', '.join(taste)}.")
    if client.preferences:
        lines.append("On file: " + "; ".join(f"{name} {value}" for name, value in client.preferences.items()) + ".")
    said = [f"{_VERDICT[entry.verdict]} the {short_title(item)}" for entry, item in feedback[-3:]]
    if said:
        lines.append(f"Lately they {', '.join(said)}.")
    if with_notes:
        lines += [f"Note of {note.at:%d %B %Y}: {note.text}" for note in client.notes[-2:]]
    return "\n\n".join(lines)


_VERDICT = {"like": "liked", "dislike": "turned down"}


def _purchases_line(name: str, bought: Sequence[tuple[Item, dt.date | None]]) -> str:
    if not bought:
        return f"{name} has no purchases on record yet."
    pieces = f"{len(bought)} {'piece' if len(bought) == 1 else 'pieces'}"
    first = bought[0][1]
    since = f" since {month(first)}" if first else ""
    kinds = Counter(item.category[0] for item, _ in bought if item.category).most_common(3)
    mostly = ", ".join(f"{kind.casefold()} ({count})" for kind, count in kinds)
    return f"{name} has kept {pieces}{since}" + (f": {mostly}." if mostly else ".")


def compare(
    cards: tuple[Card, ...], guided: GuidedEmbeddings | None, rows: Sequence[int], columns: Sequence[int]
) -> Comparison:
    """Put items side by side.

    Args:
        cards: The items.
        rows: Their internal ids.
        columns: The attributes to compare on, those that weigh most for this client first.
    """
    table: dict[str, tuple[str, ...]] = {}
    facts = {
        "Price": [card.price for card in cards],
        "Brand": [card.item.brand or "" for card in cards],
        "Colour": [card.item.colour or "" for card in cards],
        "Material": [card.item.material or "" for card in cards],
    }
    table |= {label: tuple(value or "not given" for value in values) for label, values in facts.items() if any(values)}
    if guided is not None:
        for column in columns:
            label = guided.attribute_set.attributes[column].label.capitalize()
            table[label] = tuple(f"{guided.raw[row, column]:.0f} of 9" for row in rows)
    table["Available"] = tuple("yes" if card.item.available else "not now" for card in cards)
    return Comparison(cards, table)


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
