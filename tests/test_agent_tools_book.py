"""The associate's tools through a whole conversation: who gets them, and what they put before the person."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from agent.context import Actor
from agent.events import Brief, ClientCard, ClientList, LookBook, TextDelta, ToolFinished
from agent.records.look_books import LookBooks
from agent.tools.all_tools import build_tools
from agent.tools.marks import mark_of
from tests.desk import ASSOCIATE, Desk
from tests.scripted import call

STAFF_TOOLS = {"find_clients", "contact_today", "clients_for_item", "handover_brief", "make_look_book"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_a_shopper_is_not_offered_the_associates_tools(desk: Desk) -> None:
    offered = {made.name: mark_of(made) for made in build_tools(desk.shop, "associate")}
    assert offered.keys() >= STAFF_TOOLS | {"client_profile"}
    assert not {made.name for made in build_tools(desk.shop, "shopper")} & STAFF_TOOLS
    assert offered["make_look_book"].effect == "writing"
    across = {made.name for made in build_tools(desk.shop, "manager", one_client=False)}
    assert across >= {"find_clients", "contact_today", "clients_for_item"}
    assert not across & {"handover_brief", "make_look_book", "client_profile"}


@pytest.mark.parametrize(
    ("tool", "arguments", "shown"),
    [
        ("client_profile", {}, ClientCard),
        ("handover_brief", {}, Brief),
        ("find_clients", {"bought": "tote", "not_bought": "gown"}, ClientList),
        ("clients_for_item", {"item": "linen scarf"}, ClientList),
    ],
)
def test_what_a_tool_finds_is_put_before_the_person(
    desk: Desk, tool: str, arguments: dict[str, Any], shown: type
) -> None:
    events = list(desk.talk(call(tool, **arguments), AIMessage("Done.")).respond("please"))
    assert [event.ok for event in events if isinstance(event, ToolFinished)] == [True]
    assert [type(event) for event in events if isinstance(event, shown)] == [shown]
    assert "SECRET-BO" not in repr(events)
    assert any(isinstance(event, TextDelta) for event in events)


def test_a_look_book_is_made_of_what_is_on_show(desk: Desk) -> None:
    list(desk.talk(call("recommend"), AIMessage("Done.")).respond("what suits her?"))
    events = list(desk.talk(call("make_look_book", items=["1", "3"]), AIMessage("Done.")).respond("a look-book please"))
    made = next(event for event in events if isinstance(event, LookBook))
    kept = LookBooks(desk.boutique).all(ASSOCIATE, "c1")
    assert [book.look_book_id for book in kept] == [made.look_book_id]
    assert [page.item_id for page in kept[0].pages] == [card.item.item_id for card in made.cards]
    shown = [card.reason for card in made.cards]
    assert [page.reason for page in kept[0].pages] == [
        "" if one is None or one.source == "none" else one.text for one in shown
    ]
    assert any(page.reason for page in kept[0].pages)


def test_contact_today_of_a_book_where_nobody_may_be_written_to(desk: Desk) -> None:
    events = list(desk.talk(call("contact_today"), AIMessage("Nobody today.")).respond("whom should I write to?"))
    assert not [event for event in events if isinstance(event, ClientList)]
    finished = next(event for event in events if isinstance(event, ToolFinished))
    assert finished.detail.startswith("Nobody today has a strong reason.")


def test_a_shopper_asking_for_others_reaches_no_tool(desk: Desk) -> None:
    shopper = Actor("c1", "shopper")
    talk = desk.talk(call("find_clients", query="Bo"), AIMessage("I cannot."), AIMessage("I cannot."), actor=shopper)
    events = list(talk.respond("who else buys here?"))
    assert not [event for event in events if isinstance(event, ClientList)]
    assert "Bo" not in "".join(event.text for event in events if isinstance(event, TextDelta))
