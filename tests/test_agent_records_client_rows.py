"""The client book in pages: who is found, in what order, with what figures."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import Refused
from agent.records.client_rows import NOBODY, PAGE_SIZE, SORTS, BookPage, BookQuery, ClientRows, folded
from agent.records.notes import ClientNotes, StoredNote
from recsys.schema import Client, Interaction, Note
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, MANAGER, START, ServiceWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    opened = ServiceWorld(tmp_path / "boutique")
    yield opened
    opened.close()


def page(world: ServiceWorld, actor: object = MANAGER, **wanted: object) -> BookPage:
    return ClientRows(world.boutique).page(actor, BookQuery(**wanted), at=START)  # type: ignore[arg-type]


def names(found: BookPage) -> list[str]:
    return [row.name for row in found.rows]


def test_an_associate_finds_the_own_book_only(world: ServiceWorld) -> None:
    assert names(page(world, ASSOCIATE)) == ["Ada Lund", "Émile", "New"]
    assert names(page(world, COLLEAGUE)) == ["Bo"]
    assert names(page(world, COLLEAGUE, associate="a1")) == []
    assert names(page(world, COLLEAGUE, words="ada")) == []


def test_a_manager_finds_everybody_or_one_associates_book(world: ServiceWorld) -> None:
    assert names(page(world)) == ["Ada Lund", "Bo", "Émile", "New"]
    assert names(page(world, associate="a2")) == ["Bo"]
    assert names(page(world, associate=NOBODY)) == []


def test_a_shopper_has_no_book(world: ServiceWorld) -> None:
    with pytest.raises(Refused, match="only the boutique's staff"):
        page(world, ADA)


def test_words_are_found_without_accents_in_names_records_and_notes(world: ServiceWorld) -> None:
    ClientNotes(world.boutique).add(
        ASSOCIATE, "c3", StoredNote("Collects théières from Sèvres", "a1", START), [], key="n1"
    )

    assert names(page(world, words="EMILE")) == ["Émile"]
    assert names(page(world, words="c2")) == ["Bo"]
    assert page(world, words="french").rows[0].found_in == ("language: French",)
    assert page(world, words="theieres sevres").rows[0].found_in == ("note: Collects théières from Sèvres",)
    assert names(page(world, words="emile theieres")) == []
    assert names(page(world, words="language")) == []  # the name of a field is no word of the record
    assert names(page(world, words="%")) == []


def test_a_note_that_came_with_the_record_is_searched(world: ServiceWorld) -> None:
    with world.boutique.writer() as writer:
        came = (Note(at=dt.date(2025, 5, 1), text="Plays the viola"),)
        writer.upsert_clients([Client(client_id="c9", name="Viol", associate_id="a1", notes=came)])

    assert page(world, words="viola").rows[0].found_in == ("note: Plays the viola",)


def test_orders_go_by_the_last_purchase_and_by_what_was_spent(world: ServiceWorld) -> None:
    assert names(page(world, sort="last")) == ["Ada Lund", "Émile", "Bo", "New"]
    assert names(page(world, sort="away")) == ["Bo", "Émile", "Ada Lund", "New"]
    assert names(page(world, sort="spend")) == ["Bo", "Ada Lund", "Émile", "New"]


def test_figures_leave_out_what_was_brought_back(world: ServiceWorld) -> None:
    with world.boutique.writer() as writer:
        back = Interaction(client_id="c1", item_id="i2", kind="return", at=dt.datetime(2025, 4, 1, tzinfo=dt.UTC))
        writer.add_interactions([back])

    figures = ClientRows(world.boutique).figures(ASSOCIATE, "c1")

    assert (figures.n_bought, figures.spent) == (2, (("EUR", (400 + 150) * 100),))
    assert (figures.last_at, figures.last_item) == (dt.date(2025, 3, 22), "i7")
    assert ClientRows(world.boutique).figures(COLLEAGUE, "c1").n_bought == 0


def test_the_next_follow_up_and_the_consent_stand_beside_the_name(world: ServiceWorld) -> None:
    for what, day in (("call", 20), ("write", 12)):
        world.shop.follow_ups.add(ASSOCIATE, "c1", what, dt.date(2026, 3, day), key=what, at=START)

    ada, bo, _, new = page(world).rows

    assert ada.follow_up == (dt.date(2026, 3, 12), "write")
    assert (ada.contact.allowed, ada.contact.channel) == (True, "e-mail")
    assert (bo.follow_up, bo.contact.channel) == (None, "text message")
    assert not new.contact.allowed


def test_pages_cut_the_book_without_losing_anybody(world: ServiceWorld) -> None:
    with world.boutique.writer() as writer:
        writer.upsert_clients(
            [Client(client_id=f"x{number}", associate_id="a9") for number in range(2 * PAGE_SIZE + 3)]
        )

    for sort in SORTS:
        pages = [page(world, sort=sort, page=number, associate="a9") for number in (1, 2, 3)]
        assert [len(one.rows) for one in pages] == [PAGE_SIZE, PAGE_SIZE, 3]
        assert len({row.client_id for one in pages for row in one.rows}) == 2 * PAGE_SIZE + 3
    assert page(world, page=99, associate="a9").page == 3


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_an_address_is_found_by_what_looks_like_one_and_is_not_shown(world: ServiceWorld) -> None:
    filed = {"E-mail_Address": "ada.lund@example.org", "language": "Swedish"}
    with world.boutique.writer() as writer:
        writer.upsert_clients([Client(client_id="c1", name="Ada Lund", associate_id="a1", preferences=filed)])

    assert names(page(world, words="org")) == names(page(world, words="example")) == []
    (found,) = page(world, words="ada.lund@example.org").rows
    assert (found.name, found.found_in) == ("Ada Lund", ("E-mail_Address on file",))


def test_a_client_without_a_name_is_called_by_the_number(world: ServiceWorld) -> None:
    with world.boutique.writer() as writer:
        writer.upsert_clients([Client(client_id="17", associate_id="a1")])

    assert names(page(world, words="client 17")) == names(page(world, words="17")) == ["Client 17"]
    assert names(page(world)) == ["Ada Lund", "Bo", "Client 17", "Émile", "New"]
