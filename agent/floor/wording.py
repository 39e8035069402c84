"""Puts a message together, sentence by sentence, each with the facts that it rests on.

A name from the catalogue stands as a name: without sentence marks and links, in quotation marks where it brings a piece
in or is no plain name. So no text of a title or a record can add a sentence. A sentence that would say more than its
facts is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.floor.message_phrases import Language, ReasonKind, Tone
from recsys.catalogue import Catalogue
from recsys.schema import Evidence, Explanation, Item
from recsys.seller.catalogue_facts import in_words
from recsys.seller.titles import short_title

_LINK = re.compile(r"\S*(?:https?:|www\.|@|\.[a-z]{2,}(?:/|$|\s))\S*", re.IGNORECASE)
_MARKS = re.compile(r"[.!?;:…。！？\"“”„«»「」<>{}\[\]`*_#|\\]+")
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|['’ -])*")


@dataclass(frozen=True)
class Sentence:
    """One sentence and the statements it rests on; none where it claims nothing."""

    text: str
    rests_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A piece of a message, and why it was suggested."""

    item: Item
    reason: Explanation


def spoken_name(item: Item) -> str:
    """Return an item's name without anything that could end a sentence or lead elsewhere."""
    name = " ".join(_MARKS.sub(" ", _LINK.sub(" ", short_title(item))).split())
    return name or (item.category[-1] if item.category else item.item_id)


def person_name(name: str | None) -> str:
    """Return a person's name, "" where the record holds none that is only a name."""
    said = " ".join((name or "").split())
    return said if len(said) <= 60 and len(said.split()) <= 5 and _NAME.fullmatch(said) else ""


def greeting(tone: Tone, name: str | None) -> Sentence:
    """Return the greeting, by name where there is one."""
    known = person_name(name)
    if not known:
        return Sentence(tone.nameless)
    text = tone.greeting.format(name=known, first_name=known.split()[0])
    return Sentence(text, (f"The name on record is {known}",))


def introduction(line: str, item: Item, language: Language) -> Sentence:
    """Return the sentence that brings a piece in by its quoted name."""
    return Sentence(line.format(item=language.quoted(spoken_name(item))), (_listed(item),))


def about(item: Item, language: Language) -> list[Sentence]:
    """Return what the catalogue says of a piece that has no tested reason."""
    brand = " ".join(_MARKS.sub(" ", _LINK.sub(" ", item.brand or "")).split())
    return [Sentence(language.about.format(brand=brand), (_listed(item),))] if brand else []


def english_reason(piece: Piece, language: Language, catalogue: Catalogue) -> list[Sentence]:
    """Return the sentences of the card's own reason, without those that answer what was asked in this conversation."""
    facts = {fact.evidence_id: fact for fact in piece.reason.evidence}
    ledger = piece.reason.ledger or ((piece.reason.text, tuple(facts)),)
    found = []
    for text, ids in ledger:
        cited = [facts[one] for one in ids if one in facts]
        if cited and not any(fact.kind == "request" for fact in cited):
            named = _with_names(text, piece, cited, language, catalogue)
            statements = (_listed(piece.item), *(fact.statement for fact in cited))
            found.append((Sentence(named, statements), any(fact.is_cause for fact in cited)))
    return [sentence for sentence, _ in found] if any(is_cause for _, is_cause in found) else []


def translated_reason(
    piece: Piece, language: Language, catalogue: Catalogue, said: Collection[str] = ()
) -> Sentence | None:
    """Return the strongest tested cause of a reason that the language has words for; None if it has for none.

    Args:
        said: Sentences of the message so far; a cause not yet told comes first.
    """
    causes = [fact for fact in piece.reason.evidence if fact.is_cause]
    by_id = {fact.evidence_id: fact for fact in causes}
    found: list[Sentence] = []
    for fact in causes:
        shared = by_id.get(f"s{fact.evidence_id[1:]}") if fact.kind == "history" else None
        told = _told(fact, shared, language, catalogue, said)
        found += [told] if told is not None else []
    fresh = [one for one in found if one.text not in said]
    return next(iter([*fresh, *found]), None)


def _told(
    fact: Evidence, shared: Evidence | None, language: Language, catalogue: Catalogue, said: Collection[str]
) -> Sentence | None:
    """Return one cause as a sentence of the language, None where it has no words for it."""
    statements: tuple[str, ...] = (fact.statement,)
    kind: ReasonKind
    slots: dict[str, str] = {}
    match fact.kind:
        case "history":
            slots["bought"] = _quoted(fact.subject, language, catalogue)
            if shared is not None and shared.key in language.qualities:
                kind, slots["quality"] = "quality_of", language.qualities[shared.key]
                statements = (fact.statement, shared.statement)
            elif fact.at is not None:
                kind, slots["month"] = "bought_in", language.month_of(fact.at)
            else:
                kind = "bought"
        case "attribute" if fact.evidence_id.startswith("a") and fact.key in language.qualities:
            kind, slots["quality"] = "quality", language.qualities[fact.key]
        case "house":
            counts = [word for word in fact.statement.split() if word in _COUNTS]
            if not counts or _COUNTS.index(counts[-1]) >= len(language.numbers):
                return None
            kind, slots["count"] = "house", language.numbers[_COUNTS.index(counts[-1])]
            slots["house"] = " ".join(_MARKS.sub(" ", fact.subject).split())
        case "order":
            names = [_quoted(item_id, language, catalogue) for item_id in fact.subject.split()]
            kind = "order" if len(names) == 2 else "lately"
            slots |= dict(zip(("before", "then"), names, strict=True)) if len(names) == 2 else {"lately": names[0]}
        case _:
            return None
    if kind not in language.reasons:
        return None
    text = _opened(language.reasons[kind].format(**slots))
    again: ReasonKind = "also" if "quality" in slots else "also_bought"
    if text in said and kind in _TOLD_AGAIN:
        text = _opened(language.reasons[again].format(**slots))
    return Sentence(text, statements)


def _opened(text: str) -> str:
    return text[:1].upper() + text[1:]


_TOLD_AGAIN: tuple[ReasonKind, ...] = ("quality", "quality_of", "bought", "bought_in")
_COUNTS = tuple(in_words(count) for count in range(2, 13))


def _with_names(text: str, piece: Piece, cited: Sequence[Evidence], language: Language, catalogue: Catalogue) -> str:
    """Return a sentence in which the piece, just brought in by name, is "this one", and odd names stand quoted."""
    ids = [item_id for fact in cited if fact.kind in ("history", "order") for item_id in fact.subject.split()]
    items = [piece.item, *(catalogue.item(item_id) for item_id in ids)]
    title, bought = short_title(piece.item), [short_title(one) for one in items[1:]]
    if not any(title in name for name in bought):
        text = re.sub(rf"\b([Tt])he {re.escape(title)}", lambda the: f"{the[1]}his one", text)
    for item in sorted(items, key=lambda one: -len(short_title(one))):
        if spoken_name(item) != short_title(item):
            text = text.replace(short_title(item), language.quoted(spoken_name(item)))
    return text


def _quoted(item_id: str, language: Language, catalogue: Catalogue) -> str:
    return language.quoted(spoken_name(catalogue.item(item_id)))


def _listed(item: Item) -> str:
    by = f" by {item.brand}" if item.brand else ""
    called = "" if short_title(item) in item.title else f", called {short_title(item)}"
    return f"The catalogue lists {item.title}{by}{called}"
