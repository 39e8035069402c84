"""Items on show side by side, on what weighs most for the client, and which of them suits better."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agent.context import TurnContext
from agent.events import Card, Comparison, TextDelta
from agent.floor import phrasing
from agent.floor.shop import Emit, Shop
from agent.floor.standing import standing
from agent.state import SlateState, TurnResult, empty_view
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import AttributeRanker, FloatArray, IntArray
from recsys.steering import STEP, combine, steer

_COLUMNS = 4
_LEVEL = 0.1  # standard deviations of score below which two items suit a client equally well
_SAYS = 0.5  # standard deviations of an attribute from which two items are said to differ in it


def compare(shop: Shop, context: TurnContext, state: SlateState, items: Sequence[str], emit: Emit) -> TurnResult:
    """Put items on show side by side, on the attributes that weigh most for the client, and say which suits better."""
    view = state.get("view") or empty_view()
    slate = view["slate"]
    positions = list(dict.fromkeys(shop.position(state, item) for item in items))
    if len(positions) < 2:
        positions = list(range(len(slate)))
    sequence, moves = shop.internal(shop.purchases(context)), combine(standing(shop, context).moves, view["moves"])
    rows = [shop.catalogue.ids.to_internal(slate[position]) for position in positions]
    cards = tuple(shop.card(position + 1, slate[position]) for position in positions)
    scores = shop.recommender.scores([sequence])[0]
    if shop.recommender.guided is not None:
        scores = steer(scores, shop.recommender.guided, moves)
    speak = phrasing.voice(context.actor.role)
    table = _facts(cards) | _qualities(shop, rows, _weights(shop, sequence, rows, moves))
    if len(sequence) or moves:
        places = [int((scores[1:] > scores[row]).sum()) + 1 for row in rows]
        table[f"For {speak.them}"] = tuple(f"place {place:,} of {len(shop.catalogue):,}" for place in places)
    emit(Comparison(cards, table))
    verdict = _verdict(shop, sequence, rows, positions, scores, moves, speak.them) if len(sequence) or moves else ""
    if verdict:
        emit(TextDelta(verdict + "\n\n"))
    names = "; ".join(phrasing.line(card.reference, card.item) for card in cards)
    content = f"A comparison table is shown of: {names}."
    content += f" {verdict}" if verdict else ""
    spoken = f"Side by side, what weighs most for {speak.them} first."
    measured = [*table.get(f"For {speak.them}", ()), *([verdict] if verdict else [])]
    return TurnResult(content, spoken, references=[slate[position] for position in positions], measured=measured)


def _facts(cards: Sequence[Card]) -> dict[str, tuple[str, ...]]:
    """Return the catalogue's facts, those that at least one of the items has."""
    facts = {
        "Price": [card.price for card in cards],
        "Brand": [card.item.brand or "" for card in cards],
        "Colour": [card.item.colour or "" for card in cards],
        "Material": [card.item.material or "" for card in cards],
    }
    table = {label: tuple(value or "not given" for value in values) for label, values in facts.items() if any(values)}
    return table | {"Available": tuple("yes" if card.item.available else "not now" for card in cards)}


def _qualities(shop: Shop, rows: Sequence[int], weights: FloatArray | None) -> dict[str, tuple[str, ...]]:
    """Return the attributes in the order of their weight for this client and these items."""
    guided = shop.recommender.guided
    if guided is None or weights is None:
        return {}
    columns = [int(column) for column in np.argsort(-weights, kind="stable")[:_COLUMNS]]
    return {
        guided.attribute_set.attributes[column].label.capitalize(): tuple(
            f"{guided.raw[row, column]:.0f} of 9" for row in rows
        )
        for column in columns
    }


def _weights(shop: Shop, sequence: IntArray, rows: Sequence[int], moves: dict[str, float]) -> FloatArray | None:
    """Return how much each attribute weighs: the client's taste for it times how much the items differ in it."""
    guided = shop.recommender.guided
    if guided is None:
        return None
    taste = np.abs(guided.taste(sequence) + _wished(guided, moves))
    spread = np.ptp(guided.standard[list(rows)], axis=0)
    return np.asarray(taste * spread + 1e-3 * spread, dtype=np.float32)


def _wished(guided: GuidedEmbeddings, moves: dict[str, float]) -> FloatArray:
    return np.array([STEP * moves.get(name, 0.0) for name in guided.names], dtype=np.float32)


def _verdict(
    shop: Shop,
    sequence: IntArray,
    rows: Sequence[int],
    positions: Sequence[int],
    scores: FloatArray,
    moves: dict[str, float],
    them: str,
) -> str:
    """Say which item suits the client better by the ranking, along what, and what the next best has more of."""
    order = sorted(range(len(rows)), key=lambda index: (-float(scores[rows[index]]), index))
    best, second = order[0], order[1]
    if float(scores[rows[best]] - scores[rows[second]]) < _LEVEL:
        both = f"{phrasing.the(positions[best])} and {phrasing.the(positions[second])}"
        return f"For {them}, {both} suit about equally well."
    said = f"For {them}, {phrasing.the(positions[best])}"
    guided = shop.recommender.guided
    if guided is None:
        return f"{said}."
    parts = _parts(shop, sequence, rows[best], moves) - _parts(shop, sequence, rows[second], moves)
    gap = guided.standard[rows[best]] - guided.standard[rows[second]]
    closer = _column(guided, np.where(np.abs(gap) >= _SAYS, parts, -np.inf))
    other = _column(guided, np.where(parts > 0, -np.inf, np.abs(gap)), least=_SAYS)
    attributes = guided.attribute_set.attributes
    along = f": {phrasing.comparative(attributes[closer], gap[closer])}" if closer is not None else ""
    beside = (
        f"; {phrasing.the(positions[second])} is {phrasing.comparative(attributes[other], -gap[other])}"
        if other is not None and other != closer
        else ""
    )
    return f"{said}{along}{beside}."


def _parts(shop: Shop, sequence: IntArray, row: int, moves: dict[str, float]) -> FloatArray:
    """Return each attribute's part of an item's score: the ranker's own where it knows it, else taste; and moves."""
    ranker, guided = shop.recommender.ranker, shop.recommender.guided
    assert guided is not None
    wished = guided.standard[row] * _wished(guided, moves)
    if isinstance(ranker, AttributeRanker):
        spread = float(ranker.score([sequence])[0, 1:].std()) or 1.0
        return np.asarray(ranker.contributions(sequence, np.array([row]))[0] / spread + wished, dtype=np.float32)
    return np.asarray(guided.standard[row] * guided.taste(sequence) + wished, dtype=np.float32)


def _column(guided: GuidedEmbeddings, worth: FloatArray, least: float = 0.05) -> int | None:
    """Return the attribute of most worth that may be stated to a client, None where none is worth `least`."""
    statable = np.array([one.statable for one in guided.attribute_set.attributes])
    worth = np.where(statable, worth, -np.inf)
    best = int(np.argmax(worth))
    return best if worth[best] >= least else None
