from typing import Any

import pytest
from langchain_core.messages import AIMessage

from agent.intent.routing import Request, RequestFile, evaluate_routing
from tests.scripted import ScriptedChatModel, call
from tests.tool_signatures import signatures

FILE = RequestFile(vocabulary={}, slates={"two": ("Tote, Corvane, bags", "Clutch, Bexley, bags")}, requests=())


def request(tool: str, shown: str | None = None, **expected: Any) -> Request:
    return Request(id="x", split="dev", role="shopper", shown=shown, message="m", tool=tool, **expected)


def fault_of(asked: Request, answer: AIMessage) -> str:
    report = evaluate_routing(ScriptedChatModel(script=[answer]), FILE, [asked], signatures())
    assert report.n_right == (not report.cases[0].fault)
    return report.cases[0].fault


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (request("explain", "two", arguments={"item": "2"}), call("explain", item="2")),
        (request("compare", "two", arguments={"items": ["1", "2"]}), call("compare", items=["2", "1"])),
        (request("recommend", arguments={"max_price": 300}), call("recommend", max_price=300.0, category=None)),
        (request("search_catalogue", words=("scar|shawl",)), call("search_catalogue", query="a", category="scarves")),
        (request("record_feedback", arguments={"item": "1"}), call("record_feedback", item="1", reason="nice")),
        (request("reply"), AIMessage("Hello.")),
    ],
)
def test_a_right_call_has_no_fault(asked: Request, answer: AIMessage) -> None:
    assert fault_of(asked, answer) == ""


@pytest.mark.parametrize(
    ("asked", "answer", "fault"),
    [
        (request("explain"), call("compare", items=["1"]), "compare instead of explain"),
        (request("reply"), call("client_profile"), "client_profile instead of reply"),
        (request("explain", arguments={"item": "2"}), call("explain", item="1"), "item is '1' instead of '2'"),
        (request("search_catalogue", words=("silk",)), call("search_catalogue", query="wool"), "'silk' is missing"),
        (request("recommend"), call("recommend", max_price=9.0), "max_price 9.0 was not asked for"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(asked: Request, answer: AIMessage, fault: str) -> None:
    assert fault_of(asked, answer) == fault


def test_a_request_is_decided_among_the_tools_of_its_role() -> None:
    bound: dict[str, list[str]] = {}

    class Recording(ScriptedChatModel):
        def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
            bound[str(len(bound))] = [tool.name for tool in tools]
            return super().bind_tools(tools, **kwargs)

    evaluate_routing(Recording(script=[AIMessage("Hello.")]), FILE, [request("reply")], signatures())
    shopper, associate, manager = bound.values()
    assert "send_message" not in shopper
    assert set(shopper) < set(associate) == set(manager)


def test_what_was_done_just_before_stands_in_the_history() -> None:
    history = FILE.messages(request("send_message", "two", after="draft_message"))
    called = [one.tool_calls[0]["name"] for one in history if isinstance(one, AIMessage) and one.tool_calls]
    assert called == ["recommend", "draft_message"]


def test_the_slate_stands_in_the_history_as_the_tools_write_it() -> None:
    history = FILE.messages(request("refine", "two"))
    assert "1. Tote, Corvane, bags\n2. Clutch, Bexley, bags" in history[2].text
    assert history[-1].text == "m"
