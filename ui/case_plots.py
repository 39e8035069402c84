"""The drawings of a case study as inline SVG: the path of a taste on one attribute, and one signed bar.

Colours are classes that the page's style sheet fills, so that light and dark are decided there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from markupsafe import Markup

from recsys.ranker import FloatArray
from ui import svg

WIDTH, HEIGHT = 340, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 8, 10, 26
_REACH = 1.5  # standard deviations that a panel shows at least on either side
_BAR_WIDTH, _BAR_HEIGHT = 200, 8


@dataclass(frozen=True, eq=False)
class TastePath:
    """What one panel shows.

    Attributes:
        label: The attribute, for those who hear the page.
        points, smooth, spread: One value a purchase, standard deviations, float32, (L,).
        turns: Positions, from 0, of the first purchase of a new taste.
    """

    label: str
    points: FloatArray
    smooth: FloatArray
    spread: FloatArray
    turns: Sequence[int]


def taste_panel(path: TastePath) -> Markup:
    """Draw one attribute over the purchases: dots, a smooth line, its spread, and where the taste turned."""
    panel = _Panel(path)
    root = Element("svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "role": "img", "aria-label": _spoken(path)})
    for value in panel.ticks:
        css = "axis zero" if value == 0 else "axis"
        svg.line(root, css, _LEFT, panel.y(value), WIDTH - _RIGHT, panel.y(value))
        svg.text(root, _LEFT - 6, panel.y(value) + 4, _signed(value), "end")
    for number in panel.numbers:
        svg.text(root, panel.x(number - 1), HEIGHT - 8, str(number), "middle")
    upper = [(panel.x(t), panel.y(m + s)) for t, (m, s) in enumerate(zip(path.smooth, path.spread, strict=True))]
    lower = [(panel.x(t), panel.y(m - s)) for t, (m, s) in enumerate(zip(path.smooth, path.spread, strict=True))]
    SubElement(root, "polygon", {"class": "band", "points": svg.pairs([*upper, *reversed(lower)])})
    for turn in path.turns:
        svg.line(root, "turn", panel.x(turn - 0.5), _TOP, panel.x(turn - 0.5), HEIGHT - _BOTTOM)
    for place, value in enumerate(path.points):
        svg.circle(root, "dot", panel.x(place), panel.y(value), 2.6)
    middle = [(panel.x(t), panel.y(m)) for t, m in enumerate(path.smooth)]
    SubElement(root, "polyline", {"class": "path", "points": svg.pairs(middle)})
    return svg.markup(root)


def signed_bar(value: float, low: float, high: float) -> Markup:
    """Draw one bar from zero: to the right what raises a score, to the left what lowers it.

    Args:
        value: Between `low` and `high`.
        low, high: Ends of the drawing, low <= 0 <= high, not both 0.
    """
    box = f"0 0 {_BAR_WIDTH} {_BAR_HEIGHT}"
    root = Element("svg", {"viewBox": box, "preserveAspectRatio": "none", "aria-hidden": "true", "class": "bar"})
    zero, end = (_BAR_WIDTH * (one - low) / (high - low) for one in (0.0, value))
    css = "more" if value >= 0 else "less"
    svg.rect(root, css, min(zero, end), 0, abs(end - zero), _BAR_HEIGHT)
    svg.line(root, "stem", zero, 0, zero, _BAR_HEIGHT)
    return svg.markup(root)


class _Panel:
    """Where purchases and standard deviations lie on a panel."""

    def __init__(self, path: TastePath) -> None:
        self._length = len(path.points)
        values = [*path.points, *(path.smooth + path.spread), *(path.smooth - path.spread)]
        self._low = min(-_REACH, *(float(value) for value in values)) - 0.1
        self._high = max(_REACH, *(float(value) for value in values)) + 0.1
        self.ticks = [value for value in range(-3, 4) if self._low <= value <= self._high]
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 10_000) if self._length / step <= 8)
        multiples = range(step, self._length + 1, step)
        self.numbers = [1, *(number for number in multiples if number - 1 >= 0.8 * step)]  # none crowds the 1

    def x(self, place: float) -> float:
        inside = WIDTH - _LEFT - _RIGHT - 12
        return _LEFT + 6 + (inside * place / (self._length - 1) if self._length > 1 else inside / 2)

    def y(self, value: float) -> float:
        share = (self._high - float(value)) / (self._high - self._low)
        return _TOP + share * (HEIGHT - _TOP - _BOTTOM)


def _spoken(path: TastePath) -> str:
    first, last = float(path.smooth[0]), float(path.smooth[-1])
    turned = "".join(f"; a turn before purchase {turn + 1}" for turn in path.turns)
    return (
        f"{path.label} over {len(path.points)} purchases: the smooth line goes from {first:+.1f} to {last:+.1f} "
        f"standard deviations of the catalogue{turned}."
    )


def _signed(value: int) -> str:
    return "0" if value == 0 else f"{value:+d}".replace("-", "\u2212")
