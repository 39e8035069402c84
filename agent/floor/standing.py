"""What is remembered of a client, as the ranking uses it: standing moves, and items that must not be suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.context import TurnContext
from agent.floor.shop import Shop
from agent.records.facts import Fact
from recsys.catalogue import Catalogue, words
from recsys.guided.embedding import GuidedEmbeddings
from recsys.schema import Item


@dataclass(frozen=True)
class Standing:
    """What holds for a client in every ranking.

    Attributes:
        moves: Remembered tastes as signed moves on guided attributes.
        refused: Ids of items that the client turned down or that hold what they avoid.
        avoided: What they avoid, in words.
    """

    moves: dict[str, float]
    refused: tuple[str, ...]
    avoided: tuple[str, ...]


def standing(shop: Shop, context: TurnContext) -> Standing:
    """Read what is remembered of the conversation's client."""
    client_id = shop.client_id(context)
    known = shop.facts.all(context.actor, client_id)
    avoided = [fact for fact in known if fact.kind == "avoid"]
    latest = {said.item_id: said.verdict for said in shop.opinions.all(context.actor, client_id)}
    disliked = [item_id for item_id, verdict in latest.items() if verdict == "dislike"]
    held = [item_id for fact in avoided for item_id in items_held(shop.catalogue, fact)]
    return Standing(
        moves=_moves(known, shop.recommender.guided),
        refused=tuple(dict.fromkeys([*disliked, *held])),
        avoided=tuple(fact.subject for fact in avoided),
    )


def _moves(facts: Sequence[Fact], guided: GuidedEmbeddings | None) -> dict[str, float]:
    names = guided.names if guided is not None else ()
    return {
        fact.subject: fact.amount for fact in facts if fact.kind == "taste" and fact.amount and fact.subject in names
    }


def items_held(catalogue: Catalogue, fact: Fact) -> list[str]:
    """Return the ids of the items that have what a client avoids, by the field that the fact names."""
    said = set(words(fact.subject))
    if not said:
        return []
    held = zip(catalogue.items, _words_in(catalogue, fact.value), strict=True)
    return [item.item_id for item, found in held if said <= found]


@lru_cache(maxsize=16)
def _words_in(catalogue: Catalogue, field: str) -> tuple[frozenset[str], ...]:
    """Return each item's words in a field, none in an unknown one; twelve thousand items take a second to read.

    "anything" is every field of names and facts; not the description, which also tells what an item is without.
    """
    return tuple(frozenset(words(_text_in(item, field))) for item in catalogue.items)


def _text_in(item: Item, field: str) -> str:
    match field:
        case "brand":
            return item.brand or ""
        case "colour":
            return item.colour or ""
        case "material":
            return item.material or ""
        case "category":
            return " ".join(item.category)
        case "anything":
            parts = (item.title, item.material, item.colour, *item.category, *item.attributes.values())
            return " ".join(part for part in parts if part)
    return ""
