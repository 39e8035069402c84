"""The drawing of a taste over its purchases: one panel an attribute, the purchases as columns that can be pointed at.

Colours are classes that the page's style sheet fills, so that light and dark are decided there. The panels stand one
below the other on one axis of purchases, so that the eye can follow a purchase through all of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

from agent.floor.trajectory import Axis, Bought, TasteStory
from ui import svg

WIDE, NARROW = 720, 360
"""Widths to draw in, so that words are as large on a phone as beside the conversation."""
PANEL = 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 12, 12, 30, 28
_HEAD, _FOOT = 18, 24  # above and below the panels
_REACH = 1.5  # standard deviations that a panel shows at least on either side of the catalogue's middle
_APART = 76  # between dates under the drawing, so that none touches another


def trajectory_plot(story: TasteStory, width: int = WIDE) -> Markup:
    """Draw the chosen attributes of a taste over all purchases; there is at least one of either.

    Args:
        width: WIDE or NARROW; the page shows the one that fits.
    """
    axes, height = story.shown, _HEAD + len(story.shown) * PANEL + _FOOT
    root = Element("svg", {"viewBox": f"0 0 {width} {height}", "role": "img"})
    root.set("class", f"ct-path {'ct-path-wide' if width == WIDE else 'ct-path-narrow'}")
    root.set("aria-labelledby", f"ct-path-title-{width} ct-path-desc-{width}")
    SubElement(
        root, "title", {"id": f"ct-path-title-{width}"}
    ).text = f"The taste of {story.name} over {len(story.bought)} purchases"
    SubElement(root, "desc", {"id": f"ct-path-desc-{width}"}).text = " ".join([story.sentence, *map(_spoken, axes)])
    columns = _Columns(len(story.bought), width)
    for turn in story.turns:
        place = columns.x(turn.index - 0.5)
        svg.line(root, "ct-path-turn", place, _HEAD - 2, place, height - _FOOT)
        svg.text(root, place, 11, turn.move.when, columns.anchor(place), "ct-path-when")
    for number, axis in enumerate(axes):
        _draw_panel(root, axis, story.bought, columns, _HEAD + number * PANEL)
    for place, label in _ticks(story.bought, columns):
        svg.text(root, columns.x(place), height - 6, label, columns.anchor(columns.x(place)), "ct-path-date")
    for one in story.bought:
        _draw_column(root, one, columns, height - _FOOT)
    return svg.markup(root)


class _Columns:
    """Where the purchases stand, evenly: what was bought on one day would else lie on one another."""

    def __init__(self, length: int, width: int) -> None:
        self.end = width
        self.width = (width - _LEFT - _RIGHT) / length

    def x(self, place: float) -> float:
        return _LEFT + (place + 0.5) * self.width

    def anchor(self, x: float) -> str:
        """Return how words at a place are set so that they stay inside."""
        return "start" if x < 40 else "end" if x > self.end - 40 else "middle"


class _Scale:
    """Where standard deviations lie in a panel."""

    def __init__(self, axis: Axis, top: float) -> None:
        values = [*axis.points, *(axis.smooth + axis.spread), *(axis.smooth - axis.spread)]
        self._reach = max(_REACH, *(abs(float(value)) for value in values)) + 0.15
        self._top = top

    def y(self, value: float) -> float:
        share = (self._reach - float(value)) / (2 * self._reach)
        return self._top + _TOP + share * (PANEL - _TOP - _BOTTOM)


def _draw_panel(root: Element, axis: Axis, bought: Sequence[Bought], columns: _Columns, top: float) -> None:
    scale = _Scale(axis, top)
    if top > _HEAD:
        svg.line(root, "ct-path-rule", 0, top, columns.end, top)
    svg.line(root, "ct-path-middle", _LEFT, scale.y(0), columns.end - _RIGHT, scale.y(0))
    around = list(enumerate(zip(axis.smooth, axis.spread, strict=True)))
    upper = [(columns.x(place), scale.y(value + spread)) for place, (value, spread) in around]
    lower = [(columns.x(place), scale.y(value - spread)) for place, (value, spread) in around]
    SubElement(root, "polygon", {"class": "ct-path-band", "points": svg.pairs([*upper, *reversed(lower)])})
    middle = [(columns.x(place), scale.y(value)) for place, value in enumerate(axis.smooth)]
    SubElement(root, "polyline", {"class": "ct-path-line", "points": svg.pairs(middle)})
    for one, value in zip(bought, axis.points, strict=True):
        place = columns.x(one.number - 1)
        if one.bends:
            svg.circle(root, "ct-path-bend", place, scale.y(value), 6.5)
        svg.circle(root, "ct-path-dot", place, scale.y(value), 3)
    svg.text(root, _LEFT, top + 15, f"\u2191 {axis.high}", "start", "ct-path-end")
    svg.text(root, _LEFT, top + PANEL - 7, f"\u2193 {axis.low}", "start", "ct-path-end")


def _draw_column(root: Element, one: Bought, columns: _Columns, height: float) -> None:
    """Add the place where a pointer finds a purchase; the page shows it with picture, date and step."""
    box = svg.rect(root, "ct-path-column", columns.x(one.number - 1.5), 0, columns.width, height)
    box.set("data-purchase", str(one.number))
    box.set("hx-get", f"/room/taste/purchases/{one.number}")
    box.set("hx-trigger", "mouseenter, click")
    box.set("hx-target", "#ct-taste-bought")
    box.set("hx-include", "#ct-taste-axes")
    SubElement(box, "title").text = f"{one.number}. {one.name}{f', {one.at:%d.%m.%Y}' if one.at else ''}"


def _ticks(bought: Sequence[Bought], columns: _Columns) -> list[tuple[float, str]]:
    """Return where a date stands under the drawing: at the first purchase of each year, else numbers."""
    dated = [(one.number - 1, one.at) for one in bought if one.at is not None]
    if not dated:
        step = max(1, round(_APART / 2 / columns.width))
        return [(one.number - 1, str(one.number)) for one in bought[::step]]
    return _spaced([(place, f"{at:%b} {at.year}") for place, at in _openings(dated)], columns)


def _openings(dated: Sequence[tuple[int, dt.date]]) -> list[tuple[int, dt.date]]:
    """Return the first purchase of each half year, and the last of all."""
    seen: dict[tuple[int, bool], tuple[int, dt.date]] = {}
    for place, at in dated:
        seen.setdefault((at.year, at.month > 6), (place, at))
    return list(dict.fromkeys([*seen.values(), dated[-1]]))


def _spaced(ticks: Sequence[tuple[int, str]], columns: _Columns) -> list[tuple[float, str]]:
    """Leave out dates that would touch the one before; the last stays."""
    kept: list[tuple[float, str]] = []
    for place, label in reversed(ticks):
        if not kept or columns.x(kept[-1][0]) - columns.x(place) >= _APART:
            kept.append((place, label))
    return kept[::-1]


def _spoken(axis: Axis) -> str:
    first, last = float(axis.smooth[0]), float(axis.smooth[-1])
    return (
        f"{axis.label.capitalize()}, from {axis.low} to {axis.high}: the line goes from {first:+.1f} to {last:+.1f} "
        "standard deviations of the catalogue."
    )
