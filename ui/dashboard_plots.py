"""The dashboard's drawings as inline SVG: shares with intervals, parts of a whole, marks to compare, a line by quarter.

Bars stretch with the page, so they hold no words: figures stand beside them. Colours are the style sheet's.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

from agent.floor.figure_tables import Share
from agent.floor.store_taste import Quarter, StoreTaste
from ui import svg

_LONG, _HIGH = 200, 12
PANEL_WIDTH, PANEL_HEIGHT = 280, 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 10, 8, 24
_LEAST_REACH = 0.3  # standard deviations that a panel shows at least on either side
_MAX_LABELS = 5


def share_bar(share: Share) -> Markup:
    """Draw a share from 0 to 1 with its interval; of too few cases only the ground."""
    root = _bar()
    svg.rect(root, "ct-plot-ground", 0, 3, _LONG, 6)
    if share.tells:
        svg.rect(root, "ct-plot-bar", 0, 3, _LONG * share.value, 6)
        low, high = share.interval
        svg.line(root, "ct-plot-interval", _LONG * low, 6, _LONG * high, 6)
        for end in (low, high):
            svg.line(root, "ct-plot-interval", _LONG * end, 2, _LONG * end, 10)
    return svg.markup(root)


def parts_bar(parts: Sequence[int]) -> Markup:
    """Draw the parts of a whole beside one another, in the classes ct-part-1 and so on."""
    root = _bar()
    whole, begin = sum(parts) or 1, 0.0
    for number, part in enumerate(parts, start=1):
        width = _LONG * part / whole
        svg.rect(root, f"ct-part-{number}", begin, 0, max(width - 0.6, 0), _HIGH)
        begin += width
    return svg.markup(root)


def compared_bar(value: float, marks: Sequence[float], top: float) -> Markup:
    """Draw a value as a bar, and what it is compared with as marks ct-mark-1 and so on, from 0 to `top`."""
    root = _bar()
    svg.rect(root, "ct-plot-ground", 0, 3, _LONG, 6)
    svg.rect(root, "ct-plot-bar", 0, 3, _LONG * min(value / top, 1.0), 6)
    for number, mark in enumerate(marks, start=1):
        x = _LONG * min(mark / top, 1.0)
        svg.line(root, f"ct-mark-{number}", x, 0, x, _HIGH)
    return svg.markup(root)


def quality_panel(taste: StoreTaste, attribute: str) -> Markup:
    """Draw the mean of one attribute by quarter with its interval, in catalogue standard deviations."""
    column = taste.names.index(attribute)
    panel = _Panel(taste, column)
    label = _spoken(taste, column)
    root = Element("svg", {"viewBox": f"0 0 {PANEL_WIDTH} {PANEL_HEIGHT}", "role": "img", "aria-label": label})
    for value in panel.ticks:
        css = "ct-plot-axis ct-plot-zero" if value == 0 else "ct-plot-axis"
        svg.line(root, css, _LEFT, panel.y(value), PANEL_WIDTH - _RIGHT, panel.y(value))
        svg.text(root, _LEFT - 6, panel.y(value) + 4, _signed(value), "end")
    places = range(len(taste.quarters))
    for k in places:
        low, high = panel.ends(k)
        svg.line(root, "ct-plot-interval", panel.x(k), panel.y(low), panel.x(k), panel.y(high))
    points = [(panel.x(k), panel.y(float(taste.mean[k, column]))) for k in places]
    SubElement(root, "polyline", {"class": "ct-plot-line", "points": svg.pairs(points)})
    for x, y in points:
        svg.circle(root, "ct-plot-dot", x, y, 3)
    for k in panel.labelled:
        svg.text(root, panel.x(k), PANEL_HEIGHT - 7, short_quarter(taste.quarters[k]), "middle")
    return svg.markup(root)


def short_quarter(quarter: Quarter) -> str:
    """Write a quarter as an axis holds it: Q4 25."""
    return f"Q{quarter[1]} {quarter[0] % 100:02d}"


def long_quarter(quarter: Quarter) -> str:
    """Write a quarter as a sentence holds it: Q4 2025."""
    return f"Q{quarter[1]} {quarter[0]}"


class _Panel:
    """Where quarters and standard deviations lie on a panel; all panels of a store have one scale."""

    def __init__(self, taste: StoreTaste, column: int) -> None:
        self._taste, self._column = taste, column
        reach = float(max(_LEAST_REACH, (abs(taste.mean) + taste.reach).max())) if taste.mean.size else _LEAST_REACH
        self._top = reach * 1.05
        step = next(step for step in (0.1, 0.2, 0.5, 1.0, 2.0) if self._top / step < 3)
        n = int(self._top / step)
        self.ticks = [round(k * step, 1) for k in range(-n, n + 1)]
        every = -(-len(taste.quarters) // _MAX_LABELS)
        self.labelled = range((len(taste.quarters) - 1) % every, len(taste.quarters), every) if every else range(0)

    def x(self, place: int) -> float:
        inside = PANEL_WIDTH - _LEFT - _RIGHT - 30
        steps = len(self._taste.quarters) - 1
        return _LEFT + 15 + (inside * place / steps if steps else inside / 2)

    def y(self, value: float) -> float:
        return _TOP + (self._top - value) / (2 * self._top) * (PANEL_HEIGHT - _TOP - _BOTTOM)

    def ends(self, place: int) -> tuple[float, float]:
        """Return the ends of the interval of a quarter."""
        middle, reach = self._taste.mean[place, self._column], self._taste.reach[place, self._column]
        return float(middle - reach), float(middle + reach)


def _bar() -> Element:
    box = f"0 0 {_LONG} {_HIGH}"
    return Element("svg", {"viewBox": box, "preserveAspectRatio": "none", "aria-hidden": "true", "class": "ct-plot"})


def _spoken(taste: StoreTaste, column: int) -> str:
    told = ", ".join(
        f"{short_quarter(quarter)} {float(taste.mean[k, column]):+.2f}" for k, quarter in enumerate(taste.quarters)
    )
    return f"{taste.names[column].replace('_', ' ')}: {told}"


def _signed(value: float) -> str:
    return "0" if value == 0 else f"{value:+.1f}".replace("-", "\u2212")
