"""The catalogue on two guided attributes: where each item stands, and the way of a client's taste among them.

Works out places only; a template draws them. Everything is in catalogue standard deviations until it is placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.catalogue import Catalogue
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray, IntArray

WIDTH, HEIGHT = 720, 500
MAX_DOTS = 3_000
_MARGIN = 16  # so that a dot at the edge is whole
_LEAST_REACH = 1.0  # standard deviations that the map shows at least on either side
_GOLDEN_ANGLE = 2.399963
_SPREAD = 0.03  # of the map: how far items of one and the same score are set apart


@dataclass(frozen=True)
class Dot:
    """One item on the map.

    Attributes:
        x, y: Its place on WIDTH by HEIGHT; y grows downwards.
        across, up: Its scores, standard deviations from the catalogue's mean.
        owned: Whether the client bought it.
    """

    item_id: str
    title: str
    x: float
    y: float
    across: float
    up: float
    owned: bool


@dataclass(frozen=True)
class Corner:
    """What stands furthest towards one corner, furthest first; the signs say which."""

    across: int
    up: int
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class AttributeMap:
    """A map that is ready to be drawn.

    Attributes:
        n_items: How many items there are to show; more than `dots` where not all are drawn.
        middle: Where the catalogue's mean lies.
        path: The client's taste after each purchase, oldest first; empty without purchases.
    """

    dots: tuple[Dot, ...]
    n_items: int
    middle: tuple[float, float]
    path: tuple[tuple[float, float], ...]
    corners: tuple[Corner, ...]


def draw_map(
    catalogue: Catalogue,
    guided: GuidedEmbeddings,
    axes: tuple[int, int],
    category: str,
    bought: IntArray,
    path: FloatArray,
) -> AttributeMap:
    """Place items and taste on two attributes.

    Args:
        catalogue: The items.
        guided: Their scores.
        axes: Columns of the attributes across and up.
        category: A name that an item's category path must hold; "" for every item.
        bought: Internal ids of the client's items, int64, (L,).
        path: The client's taste after each purchase, standard deviations, float32, (L, A).
    """
    wanted = [n for n, item in enumerate(catalogue.items, 1) if not category or category in item.category]
    rows = np.array(wanted, dtype=np.int64)
    kept = rows[_evenly(len(rows))]
    values, way = guided.standard[:, list(axes)], path[:, list(axes)]
    apart = _apart(values[kept])
    frame = _Frame(apart, way)
    owned = set(bought.tolist())
    dots = tuple(
        Dot(
            item_id=catalogue.items[n - 1].item_id,
            title=catalogue.items[n - 1].title,
            x=x,
            y=y,
            across=float(values[n, 0]),
            up=float(values[n, 1]),
            owned=n in owned,
        )
        for n, (x, y) in zip(kept.tolist(), frame.place(apart), strict=True)
    )
    middle = frame.place(np.zeros((1, 2), dtype=np.float32))[0]
    return AttributeMap(dots, len(rows), middle, tuple(frame.place(way)), _corners(dots))


def _evenly(n: int) -> IntArray:
    """Return which of n items to draw: all, or every so many-th."""
    return np.unique(np.linspace(0, n - 1, min(n, MAX_DOTS)).round().astype(np.int64)) if n else np.zeros(0, np.int64)


class _Frame:
    """Where values lie on the map."""

    def __init__(self, values: FloatArray, path: FloatArray) -> None:
        least = np.array([[-_LEAST_REACH] * 2, [_LEAST_REACH] * 2])
        everything = np.concatenate([values, path, least])
        self._low, self._reach = everything.min(axis=0), np.ptp(everything, axis=0)

    def place(self, values: FloatArray) -> list[tuple[float, float]]:
        share = (values - self._low) / self._reach
        x = _MARGIN + share[:, 0] * (WIDTH - 2 * _MARGIN)
        y = HEIGHT - _MARGIN - share[:, 1] * (HEIGHT - 2 * _MARGIN)
        return [(round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y, strict=True)]


def _apart(values: FloatArray) -> FloatArray:
    """Set items that share both scores a little apart, in a spiral, so that none hides the others."""
    moved = values.copy()
    if not len(values):
        return moved
    _, group, counts = np.unique(values.round(3), axis=0, return_inverse=True, return_counts=True)
    reach = np.maximum(np.ptp(values, axis=0), 2 * _LEAST_REACH)
    seen = np.zeros(len(counts), dtype=np.int64)
    for row, own in enumerate(np.ravel(group).tolist()):
        step, seen[own] = seen[own], seen[own] + 1
        if step:
            turn, away = step * _GOLDEN_ANGLE, _SPREAD * np.sqrt(step / max(counts[own], 12))
            moved[row] += away * reach * (np.cos(turn), np.sin(turn))
    return moved


def _corners(dots: Sequence[Dot], n: int = 3) -> tuple[Corner, ...]:
    """Return the items furthest towards each corner, of those that lean that way on both attributes."""
    found = []
    for up, across in ((1, -1), (1, 1), (-1, -1), (-1, 1)):
        there = [dot for dot in dots if across * dot.across > 0 and up * dot.up > 0]
        there.sort(key=lambda dot: (-min(across * dot.across, up * dot.up), dot.item_id))  # noqa: B023 used at once
        found.append(Corner(across, up, tuple(there[:n])))
    return tuple(found)
