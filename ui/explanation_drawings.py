"""The drawings of an explanation's page as inline SVG: purchases on a time axis, and a place on a quality's scale.

Colours are classes that the page's style sheet fills, so that light and dark are decided there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

from recsys.guided.embedding import CLIP
from recsys.seller.trace import HistoryPoint
from ui import svg

WIDE, NARROW = 1000, 350
_LEFT, _RIGHT, _TOP = 46, 10, 24
_EFFECTS, _ATTENTION, _TOKENS, _AXIS = 130, 46, 22, 26  # heights of the rows, from above
_THICKEST, _THINNEST = 14.0, 1.5
_LEAST_REACH = 0.1  # standard deviations that the bars show at least
_SCALE_WIDTH, _SCALE_HEIGHT = 160, 18


@dataclass(frozen=True)
class Timeline:
    """What the drawing of a history shows, and how wide it is."""

    points: Sequence[HistoryPoint]
    width: int
    name: str

    @property
    def has_attention(self) -> bool:
        """Whether any purchase has an attention weight."""
        return any(point.attention is not None for point in self.points)

    @property
    def has_tokens(self) -> bool:
        """Whether any purchase is one of the soft-prompt tokens."""
        return any(point.in_prompt for point in self.points)


def timeline(drawn: Timeline) -> Markup:
    """Draw the purchases by their day, or by their order where a day is missing.

    Each has a bar: what the score loses without it, downwards where it would gain. Below stand its share of the
    attention and a square if it is a soft-prompt token, where there are such.
    """
    places = _Places(drawn)
    heights = [_TOP, _EFFECTS, _ATTENTION * drawn.has_attention, _TOKENS * drawn.has_tokens, _AXIS]
    height = sum(heights)
    marks = {"viewBox": f"0 0 {drawn.width} {height}", "role": "img"}
    root = Element("svg", {**marks, "aria-labelledby": f"{drawn.name}-title {drawn.name}-desc"})
    SubElement(root, "title", {"id": f"{drawn.name}-title"}).text = "The purchases and what the score owes to each"
    SubElement(root, "desc", {"id": f"{drawn.name}-desc"}).text = _spoken(drawn)
    _effects(root, drawn, places)
    top = float(_TOP + _EFFECTS)
    if drawn.has_attention:
        _attention(root, drawn, places, top)
        top += _ATTENTION
    if drawn.has_tokens:
        for point, x in zip(drawn.points, places.x, strict=True):
            if point.in_prompt:
                side = max(4.0, min(9.0, places.thickness))
                svg.rect(root, "token", x - side / 2, top + 8, side, side)
        top += _TOKENS
    svg.line(root, "zero", _LEFT, top + 4, drawn.width - _RIGHT, top + 4)
    for x, words in places.ticks:
        svg.line(root, "zero", x, top + 4, x, top + 8)
        svg.text(root, x, top + 21, words, places.anchor(x))
    return svg.markup(root)


def scale(item: float, client: float) -> Markup:
    """Draw the places of an item (a lozenge) and of a client's taste (a ring) on one quality.

    Args:
        item, client: Standard deviations of the catalogue, within the clipping of guided embeddings.
    """
    box = f"0 0 {_SCALE_WIDTH} {_SCALE_HEIGHT}"
    root = Element("svg", {"viewBox": box, "aria-hidden": "true", "class": "scale"})
    middle = _SCALE_HEIGHT / 2

    def x(value: float) -> float:
        return 8 + (_SCALE_WIDTH - 16) * (value + CLIP) / (2 * CLIP)

    svg.line(root, "axis", x(-CLIP), middle, x(CLIP), middle)
    svg.line(root, "zero", x(0), 3, x(0), _SCALE_HEIGHT - 3)
    at = x(item)
    lozenge = [(at, middle - 6), (at + 6, middle), (at, middle + 6), (at - 6, middle)]
    SubElement(root, "polygon", {"class": "item", "points": svg.pairs(lozenge)})
    svg.circle(root, "client", x(client), middle, 4.5)
    return svg.markup(root)


def loss(value: float) -> str:
    """Write what a score loses, two decimals; below zero it would gain."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\u2212")


def _effects(root: Element, drawn: Timeline, places: _Places) -> None:
    zero = places.y(0.0)
    for value in places.levels:
        css = "axis zero" if value == 0 else "axis"
        svg.line(root, css, _LEFT, places.y(value), drawn.width - _RIGHT, places.y(value))
        svg.text(root, _LEFT - 6, places.y(value) + 4, "0" if value == 0 else loss(value), "end")
    for point, x in zip(drawn.points, places.x, strict=True):
        css = f"{'more' if point.effect >= 0 else 'less'}{' named' if point.is_named else ' faint'}"
        end = places.y(point.effect)
        svg.rect(root, css, x - places.thickness / 2, min(zero, end), places.thickness, max(abs(end - zero), 0.8))
        if point.is_named:
            svg.text(root, x, min(zero, end) - 6, str(point.number), "middle", css="told")


def _attention(root: Element, drawn: Timeline, places: _Places, top: float) -> None:
    most = max(point.attention or 0.0 for point in drawn.points) or 1.0
    room = _ATTENTION - 16
    bottom = top + 12 + room
    svg.line(root, "axis", _LEFT, bottom, drawn.width - _RIGHT, bottom)
    svg.text(root, _LEFT - 6, top + 20, f"{100 * most:.0f} %", "end")
    for point, x in zip(drawn.points, places.x, strict=True):
        if point.attention is not None:
            tall = room * point.attention / most
            svg.rect(root, "attention", x - places.thickness / 2, bottom - tall, places.thickness, tall)


class _Places:
    """Where purchases and effects lie: dated ones by their day, side by side where days are too close to draw."""

    def __init__(self, drawn: Timeline) -> None:
        self._width = drawn.width
        points = drawn.points
        days = [dt.date.fromisoformat(point.at) for point in points if point.at]
        self._inside = drawn.width - _LEFT - _RIGHT - _THICKEST
        gap = min(_THICKEST + 3, self._inside / max(1, len(points) - 1))
        self.thickness = max(_THINNEST, min(_THICKEST, gap - (3 if gap > 6 else 0.5)))
        if len(days) == len(points) and days == sorted(days) and days[-1] > days[0]:
            self._first, self._span = days[0], (days[-1] - days[0]).days
            wished = [self._at((day - self._first).days / self._span) for day in days]
            self.x = apart(wished, gap, self._at(1.0))
            self.ticks = self._months(4 if drawn.width < WIDE else 9)
        else:
            last = max(1, len(points) - 1)
            self.x = [self._at(place / last if len(points) > 1 else 0.5) for place in range(len(points))]
            self.ticks = self._numbers(len(points))
        effects = [point.effect for point in points]
        self._high, self._low = max([_LEAST_REACH, *effects]), min([0.0, *effects])
        self.levels = [0.0, self._high, *([self._low] if self._low < -0.2 * self._high else [])]

    def y(self, effect: float) -> float:
        return _TOP + (_EFFECTS - 10) * (self._high - effect) / (self._high - self._low)

    def anchor(self, x: float) -> str:
        """Keep words inside the drawing."""
        return "end" if x > self._width - 40 else "middle"

    def _at(self, share: float) -> float:
        return _LEFT + _THICKEST / 2 + self._inside * share

    def _months(self, n_most: int) -> list[tuple[float, str]]:
        last = self._first + dt.timedelta(days=self._span)
        begun = self._first.year * 12 + self._first.month  # the first of the month after the first purchase
        months = [dt.date(m // 12, m % 12 + 1, 1) for m in range(begun, last.year * 12 + last.month)]
        step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if len(months) / step <= n_most)
        kept = [one for one in months if (one.year * 12 + one.month - 1) % step == 0] or months[:1]
        if len(kept) < 2:
            return [(self._at(0.0), f"{self._first:%-d %b %Y}"), (self._at(1.0), f"{last:%-d %b %Y}")]
        return [(self._at((one - self._first).days / self._span), f"{one:%b %Y}") for one in kept]

    def _numbers(self, length: int) -> list[tuple[float, str]]:
        most = 8 if self._width < WIDE else 20
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 10_000) if length / step <= most)
        numbers = [number for number in range(1, length + 1) if number == 1 or number % step == 0]
        if step > 1 and len(numbers) > 1 and numbers[1] < 0.8 * step:
            numbers.pop(1)
        return [(self.x[number - 1], str(number)) for number in numbers]


def apart(wished: Sequence[float], gap: float, right: float) -> list[float]:
    """Return rising places near the wished ones, neighbours at least `gap` apart and none beyond `right`.

    Args:
        wished: Rising, the last at most `right`, and room enough: gap * (len - 1) at most.
    """
    places: list[float] = []
    for one in wished:
        places.append(max(one, places[-1] + gap) if places else one)
    for back, k in enumerate(reversed(range(len(places)))):
        places[k] = min(places[k], right - gap * back)
    return places


def _spoken(drawn: Timeline) -> str:
    points = drawn.points
    strongest = max(points, key=lambda point: point.effect)
    named = [f"number {point.number}, {point.name}" for point in points if point.is_named]
    told = f" The text names {'; '.join(named)}." if named else " The text names none of them."
    return (
        f"{len(points)} {'purchase' if len(points) == 1 else 'purchases'}, oldest on the left. The score loses most, "
        f"{strongest.effect:.2f} standard deviations, without number {strongest.number}, {strongest.name}.{told} "
        "The table below gives every figure."
    )
