"""Which guided attributes to offer for changing a slate: those on which it splits most, and that matter to the client.

The same axes become chips in the conversation and sliders on the shelf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from agent.context import TurnContext
from agent.floor import phrasing
from agent.floor.shop import Shop
from agent.state import View
from recsys.guided.attributes import GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray
from recsys.steering import MAX_MOVE

_NEAR_END = 0.5  # steps of an attribute's scale; a slate so near to the best of the catalogue cannot be moved further
_A_LITTLE, _CLEARLY, _MUCH = 0.75, 1.25, 2.25  # moves from which people say more than "a little", "clearly", "much"


def split(shop: Shop, slate: Sequence[str]) -> list[GuidedAttribute]:
    """Return the attributes that may be named, those on which the slate's items differ most first; none below two."""
    guided = shop.recommender.guided
    if guided is None or len(slate) < 2:
        return []
    ordered = np.argsort(-_spread(guided, shop, slate), kind="stable")
    attributes = [guided.attribute_set.attributes[int(column)] for column in ordered]
    return [one for one in attributes if one.statable]


def chips(shop: Shop, view: View, moves: Mapping[str, float], n: int = 2) -> tuple[str, ...]:
    """Return the critiques along the axes that split the slate most, without those that can go no further.

    Args:
        view: The slate, and the moves made by hand.
        moves: All moves in force, remembered tastes among them.
    """
    offers: list[str] = []
    for one in split(shop, view["slate"]):
        if abs(view["moves"].get(one.name, 0.0)) >= MAX_MOVE:
            continue  # at its end, and whoever pushed it there does not want it back
        signs: tuple[Literal[1, -1], ...] = (1, -1)
        ways = [sign for sign in signs if _has_words(one, sign) and not _ends(shop, view["slate"], one, sign, moves)]
        offers += [_capital(phrasing.comparative(one, sign)) for sign in ways[:1]]
    return tuple(offers[:n])


def offered(shop: Shop, context: TurnContext, view: View, n: int = 4) -> tuple[str, ...]:
    """Return the names of the attributes to show as sliders: those moved already, then the weightiest.

    An attribute weighs by how much the slate's items differ on it (before the first slate, how much the catalogue's
    do) and by how marked the client's taste for it is.
    """
    guided = shop.recommender.guided
    if guided is None:
        return ()
    taste = np.abs(guided.taste(shop.internal(shop.purchases(context))))
    ordered = np.argsort(-_spread(guided, shop, view["slate"]) * (0.5 + taste), kind="stable")
    moved = [name for name in guided.names if view["moves"].get(name)]
    return tuple(dict.fromkeys([*moved, *(guided.names[int(column)] for column in ordered)]))[: max(n, len(moved))]


def in_words(attribute: GuidedAttribute, move: float) -> str:
    """Say how far a slider stands in words: "a little warmer", "clearly more minimal"; "" where it is not moved."""
    if not move:
        return ""
    size = abs(move)
    degree = (
        "a little " if size < _A_LITTLE else "" if size < _CLEARLY else "clearly " if size < _MUCH else "very much "
    )
    return degree + phrasing.comparative(attribute, move)


def _spread(guided: GuidedEmbeddings, shop: Shop, slate: Sequence[str]) -> FloatArray:
    rows = [shop.catalogue.ids.to_internal(item_id) for item_id in slate] if len(slate) > 1 else slice(1, None)
    return np.asarray(guided.standard[rows].std(axis=0), dtype=np.float32)


def _ends(
    shop: Shop, slate: Sequence[str], attribute: GuidedAttribute, sign: Literal[1, -1], moves: Mapping[str, float]
) -> bool:
    """Whether a slate can go no further along an attribute: the move is at its limit, or so is the catalogue."""
    guided = shop.recommender.guided
    assert guided is not None
    column = guided.names.index(attribute.name)
    shown = guided.raw[[shop.catalogue.ids.to_internal(item_id) for item_id in slate], column].mean()
    best = (sign * guided.raw[1:, column]).max()
    return bool(sign * moves.get(attribute.name, 0.0) >= MAX_MOVE or best - sign * shown < _NEAR_END)


def _has_words(attribute: GuidedAttribute, sign: int) -> bool:
    return bool(attribute.more if sign > 0 else attribute.less)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
