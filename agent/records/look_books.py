"""Look-books: pieces put together for a client, each with the reason it was shown with."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

from sqlalchemy import select

from agent.context import Actor
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import look_books
from recsys.data.tables import clients


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
    """A look-book as it was made."""

    look_book_id: str
    author: str
    title: str
    pages: tuple[Page, ...]
    at: dt.datetime


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
                "pages": [asdict(page) for page in made.pages],
                "at": made.at,
            }
            return insert_once(connection, look_books, row)

    def all(self, actor: Actor, client_id: str) -> list[StoredLookBook]:
        """Return a client's look-books, oldest first; none for a client whom the actor may not see."""
        table = look_books
        query = select(table.c.look_book_id, table.c.author, table.c.title, table.c.pages, table.c.at)
        query = query.join_from(table, clients).where(clients.c.client_id == client_id, visible(actor))
        rows = self._database.rows(query.order_by(table.c.at, table.c.number))
        return [
            StoredLookBook(
                row["look_book_id"],
                row["author"],
                row["title"],
                tuple(Page(page["item_id"], page["reason"], tuple(page["evidence"])) for page in row["pages"]),
                row["at"],
            )
            for row in rows
        ]
