"""What was suggested, what came of it, and with which reason: counted over pairs of a client and a piece."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.floor.figure_tables import FigureTable, Share, Words, share_of
from agent.records.figures import Suggested, Verdict
from agent.translatable import _

KINDS: Mapping[str, str] = {
    "history": _("an earlier purchase"),
    "attribute": _("a quality the client likes"),
    "house": _("a house the client returns to"),
    "order": _("the order of their purchases"),
    "request": _("what was asked for"),
    "field": _("a fact of the catalogue"),
    "": _("no strong reason"),
}
SOURCES: Mapping[str, str] = {
    "model": _("the chat model"),
    "seller": _("the house's own reason writer"),
    "template": _("the template"),
    "none": _("nobody: no strong reason"),
}
WAYS: Mapping[str, str] = {
    "recommend": _("a suggestion"),
    "search": _("a search"),
    "refine": _("a change of the suggestions"),
    "similar": _("more of its kind"),
    "look": _("a look around a piece"),
    "explain": _("a question about a reason"),
    "look book": _("a look-book"),
    "page": _("a hand on the page"),
    "program": _("another program"),
    "other": _("another way"),
}
_OUTCOMES = (_("Suggestions"), _("Liked or put aside"), _("Bought after"), _("Time still running"))


@dataclass(frozen=True)
class Outcome:
    """What came of some suggestions.

    Attributes:
        accepted: Liked, or put aside and still there.
        bought: Bought within the window.
        still_open: Shown so lately that the window is not over.
    """

    n: int
    accepted: Share
    bought: Share
    still_open: int


def outcome(suggested: Iterable[Suggested], window: dt.timedelta, now: dt.datetime) -> Outcome:
    """Count what came of suggestions."""
    known = list(suggested)
    return Outcome(
        len(known),
        share_of(one.accepted for one in known),
        share_of(bought_within(one, window) for one in known),
        sum(one.at + window > now and not bought_within(one, window) for one in known),
    )


def bought_within(one: Suggested, window: dt.timedelta) -> bool:
    """Whether the client bought the piece within a window after it was first shown."""
    return one.bought_at is not None and one.bought_at <= one.at + window


def came_of_it_table(suggested: Sequence[Suggested], window: dt.timedelta) -> FigureTable:
    """Return each thing that came of suggestions, as a share of them."""
    steps: Sequence[tuple[str, Callable[[Suggested], bool]]] = (
        (_("liked"), lambda one: one.liked),
        (_("on the wish list"), lambda one: one.saved),
        (_("in the basket"), lambda one: one.in_basket),
        (_("any of these"), lambda one: one.accepted),
        (_("bought after"), lambda one: bought_within(one, window)),
    )
    rows = tuple((Words(words), share_of(happened(one) for one in suggested)) for words, happened in steps)
    return FigureTable("outcomes", _("What came of the suggestions"), (_("What came of it"), _("Suggestions")), rows)


def by_kind_table(
    suggested: Sequence[Suggested], verdicts: Sequence[Verdict], window: dt.timedelta, now: dt.datetime
) -> FigureTable:
    """Return what came of suggestions by the evidence of their reasons; a reason of two kinds counts in both."""
    groups: dict[str, list[Suggested]] = {kind: [] for kind in KINDS}
    for one in suggested:
        for kind in one.kinds if one.source != "none" else ("",):
            groups.setdefault(kind, []).append(one)
    said: dict[str, list[bool]] = defaultdict(list)
    for verdict in verdicts:
        for kind in verdict.kinds if verdict.source != "none" else ("",):
            said[kind].append(verdict.verdict == "helpful")
    rows = tuple(
        (Words(KINDS.get(kind, kind)), *_cells(group, window, now), share_of(said[kind]))
        for kind, group in groups.items()
        if group
    )
    columns = (_("The reason rests on"), *_OUTCOMES, _("Called helpful"))
    return FigureTable("reasons", _("With which reason"), columns, rows)


def by_source_table(suggested: Sequence[Suggested], window: dt.timedelta, now: dt.datetime) -> FigureTable:
    """Return what came of suggestions by who worded their reasons."""
    columns = (_("Who worded the reason"), *_OUTCOMES)
    return _by(
        suggested, SOURCES, lambda one: one.source, window, now, ("wording", _("Who worded the reason"), columns)
    )


def by_way_table(suggested: Sequence[Suggested], window: dt.timedelta, now: dt.datetime) -> FigureTable:
    """Return what came of suggestions by how they came before the client."""
    columns = (_("How it came"), *_OUTCOMES)
    return _by(suggested, WAYS, lambda one: one.way, window, now, ("ways", _("How suggestions came"), columns))


def verdicts_table(verdicts: Sequence[Verdict]) -> FigureTable:
    """Return what people said of reasons by who worded them."""
    rows = []
    for source, words in SOURCES.items():
        said = [one.verdict for one in verdicts if one.source == source]
        helpful, unhelpful, wrong = (Share(said.count(one), len(said)) for one in ("helpful", "unhelpful", "wrong"))
        if said:
            rows.append((Words(words), helpful, unhelpful, wrong))
    columns = (_("Who worded the reason"), _("Helpful"), _("Not helpful"), _("Wrong"))
    return FigureTable("verdicts", _("What was said of the reasons"), columns, tuple(rows))


def _by(
    suggested: Sequence[Suggested],
    words: Mapping[str, str],
    group_of: Callable[[Suggested], str],
    window: dt.timedelta,
    now: dt.datetime,
    labels: tuple[str, str, tuple[str, ...]],
) -> FigureTable:
    groups: dict[str, list[Suggested]] = {group: [] for group in words}
    for one in suggested:
        groups.setdefault(group_of(one), []).append(one)
    rows = ((Words(words.get(group, group)), *_cells(found, window, now)) for group, found in groups.items() if found)
    return FigureTable(*labels, tuple(rows))


def _cells(group: Sequence[Suggested], window: dt.timedelta, now: dt.datetime) -> tuple[int, Share, Share, int]:
    counted = outcome(group, window, now)
    return counted.n, counted.accepted, counted.bought, counted.still_open
