"""Gathers what may be said about one suggestion: tested causes first, then catalogue facts that support them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.faithfulness import TAU, Effects, measure, move_effect
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender
from recsys.schema import Evidence, Item

N_HISTORY, N_ATTRIBUTES = 2, 2
NOTABLE = 0.7  # standard deviations from the catalogue mean from which an item "is" high or low on an attribute
SHARED = 0.2  # the same for the mean of a client's purchases


@dataclass(frozen=True)
class Purchase:
    """One purchase of the client; `at` is None where the source has only an order."""

    item_id: str
    at: dt.date | None


@dataclass(frozen=True)
class EvidenceSet:
    """Everything that may be said about one suggestion, strongest cause of each kind first."""

    item: Item
    evidence: tuple[Evidence, ...]
    order_matters: bool

    @property
    def causes(self) -> tuple[Evidence, ...]:
        """The facts whose removal was shown to lower the score."""
        return tuple(fact for fact in self.evidence if fact.is_cause)


_TAIL = re.compile(
    r"\s*(?:\(|\[|,|\||;| - | – |\bSPF\b|"
    r"\b\d[\d./]*\s*-?\s*(?:fl|oz|ounces?|ml|g|grams?|count|pack|inch|pieces?)\b).*",
    re.IGNORECASE,
)


def short_title(item: Item) -> str:
    """Return the name by which a person would call the item: no sizes, no enumerations, at most eight words."""
    name = _TAIL.sub("", item.title).strip(" ,.-") or item.title
    return " ".join(name.split()[:8])


def month(at: dt.date) -> str:
    """Write a date as it is said in a sentence, for example "March 2025"."""
    return f"{at:%B} {at.year}"


def gather(
    recommender: Recommender,
    purchases: Sequence[Purchase],
    item_id: str,
    moves: Mapping[str, float] | None = None,
) -> EvidenceSet:
    """Collect and test what could explain one suggestion.

    Args:
        recommender: The recommender that made the suggestion.
        purchases: The client's kept purchases, oldest first.
        item_id: The suggested item.
        moves: Moves on guided attributes that were in force.
    """
    sequence = recommender.internal([purchase.item_id for purchase in purchases])
    target = recommender.catalogue.ids.to_internal(item_id)
    item = recommender.catalogue.item(item_id)
    effects = measure(recommender, sequence, target)
    history = _history(recommender, purchases, effects)
    facts = [
        *_requests(recommender, target, moves or {}),
        *history,
        *_attributes(recommender.guided, effects, sequence, target),
        *_fields(recommender, item, history),
    ]
    return EvidenceSet(item, tuple(facts), effects.order_matters)


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


def _attributes(guided: GuidedEmbeddings | None, effects: Effects, sequence: IntArray, target: int) -> list[Evidence]:
    if guided is None or effects.attributes is None:
        return []
    taste, facts = guided.taste(sequence), list[Evidence]()
    for column in np.argsort(-effects.attributes):
        effect, control = float(effects.attributes[column]), effects.attribute_control(int(column))
        if effect < TAU or effect <= control or len(facts) == N_ATTRIBUTES:
            break
        phrase = _phrase(guided, int(column), taste, target)
        if phrase:
            statement = f"It is {phrase}, as is much of what you have chosen"
            name = guided.names[column]
            facts.append(
                Evidence(f"a{len(facts) + 1}", "attribute", name, statement, phrase, effect, control, None, True)
            )
    return facts


def _phrase(guided: GuidedEmbeddings, column: int, taste: FloatArray, target: int) -> str:
    """Return how to say the attribute, or "" where item and client are not both clearly on the same side of it."""
    attribute = guided.attribute_set.attributes[column]
    position = float(guided.standard[target, column])
    if not attribute.statable or abs(position) < NOTABLE or position * float(taste[column]) < SHARED * abs(position):
        return ""
    return attribute.high if position > 0 else attribute.low


def _requests(recommender: Recommender, target: int, moves: Mapping[str, float]) -> list[Evidence]:
    facts: list[Evidence] = []
    guided = recommender.guided
    if guided is None:
        return facts
    for name, move in moves.items():
        effect = move_effect(recommender, target, name, move)
        attribute = guided.attribute_set.attributes[guided.names.index(name)]
        phrase = attribute.high if move > 0 else attribute.low
        if effect >= NOTABLE and attribute.statable and phrase:
            wanted = f"{'more' if move > 0 else 'less'} {attribute.label}"
            statement = f"You asked for something {phrase}, and this is"
            facts.append(Evidence(f"r{len(facts) + 1}", "request", wanted, statement, phrase, effect, 0.0, None, True))
    return facts


def _fields(recommender: Recommender, item: Item, history: Sequence[Evidence]) -> list[Evidence]:
    """Catalogue facts that the item shares with a cause. The ranker does not read them, so they only support."""
    facts: list[Evidence] = []
    for cause in history:
        owned, name = recommender.catalogue.item(cause.subject), cause.key
        shared = [
            ("material", item.material, owned.material, f"It shares its {item.material} with your {name}"),
            ("brand", item.brand, owned.brand, f"Like your {name}, it is by {item.brand}"),
            ("colour", item.colour, owned.colour, f"Its {item.colour} meets that of your {name}"),
        ]
        for field, mine, theirs, statement in shared:
            if mine and theirs and mine.casefold() == theirs.casefold():
                facts.append(Evidence(f"f{len(facts) + 1}", "field", field, statement, mine))
                break
    return facts
