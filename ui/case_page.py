"""The page of case studies: what it holds, and its HTML from one autoescaping template; no script, no other host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from ui.paper import render_page, write_file

PAGE = "cases.html"


@dataclass(frozen=True)
class PurchaseLine:
    """One purchase in the list; `turns` where a new taste begins with it, `bends` where it speaks for that."""

    number: int
    title: str
    when: str
    turns: bool
    bends: bool


@dataclass(frozen=True)
class Panel:
    """One attribute's path; `ends` names what low and high mean, where the attribute set has words for them."""

    title: str
    ends: str
    drawing: Markup


@dataclass(frozen=True)
class Bar:
    """One part of a score; `drawing` is empty where it is no attribute's."""

    label: str
    value: str
    drawing: Markup


@dataclass(frozen=True)
class Suggestion:
    """One recommended item, its score in parts, and the purchases behind it as (number, title, effect)."""

    title: str
    category: str
    score: str
    bars: tuple[Bar, ...]
    rest: tuple[Bar, ...]
    carried_by: tuple[tuple[int, str, str], ...]
    despite: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class Case:
    """One client as the page tells them."""

    client_id: str
    lede: tuple[str, ...]
    moved_note: str
    panels: tuple[Panel, ...]
    earlier_words: str
    earlier: tuple[PurchaseLine, ...]
    latest: tuple[PurchaseLine, ...]
    suggestions: tuple[Suggestion, ...]
    base: tuple[tuple[str, str, bool], ...]
    outcome: str


@dataclass(frozen=True)
class Everyone:
    """All clients that could have been drawn, and the share of them whose held-out purchase came in the first 10."""

    min_length: int
    n_clients: int
    refined: float
    base: float


def render(cases: Sequence[Case], rule: str, everyone: Everyone, scorer: str) -> str:
    """Return the page.

    Args:
        cases: The clients, in the order of the page.
        rule: How they were chosen, as a sentence.
        everyone: All clients that could have been drawn.
        scorer: Who scored the attributes, in words.
    """
    return render_page("case_study.html", cases=cases, rule=rule, everyone=everyone, scorer=scorer)


def write_page(page: str, folder: Path) -> Path:
    """Write the page into a folder, made if missing, and return the file.

    Raises:
        InputError: If the folder cannot be written.
    """
    return write_file(page, folder / PAGE)
