"""Sliders: the moves of the slate on show set by hand to exactly what the sliders say.

A slider and a critique in words are one operation: both write the view's moves and rank again. With the same view, a
higher move never lowers the slate's mean of its attribute.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from agent.context import TurnContext
from agent.floor.axes import in_words
from agent.floor.shop import Emit, Shop
from agent.floor.slates import show
from agent.state import SlateState, TurnResult, View, empty_view
from recsys.errors import InputError
from recsys.guided.attributes import GuidedAttribute
from recsys.seller.explainer import Explainer
from recsys.steering import MAX_MOVE


def steer(shop: Shop, context: TurnContext, state: SlateState, moves: Mapping[str, float], emit: Emit) -> TurnResult:
    """Show the slate that the sliders ask for.

    The reasons are worded by set sentences, tested like all others: a hand on a slider does not wait for a model.

    Args:
        moves: Where every moved slider stands; an attribute that is not named is not moved.

    Raises:
        InputError: If a name is no guided attribute, or a move no number.
    """
    view = state.get("view") or empty_view()
    changed = View(**{**view, "slate": [], "moves": checked(shop, moves)})
    if changed["moves"]:
        changed["superlative"] = ""  # an order over everything has no room for a move
    return show(shop, context, state, changed, emit, Explainer(shop.recommender))


def reset(shop: Shop, context: TurnContext, state: SlateState, emit: Emit) -> TurnResult:
    """Take back every move, and let come again what was shown on the way."""
    view = state.get("view") or empty_view()
    changed = View(**{**view, "slate": [], "moves": {}, "without": []})
    return show(shop, context, state, changed, emit, Explainer(shop.recommender))


def checked(shop: Shop, moves: Mapping[str, float]) -> dict[str, float]:
    """Return the moves that differ from zero, in the attributes' order, each within its limits."""
    known = attributes(shop)
    unknown = sorted(set(moves) - set(known))
    if unknown:
        raise InputError(f"there is no slider {unknown[0]!r}: it must be one of {', '.join(known) or 'none'}")
    if not all(math.isfinite(move) for move in moves.values()):
        raise InputError("a slider stands at no number: move it again")
    limited = {name: max(-MAX_MOVE, min(MAX_MOVE, moves[name])) for name in known if name in moves}
    return {name: move for name, move in limited.items() if move}


def change_in_words(shop: Shop, before: Mapping[str, float], after: Mapping[str, float]) -> str:
    """Say what a hand changed, as the thread keeps it: "Clearly more minimal (+1.5)"."""
    said = []
    for name, attribute in attributes(shop).items():
        move = after.get(name, 0.0)
        if move != before.get(name, 0.0):
            said.append(f"{in_words(attribute, move)} ({move:+g})" if move else f"{attribute.label} as it was")
    text = ", ".join(said) or "The sliders as they were"
    return text[:1].upper() + text[1:]


def attributes(shop: Shop) -> dict[str, GuidedAttribute]:
    """Return the boutique's guided attributes by name; none where it has no scores."""
    guided = shop.recommender.guided
    return {one.name: one for one in guided.attribute_set.attributes} if guided is not None else {}
