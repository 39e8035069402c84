"""Which sales followed a message. The rule: a sale counts for one message, the one with the strongest engagement.

"Followed", not "was caused by": nobody was left without a message to compare with.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.floor.figure_tables import FigureTable, Money, Share, Words, share_of
from agent.records.figures import Sale, Touch
from agent.records.messages import CONTACT_EVERY
from agent.translatable import _

STRENGTH = ("sent", "opened", "visited", "replied")
"""Engagements from the weakest to the strongest."""


ENGAGEMENTS: Mapping[str, str] = {
    "replied": _("replied"),
    "visited": _("visited"),
    "opened": _("opened"),
    "sent": _("sent, no response known"),
}


@dataclass(frozen=True)
class Followed:
    """A sale, the message that it counts for, and the strongest engagement with that message before the sale."""

    sale: Sale
    touch: Touch
    engagement: str

    @property
    def named(self) -> bool:
        """Whether the message spoke of this very piece."""
        return self.sale.item_id in self.touch.items


def attribute(sales: Iterable[Sale], touches: Iterable[Touch], window: dt.timedelta) -> list[Followed]:
    """Return the sales that followed a message within the window, each once, in the order given.

    Of several messages the one with the strongest engagement before the sale counts, and of equals the latest.
    """
    of_client: dict[int, list[Touch]] = defaultdict(list)
    for touch in touches:
        if touch.arrived:
            of_client[touch.client].append(touch)
    found = []
    for sale in sales:
        near = [one for one in of_client[sale.client] if one.at <= sale.at <= one.at + window]
        if near:
            best = max(near, key=lambda one: (STRENGTH.index(engagement(one, sale.at)), one.at))
            found.append(Followed(sale, best, engagement(best, sale.at)))
    return found


def engagement(touch: Touch, until: dt.datetime) -> str:
    """Return the strongest engagement with a message up to a moment."""
    kinds = {kind for kind, at in touch.responses if at <= until}
    return max(kinds | {"sent"}, key=STRENGTH.index)


def outreach_table(
    sales: Sequence[Sale], followed: Sequence[Followed], sent: Sequence[Touch], until: dt.datetime, currency: str
) -> FigureTable:
    """Return the sales of a period by the engagement they count for; the last row is the sales without a message.

    Args:
        sent: The messages of the period that arrived.
        until: The end of the period.
        currency: Sales in another one count as sales without a price.
    """
    messages = Counter(engagement(touch, until) for touch in sent)
    numbers = {one.sale.number for one in followed}
    rows: list[tuple[Words | int | Money | Share | None, ...]] = []
    for kind in reversed(STRENGTH):
        mine = [one for one in followed if one.engagement == kind]
        value = _value((one.sale for one in mine), currency)
        rows.append(
            (
                Words(ENGAGEMENTS[kind]),
                messages[kind],
                len(mine),
                sum(one.named for one in mine),
                _money(value, currency),
            )
        )
    rest = [sale for sale in sales if sale.number not in numbers]
    rows.append(
        (Words(_("no message in the time before")), None, len(rest), None, _money(_value(rest, currency), currency))
    )
    columns = (
        _("Strongest engagement"),
        _("Messages of the period"),
        _("Sales"),
        _("Of these, pieces the message named"),
        _("Value at today's prices"),
    )
    return FigureTable("outreach", _("Sales after a message"), columns, tuple(rows))


def sales_table(followed: Sequence[Followed]) -> FigureTable:
    """Return every sale that counts for a message, for a file."""
    rows = tuple(
        (
            one.sale.at.date(),
            one.sale.client_id,
            one.sale.item_id,
            one.sale.title,
            one.sale.quantity,
            None if one.sale.price_minor is None else Money(one.sale.price_minor, one.sale.currency or ""),
            Words(ENGAGEMENTS[one.engagement]),
            one.touch.at.date(),
            one.touch.author,
            Words(_("yes")) if one.named else Words(_("no")),
        )
        for one in followed
    )
    columns = (
        _("Sold on"), _("Client"), _("Item"), _("Title"), _("Pieces"), _("Price today"),
        _("Strongest engagement"), _("Message of"), _("Written by"), _("Named in the message"),
    )  # fmt: skip
    return FigureTable("sales", _("Each sale after a message"), columns, rows)


def contacts_table(
    everyone: Sequence[str], touches: Sequence[Touch], since: dt.datetime | None, followed: Sequence[Followed]
) -> FigureTable:
    """Return what each associate wrote in a period, and how often sooner than the house allows.

    Args:
        everyone: Ids of the associates.
        touches: Contacts of the period and of at least CONTACT_EVERY before, oldest first.
        since: When the period begins; None for all time.
        followed: The sales that count for a message.
    """
    too_soon = _too_soon(touches)
    during = [touch for touch in touches if since is None or touch.at >= since]
    rows = []
    for author in sorted({*everyone, *(touch.author for touch in during)}):
        mine = [touch for touch in during if touch.author == author]
        answered = share_of(bool(touch.responses) for touch in mine if touch.draft_id is not None and touch.arrived)
        sales = sum(one.touch.author == author for one in followed)
        soon = sum(id(touch) in too_soon for touch in mine)
        rows.append((author, len(mine), len({touch.client for touch in mine}), soon, answered, sales))
    columns = (
        _("Associate"), _("Contacts"), _("Clients"), _("Sooner than allowed"), _("Messages with a response"),
        _("Sales after their messages"),
    )  # fmt: skip
    return FigureTable("contacts", _("Contacts of each associate"), columns, tuple(rows))


def _too_soon(touches: Sequence[Touch]) -> set[int]:
    """Return which contacts came too soon after the one before with the same client, whoever made that."""
    of_client: dict[int, list[Touch]] = defaultdict(list)
    for touch in sorted(touches, key=lambda one: one.at):
        of_client[touch.client].append(touch)
    return {
        id(later)
        for near in of_client.values()
        for earlier, later in pairwise(near)
        if later.at - earlier.at < CONTACT_EVERY
    }


def _money(minor: int, currency: str) -> Money | None:
    return Money(minor, currency) if currency else None


def _value(sales: Iterable[Sale], currency: str) -> int:
    return sum(
        sale.price_minor * sale.quantity for sale in sales if sale.price_minor is not None and sale.currency == currency
    )
