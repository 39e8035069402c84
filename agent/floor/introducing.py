"""A client of whom nothing is known: pieces in different directions to begin with, and cards that say what marks them.

Nothing here claims to know a taste: a card says what the piece is like by its scores, and that no taste chose it.
"""

from __future__ import annotations

import numpy as np

from agent.floor import phrasing
from agent.floor.ranked import ranked
from agent.floor.shop import Shop
from agent.floor.standing import Standing
from agent.state import View
from recsys.guided.attributes import GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.schema import Evidence, Explanation
from recsys.steering import parse_moves

_DIRECTION = 2.0  # the move along which each direction's best piece is found
_TOGETHER = 0.2  # correlation over the catalogue from which two qualities often go together
_MARKED = 1.0  # standard deviations above the catalogue's mean from which a quality marks a piece
_UNMARKED = "No quality of it stands out."


def directions(shop: Shop, known: Standing, view: View, n: int) -> list[str]:
    """Return the best piece in each of `n` directions that lie far apart; fewer where the catalogue has no more."""
    found: list[str] = []
    for attribute in _apart(shop, n):
        without = [*view.get("without", ()), *found]
        towards = View(**{**view, "moves": {attribute.name: _DIRECTION}, "without": without})
        best = ranked(shop, [], known, towards, 1).candidates
        found += [one.item_id for one in best]
    return found


def described(shop: Shop, item_id: str) -> Explanation:
    """Return what a card says to a client without a known taste: the piece's most marked qualities, as scored."""
    marks = _marks(shop, item_id)
    said = phrasing.enumerate_words([one.key for one in marks])
    return Explanation(f"It is {said}." if marks else _UNMARKED, tuple(marks), {}, "none")


def _marks(shop: Shop, item_id: str, n: int = 2) -> list[Evidence]:
    guided = shop.recommender.guided
    if guided is None:
        return []
    row = shop.catalogue.ids.to_internal(item_id)
    columns = [column for column in np.argsort(-guided.standard[row], kind="stable") if _may_say(guided, row, column)]
    attributes = [(guided.attribute_set.attributes[column], float(guided.raw[row, column])) for column in columns[:n]]
    return [
        Evidence(
            f"a{number}",
            "attribute",
            one.name,
            f"It was scored {score:.0f} of 9 on {one.label}",
            one.high,
        )
        for number, (one, score) in enumerate(attributes, start=1)
    ]


def _may_say(guided: GuidedEmbeddings, row: int, column: int) -> bool:
    attribute = guided.attribute_set.attributes[column]
    return attribute.statable and bool(attribute.high) and float(guided.standard[row, column]) >= _MARKED


def _apart(shop: Shop, n: int) -> list[GuidedAttribute]:
    """Return attributes that people name and that go together least over the catalogue, the widest spread first."""
    guided = shop.recommender.guided
    if guided is None:
        return []
    columns = [
        index for index, one in enumerate(guided.attribute_set.attributes) if one.statable and one.high and one.more
    ]
    if not columns:
        return []
    values = guided.standard[1:]
    alike = np.nan_to_num(np.atleast_2d(np.corrcoef(values, rowvar=False)), nan=1.0)
    chosen = [max(columns, key=lambda column: float(guided.raw[1:, column].std()))]
    while len(chosen) < min(n, len(columns)):
        left = [column for column in columns if column not in chosen]
        chosen.append(min(left, key=lambda column: float(alike[column, chosen].max())))
    return [guided.attribute_set.attributes[column] for column in chosen]


def starters(shop: Shop, n: int = 3) -> tuple[str, ...]:
    """Return first wishes along two qualities that often go together, for a client who does not know what to ask.

    Each is read as exactly these two moves, so its suggestions come with reasons that were tested against them.
    """
    guided = shop.recommender.guided
    if guided is None:
        return ()
    words = {one.name: _adjective(one) for one in guided.attribute_set.attributes if one.statable and one.high}
    alike = np.nan_to_num(np.atleast_2d(np.corrcoef(guided.standard[1:], rowvar=False)))
    found: list[str] = []
    for first in _apart(shop, len(words)):
        column = guided.names.index(first.name)
        for partner in np.argsort(-alike[column], kind="stable"):
            second = guided.names[int(partner)]
            is_pair = second != first.name and alike[column, partner] >= _TOGETHER
            if not (is_pair and words.get(first.name) and words.get(second)):
                continue
            said = f"Find me something {words[first.name]} and {words[second]}"
            if parse_moves(said.casefold(), guided.attribute_set) == {first.name: 1.0, second: 1.0}:
                found.append(said)
                del words[first.name], words[second]
                break
    return tuple(found[:n])


def _adjective(attribute: GuidedAttribute) -> str:
    """Return the one word by which people wish for a quality ("warm"), "" where there is none."""
    single = (one for one in attribute.more if one.isalpha() and not one.endswith(("er", "wear")))
    return next(single, "")
