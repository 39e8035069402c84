"""The client book as a list: searched, sorted and cut into pages by the database, however many clients there are."""

from __future__ import annotations

import datetime as dt
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.policy import require
from agent.records.access import visible
from agent.records.addresses import MAIL, is_address, without
from agent.records.messages import ContactDecision, decide_contact
from recsys.data.boutique import Boutique
from recsys.data.service_tables import follow_ups, notes
from recsys.data.tables import clients, interactions, items
from recsys.schema import called

PAGE_SIZE = 25
_MOST_WORDS = 6
_AROUND = 60  # characters of a note on either side of the word that was searched for

Sort = Literal["name", "last", "spend", "away"]
SORTS: tuple[Sort, ...] = ("name", "last", "spend", "away")
NOBODY = "-"
"""Stands for "looked after by nobody" where an associate is chosen; no id is written so."""


@dataclass(frozen=True)
class BookQuery:
    """What part of a book is wanted.

    Attributes:
        words: All must occur: in the name, the id, the record, or a note.
        sort: "name"; "last": newest purchase first; "spend": highest first; "away": longest without a purchase first.
        associate: Only clients of this associate, or NOBODY; None for the whole book of who asks.
        page: From 1; one past the end is the last.
    """

    words: str = ""
    sort: Sort = "name"
    associate: str | None = None
    page: int = 1


@dataclass(frozen=True)
class Figures:
    """What a client bought.

    Attributes:
        n_bought: Pieces bought less those brought back.
        last_at: Day of the last purchase; None where there is none, or none has a date.
        last_item: Id of what was bought last.
        spent: What is kept, at the catalogue's prices of today, in minor units by currency.
    """

    n_bought: int = 0
    last_at: dt.date | None = None
    last_item: str | None = None
    spent: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class BookRow:
    """One client in the list.

    Attributes:
        follow_up: The next thing promised, with its day.
        contact: Whether the house may write to them now.
        found_in: Where the words were found, if not in the name: "language: French".
    """

    client_id: str
    name: str
    associate_id: str | None
    figures: Figures
    follow_up: tuple[dt.date, str] | None
    contact: ContactDecision
    found_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class BookPage:
    """One page of a list of clients; `page` counts from 1."""

    rows: tuple[BookRow, ...]
    n_found: int
    page: int
    n_pages: int


class ClientRows:
    """Reads the client book in pages for an actor of the staff.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def page(self, actor: Actor, query: BookQuery, *, at: dt.datetime) -> BookPage:
        """Return one page of the clients whom the actor may see; raise Refused for a shopper."""
        require(actor, "look_up")
        words = folded(query.words).split()[:_MOST_WORDS]
        wanted = and_(visible(actor), *_of_associate(query.associate), *(_has(word) for word in words))
        with self._database.read() as connection:
            _teach(connection)
            n_found = int(connection.execute(select(func.count(clients.c.number)).where(wanted)).scalar_one())
            n_pages = max(1, -(-n_found // PAGE_SIZE))
            page = min(max(query.page, 1), n_pages)
            numbers = _ordered(query.sort).where(wanted).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
            rows = self._rows(connection, list(connection.execute(numbers).scalars()), words, at)
        return BookPage(tuple(rows), n_found, page, n_pages)

    def ids_of(self, actor: Actor, associate: str) -> list[str]:
        """Return the ids of all clients of an associate, or of NOBODY, whom the actor may see."""
        require(actor, "look_up")
        query = select(clients.c.client_id).where(visible(actor), *_of_associate(associate)).order_by(clients.c.number)
        return [row["client_id"] for row in self._database.rows(query)]

    def figures(self, actor: Actor, client_id: str) -> Figures:
        """Return what one client bought, as their row in the list has it; nothing for a client not in the book."""
        query = select(clients.c.number).where(visible(actor), clients.c.client_id == client_id)
        with self._database.read() as connection:
            found = _figures(connection, list(connection.execute(query).scalars()))
        return next(iter(found.values()), Figures())

    def _rows(
        self, connection: Connection, numbers: Sequence[int], words: Sequence[str], at: dt.datetime
    ) -> list[BookRow]:
        query = select(clients).where(clients.c.number.in_(numbers))
        records = {row["number"]: row for row in connection.execute(query).mappings()}
        figures, promised = _figures(connection, numbers), _promised(connection, numbers)
        written = _written(connection, numbers) if words else {}
        return [
            BookRow(
                client_id=(row := records[number])["client_id"],
                name=called(row["name"], row["client_id"]),
                associate_id=row["associate_id"],
                figures=figures.get(number, Figures()),
                follow_up=promised.get(number),
                contact=decide_contact(connection, number, None, at),
                found_in=tuple(_found_in(row, written.get(number, ()), words)),
            )
            for number in numbers
        ]


def folded(text: str | None) -> str:
    """Return a text without capitals and accents, so that "emile" finds Émile."""
    parts = unicodedata.normalize("NFKD", (text or "").casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))


def _teach(connection: Connection) -> None:
    """Give the connection the function by which names are compared."""
    sqlite = cast(sqlite3.Connection, connection.connection.dbapi_connection)
    sqlite.create_function("folded", 1, folded, deterministic=True)


def _of_associate(associate: str | None) -> list[ColumnElement[bool]]:
    if associate is None:
        return []
    return [clients.c.associate_id.is_(None) if associate == NOBODY else clients.c.associate_id == associate]


def _has(word: str) -> ColumnElement[bool]:
    """Return the condition that a folded word stands in the name, the id, the record or a note."""
    kept, came = func.json_each(clients.c.preferences).table_valued("key", "value"), _came()
    written = select(notes.c.number).where(notes.c.client == clients.c.number, _holds(notes.c.text, word))
    # an e-mail address is found by what looks like one, so that a name or "org" finds nobody by it
    told = [] if "@" in word else [func.lower(func.replace(kept.c.key, "_", " ")).not_in(MAIL)]
    return or_(
        _holds(func.coalesce(clients.c.name, called(None, "")) + " " + clients.c.client_id, word),
        exists(select(kept.c.value).where(_holds(kept.c.value, word), *told)),
        exists(select(came.c.value).where(_holds(func.json_extract(came.c.value, "$.text"), word))),
        exists(written),
    )


def _came() -> Any:
    return func.json_each(clients.c.notes).table_valued("value")


def _holds(text: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    return func.instr(func.folded(text), word) > 0


def _ordered(sort: Sort) -> Select[Any]:
    """Return the query for the numbers of clients in an order; ties go by name."""
    name = func.folded(func.coalesce(clients.c.name, called(None, "") + clients.c.client_id))
    query = select(clients.c.number)
    if sort == "name":
        return query.order_by(name, clients.c.number)
    sales = _sales().subquery()
    query = query.outerjoin(sales, sales.c.client == clients.c.number)
    keys = {
        "last": sales.c.last_at.desc().nulls_last(),
        "away": sales.c.last_at.asc().nulls_last(),
        "spend": sales.c.spent.desc().nulls_last(),
    }
    return query.order_by(keys[sort], name, clients.c.number)


def _sales() -> Select[Any]:
    """Sum up each client's purchases less returns, at the catalogue's prices."""
    table = interactions
    pieces = case((table.c.kind == "purchase", table.c.quantity), else_=-table.c.quantity)
    last = func.max(case((table.c.kind == "purchase", table.c.at)))
    query = select(table.c.client, last.label("last_at"), func.sum(pieces).label("n_bought"))
    query = query.add_columns(func.sum(pieces * items.c.price_minor).label("spent"))
    query = query.join_from(table, items, table.c.item == items.c.number)
    return query.where(table.c.kind.in_(("purchase", "return"))).group_by(table.c.client)


def _figures(connection: Connection, numbers: Sequence[int]) -> dict[int, Figures]:
    table = interactions
    query = _sales().where(table.c.client.in_(numbers)).add_columns(items.c.currency).group_by(items.c.currency)
    parts: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        parts[row["client"]].append(row)
    newest = _newest(connection, numbers)
    found = {}
    for number, rows in parts.items():
        days = [row["last_at"].date() for row in rows if row["last_at"]]
        spent = [(row["currency"], max(row["spent"], 0)) for row in rows if row["currency"] and row["spent"]]
        kept = max(sum(row["n_bought"] for row in rows), 0)
        found[number] = Figures(kept, max(days, default=None), newest.get(number), tuple(sorted(spent)))
    return found


def _newest(connection: Connection, numbers: Sequence[int]) -> dict[int, str]:
    """Return what each client bought last."""
    table = interactions
    place = func.row_number().over(
        partition_by=table.c.client, order_by=(table.c.at.desc(), table.c.position.desc(), table.c.number.desc())
    )
    ranked = select(table.c.client, table.c.item, place.label("place"))
    bought = ranked.where(table.c.client.in_(numbers), table.c.kind == "purchase").subquery()
    query = select(bought.c.client, items.c.item_id).join_from(bought, items, bought.c.item == items.c.number)
    return {client: item_id for client, item_id in connection.execute(query.where(bought.c.place == 1))}


def _promised(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[dt.date, str]]:
    """Return the next open follow-up of each client who has one."""
    table = follow_ups
    query = select(table.c.client, table.c.due, table.c.what).where(table.c.client.in_(numbers))
    query = query.where(table.c.state == "open").order_by(table.c.due.desc(), table.c.number.desc())
    return {
        client: (dt.date.fromisoformat(due[:10]), what) for client, due, what in connection.execute(query)
    }  # the soonest is read last


def _written(connection: Connection, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
    query = select(notes.c.client, notes.c.text).where(notes.c.client.in_(numbers)).order_by(notes.c.number.desc())
    found: dict[int, list[str]] = defaultdict(list)
    for client, text in connection.execute(query):
        found[client].append(text)
    return found


def _found_in(row: Any, written: Sequence[str], words: Sequence[str]) -> Iterable[str]:
    """Say where each word stands that is not in the name."""
    named = folded(f"{called(row['name'], '')} {row['client_id']}")
    remarks = [*written, *(note["text"] for note in reversed(row["notes"]))]
    told = set[str]()
    for word in words:
        if word in named:
            continue
        filed = row["preferences"] if "@" in word else without(row["preferences"], MAIL)
        kept = next((_told(name, value) for name, value in filed.items() if word in folded(value)), None)
        noted = next((_excerpt(text, word) for text in remarks if word in folded(text)), None)
        said = kept or (f"note: {noted}" if noted else None)
        if said and said not in told:
            told.add(said)
            yield said


def _told(name: str, value: str) -> str:
    return f"{name} on file" if is_address(name) else f"{name}: {value}"


def _excerpt(text: str, word: str) -> str:
    """Return the part of a note around a word; folding may move places by a letter or two, so it is cut generously."""
    place = folded(text).find(word)
    start, stop = max(place - _AROUND, 0), min(place + len(word) + _AROUND, len(text))
    return f"{'…' if start else ''}{text[start:stop].strip()}{'…' if stop < len(text) else ''}"
