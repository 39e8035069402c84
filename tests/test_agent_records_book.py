import datetime as dt
import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.context import Actor
from agent.errors import Refused
from agent.floor.shop import Shop
from agent.records.facts import Fact
from agent.records.look_books import LookBooks, Page, StoredLookBook
from agent.records.messages import Messages
from agent.records.notes import ClientNotes, StoredNote
from agent.records.service_book import ServiceBook
from tests.book_world import (
    MANAGER,
    NOW,
    TODAY,
    associate,
    bought,
    client,
    open_shop,
    promise,
    remember,
    wish,
    written_to,
)

ASSOCIATES = ("a1", "a2", "a3")
books = st.lists(st.sampled_from(ASSOCIATES), min_size=1, max_size=6)
_number = itertools.count()


def fill(shop: Shop, client_ids: Iterable[str]) -> None:
    """Give every client one of everything."""
    for client_id in client_ids:
        promise(shop, MANAGER, client_id, f"SECRET-{client_id}", TODAY)
        written_to(shop, MANAGER, client_id, NOW - dt.timedelta(days=30))
        fact = Fact("size", "shoe size", f"SECRET-{client_id}", None, "said in conversation", "m1", NOW)
        remember(shop, MANAGER, client_id, fact)
        note = StoredNote(f"SECRET-{client_id}", "m1", NOW)
        ClientNotes(shop.boutique).add(MANAGER, client_id, note, [], key=f"n-{client_id}")
        Messages(shop.boutique).record_consent(
            MANAGER, client_id, "letter", given=True, source="form", key=f"c-{client_id}", at=NOW
        )
        shop.saved.put(MANAGER, client_id, "i5", "wishlist", key=f"w-{client_id}", at=NOW)


def test_nobody_reads_a_client_of_another_book(tmp_path: Path) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(books)
    def check(looked_after_by: list[str]) -> None:
        names = {f"c{number}": who for number, who in enumerate(looked_after_by)}
        folder = tmp_path / str(next(_number))
        folder.mkdir()
        purchases = [row for name in names for row in bought(name, ("i1", "i2"), TODAY)]
        shop = open_shop(folder, [client(name, who) for name, who in names.items()], purchases)
        fill(shop, names)
        service = ServiceBook(shop.boutique)
        for actor in [*map(associate, ASSOCIATES), MANAGER]:
            mine = {name for name, who in names.items() if actor.role == "manager" or who == actor.actor_id}
            for read in (service.notes, service.follow_ups, service.contacts, service.consents):
                assert {record.client_id for record in read(actor)} == mine
                for name in names:
                    assert len(read(actor, name)) == (name in mine)
            history = shop.book.all_interactions(actor)
            assert set(history) == set(service.facts(actor)) == set(service.wishes(actor, history)) == mine
        shop.store.close()
        shop.boutique.close()

    check()


def test_a_shopper_reads_no_notes_and_no_follow_ups(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, [client("c1", "a1"), client("c2", "a1")], [])
    fill(shop, ["c1", "c2"])
    shopper, service = Actor("c1", "shopper"), ServiceBook(shop.boutique)
    for read in (service.notes, service.follow_ups):
        with pytest.raises(Refused):
            read(shopper, "c1")
    assert {record.client_id for record in service.contacts(shopper)} == {"c1"}


def test_wishes_across_the_book_are_those_of_each_client(tmp_path: Path) -> None:
    days = [TODAY - dt.timedelta(days=10 * back) for back in range(5)]
    rows = [wish("c1", "i1", days[4]), wish("c1", "i2", days[3]), wish("c1", "i3", days[2]), wish("c2", "i4", days[1])]
    rows += bought("c1", ("i2",), days[1])
    rows += [*bought("c1", ("i6",), days[4]), wish("c1", "i6", days[0])]  # wished for once more
    shop = open_shop(tmp_path, [client("c1", "a1"), client("c2", "a1"), client("c3", "a1")], rows)
    shop.saved.put(MANAGER, "c1", "i9", "wishlist", key="k1", at=NOW)
    shop.saved.put(MANAGER, "c1", "i8", "basket", key="k2", at=NOW)
    shop.saved.remove(MANAGER, "c1", "i3", "wishlist", key="k3", at=NOW)
    found = ServiceBook(shop.boutique).wishes(MANAGER, shop.book.all_interactions(MANAGER))
    one_by_one = {
        name: [saved for saved in shop.saved.all(MANAGER, name) if saved.place == "wishlist"]
        for name in ("c1", "c2", "c3")
    }
    assert found == {name: saved for name, saved in one_by_one.items() if saved}
    assert [saved.item_id for saved in found["c1"]] == ["i1", "i6", "i9"]


def test_the_last_word_on_a_channel_holds(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, [client("c1", "a1")], [])
    for number, given_ in enumerate((True, False)):
        Messages(shop.boutique).record_consent(
            MANAGER, "c1", "letter", given=given_, source="form", key=str(number), at=NOW + dt.timedelta(days=number)
        )
    assert [one.given for one in ServiceBook(shop.boutique).consents(MANAGER)] == [False]


def test_who_spoke_of_items(tmp_path: Path) -> None:
    from agent.records.opinions import Feedback

    shop = open_shop(tmp_path, [client("c1", "a1"), client("c2", "a2"), client("c3", "a1")], [])
    for name in ("c1", "c2"):
        shop.opinions.add(MANAGER, name, Feedback("i1", "like", "", NOW), key=name)
    assert ServiceBook(shop.boutique).speakers(associate("a1")) == {"c1"}


def test_look_books_are_kept_once_and_stay_in_the_book(tmp_path: Path) -> None:
    shop = open_shop(tmp_path, [client("c1", "a1"), client("c2", "a2")], [])
    kept = LookBooks(shop.boutique)
    made = StoredLookBook("look-1", "a1", "For c1", (Page("i1", "It is plain.", ("You lean towards plain.",)),), NOW)
    assert kept.add(associate("a1"), "c1", made, key="k")
    assert not kept.add(associate("a1"), "c1", made, key="k")
    assert kept.all(associate("a1"), "c1") == [made]
    assert kept.all(Actor("c1", "shopper"), "c1") == [made]
    assert kept.all(associate("a2"), "c1") == []
    for actor, name in ((associate("a1"), "c2"), (Actor("c1", "shopper"), "c1")):
        with pytest.raises(Refused):
            kept.add(actor, name, made, key="other")
