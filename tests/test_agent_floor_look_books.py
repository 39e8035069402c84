"""Making and changing look-books: what goes with a purchase, reasons as shown, order and words."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.floor import look_books
from agent.floor.look_books import Piece
from agent.records.look_books import LookBooks, Page, StoredLookBook
from agent.state import SlateState
from recsys.complements import broad_kind
from recsys.errors import InputError, NotFound
from recsys.schema import Explanation
from tests.service_world import ASSOCIATE, START, ServiceWorld, context

EMPTY = SlateState(messages=[])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path_factory.mktemp("look"))
    yield world
    world.close()


def book(*items: str) -> StoredLookBook:
    return StoredLookBook("look-1", "a1", "Title", tuple(Page(one, "", ()) for one in items), START)


def order(one: StoredLookBook) -> list[str]:
    return [page.item_id for page in one.pages]


def test_a_look_goes_with_the_latest_purchase_in_other_kinds(world: ServiceWorld) -> None:
    pieces, title = look_books.put_together(world.shop, context())
    kinds = [broad_kind(world.shop.catalogue, world.shop.catalogue.ids.to_internal(one.item_id)) for one in pieces]
    assert title == "To go with the Cirro fine tee"
    assert len(kinds) == len(set(kinds))
    assert "Knitwear" not in kinds
    assert all(one.reason is not None for one in pieces)


def test_a_client_without_purchases_gets_the_best_of_the_catalogue(world: ServiceWorld) -> None:
    pieces, title = look_books.put_together(world.shop, context(client_id="c3"))
    assert pieces
    assert title == ""


def test_the_same_occasion_makes_one_book(world: ServiceWorld) -> None:
    pieces = look_books.with_reasons(world.shop, context(), EMPTY, ["i8", "i3", "i8"])
    made = [look_books.keep(world.shop, context(), pieces, "t1:one", "Two") for _ in range(2)]
    assert made[0] == made[1]
    assert order(made[0]) == ["i8", "i3"]
    assert [one.title for one in LookBooks(world.boutique).all(ASSOCIATE, "c1")].count("Two") == 1


def test_a_piece_without_a_strong_reason_is_given_none(world: ServiceWorld) -> None:
    weak = Explanation("No strong reason: it ranks well for you.", (), {}, "none")
    made = look_books.keep(world.shop, context(), [Piece("i8", weak)], "t1:weak")
    assert made.pages[0].reason == ""


@pytest.mark.parametrize("n", [0, look_books.MAX_PIECES + 1])
def test_too_few_or_too_many_pieces_are_refused(world: ServiceWorld, n: int) -> None:
    with pytest.raises(InputError, match="holds 1 to"):
        look_books.keep(world.shop, context(), [Piece("i8", None)] * n, f"t1:{n}")


def test_an_unknown_piece_is_not_found(world: ServiceWorld) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        look_books.with_reasons(world.shop, context(), EMPTY, ["nowhere"])


ITEMS = st.lists(st.sampled_from([f"i{n}" for n in range(1, 12)]), min_size=1, max_size=8, unique=True)


@given(items=ITEMS, data=st.data(), place=st.integers(-3, 30))
def test_placing_moves_one_piece_and_is_the_same_twice(items: list[str], data: st.DataObject, place: int) -> None:
    moved = data.draw(st.sampled_from(items))
    once = look_books.placed(book(*items), moved, place)
    assert order(once).index(moved) == min(max(place, 1), len(items)) - 1
    assert [one for one in order(once) if one != moved] == [one for one in items if one != moved]
    assert look_books.placed(once, moved, place) == once


def test_placing_a_piece_that_is_not_there_changes_nothing() -> None:
    assert look_books.placed(book("i1", "i2"), "i9", 1) == book("i1", "i2")


def test_the_last_piece_stays() -> None:
    assert order(look_books.without(book("i1", "i2"), "i1")) == ["i2"]
    with pytest.raises(InputError, match="throw the whole look-book away"):
        look_books.without(book("i1"), "i1")


def test_a_piece_is_added_once_and_within_bounds() -> None:
    twice = look_books.extended(look_books.extended(book("i1"), Piece("i2", None)), Piece("i2", None))
    assert order(twice) == ["i1", "i2"]
    with pytest.raises(InputError, match="at most"):
        look_books.extended(book(*(f"i{n}" for n in range(look_books.MAX_PIECES))), Piece("new", None))


def test_title_and_greeting_are_tidied_and_bounded() -> None:
    words = look_books.rewritten(book("i1"), "  A \n title ", " Dear Ada,  \n  yours ")
    assert (words.title, words.greeting) == ("A title", "Dear Ada,\nyours")
    with pytest.raises(InputError, match="no title"):
        look_books.rewritten(book("i1"), "  ", "")
    with pytest.raises(InputError, match="within"):
        look_books.rewritten(book("i1"), "t", "g" * (look_books.MAX_GREETING + 1))
