"""Across the book: whom to contact, whom a piece suits, who is who; with nobody of another book in it."""

import datetime as dt
import gc
import itertools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.context import Actor, TurnContext
from agent.errors import Refused
from agent.events import ClientList, ClientRow, TurnEvent
from agent.floor.client_search import find_clients
from agent.floor.occasions import occasions_of
from agent.floor.reverse import clients_for_item
from agent.floor.shop import Shop
from agent.floor.today import N_SHOWN, SILENT_BELOW, contact_today
from agent.floor.whole_book import read_book
from agent.records.facts import Fact
from agent.records.messages import Messages
from agent.state import SlateState, TurnResult, View
from agent.tools.book_tools import book_tools
from agent.tools.marks import for_role
from recsys.drift import find_drifts
from recsys.errors import NotFound
from recsys.schema import Client, Interaction
from tests.book_world import (
    MINIMAL,
    NOW,
    ORNATE,
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
from tests.small_world import GUIDED

A1 = associate("a1")
NOTHING_SHOWN = SlateState(messages=[])
_number = itertools.count()


def across(actor: Actor) -> TurnContext:
    return TurnContext(actor, None, "t")


def rows_of(events: list[TurnEvent]) -> tuple[ClientRow, ...]:
    return events[-1].rows if events and isinstance(events[-1], ClientList) else ()


def today_for(shop: Shop, actor: Actor = A1) -> tuple[TurnResult, dict[str, str]]:
    events: list[TurnEvent] = []
    result = contact_today(shop, across(actor), events.append)
    return result, {row.client_id: row.why for row in rows_of(events)}


def found(shop: Shop, query: str = "", bought: str = "", not_bought: str = "", actor: Actor = A1) -> dict[str, str]:
    events: list[TurnEvent] = []
    find_clients(shop, across(actor), query, bought, not_bought, events.append)
    return {row.client_id: row.why for row in rows_of(events)}


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def nothing_unsold() -> tuple[Client, list[Interaction]]:
    """A client of another book who bought every piece, so that none is new."""
    return client("c9", "a2"), bought("c9", tuple(f"i{number}" for number in range(1, 13)), TODAY, 1)


@pytest.fixture
def shop_with(tmp_path: Path) -> Callable[..., Shop]:
    def make(*records: Client | list[Interaction]) -> Shop:
        people = [one for one in records if isinstance(one, Client)]
        rows = [row for one in records if isinstance(one, list) for row in one]
        return open_shop(tmp_path, people, rows)

    return make


def test_nobody_of_another_book_appears(tmp_path: Path) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(st.sampled_from(["a1", "a2"]), st.sampled_from([MINIMAL, ORNATE])), min_size=2, max_size=6)
    )
    def check(people: list[tuple[str, tuple[str, ...]]]) -> None:
        folder = tmp_path / str(next(_number))
        folder.mkdir()
        names = {f"c{number}": who for number, (who, _) in enumerate(people)}
        rows = [row for name, (_, items) in zip(names, people, strict=True) for row in bought(name, items, ago(90), 20)]
        rows += [wish(name, "i6", ago(5)) for name in names]
        clients = [client(name, who, budget="up to 900", shoe_size="38") for name, who in names.items()]
        shop = open_shop(folder, clients, rows)
        for actor in (A1, associate("a2")):
            foreign = [name for name, who in names.items() if who != actor.actor_id]
            events: list[TurnEvent] = []
            results = [contact_today(shop, across(actor), events.append)]
            results += [
                find_clients(shop, across(actor), query, "", "", events.append)
                for query in ("", "size 38", "minimal", "SECRET", *foreign, *(f"Name{name}" for name in foreign))
            ]
            results.append(find_clients(shop, across(actor), "", "tote", "gown", events.append))
            results += [clients_for_item(shop, across(actor), NOTHING_SHOWN, f"i{n}", events.append) for n in (7, 9)]
            shown = {row.client_id for event in events if isinstance(event, ClientList) for row in event.rows}
            assert not shown & set(foreign)
            for name in foreign:
                assert f"SECRET-{name}" not in repr(events) + repr(results)
        shop.store.close()
        shop.boutique.close()

    check()


def test_a_shopper_has_no_book(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"), bought("c1", MINIMAL, TODAY))
    shopper = across(Actor("c1", "shopper"))
    calls: tuple[Callable[[], TurnResult], ...] = (
        lambda: contact_today(shop, shopper, list[TurnEvent]().append),
        lambda: find_clients(shop, shopper, "", "", "", list[TurnEvent]().append),
        lambda: clients_for_item(shop, shopper, NOTHING_SHOWN, "i7", list[TurnEvent]().append),
    )
    for call in calls:
        with pytest.raises(Refused):
            call()
    assert for_role(book_tools(shop), "shopper") == []
    assert [one.name for one in for_role(book_tools(shop), "associate", one_client=False)] == [
        "find_clients",
        "contact_today",
        "clients_for_item",
    ]


# Whom to contact


def test_silent_where_no_reason_is_strong(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"), client("c2", "a1"), bought("c1", ("i1", "i2"), ago(40)), *nothing_unsold())
    result, rows = today_for(shop)
    assert rows == {}
    assert result.spoken == "Nobody today has a strong reason."


def test_a_promise_comes_first_and_one_in_the_future_not_at_all(shop_with: Callable[..., Shop]) -> None:
    people = [client(f"c{n}", "a1", birthday_month="November") for n in (1, 2, 3)]
    shop = shop_with(*people)
    promise(shop, A1, "c2", "bring the gown", TODAY)
    promise(shop, A1, "c3", "call about the scarf", ago(2))
    promise(shop, A1, "c1", "later", TODAY + dt.timedelta(days=1))
    _, rows = today_for(shop)
    assert list(rows) == ["c3", "c2", "c1"]
    assert rows["c3"] == 'a follow-up was due on 20 November 2026: call about the scarf; once done, write "done 2"'
    assert rows["c2"] == 'a follow-up is due today: bring the gown; once done, write "done 1"'
    assert rows["c1"] == "birthday month: November (on file)"


def test_the_turn_told_is_the_turn_computed(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"), bought("c1", MINIMAL + ORNATE, ago(30), 30))
    entry = read_book(shop, across(A1)).clients[0]
    drift = find_drifts(GUIDED, entry.sequence)[-1]
    result, rows = today_for(shop)
    at = entry.purchases[drift.index].at
    assert at is not None
    assert f"the taste turned in {at:%B %Y}:" in rows["c1"]
    assert all(f"{move.size:+.1f}" in result.evidence[0].statement for move in drift.moves)
    assert not re.search(r"[+-]\d|deviation|p =", rows["c1"])  # figures are for whoever checks, not for the shop floor
    assert f"over the last {16 - drift.index} of 16 purchases" in rows["c1"]


def test_a_turn_is_no_news_once_somebody_was_in_touch_after_it(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"), bought("c1", MINIMAL + ORNATE, ago(30), 30))
    written_to(shop, A1, "c1", NOW - dt.timedelta(days=20))
    assert "turned" not in today_for(shop)[1].get("c1", "")


@pytest.mark.parametrize(("budget", "told"), [("up to EUR 650 a piece", True), ("up to EUR 500 a piece", False)])
def test_a_wish_must_fit_the_budget(shop_with: Callable[..., Shop], budget: str, told: bool) -> None:
    shop = shop_with(client("c1", "a1", budget=budget), [wish("c1", "i6", ago(9))])
    _, rows = today_for(shop)
    assert ("c1" in rows) == told
    if told:
        assert "wished for since 13 November 2026, is available at €600, within the budget of €650" in rows["c1"]


def test_a_wish_that_is_not_available_is_no_reason(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1", budget="up to EUR 900"), [wish("c1", "i12", ago(9))])
    assert today_for(shop)[1] == {}


@pytest.mark.parametrize(("away", "told"), [(59, False), (61, True), (300, True)])
def test_staying_away_is_measured_against_their_own_rhythm(
    shop_with: Callable[..., Shop], away: int, told: bool
) -> None:
    rows = [row for row in bought("c1", ("i1", "i2", "i5", "i7", "i8"), ago(away), 20)]
    shop = shop_with(client("c1", "a1"), rows, *nothing_unsold())
    whys = today_for(shop)[1]
    assert ("c1" in whys) == told
    if told:
        assert f"no purchase for {away} days" in whys["c1"]
        assert "the usual gap is 20 days" in whys["c1"]


def test_a_piece_that_nobody_bought_is_told_to_whom_it_comes_first(shop_with: Callable[..., Shop]) -> None:
    sold = [row for n in range(1, 12) if n != 8 for row in bought("c9", (f"i{n}",), ago(300))]
    shop = shop_with(client("c1", "a1"), client("c9", "a2"), bought("c1", ("i7", "i1"), ago(40)), sold)
    ranking = shop.recommender.rank(["i7", "i1"], k=12)
    place = [one.item_id for one in ranking.candidates].index("i8") + 1
    assert place <= 3
    why = today_for(shop)[1]["c1"]
    assert why == (
        f"the Duna linen scarf, which nobody has bought yet, comes in place {place} of "
        f"{len(ranking.candidates)} available pieces for this taste"
    )


def test_a_piece_beyond_the_budget_is_not_told(shop_with: Callable[..., Shop]) -> None:
    sold = [row for n in range(1, 12) if n != 8 for row in bought("c9", (f"i{n}",), ago(300))]
    people = [client("c1", "a1", budget="up to EUR 119"), client("c9", "a2")]
    shop = shop_with(*people, bought("c1", ("i7", "i1"), ago(40)), sold)
    assert today_for(shop)[1] == {}


def test_old_records_are_counted_from_their_newest_day_and_it_is_said(shop_with: Callable[..., Shop]) -> None:
    rows = bought("c1", ("i1", "i2", "i5", "i7", "i8"), ago(400), 20)
    everything = bought("c9", tuple(f"i{n}" for n in range(1, 13)), ago(420), 1)
    people = [client("c1", "a1"), client("c2", "a1", birthday_month=f"{ago(400):%B}"), client("c9", "a2")]
    shop = shop_with(*people, rows, everything)
    result, whys = today_for(shop)
    assert set(whys) == {"c2"}  # the newest purchase is of that very day, so nobody stayed away
    assert f"The newest record is of {ago(400).day} {ago(400):%B %Y}" in result.spoken


def test_whoever_may_not_be_written_to_is_left_out_and_counted(shop_with: Callable[..., Shop]) -> None:
    people = [client(f"c{n}", "a1", birthday_month="November") for n in range(1, 4)]
    shop = shop_with(*people)
    written_to(shop, A1, "c1", NOW - dt.timedelta(days=3))
    Messages(shop.boutique).record_consent(A1, "c2", "all", given=False, source="call", key="c", at=NOW)
    result, rows = today_for(shop)
    assert set(rows) == {"c3"}
    assert "2 clients with a reason may not be written to now." in result.spoken


def test_at_most_five_and_two_of_a_kind(shop_with: Callable[..., Shop]) -> None:
    people = [client(f"c{n}", "a1", birthday_month="November") for n in range(1, 10)]
    shop = shop_with(*people)
    assert len(today_for(shop)[1]) == 2
    for n in range(1, 10):
        promise(shop, A1, f"c{n}", "call", TODAY)
    assert len(today_for(shop)[1]) == N_SHOWN


def test_strengths_are_on_one_scale(shop_with: Callable[..., Shop]) -> None:
    people = [client(f"c{n}", "a1", birthday_month="November", budget="up to EUR 2,500") for n in (1, 2)]
    rows = (
        bought("c1", MINIMAL + ORNATE, ago(15), 30) + bought("c2", MINIMAL, ago(200), 20) + [wish("c2", "i6", ago(9))]
    )
    shop = shop_with(*people, rows)
    promise(shop, A1, "c1", "call", TODAY)
    causes = [one for found in occasions_of(shop, A1, read_book(shop, across(A1)).clients, TODAY) for one in found]
    assert {one.kind for one in causes} >= {"follow-up", "taste", "wish", "away", "birthday"}
    assert all(SILENT_BELOW <= one.strength <= 1 for one in causes)


# Looking up


@pytest.fixture
def looked_up(shop_with: Callable[..., Shop]) -> Shop:
    rows = bought("c1", ("i1", "i7", "i8"), dt.date(2026, 3, 3)) + bought(
        "c2", ("i1", "i8", "i11"), dt.date(2026, 4, 4)
    )
    rows += bought("c3", ("i4", "i9", "i3"), dt.date(2026, 5, 5))
    shop = shop_with(client("c1", "a1", shoe_size="38"), client("c2", "a1", shoe_size="39"), client("c3", "a1"), rows)
    fact = Fact("size", "clothing size", "38", None, "said in conversation", "a1", NOW)
    remember(shop, A1, "c3", fact)
    return shop


@pytest.mark.parametrize(
    ("query", "bought_", "not_bought", "expected"),
    [
        ("", "", "", {"c1", "c2", "c3"}),
        ("Namec2", "", "", {"c2"}),
        ("c3", "", "", {"c3"}),
        ("who takes size 38", "", "", {"c1", "c3"}),
        ("shoe size 38", "", "", {"c1"}),
        ("SECRET-c2", "", "", {"c2"}),
        ("who likes minimal", "", "", {"c1", "c2"}),
        ("", "tote", "", {"c1", "c2"}),
        ("", "tote", "gown", {"c1"}),
        ("who bought a tote but no gown", "", "", {"c1"}),
        ("size 38 and likes minimal", "", "", {"c1"}),
        ("shoe size 39 minimal", "", "", {"c2"}),
        ("minimal and shoe size 40", "", "", set()),
        ("minimal shoe size 40", "", "", set()),
        ("", "silk scarf", "", {"c3"}),
        ("", "Totes", "", {"c1", "c2"}),
        ("", "Borea", "", {"c3"}),
        ("", "a tote and a gown", "", {"c2"}),
        ("", "scarf", "tote or gown", {"c3"}),
        ("", "tote in January 2026", "", {"c1"}),
        ("", "tote in February", "", {"c2"}),
        ("", "scarf in 2025", "", set()),
        ("", "red tote", "", set()),
        ("who bought a scarf in April 2026 but no tote", "", "", {"c3"}),
        ("", "spaceship", "", set()),
        ("nothing of the kind", "", "", set()),
    ],
)
def test_look_up(looked_up: Shop, query: str, bought_: str, not_bought: str, expected: set[str]) -> None:
    assert set(found(looked_up, query, bought_, not_bought)) == expected


def test_a_piece_that_the_catalogue_does_not_have_is_named(looked_up: Shop) -> None:
    result = find_clients(looked_up, across(A1), "", "", "red tote", list[TurnEvent]().append)
    assert result.spoken == "No piece of the catalogue is called 'red tote': ask with other words."


def test_reasons_are_the_records(looked_up: Shop) -> None:
    assert found(looked_up, bought="tote", not_bought="gown") == {
        "c1": "bought the Alba plain tote in January 2026; no gown"
    }
    assert found(looked_up, "size 38")["c3"] == "clothing size 38 (said in conversation, 22 November 2026)"
    sequence = looked_up.recommender.internal(["i1", "i7", "i8"])
    mean = float(np.average(GUIDED.raw[sequence, 0], weights=GUIDED.recency(3)))
    catalogue = float(GUIDED.raw[1:, 0].mean())
    assert found(looked_up, "minimal")["c1"].startswith(f"minimal {mean:.1f} of 9 over 3 purchases")
    assert f"the catalogue: {catalogue:.1f}" in found(looked_up, "minimal")["c1"]


def test_a_slip_of_the_finger_is_forgiven(shop_with: Callable[..., Shop]) -> None:
    person = client("c1", "a1").model_copy(update={"name": "Béatrice Altoviti"})
    shop = shop_with(person, client("c2", "a1"))
    assert set(found(shop, "beatrice")) == {"c1"}
    assert set(found(shop, "Beatrise Altovitti")) == {"c1"}
    assert found(shop, "Bertha") == {}


def test_what_came_back_was_not_bought(shop_with: Callable[..., Shop]) -> None:
    rows = bought("c1", ("i1",), ago(20))
    back = [rows[0].model_copy(update={"kind": "return", "at": rows[0].at + dt.timedelta(days=3)})]  # type: ignore[operator]
    shop = shop_with(client("c1", "a1"), rows, back)
    assert found(shop, bought="tote") == {}
    assert set(found(shop, not_bought="tote")) == {"c1"}


def test_ten_rows_at_most_and_the_count_of_all(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(*(client(f"c{n}", "a1", shoe_size="38") for n in range(14)))
    events: list[TurnEvent] = []
    result = find_clients(shop, across(A1), "size 38", "", "", events.append)
    assert len(rows_of(events)) == 10
    assert result.spoken == "14 of the 14 clients in your book, the first 10 shown: size 38."


# For whom is this


def test_whom_a_piece_suits_with_the_place_it_has_in_their_own_ranking(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(
        client("c1", "a1"), client("c2", "a1"), client("c3", "a1"),
        bought("c1", ("i7", "i1"), TODAY), bought("c2", ("i4", "i9"), TODAY), bought("c3", ("i8",), TODAY),
    )  # fmt: skip
    events: list[TurnEvent] = []
    result = clients_for_item(shop, across(A1), NOTHING_SHOWN, "linen scarf", events.append)
    ranking = shop.recommender.rank(["i7", "i1"], k=12)
    assert ranking.candidates[0].item_id == "i8"
    assert [row.client_id for row in rows_of(events)] == ["c1"]  # c2 is of another taste, c3 owns it
    assert rows_of(events)[0].why.startswith(f"place 1 of {len(ranking.candidates)}: ")
    assert "may be written to by e-mail" in rows_of(events)[0].why
    assert [fact.is_cause for fact in result.evidence] == [True, False, False]
    assert rows_of(events)[0].why in result.evidence[1].statement
    assert result.references == ["i8"]


def test_silent_where_a_piece_is_near_the_top_for_nobody(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"), bought("c1", ("i7", "i1"), TODAY))
    events: list[TurnEvent] = []
    result = clients_for_item(shop, across(A1), NOTHING_SHOWN, "jewelled", events.append)
    assert events == []
    assert result.spoken == (
        "The Borea jewelled clutch is in first place for none of the 1 client in your book with purchases."
    )


def test_what_a_client_turned_down_is_not_suggested_for_them(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"), bought("c1", ("i7", "i1"), TODAY))
    remember(shop, A1, "c1", Fact("avoid", "linen", "material", None, "said in conversation", "a1", NOW))
    events: list[TurnEvent] = []
    clients_for_item(shop, across(A1), NOTHING_SHOWN, "linen scarf", events.append)
    assert events == []


@pytest.mark.parametrize(
    ("said", "item_id"), [("1", "i8"), ("Duna linen", "i8"), ("i8", "i8"), ("evening gown", "i11")]
)
def test_a_piece_is_named_by_number_title_or_id(shop_with: Callable[..., Shop], said: str, item_id: str) -> None:
    shop = shop_with(client("c1", "a1"), bought("c1", ("i7", "i1"), TODAY))
    view = View(slate=["i8"], moves={}, filters={}, query="", like="")
    result = clients_for_item(shop, across(A1), SlateState(messages=[], view=view), said, list[TurnEvent]().append)
    assert result.references == [item_id]


@pytest.mark.parametrize("said", ["clutch", "spaceship", ""])
def test_a_piece_that_is_none_or_several_is_asked_about(shop_with: Callable[..., Shop], said: str) -> None:
    shop = shop_with(client("c1", "a1"))
    with pytest.raises(NotFound):
        clients_for_item(shop, across(A1), NOTHING_SHOWN, said, list[TurnEvent]().append)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("no purchase for six months", {"c1"}),
        ("not bought anything in the last 6 months", {"c1"}),
        ("no purchase for two years", set()),
        ("a purchase within six months", {"c2"}),
    ],
)
def test_clients_are_found_by_how_long_ago_they_bought(
    shop_with: Callable[..., Shop], query: str, expected: set[str]
) -> None:
    rows = [*bought("c1", MINIMAL, ago(400), 20), *bought("c2", MINIMAL, ago(120), 20)]
    shop = shop_with(client("c1", "a1"), client("c2", "a1"), rows)

    rows_found = found(shop, query)

    assert set(rows_found) == expected
    assert all(why.startswith("last purchase on ") for why in rows_found.values())


def test_reading_the_book_leaves_the_garbage_collector_as_it_was(shop_with: Callable[..., Shop]) -> None:
    shop = shop_with(client("c1", "a1"))

    read_book(shop, across(A1))
    assert gc.isenabled()
    gc.disable()
    try:
        read_book(shop, across(A1))
        assert not gc.isenabled()
    finally:
        gc.enable()
