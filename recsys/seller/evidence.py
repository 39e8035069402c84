"""Gathers what may be said about one suggestion: tested causes first, then catalogue facts that support them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from recsys.faithfulness import TAU, Effects, measure, move_effect
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender
from recsys.schema import Evidence
from recsys.seller.catalogue_facts import in_words, rows_of_kind, shared_field, supporting_facts
from recsys.seller.facts import EvidenceSet, Owned, Purchase
from recsys.seller.titles import month, short_title

__all__ = ["EvidenceSet", "Owned", "Purchase", "gather", "month", "said_of", "short_title"]

N_HISTORY, N_ATTRIBUTES = 4, 2
NOTABLE = 0.7  # standard deviations from the catalogue mean from which an item "is" high or low on an attribute
SHARED = 0.2  # standard deviations from which the mean of a client's purchases leans to the same side
# Scores of 0 to 9 from which an item has much, or up to which it has little, of a quality: nine of ten independent
# readers then put it on the same side ('clienteller evaluate thresholds --repeat').
MUCH, LITTLE = 7.0, 2.0
VARIES = 0.5  # standard deviation from which a kind of items differs in a quality, so that lacking it says something
COMPARABLE = 0.5  # share of the strongest effect from which another quality may be said in its place


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
    owned = tuple(Owned(recommender.catalogue.item(one.item_id), one.at) for one in purchases)
    facts = [
        *_requests(recommender, target, moves or {}),
        *history,
        *_attributes(recommender, effects, sequence, target, said),
        *_house(effects, item.brand, owned),
        *_order(effects, history, owned),
    ]
    links = {}
    for cause in history:
        shared = _shared(recommender, effects, cause, target, said)
        if shared is not None:
            facts.append(shared)
            links[shared.evidence_id] = cause.evidence_id
    known = {fact.key for fact in facts if fact.kind == "house"}
    facts += [one for one in supporting_facts(recommender.catalogue, item, owned) if one.key not in known]
    return EvidenceSet(item, tuple(facts), links, effects.order_matters, owned)


def _history(recommender: Recommender, purchases: Sequence[Purchase], effects: Effects) -> list[Evidence]:
    dates = {purchase.item_id: purchase.at for purchase in purchases}  # the latest purchase of an item wins
    facts: list[Evidence] = []
    for owned, effect in sorted(effects.history.items(), key=lambda pair: -pair[1]):
        control = effects.history_control(owned)
        if effect < TAU["purchase"] or effect <= control or len(facts) == N_HISTORY:
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


def _house(effects: Effects, brand: str | None, owned: Sequence[Owned]) -> list[Evidence]:
    """Return loyalty to the item's house, where it is a cause and she did come back to that house."""
    count = sum((one.item.brand or "").casefold() == (brand or "").casefold() for one in owned)
    if not brand or count < 2 or effects.house < TAU["house"] or effects.house <= effects.house_control:
        return []
    statement = f"You come back to {brand}: {in_words(count)} of your purchases are of that house"
    return [Evidence("b1", "house", brand, statement, brand, effects.house, effects.house_control, None, True)]


def _order(effects: Effects, history: Sequence[Evidence], owned: Sequence[Owned]) -> list[Evidence]:
    """Return the order of the latest purchases that are causes themselves, where the order is a cause."""
    if not effects.order_matters:
        return []
    causes = {fact.subject: fact for fact in history}
    last = {one.item.item_id: place for place, one in enumerate(owned)}
    first = {one.item.item_id: place for place, one in reversed(list(enumerate(owned)))}
    latest = sorted(causes, key=lambda item_id: -last[item_id])[:2]
    if not latest:
        return []
    then = causes[latest[0]]
    before = causes[latest[1]] if len(latest) == 2 else None
    if before is not None and last[before.subject] < first[then.subject] and _on_other_days(before, then):
        statement, key = f"First came the {before.key}, then the {then.key}", f"{before.key} then {then.key}"
        subject = f"{before.subject} {then.subject}"
    elif last[then.subject] == len(owned) - 1 and len(owned) > 1:
        statement, key, subject = f"Lately you chose the {then.key}", f"lately {then.key}", then.subject
    else:
        return []
    return [Evidence("o1", "order", subject, statement, key, effects.order, effects.order_control, then.at, True)]


def _on_other_days(before: Evidence, then: Evidence) -> bool:
    """Whether one came before the other: two purchases of one day have no order, and no name may be said twice."""
    return before.key != then.key and (before.at is None or then.at is None or before.at < then.at)


def _attributes(
    recommender: Recommender, effects: Effects, sequence: IntArray, target: int, said: Collection[str]
) -> list[Evidence]:
    guided = recommender.guided
    if guided is None or effects.attributes is None:
        return []
    taste, found = guided.taste(sequence), list[tuple[int, str, float, float]]()
    for column in (int(one) for one in np.argsort(-effects.attributes)):
        effect, control = float(effects.attributes[column]), effects.attribute_control(column)
        if effect < TAU["attribute"] or effect <= control:
            break
        phrase = _phrase(recommender, guided, column, taste, target)
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


def _phrase(recommender: Recommender, guided: GuidedEmbeddings, column: int, taste: FloatArray, target: int) -> str:
    """Return how to say the attribute, or "" where item and client are not both clearly on the same side of it."""
    position = float(guided.standard[target, column])
    if position * float(taste[column]) < SHARED * abs(position):
        return ""
    return _worth_saying(recommender, guided, target, column)


def _worth_saying(recommender: Recommender, guided: GuidedEmbeddings, row: int, column: int) -> str:
    """Return the phrase for an item, unless it has little of what nothing of its kind has: no mirror has a scent."""
    phrase = said_of(guided, row, column)
    if phrase and phrase == guided.attribute_set.attributes[column].low:
        alike = rows_of_kind(recommender.catalogue, row)
        return phrase if guided.standard[alike, column].std() >= VARIES else ""
    return phrase


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
    quality = _shared_quality(recommender, effects, row, target, said)
    if quality is not None and recommender.guided is not None and effects.attributes is not None:
        column, phrase = quality
        effect, control = float(effects.attributes[column]), effects.attribute_control(column)
        statement, name = f"Like your {cause.key}, it is {phrase}", recommender.guided.names[column]
        return Evidence(f"s{number}", "attribute", name, statement, phrase, effect, control, None, True)
    field = shared_field(recommender.catalogue.items[target - 1], owned)
    if field is None:
        return None
    name, key, predicate = field
    return Evidence(f"s{number}", "field", name, f"Like your {cause.key}, it {predicate}", key)


def _shared_quality(
    recommender: Recommender, effects: Effects, owned: int, target: int, said: Collection[str]
) -> tuple[int, str] | None:
    """Return the column and phrase of the quality most marked in both, among those that raise the item's score.

    What both have comes before what both lack: it says more.
    """
    guided = recommender.guided
    if guided is None or effects.attributes is None:
        return None
    found: list[tuple[int, str]] = []
    mine, theirs = guided.standard[target], guided.standard[owned]
    common = np.where(np.sign(mine) == np.sign(theirs), np.minimum(np.abs(mine), np.abs(theirs)), 0.0)
    for column in (int(one) for one in np.lexsort((-common, mine < 0))):
        if common[column] < NOTABLE:
            continue
        phrase = _worth_saying(recommender, guided, target, column)
        enough = max(TAU["attribute"], effects.attribute_control(column))
        if (
            phrase
            and phrase == _worth_saying(recommender, guided, owned, column)
            and effects.attributes[column] > enough
        ):
            found.append((column, phrase))
    fresh = [one for one in found if one[1] not in said]
    strongest = max((float(effects.attributes[column]) for column, _ in found), default=0.0)
    return next((one for one in fresh if effects.attributes[one[0]] >= COMPARABLE * strongest), next(iter(found), None))
