"""What one evidence set can put into the slots of the phrasebook's patterns, each word with the fact it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from recsys.schema import Evidence
from recsys.seller.catalogue_facts import PURPOSES, in_words
from recsys.seller.facts import EvidenceSet
from recsys.seller.phrasebook import Pattern, phrasebook
from recsys.seller.titles import month, short_title

_FIELD_SLOTS = {"brand": "maker", "material": "material", "colour": "colour"}

_ORDERED = frozenset(("before", "then", "lately"))  # whoever names them so also says the order


@dataclass(frozen=True)
class Slots:
    """What may be said of one suggestion beside one purchase.

    Attributes:
        words: Slot to what stands there.
        facts: Slot to the fact that holds it; a slot without one names the item itself.
    """

    words: Mapping[str, str]
    facts: Mapping[str, Evidence]

    def fill(self, pattern: Pattern) -> bool:
        """Whether every slot of a pattern can be filled, and nothing would be said twice."""
        if not pattern.slots <= self.words.keys():
            return False
        keys = [fact.key.casefold() for fact in self.cited(pattern)]
        return len(set(keys)) == len(keys)

    def cited(self, pattern: Pattern) -> tuple[Evidence, ...]:
        """Return the facts that a pattern says, each once, in the order of the evidence."""
        slots = pattern.slots | ({"order"} if pattern.slots & _ORDERED else set())
        found = {fact.evidence_id: fact for slot, fact in self.facts.items() if slot in slots}
        return tuple(found.values())


def slots_of(evidence: EvidenceSet) -> tuple[Slots, ...]:
    """Return what can be said, once beside each purchase of which most can be said, best first; never empty."""
    shared = [*_item(evidence), *_taste(evidence), *_house(evidence), *_supporting(evidence), *_order(evidence)]
    beside = [list(_purchase(evidence, bought)) for bought in evidence.best_purchases()]
    return tuple(_slots([*shared, *own]) for own in beside or [[]])


_Entry = tuple[str, str, Evidence | None]


def _slots(entries: list[_Entry]) -> Slots:
    words = {slot: said for slot, said, _ in entries}
    return Slots(words, {slot: fact for slot, _, fact in entries if fact is not None})


def _item(evidence: EvidenceSet) -> Iterator[_Entry]:
    """Yield the item's name, unless a purchase bears the same one: then it would not tell which is meant."""
    title = short_title(evidence.item)
    names = {owned.name for owned in evidence.owned} | {fact.key for fact in evidence.of_kind("history")}
    if not any(name.casefold() in title.casefold() or title.casefold() in name.casefold() for name in names):
        yield "item", title, None


def _taste(evidence: EvidenceSet) -> Iterator[_Entry]:
    purposes = [fact for fact in evidence.traits if phrasebook().tells_purpose(fact.key)]
    others = [fact for fact in evidence.traits if fact not in purposes]
    for slot, fact in zip(("taste", "taste2"), [*others, *purposes], strict=False):
        yield slot, fact.key, fact
    for fact in purposes[:1]:
        yield "purpose", fact.key, fact


def _house(evidence: EvidenceSet) -> Iterator[_Entry]:
    for fact in evidence.of_kind("house"):
        count = sum((one.item.brand or "").casefold() == fact.subject.casefold() for one in evidence.owned)
        yield "house", fact.key, fact
        yield "count", in_words(count), fact


def _supporting(evidence: EvidenceSet) -> Iterator[_Entry]:
    category = evidence.item.category[-1:]
    for fact in evidence.evidence:
        if fact.kind != "field" or fact.evidence_id in evidence.links:
            continue
        if fact.subject in PURPOSES:
            yield "occasion", fact.key, fact
        elif fact.subject == "house":
            yield "known", fact.key, fact
        elif fact.key.startswith("first "):
            yield "first_kind", fact.key.removeprefix("first "), fact
        else:
            owned = sum(one.item.category[-1:] == category for one in evidence.owned)
            yield "another", fact.key.removeprefix("one more "), fact
            yield "owned_count", in_words(owned), fact


def _purchase(evidence: EvidenceSet, bought: Evidence) -> Iterator[_Entry]:
    yield "bought", bought.key, bought
    if bought.at:
        yield "month", month(bought.at), bought
    shared = evidence.shared_with(bought)
    if shared is None:
        return
    if shared.is_cause:
        yield "shared", shared.key, shared
        if phrasebook().tells_purpose(shared.key):
            yield "shared_purpose", shared.key, shared
    elif shared.subject in _FIELD_SLOTS:
        yield _FIELD_SLOTS[shared.subject], shared.key, shared


def _order(evidence: EvidenceSet) -> Iterator[_Entry]:
    """Yield the purchases of the order; both the order and the purchases are facts that a pattern then says."""
    history = {fact.subject: fact for fact in evidence.of_kind("history")}
    for order in evidence.of_kind("order"):
        named = [history[one] for one in order.subject.split() if one in history]
        if len(named) != len(order.subject.split()):
            continue
        for slot, fact in zip(("before", "then") if len(named) == 2 else ("lately",), named, strict=True):
            yield slot, fact.key, fact
            shared = evidence.shared_with(fact)
            if fact.at:
                yield f"{slot}_month", month(fact.at), fact
            if shared is not None and shared.is_cause:
                yield f"{slot}_shared", shared.key, shared
        yield "order", order.key, order
