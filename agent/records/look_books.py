"""Look-books: pieces put together for a client, each with the reason it was shown with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, delete, select, update

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import look_books
from recsys.data.tables import clients
from recsys.errors import NotFound

UNKNOWN = "there is no such look-book in your book: open the client and choose from theirs"


@dataclass(frozen=True)
class Page:
    """One piece of a look-book.

    Attributes:
        reason: The reason as it was shown.
        evidence: The facts that the reason rests on, as sentences.
    """

    item_id: str
    reason: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class StoredLookBook:
    """A look-book as it stands.

    Attributes:
        at: When it was made.
        greeting: A word to the client, "" for none.
    """

    look_book_id: str
    author: str
    title: str
    pages: tuple[Page, ...]
    at: dt.datetime
    greeting: str = ""


class LookBooks:
    """Reads and writes look-books for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def add(self, actor: Actor, client_id: str, made: StoredLookBook, *, key: str) -> bool:
        """Keep a look-book, once for each key; return whether it is new."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "look_book_id": made.look_book_id,
                "client": client_number(connection, actor, client_id),
                "author": made.author,
                "title": made.title,
                "pages": _to_json(made),
                "at": made.at,
            }
            return insert_once(connection, look_books, row)

    def all(self, actor: Actor, client_id: str) -> list[StoredLookBook]:
        """Return a client's look-books, oldest first; none for a client whom the actor may not see."""
        query = _query().where(clients.c.client_id == client_id, visible(actor))
        rows = self._database.rows(query.order_by(look_books.c.at, look_books.c.number))
        return [_read(row) for row in rows]

    def find(self, actor: Actor, look_book_id: str) -> tuple[str, StoredLookBook]:
        """Return whose a look-book is, and the look-book.

        Raises:
            NotFound: If there is none of a client whom the actor may see; the text does not tell whether there is one.
        """
        require(actor, "serve")
        rows = self._database.rows(_query().where(look_books.c.look_book_id == look_book_id, visible(actor)))
        if not rows:
            raise NotFound(UNKNOWN)
        return rows[0]["client_id"], _read(rows[0])

    def change(
        self, actor: Actor, look_book_id: str, edit: Callable[[StoredLookBook], StoredLookBook]
    ) -> StoredLookBook:
        """Change title, greeting or pages in one transaction, and return the look-book as it stands then.

        Raises:
            NotFound: As `find` does.
        """
        require(actor, "serve")
        with self._database.transaction() as connection:
            query = _query().where(look_books.c.look_book_id == look_book_id, visible(actor))
            row = connection.execute(query).mappings().first()
            if row is None:
                raise NotFound(UNKNOWN)
            changed = edit(_read(row))
            here = look_books.c.look_book_id == look_book_id
            connection.execute(update(look_books).where(here).values(title=changed.title, pages=_to_json(changed)))
        return changed

    def remove(self, actor: Actor, look_book_id: str) -> None:
        """Throw a look-book away; one that is gone already stays so."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            seen = select(clients.c.number).where(visible(actor))
            here = look_books.c.look_book_id == look_book_id
            connection.execute(delete(look_books).where(here, look_books.c.client.in_(seen)))


def _query() -> Select[Any]:
    table = look_books
    query = select(clients.c.client_id, table.c.look_book_id, table.c.author, table.c.title, table.c.pages, table.c.at)
    return query.join_from(table, clients)


def _to_json(book: StoredLookBook) -> dict[str, Any]:
    return {"greeting": book.greeting, "pages": [asdict(page) for page in book.pages]}


def _read(row: Mapping[Any, Any]) -> StoredLookBook:
    """Read a row; what was written before look-books had a greeting is a list of pages."""
    kept = row["pages"] if isinstance(row["pages"], dict) else {"greeting": "", "pages": row["pages"]}
    return StoredLookBook(
        row["look_book_id"],
        row["author"],
        row["title"],
        tuple(Page(page["item_id"], page["reason"], tuple(page["evidence"])) for page in kept["pages"]),
        row["at"],
        kept["greeting"],
    )
