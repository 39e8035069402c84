"""Gathers what may be said about one suggestion: tested causes first, then catalogue facts that support them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.faithfulness import TAU, Effects, measure, move_effect
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender
from recsys.schema import Evidence, Item

N_HISTORY, N_ATTRIBUTES = 4, 2
NOTABLE = 0.7  # standard deviations from the catalogue mean from which an item "is" high or low on an attribute
SHARED = 0.2  # standard deviations from which the mean of a client's purchases leans to the same side
MUCH, LITTLE = 6.0, 3.0  # scores of 0 to 9 from which an item has much, or up to which it has little, of a quality
COMPARABLE = 0.5  # share of the strongest effect from which another quality may be said in its place


@dataclass(frozen=True)
class Purchase:
    """One purchase of the client; `at` is None where the source has only an order."""

    item_id: str
    at: dt.date | None


@dataclass(frozen=True)
class Owned:
    """One kept purchase as it can be spoken of; `at` is None where the source has only an order."""

    item: Item
    at: dt.date | None

    @property
    def name(self) -> str:
        """The name by which a person would call it."""
        return short_title(self.item)


@dataclass(frozen=True)
class EvidenceSet:
    """Everything that may be said about one suggestion, strongest cause of each kind first.

    Attributes:
        links: Id of a fact shared with a purchase to the id of that purchase's fact.
        order_matters: Whether words of sequence are earned.
        owned: All kept purchases of the client, oldest first, also those that are no cause.
    """

    item: Item
    evidence: tuple[Evidence, ...]
    links: Mapping[str, str]
    order_matters: bool
    owned: tuple[Owned, ...] = ()

    @property
    def causes(self) -> tuple[Evidence, ...]:
        """The facts whose removal was shown to lower the score."""
        return tuple(fact for fact in self.evidence if fact.is_cause)

    def to_say(self) -> tuple[Evidence, ...]:
        """Return the few facts worth saying: a wish met, one purchase with what it shares, one trait of the taste."""
        requests = [fact for fact in self.causes if fact.kind == "request"][:1]
        said = [*requests, *self._purchase(only_with_quality=bool(requests))]
        keys = {fact.key for fact in said}
        traits = [fact for fact in self.causes if fact.kind == "attribute" and fact.evidence_id not in self.links]
        return (*said, *[fact for fact in traits if fact.key not in keys][: max(0, 3 - len(said))][:1])

    def _purchase(self, *, only_with_quality: bool) -> list[Evidence]:
        """Return a purchase and what it shares: a tested quality is worth most, then a catalogue fact, then nothing."""
        history = [fact for fact in self.causes if fact.kind == "history"]
        shared = {self.links[fact.evidence_id]: fact for fact in self.evidence if fact.evidence_id in self.links}
        with_quality = [fact for fact in history if (one := shared.get(fact.evidence_id)) and one.is_cause]
        with_fact = [fact for fact in history if fact.evidence_id in shared]
        best = (with_quality if only_with_quality else [*with_quality, *with_fact, *history])[:1]
        return [one for fact in best for one in (fact, shared.get(fact.evidence_id)) if one is not None]


_TAIL = re.compile(
    r"\s*(?:\(|\[|,|\||;|:| - | – |\bSPF\b|"
    r"\b\d[\d./]*\s*-?\s*(?:fl|oz|ounces?|ml|g|grams?|count|pack|inch|pieces?)\b).*",
    re.IGNORECASE,
)
_DANGLING = frozenset("a an and by for from in of on or the to with & +".split())


def short_title(item: Item) -> str:
    """Return the name by which a person would call the item: no sizes, no enumerations, at most eight words."""
    name = _TAIL.sub("", item.title).strip(" ,.-") or item.title
    kept = name.split()[:8]
    while len(kept) > 2 and kept[-1].casefold() in _DANGLING:
        kept.pop()
    return " ".join(kept)


def month(at: dt.date) -> str:
    """Write a date as it is said in a sentence, for example "March 2025"."""
    return f"{at:%B} {at.year}"


def gather(
    recommender: Recommender,
    purchases: Sequence[Purchase],
    item_id: str,
    moves: Mapping[str, float] | None = None,
    said: Collection[str] = (),
) -> EvidenceSet:
    """Collect and test what could explain one suggestion.

    Args:
        recommender: The recommender that made the suggestion.
        purchases: The client's kept purchases, oldest first.
        item_id: The suggested item.
        moves: Moves on guided attributes that were in force.
        said: Phrases already used for other items on show; where others hold as well, they come first.
    """
    sequence = recommender.internal([purchase.item_id for purchase in purchases])
    target = recommender.catalogue.ids.to_internal(item_id)
    item = recommender.catalogue.item(item_id)
    effects = measure(recommender, sequence, target)
    history = _history(recommender, purchases, effects)
    facts = [
        *_requests(recommender, target, moves or {}),
        *history,
        *_attributes(recommender.guided, effects, sequence, target, said),
    ]
    links = {}
    for cause in history:
        shared = _shared(recommender, effects, cause, target, said)
        if shared is not None:
            facts.append(shared)
            links[shared.evidence_id] = cause.evidence_id
    owned = tuple(Owned(recommender.catalogue.item(one.item_id), one.at) for one in purchases)
    return EvidenceSet(item, tuple(facts), links, effects.order_matters, owned)


def _history(recommender: Recommender, purchases: Sequence[Purchase], effects: Effects) -> list[Evidence]:
    dates = {purchase.item_id: purchase.at for purchase in purchases}  # the latest purchase of an item wins
    facts: list[Evidence] = []
    for owned, effect in sorted(effects.history.items(), key=lambda pair: -pair[1]):
        control = effects.history_control(owned)
        if effect < TAU or effect <= control or len(facts) == N_HISTORY:
            break
        item_id = recommender.catalogue.ids.to_external(owned)
        name, at = short_title(recommender.catalogue.item(item_id)), dates[item_id]
        when = f" in {month(at)}" if at else ""
        facts.append(
            Evidence(
                f"h{len(facts) + 1}",
                "history",
                item_id,
                f"You bought the {name}{when}",
                name,
                effect,
                control,
                at,
                True,
            )
        )
    return facts


def _attributes(
    guided: GuidedEmbeddings | None, effects: Effects, sequence: IntArray, target: int, said: Collection[str]
) -> list[Evidence]:
    if guided is None or effects.attributes is None:
        return []
    taste, found = guided.taste(sequence), list[tuple[int, str, float, float]]()
    for column in (int(one) for one in np.argsort(-effects.attributes)):
        effect, control = float(effects.attributes[column]), effects.attribute_control(column)
        if effect < TAU or effect <= control:
            break
        phrase = _phrase(guided, column, taste, target)
        if phrase:
            found.append((column, phrase, effect, control))
    strongest = found[0][2] if found else 0.0
    # stable: strongest first; one that was said already gives way to a fresh one of comparable strength
    found.sort(key=lambda one: one[1] in said or one[2] < COMPARABLE * strongest)
    return [
        Evidence(
            f"a{number}",
            "attribute",
            guided.names[column],
            f"It is {phrase}, as is much of what you have chosen",
            phrase,
            effect,
            control,
            None,
            True,
        )
        for number, (column, phrase, effect, control) in enumerate(found[:N_ATTRIBUTES], start=1)
    ]


def _phrase(guided: GuidedEmbeddings, column: int, taste: FloatArray, target: int) -> str:
    """Return how to say the attribute, or "" where item and client are not both clearly on the same side of it."""
    position = float(guided.standard[target, column])
    if position * float(taste[column]) < SHARED * abs(position):
        return ""
    return said_of(guided, target, column)


def said_of(guided: GuidedEmbeddings, row: int, column: int) -> str:
    """Return the phrase for an item's place on an attribute, or "" where it is in the middle or may not be stated.

    The item must stand out from the catalogue and lie on that side of the scale: more than others is not yet much.
    """
    attribute = guided.attribute_set.attributes[column]
    position, score = float(guided.standard[row, column]), float(guided.raw[row, column])
    if not attribute.statable:
        return ""
    if position >= NOTABLE and score >= MUCH:
        return attribute.high
    return attribute.low if position <= -NOTABLE and score <= LITTLE else ""


def _requests(recommender: Recommender, target: int, moves: Mapping[str, float]) -> list[Evidence]:
    facts: list[Evidence] = []
    guided = recommender.guided
    if guided is None:
        return facts
    for name, move in moves.items():
        effect = move_effect(recommender, target, name, move)
        attribute = guided.attribute_set.attributes[guided.names.index(name)]
        phrase = said_of(guided, target, guided.names.index(name))
        if effect >= NOTABLE and phrase:
            wanted = f"{'more' if move > 0 else 'less'} {attribute.label}"
            statement = f"It is {phrase}, as you asked"
            facts.append(Evidence(f"r{len(facts) + 1}", "request", wanted, statement, phrase, effect, 0.0, None, True))
    return facts


def _shared(
    recommender: Recommender, effects: Effects, cause: Evidence, target: int, said: Collection[str]
) -> Evidence | None:
    """Return what the item shares with a purchase: a quality that its score rests on, else a catalogue fact.

    The ranker does not read catalogue fields, so such a fact only supports a reason and never carries one.
    """
    number = cause.evidence_id.removeprefix("h")
    owned = recommender.catalogue.item(cause.subject)
    row = recommender.catalogue.ids.to_internal(cause.subject)
    quality = _shared_quality(recommender.guided, effects, row, target, said)
    if quality is not None and recommender.guided is not None and effects.attributes is not None:
        column, phrase = quality
        effect, control = float(effects.attributes[column]), effects.attribute_control(column)
        statement, name = f"Like your {cause.key}, it is {phrase}", recommender.guided.names[column]
        return Evidence(f"s{number}", "attribute", name, statement, phrase, effect, control, None, True)
    field = _shared_field(recommender.catalogue.items[target - 1], owned)
    if field is None:
        return None
    name, key, predicate = field
    return Evidence(f"s{number}", "field", name, f"Like your {cause.key}, it {predicate}", key)


def _shared_quality(
    guided: GuidedEmbeddings | None, effects: Effects, owned: int, target: int, said: Collection[str]
) -> tuple[int, str] | None:
    """Return the column and phrase of the quality most marked in both, among those that raise the item's score."""
    if guided is None or effects.attributes is None:
        return None
    found: list[tuple[int, str]] = []
    mine, theirs = guided.standard[target], guided.standard[owned]
    common = np.where(np.sign(mine) == np.sign(theirs), np.minimum(np.abs(mine), np.abs(theirs)), 0.0)
    for column in (int(one) for one in np.argsort(-common)):
        if common[column] < NOTABLE:
            break
        phrase = said_of(guided, target, column)
        enough = max(TAU, effects.attribute_control(column))
        if phrase and phrase == said_of(guided, owned, column) and effects.attributes[column] > enough:
            found.append((column, phrase))
    fresh = [one for one in found if one[1] not in said]
    strongest = max((float(effects.attributes[column]) for column, _ in found), default=0.0)
    return next((one for one in fresh if effects.attributes[one[0]] >= COMPARABLE * strongest), next(iter(found), None))


def _shared_field(item: Item, owned: Item) -> tuple[str, str, str] | None:
    common = [mine for mine, theirs in zip(item.category, owned.category, strict=False) if mine == theirs]
    kind = common[-1] if common and item.category[0] == owned.category[0] else None
    fields = [
        ("brand", item.brand, owned.brand, f"is by {item.brand}"),
        ("material", item.material, owned.material, f"is made of {item.material}"),
        ("colour", item.colour, owned.colour, f"comes in {item.colour}"),
        ("category", kind, kind, f"is found under {kind}"),
    ]
    for field, mine, other, predicate in fields:
        if mine and other and mine.casefold() == other.casefold():
            return field, mine, predicate
    return None
