"""Who gets suggestions and which houses are shown: the same figures for groups of clients, side by side.

A difference here may have good reasons. Whether reasons differ beyond what the ranking explains is asked by
`recsys.evaluation.bias_audit`, not here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import quantiles

from agent.floor.figure_tables import FigureTable, Share, Words, share_of
from agent.records.figures import Patron, Piece, Suggested
from agent.translatable import _

NEW = dt.timedelta(days=90)
LAPSED = dt.timedelta(days=365)
HEAD = 0.2  # of the catalogue, its best sellers; the rest is the long tail
_MIN_BANDED = 9  # clients with a price; fewer make no thirds


Group = str | Words


def fairness_table(
    suggested: Sequence[Suggested], patrons: Sequence[Patron], pieces: Sequence[Piece], now: dt.datetime
) -> FigureTable:
    """Return the same figures for each group of clients, by how long they are clients, associate and price band."""
    tail = long_tail(pieces)
    brands = {piece.item: piece.brand for piece in pieces}
    shown: dict[int, list[Suggested]] = defaultdict(list)
    for one in suggested:
        shown[one.client].append(one)
    rows = []
    for dimension, group_of in _dimensions(patrons, now).items():
        for group, members in _grouped(patrons, group_of):
            theirs = [one for patron in members for one in shown.get(patron.client, ())]
            reached = share_of(patron.client in shown for patron in members)
            houses = len({brands[one.item] for one in theirs} - {""})
            rows.append((
                Words(dimension),
                group,
                reached,
                len(theirs),
                share_of(one.accepted for one in theirs),
                share_of(one.source != "none" for one in theirs),
                share_of(one.item in tail for one in theirs),
                houses,
            ))  # fmt: skip
    columns = (
        _("Clients by"), _("Group"), _("Clients who were shown anything"), _("Suggestions"), _("Liked or put aside"),
        _("With a strong reason"), _("From the long tail"), _("Houses shown"),
    )  # fmt: skip
    return FigureTable("fairness", _("Who is shown what"), columns, tuple(rows))


def houses_table(suggested: Sequence[Suggested], pieces: Sequence[Piece]) -> FigureTable:
    """Return each house's part of the catalogue, of all purchases and of the suggestions.

    The most suggested comes first; pieces without a house come last.
    """
    brands = {piece.item: piece.brand for piece in pieces}
    stock = Counter(piece.brand for piece in pieces)
    bought: Counter[str] = Counter()
    for piece in pieces:
        bought[piece.brand] += piece.n_bought
    of_house: dict[str, list[Suggested]] = defaultdict(list)
    for one in suggested:
        of_house[brands[one.item]].append(one)
    order = sorted(stock, key=lambda house: (not house, -len(of_house[house]), -stock[house], house))
    rows = tuple(
        (
            house or Words(_("no house named")),
            Share(stock[house], len(pieces)),
            Share(bought[house], bought.total()),
            Share(len(of_house[house]), len(suggested)),
            share_of(one.accepted for one in of_house[house]),
        )
        for house in order
    )
    columns = (
        _("House"),
        _("Of the catalogue"),
        _("Of all purchases"),
        _("Of the suggestions"),
        _("Liked or put aside"),
    )
    return FigureTable("houses", _("Which houses are shown"), columns, rows)


def long_tail(pieces: Sequence[Piece]) -> set[int]:
    """Return the items outside the best-selling fifth of the catalogue."""
    order = sorted(pieces, key=lambda piece: (-piece.n_bought, piece.item))
    return {piece.item for piece in order[round(HEAD * len(order)) :]}


def tail_of_purchases(pieces: Sequence[Piece]) -> Share:
    """Return which part of all purchases are of the long tail, to compare the suggestions with."""
    tail = long_tail(pieces)
    return Share(sum(one.n_bought for one in pieces if one.item in tail), sum(one.n_bought for one in pieces))


def standing_of(patron: Patron, now: dt.datetime) -> str:
    """Return how a client stands to the house."""
    if not patron.n_bought:
        return _("nothing bought yet")
    if patron.first is None or patron.last is None:
        return _("no dates on record")
    if patron.first > now - NEW:
        return _("new: first purchase within 90 days")
    return _("lapsed: no purchase for a year") if patron.last < now - LAPSED else _("returning")


def _dimensions(patrons: Sequence[Patron], now: dt.datetime) -> Mapping[str, Callable[[Patron], Group | None]]:
    paid = [patron.paid for patron in patrons if patron.paid is not None]
    low, high = quantiles(paid, n=3) if len(paid) >= _MIN_BANDED else (0.0, 0.0)

    def band(patron: Patron) -> Group | None:
        if patron.paid is None or low == high:
            return None
        if patron.paid <= low:
            return Words(_("lower third"))
        return Words(_("middle third")) if patron.paid <= high else Words(_("upper third"))

    return {
        _("time with the house"): lambda patron: Words(standing_of(patron, now)),
        _("associate"): lambda patron: patron.associate,
        _("price they usually pay"): band,
    }


def _grouped(patrons: Sequence[Patron], group_of: Callable[[Patron], Group | None]) -> list[tuple[Group, list[Patron]]]:
    groups: dict[Group, list[Patron]] = defaultdict(list)
    for patron in patrons:
        group = group_of(patron)
        if group is not None:
            groups[group].append(patron)
    return sorted(groups.items(), key=lambda one: one[0].text if isinstance(one[0], Words) else one[0])
