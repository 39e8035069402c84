"""What a manager's figures are counted from, read across the whole book: rows of numbers, no names but item titles.

Guests are in nobody's book and so are not counted. Counting is the business of agent.floor.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, select, type_coerce

from agent.context import Actor
from agent.policy import require
from agent.records.access import visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import contacts, deliveries, drafts, impressions, reason_feedback, responses, saved
from recsys.data.tables import clients, feedback, interactions, items


@dataclass(frozen=True)
class Scope:
    """Which part of the records is counted.

    Attributes:
        since: From when on; None for all time.
        until: Up to when.
        associate: Only clients who are in this associate's book today; None for the whole store.
    """

    since: dt.datetime | None
    until: dt.datetime
    associate: str | None = None


@dataclass(frozen=True)
class Suggested:
    """A piece put before a client, however often: the first time in the scope, and what came of it since.

    Attributes:
        source, kinds: Who worded the reason of the first time, and the kinds of evidence that it rests on.
        saved: Whether it is on the wish list, put there since.
        in_basket: The same of the basket.
        bought_at: When it was first bought since.
    """

    client: int
    item: int
    associate: str | None
    at: dt.datetime
    way: str
    source: str
    kinds: tuple[str, ...]
    saved: bool
    in_basket: bool
    liked: bool
    bought_at: dt.datetime | None

    @property
    def accepted(self) -> bool:
        """Whether the client liked it or put it aside."""
        return self.saved or self.in_basket or self.liked


@dataclass(frozen=True)
class Verdict:
    """What somebody said of a reason, who had worded it, and the kinds of evidence if its showing is on record."""

    verdict: str
    source: str
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Sale:
    """A dated purchase that was not returned later; the price is the catalogue's of today."""

    number: int
    client: int
    client_id: str
    item_id: str
    title: str
    at: dt.datetime
    quantity: int
    price_minor: int | None
    currency: str | None


@dataclass(frozen=True)
class Touch:
    """A time that the house wrote or spoke to a client.

    Attributes:
        draft_id: Of the message; None for a contact by other means.
        items: Ids of the pieces that the message speaks of.
        arrived: Whether it is known to have left the house: delivered, copied out, answered, or by other means.
        responses: Kind and time of what the client did about it.
    """

    client: int
    author: str
    at: dt.datetime
    draft_id: str | None
    items: tuple[str, ...]
    arrived: bool
    responses: tuple[tuple[str, dt.datetime], ...] = ()


@dataclass(frozen=True)
class Patron:
    """A client as the fairness table groups them; `paid` is the mean price of what they bought, None if unknown."""

    client: int
    associate: str | None
    n_bought: int
    first: dt.datetime | None
    last: dt.datetime | None
    paid: float | None


@dataclass(frozen=True)
class Piece:
    """An item of the catalogue and how many purchases it has, ever and from anybody."""

    item: int
    item_id: str
    brand: str
    n_bought: int


@dataclass(frozen=True)
class DatedPurchase:
    """One purchase for the store's taste."""

    client: int
    item_id: str
    at: dt.datetime


@dataclass(frozen=True)
class Figures:
    """Reads for a manager; every method raises Refused for anybody else.

    Args:
        boutique: The records.
        actor: Who asks.
        scope: What is counted.
    """

    boutique: Boutique
    actor: Actor
    scope: Scope

    def __post_init__(self) -> None:
        require(self.actor, "manage")

    def n_shown(self) -> int:
        """Return how often a piece was put before a client, also the same one again."""
        query = select(func.count(impressions.c.number).label("n")).join_from(impressions, clients)
        return int(self._rows(query.where(*self._during(impressions.c.at)))[0]["n"])

    def suggested(self) -> list[Suggested]:
        """Return each pair of a client and a piece that was put before them, with what came of it."""
        # of bare columns beside min(), SQLite gives those of the row that has the minimum
        first = select(impressions.c.client, impressions.c.item, clients.c.associate_id.label("associate"))
        first = first.add_columns(func.min(impressions.c.at).label("at"), impressions.c.way)
        first = first.add_columns(impressions.c.reason_source.label("source"))
        first = first.add_columns(type_coerce(impressions.c.reason_kinds, Text).label("kinds"))
        first = first.join_from(impressions, clients).where(*self._during(impressions.c.at))
        shown = first.group_by(impressions.c.client, impressions.c.item).subquery()

        def kept(place: str) -> Any:
            here = exists().where(saved.c.client == shown.c.client, saved.c.item == shown.c.item)
            return here.where(saved.c.place == place, saved.c.state == "kept", saved.c.at >= shown.c.at)

        liked = exists().where(feedback.c.client == shown.c.client, feedback.c.item == shown.c.item)
        liked = liked.where(feedback.c.verdict == "like", feedback.c.at >= shown.c.at)
        bought = select(func.min(interactions.c.at)).where(interactions.c.client == shown.c.client)
        bought = bought.where(interactions.c.item == shown.c.item, interactions.c.kind == "purchase")
        bought = bought.where(interactions.c.at >= shown.c.at, interactions.c.at <= self.scope.until)
        query = select(shown, kept("wishlist").label("saved"), kept("basket").label("in_basket"), liked.label("liked"))
        rows = self._rows(query.add_columns(bought.scalar_subquery().label("bought_at")))
        return [Suggested(**{**row, "kinds": _kinds(row["kinds"])}) for row in rows]

    def verdicts(self) -> list[Verdict]:
        """Return what was said of reasons."""
        said, showing = reason_feedback, impressions
        newest = select(showing.c.reason_kinds).where(showing.c.client == said.c.client, showing.c.item == said.c.item)
        newest = newest.where(showing.c.at <= said.c.at).order_by(showing.c.at.desc(), showing.c.number.desc()).limit(1)
        query = select(said.c.verdict, said.c.source, newest.scalar_subquery().label("kinds"))
        rows = self._rows(query.join_from(said, clients).where(*self._during(said.c.at)))
        return [Verdict(row["verdict"], row["source"], tuple(row["kinds"] or ())) for row in rows]

    def sales(self) -> list[Sale]:
        """Return the purchases of the period, oldest first, without those returned later."""
        sold, back = interactions, interactions.alias("back")
        returned = exists().where(back.c.client == sold.c.client, back.c.item == sold.c.item)
        returned = returned.where(back.c.kind == "return", back.c.at >= sold.c.at)
        query = select(sold.c.number, sold.c.client, clients.c.client_id, items.c.item_id, items.c.title)
        query = query.add_columns(sold.c.at, sold.c.quantity, items.c.price_minor, items.c.currency)
        query = query.join_from(sold, clients).join(items, sold.c.item == items.c.number)
        query = query.where(sold.c.kind == "purchase", sold.c.at.is_not(None), ~returned, *self._during(sold.c.at))
        return [Sale(**row) for row in self._rows(query.order_by(sold.c.at, sold.c.number))]

    def n_undated(self) -> int:
        """Return how many purchases have no date, so that they belong to no period."""
        query = select(func.count(interactions.c.number).label("n")).join_from(interactions, clients)
        query = query.where(interactions.c.kind == "purchase", interactions.c.at.is_(None), *self._mine())
        return int(self._rows(query)[0]["n"])

    def touches(self, before: dt.timedelta) -> list[Touch]:
        """Return the contacts of the period and of some time before it, oldest first.

        A message counts from its first delivery on; one that is only in the outbox has not arrived.
        """
        left = select(func.min(deliveries.c.at)).where(deliveries.c.draft_id == contacts.c.draft_id)
        left = left.where(deliveries.c.state.in_(["sent", "copied"]))
        query = select(contacts.c.client, contacts.c.author, contacts.c.at, contacts.c.draft_id, drafts.c["items"])
        query = query.add_columns(left.scalar_subquery().label("left_at")).join_from(contacts, clients)
        query = query.outerjoin(drafts, contacts.c.draft_id == drafts.c.draft_id)
        since = self.scope.since - before if self.scope.since is not None else None
        rows = self._rows(query.where(contacts.c.at <= self.scope.until, *self._mine()).order_by(contacts.c.at))
        answers = self._responses()
        return [
            _touch(row, answers.get(row["draft_id"], ()))
            for row in rows
            if since is None or (row["left_at"] or row["at"]) >= since
        ]

    def patrons(self) -> list[Patron]:
        """Return every client of the scope, also those who bought nothing."""
        bought = and_(interactions.c.client == clients.c.number, interactions.c.kind == "purchase")
        at = interactions.c.at
        query = select(clients.c.number.label("client"), clients.c.associate_id.label("associate"))
        query = query.add_columns(func.count(interactions.c.number).label("n_bought"))
        query = query.add_columns(func.min(at).label("first"), func.max(at).label("last"))
        query = query.add_columns(func.avg(items.c.price_minor).label("paid"))
        query = query.outerjoin_from(clients, interactions, bought).outerjoin(items)
        return [Patron(**row) for row in self._rows(query.where(*self._mine()).group_by(clients.c.number))]

    def pieces(self) -> list[Piece]:
        """Return the whole catalogue with how often each piece was bought."""
        sold = select(interactions.c.item, func.count().label("n")).where(interactions.c.kind == "purchase")
        sold_of = sold.group_by(interactions.c.item).subquery()
        query = select(items.c.number.label("item"), items.c.item_id, func.coalesce(items.c.brand, "").label("brand"))
        query = query.add_columns(func.coalesce(sold_of.c.n, 0).label("n_bought"))
        query = query.outerjoin_from(items, sold_of, items.c.number == sold_of.c.item)
        return [Piece(**row) for row in self._rows(query)]

    def dated_purchases(self, since: dt.datetime) -> list[DatedPurchase]:
        """Return the purchases since a moment, whatever the period, for the taste of the store."""
        table = interactions
        query = select(table.c.client, items.c.item_id, table.c.at).join_from(table, clients)
        query = query.join(items, table.c.item == items.c.number).where(table.c.kind == "purchase", *self._mine())
        query = query.where(table.c.at >= since, table.c.at <= self.scope.until)
        return [DatedPurchase(**row) for row in self._rows(query)]

    def associates(self) -> list[str]:
        """Return the ids of those who have a book, in order."""
        query = select(clients.c.associate_id).where(clients.c.associate_id.is_not(None), visible(self.actor))
        return [row["associate_id"] for row in self._rows(query.distinct().order_by(clients.c.associate_id))]

    def _responses(self) -> dict[str, tuple[tuple[str, dt.datetime], ...]]:
        query = select(responses.c.draft_id, responses.c.kind, responses.c.at).join_from(responses, clients)
        found: dict[str, tuple[tuple[str, dt.datetime], ...]] = {}
        for row in self._rows(query.where(responses.c.at <= self.scope.until, *self._mine())):
            found[row["draft_id"]] = (*found.get(row["draft_id"], ()), (row["kind"], row["at"]))
        return found

    def _mine(self) -> list[ColumnElement[bool]]:
        chosen = [clients.c.associate_id == self.scope.associate] if self.scope.associate is not None else []
        return [visible(self.actor), *chosen]

    def _during(self, at: Any) -> list[ColumnElement[bool]]:
        begun = [at >= self.scope.since] if self.scope.since is not None else []
        return [*begun, at <= self.scope.until, *self._mine()]

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        return self.boutique.database.rows(query)


def _touch(row: Any, answers: tuple[tuple[str, dt.datetime], ...]) -> Touch:
    arrived = row["draft_id"] is None or row["left_at"] is not None or bool(answers)
    at = row["left_at"] or row["at"]
    return Touch(row["client"], row["author"], at, row["draft_id"], tuple(row["items"] or ()), arrived, answers)


@lru_cache(maxsize=256)
def _kinds(document: str) -> tuple[str, ...]:
    """Return kinds as they lie in the file; there are few sets of them, so each is read once."""
    return tuple(json.loads(document))
