"""Completing a look: pieces of other kinds that an item brings, and what the test of that found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.context import TurnContext
from agent.events import TextDelta
from agent.floor import phrasing
from agent.floor.alike import pointed_at
from agent.floor.shop import Emit, Shop
from agent.floor.slates import show
from agent.state import SlateState, TurnResult, View, empty_view
from recsys.complements import complement, harmony
from recsys.ranker import FloatArray
from recsys.schema import Evidence
from recsys.seller.evidence import Purchase, short_title

_GOES_WELL = 0.5  # cosine of guided attributes from which two pieces are said to speak the same language


@dataclass(frozen=True)
class Brought:
    """What an item does for one piece of a look: the piece's place among all items without and with it."""

    item_id: str
    place_without: int
    place_with: int
    lift: float
    harmony: float


def complete_look(shop: Shop, context: TurnContext, state: SlateState, item: str | None, emit: Emit) -> TurnResult:
    """Show two or three pieces of other kinds that go with an item on show, one bought, or the latest purchase."""
    purchases = shop.purchases(context)
    if not item and not purchases:
        said = f"There is no purchase of {phrasing.voice(context.actor.role).them} to complete. Which item is meant?"
        return TurnResult(said, said, outcome="not possible")
    item_id = pointed_at(shop, context, state, item) if item else purchases[-1].item_id
    view = View(**{**empty_view(), "look": item_id})
    result = show(shop, context, state, view, emit)
    if result.outcome != "shown":
        return result
    found = brought(shop, purchases, item_id, result.references)
    said = _whole_look(shop, context, purchases, item_id, found)
    emit(TextDelta(said + "\n\n"))
    evidence = [*result.evidence, *_as_evidence(shop, item_id, found)]
    return replace(result, content=f"{result.content}\n{said}", evidence=evidence, measured=[said])


def brought(shop: Shop, purchases: Sequence[Purchase], item_id: str, pieces: Sequence[str]) -> list[Brought]:
    """Test what an item does for pieces: their places among all items in the ranking with and without it."""
    item = shop.catalogue.ids.to_internal(item_id)
    tested = complement(shop.recommender, shop.kind_pairs, shop.internal(purchases), item)
    guided = shop.recommender.guided
    found = []
    for piece in pieces:
        row = shop.catalogue.ids.to_internal(piece)
        near = float(harmony(guided.standard, item)[row]) if guided is not None else 0.0
        places = _place(tested.without_item, row), _place(tested.with_item, row)
        found.append(Brought(piece, *places, float(tested.lift[row]), near))
    return found


def _place(scores: FloatArray, row: int) -> int:
    return int((scores[1:] > scores[row]).sum()) + 1


def _whole_look(
    shop: Shop, context: TurnContext, purchases: Sequence[Purchase], item_id: str, found: Sequence[Brought]
) -> str:
    """Say of the whole look what was tested, and of no piece more than the test found."""
    speak = phrasing.voice(context.actor.role)
    name = short_title(shop.catalogue.item(item_id))
    owned = item_id in [purchase.item_id for purchase in purchases]
    among = f"With the {name} among {speak.their} pieces" if owned else f"If {speak.they} had the {name}"
    move = "moves" if owned else "would move"
    rises = [one for one in found if one.place_with < one.place_without]
    moved = [
        f"the {short_title(shop.catalogue.item(one.item_id))} {move} from place {one.place_without:,} "
        f"to {one.place_with:,} of {len(shop.catalogue):,}"
        for one in rises
    ]
    parts = [f"This was tested: {among[:1].lower()}{among[1:]}, {phrasing.enumerate_words(moved)}."] if moved else []
    rest = [f"the {short_title(shop.catalogue.item(one.item_id))}" for one in found if one not in rises]
    if rest:
        parts.append(f"The {name} does not raise {phrasing.enumerate_words(rest, 'or')}.")
    alike = [one for one in found if one.harmony >= _GOES_WELL]
    if alike and len(alike) == len(found):
        parts.append(f"All lean the same way in style as the {name}.")
    return " ".join(parts)


def _as_evidence(shop: Shop, item_id: str, found: Sequence[Brought]) -> list[Evidence]:
    name = short_title(shop.catalogue.item(item_id))
    return [
        Evidence(
            f"l{number}",
            "history",
            item_id,
            f"With the {name} the {short_title(shop.catalogue.item(one.item_id))} moves from place "
            f"{one.place_without} to {one.place_with} of {len(shop.catalogue)}.",
            name,
            effect=one.lift,
            tested=True,
        )
        for number, one in enumerate(found, start=1)
    ]
