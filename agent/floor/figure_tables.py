"""Figures with their base: shares that say when they are too few to speak of, and tables for the page and for files."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

MIN_BASE = 10
"""Of fewer than so many a count is told, but no share."""
_Z = 1.959964  # 95 %


@dataclass(frozen=True)
class Share:
    """`n` of `base`. Its 95 % interval is Wilson's, which takes the cases as independent of each other."""

    n: int
    base: int

    @property
    def tells(self) -> bool:
        """Whether there are enough to speak of a share."""
        return self.base >= MIN_BASE

    @property
    def value(self) -> float:
        """The share, 0 of nothing."""
        return self.n / self.base if self.base else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share may well lie, in [0, 1]."""
        if not self.base:
            return 0.0, 1.0
        spread = _Z * _Z / self.base
        middle = (self.value + spread / 2) / (1 + spread)
        reach = _Z / (1 + spread) * math.sqrt(self.value * (1 - self.value) / self.base + spread / (4 * self.base))
        return max(0.0, min(middle - reach, self.value)), min(1.0, max(middle + reach, self.value))


@dataclass(frozen=True)
class Money:
    """An amount in minor units."""

    minor: int
    currency: str


Cell = str | int | float | dt.date | Share | Money | None


@dataclass(frozen=True)
class Words:
    """A cell in words of ours, which the surface translates; a plain text is data and is not translated."""

    text: str


@dataclass(frozen=True)
class FigureTable:
    """One table of figures.

    Attributes:
        name: In addresses and file names.
        title, columns: In English; the surface translates them.
        rows: One cell a column. All cells of a column but None are of one type.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | Words, ...], ...]


def share_of(flags: Iterable[bool]) -> Share:
    """Return how many are true of all."""
    known = list(flags)
    return Share(sum(known), len(known))
