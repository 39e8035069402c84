"""What is remembered of a client, as the ranking uses it: standing moves, and items that must not be suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.context import TurnContext
from agent.floor.shop import Shop
from agent.records.facts import Fact
from recsys.catalogue import words
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
    held = [item.item_id for item in shop.catalogue.items if any(_holds(item, fact) for fact in avoided)]
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


def _holds(item: Item, fact: Fact) -> bool:
    """Whether an item has what a client avoids, by the field that the fact names."""
    fields = {
        "brand": item.brand or "",
        "colour": item.colour or "",
        "material": item.material or "",
        "category": " ".join(item.category),
    }
    said = set(words(fact.subject))
    return bool(said) and said <= set(words(fields.get(fact.value, "")))
