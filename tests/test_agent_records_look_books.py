"""Look-books on record: whose they are, how they change, and how older ones are read."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from agent.errors import Refused
from agent.records.look_books import LookBooks, Page, StoredLookBook
from recsys.data.service_tables import look_books
from recsys.errors import NotFound
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, MANAGER, START, ServiceWorld

BOOK = StoredLookBook("look-1", "a1", "For Ada", (Page("i1", "It is plain.", ("A fact.",)), Page("i2", "", ())), START)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path)
    LookBooks(world.boutique).add(ASSOCIATE, "c1", BOOK, key="t1:1")
    yield world
    world.close()


def test_a_book_is_found_by_those_who_see_its_client(world: ServiceWorld) -> None:
    books = LookBooks(world.boutique)
    assert books.find(ASSOCIATE, "look-1") == ("c1", BOOK)
    assert books.find(MANAGER, "look-1") == ("c1", BOOK)
    for other in ("look-1", "look-2"):
        with pytest.raises(NotFound, match="no such look-book"):
            books.find(COLLEAGUE, other)
    with pytest.raises(Refused, match="staff"):
        books.find(ADA, "look-1")


def test_words_and_order_change_for_those_who_see_it_only(world: ServiceWorld) -> None:
    books = LookBooks(world.boutique)
    changed = replace(BOOK, title="Spring", greeting="Dear Ada,\n山", pages=BOOK.pages[::-1])
    assert books.change(ASSOCIATE, "look-1", lambda _book: changed) == changed
    assert books.all(ASSOCIATE, "c1") == [changed]
    with pytest.raises(NotFound, match="no such look-book"):
        books.change(COLLEAGUE, "look-1", lambda _book: BOOK)
    assert books.all(ASSOCIATE, "c1") == [changed]


def test_a_change_that_fails_leaves_the_book(world: ServiceWorld) -> None:
    def fails(_book: StoredLookBook) -> StoredLookBook:
        raise NotFound("gone")

    with pytest.raises(NotFound, match="gone"):
        LookBooks(world.boutique).change(ASSOCIATE, "look-1", fails)
    assert LookBooks(world.boutique).all(ASSOCIATE, "c1") == [BOOK]


def test_only_those_who_see_it_throw_it_away(world: ServiceWorld) -> None:
    books = LookBooks(world.boutique)
    books.remove(COLLEAGUE, "look-1")
    assert books.all(ASSOCIATE, "c1") == [BOOK]
    for _ in range(2):
        books.remove(ASSOCIATE, "look-1")
    assert books.all(ASSOCIATE, "c1") == []


def test_what_was_written_before_there_was_a_greeting_is_read(world: ServiceWorld) -> None:
    old = [{"item_id": "i1", "reason": "It is plain.", "evidence": ["A fact."]}]
    with world.boutique.database.transaction() as connection:
        connection.execute(update(look_books).values(pages=old))
    assert LookBooks(world.boutique).all(ASSOCIATE, "c1") == [replace(BOOK, pages=BOOK.pages[:1])]


def test_the_time_keeps_its_zone(world: ServiceWorld) -> None:
    assert LookBooks(world.boutique).find(ASSOCIATE, "look-1")[1].at.utcoffset() == dt.timedelta(0)
