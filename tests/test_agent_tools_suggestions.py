from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from agent.events import Card, TextDelta
from agent.tools.item_tools import item_tools
from agent.tools.marks import mark_of
from agent.tools.suggestion_tools import suggestion_tools
from tests.desk import Desk
from tests.scripted import call


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    yield desk
    desk.close()


def test_names_and_arguments_are_as_agreed(desk: Desk) -> None:
    tools = {tool.name: set(tool.args) - {"runtime"} for tool in [*suggestion_tools(desk.shop), *item_tools(desk.shop)]}
    wanted = {"category", "brand", "colour", "material", "season", "size", "min_price", "max_price", "superlative"}
    assert tools["search_catalogue"] == {"query", *wanted}
    assert tools["recommend"] == {"category", "colour", "max_price"}
    assert tools["refine"] == {"critique"}
    assert tools["similar"] == tools["complete_look"] == tools["what_would_it_take"] == {"item"}
    assert tools["compare"] == {"items"}


def test_they_only_read(desk: Desk) -> None:
    for tool in [*suggestion_tools(desk.shop), *item_tools(desk.shop)]:
        mark = mark_of(tool)
        assert (mark.effect, mark.action) == ("reading", "see") or tool.name == "rate_reason"


def test_one_conversation_uses_them_all(desk: Desk) -> None:
    conversation = desk.talk(
        call("search_catalogue", query="bag", superlative="cheapest"), AIMessage("There."),
        call("refine", critique="show me more"), AIMessage("More."),
        call("recommend"), AIMessage("There."),
        call("similar", item="1"), AIMessage("Like it."),
        call("complete_look"), AIMessage("A look."),
        call("what_would_it_take", item="2"), AIMessage(""),
        call("search_catalogue", query="surfboard"), AIMessage(""),
    )  # fmt: skip
    messages = (
        "cheapest bag",
        "more",
        "suggest",
        "like the first",
        "complete my look",
        "what would it take?",
        "surfboard?",
    )
    turns = [list(conversation.respond(message)) for message in messages]
    shown = [[event.item.item_id for event in turn if isinstance(event, Card)] for turn in turns]
    assert shown[0] == ["i3", "i4"]  # the two others are owned
    assert shown[1] == []  # there is no third bag
    assert all(len(slate) >= 2 for slate in shown[2:5])
    text = "".join(event.text for event in turns[5] if isinstance(event, TextDelta))
    assert "is at place 2 of" in text


def test_the_outcome_is_in_the_artifact(desk: Desk) -> None:
    conversation = desk.talk(call("search_catalogue", query="surfboard"), AIMessage(""))
    list(conversation.respond("a surfboard?"))
    saved = desk.saver.get_tuple({"configurable": {"thread_id": "t1"}})
    assert saved is not None
    results = [one for one in saved.checkpoint["channel_values"]["messages"] if isinstance(one, ToolMessage)]
    assert results[-1].artifact["outcome"] == "not carried"
