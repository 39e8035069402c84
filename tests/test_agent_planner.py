import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable

from agent.chat_models.planner import PlannerChatModel
from agent.context import Role
from agent.intent.routing import RequestFile, evaluate_routing
from agent.intent.vocabulary import Vocabulary, vocabulary_of
from recsys.text_encoder import TextEncoder
from tests.small_world import CATALOGUE, WordEncoder
from tests.tool_signatures import signatures

KNOWN = {tool.name for tool in signatures()}
FILE = RequestFile.read(Path(__file__).parent / "requests.yaml")


@pytest.fixture(scope="module")
def planner() -> PlannerChatModel:
    words = FILE.vocabulary
    return PlannerChatModel(
        vocabulary=Vocabulary(words["categories"], words["brands"], words["colours"], TextEncoder.load())
    )


@pytest.mark.parametrize(("split", "share"), [("dev", 0.9), ("test", 0.8)])
def test_the_planner_routes_most_scripted_requests(planner: PlannerChatModel, split: str, share: float) -> None:
    requests = [request for request in FILE.requests if request.split == split]
    report = evaluate_routing(planner, FILE, requests, signatures())
    assert report.n_right >= share * len(requests), [case.fault for case in report.cases if case.fault]


def test_a_role_is_never_given_the_tool_of_another(planner: PlannerChatModel) -> None:
    theirs = {tool.name for tool in signatures("manager")} - {tool.name for tool in signatures("shopper")}
    bound = planner.bind_tools(signatures("shopper"))
    for request in FILE.requests:
        if request.tool in theirs:
            calls = bound.invoke(FILE.messages(request)).tool_calls
            assert not theirs & {call["name"] for call in calls}, request.message


@pytest.mark.parametrize(
    ("message", "asked"),
    [("put it into my basket", "Which one do you mean?"), ("remind me to call her", "By which day?")],
)
def test_what_a_call_still_needs_is_asked_for(planner: PlannerChatModel, message: str, asked: str) -> None:
    shown = next(request for request in FILE.requests if request.shown == "bags")
    history = [*FILE.messages(shown)[:-1], HumanMessage(message)]
    answer = planner.bind_tools(signatures()).invoke(history)
    assert answer.text.startswith(asked)
    assert not answer.tool_calls


def test_a_tool_that_failed_speaks_for_itself(planner: PlannerChatModel) -> None:
    call = {"name": "explain", "args": {"item": "7"}, "id": "1", "type": "tool_call"}
    result = ToolMessage("there is no item 7 on show", tool_call_id="1", status="error")
    history = [HumanMessage("why 7?"), AIMessage("", tool_calls=[call]), result]
    assert planner.bind_tools(signatures()).invoke(history).text == "there is no item 7 on show"


def test_a_decision_takes_a_moment_and_says_who_made_it(planner: PlannerChatModel) -> None:
    bound = planner.bind_tools(signatures())
    bound.invoke([HumanMessage("suggest something")])
    began = time.perf_counter()
    answer = bound.invoke([HumanMessage("show me silk scarves under 300")])
    assert time.perf_counter() - began < 0.5
    assert answer.response_metadata["planner"] is True
    assert answer.tool_calls[0]["name"] == "search_catalogue"
    assert answer.tool_calls[0]["args"]["max_price"] == 300


def test_it_says_what_the_tools_prepared(planner: PlannerChatModel) -> None:
    call = {"name": "recommend", "args": {}, "id": "1", "type": "tool_call"}
    result = ToolMessage("1. Tote", tool_call_id="1", artifact={"spoken": "Three suggestions."})
    history = [HumanMessage("suggest"), AIMessage("", tool_calls=[call]), result]
    assert planner.bind_tools(signatures()).invoke(history).text == "Three suggestions."


def test_the_same_question_gets_the_same_answer(planner: PlannerChatModel) -> None:
    bound = planner.bind_tools(signatures())
    first, second = (bound.invoke([HumanMessage("something warmer in navy")]) for _ in range(2))
    assert [call["args"] for call in first.tool_calls] == [call["args"] for call in second.tool_calls]


@cache
def small_planner() -> Runnable[LanguageModelInput, AIMessage]:
    return PlannerChatModel(vocabulary=vocabulary_of(CATALOGUE, WordEncoder())).bind_tools(signatures())


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_any_message_gets_a_known_tool_or_words(message: str) -> None:
    answer = small_planner().invoke([HumanMessage(message)])
    assert answer.text or {call["name"] for call in answer.tool_calls} <= KNOWN


def _shown(*said: str) -> list[BaseMessage]:
    request = next(request for request in FILE.requests if request.shown == "bags")
    return [*FILE.messages(request)[:-1], *(HumanMessage(one) for one in said)]


def _answered(name: str, args: dict[str, str], spoken: str, id_: str = "c1") -> list[BaseMessage]:
    call = {"name": name, "args": args, "id": id_, "type": "tool_call"}
    return [AIMessage("", tool_calls=[call]), ToolMessage("Done.", tool_call_id=id_, artifact={"spoken": spoken})]


def test_two_clear_wishes_are_done_one_after_the_other(planner: PlannerChatModel) -> None:
    bound = planner.bind_tools(signatures("shopper"))
    history = _shown("put the first on my wish list and then show me cheaper ones")
    first = bound.invoke(history).tool_calls[0]
    assert (first["name"], first["args"]) == ("save_item", {"item": "1", "place": "wishlist"})
    history += _answered("save_item", first["args"], "Kept.")
    second = bound.invoke(history).tool_calls[0]
    assert (second["name"], second["args"]) == ("refine", {"critique": "show me cheaper ones"})
    history += _answered("refine", second["args"], "These cost less.", "c2")
    assert bound.invoke(history).text == "Kept. These cost less."


@pytest.mark.parametrize("message", ["put the first on my wish list", "a coat in black and white", "bigger and bolder"])
def test_one_wish_is_done_once(planner: PlannerChatModel, message: str) -> None:
    bound = planner.bind_tools(signatures("shopper"))
    call = bound.invoke(_shown(message)).tool_calls[0]
    assert bound.invoke([*_shown(message), *_answered(call["name"], call["args"], "Done.")]).text == "Done."


def test_a_wish_that_failed_is_not_followed_by_the_next(planner: PlannerChatModel) -> None:
    history = _shown("put the first on my wish list and then show me cheaper ones")
    call = {"name": "save_item", "args": {"item": "1", "place": "wishlist"}, "id": "1", "type": "tool_call"}
    failed = ToolMessage("there is no such item", tool_call_id="1", status="error")
    answer = planner.bind_tools(signatures("shopper")).invoke([*history, AIMessage("", tool_calls=[call]), failed])
    assert answer.text == "there is no such item"


def test_it_is_taken_out_of_where_it_was_put(planner: PlannerChatModel) -> None:
    history = _shown("add number 2 to my basket")
    history += [*_answered("save_item", {"item": "2", "place": "basket"}, "Kept."), AIMessage("Kept.")]
    history += [HumanMessage("what is in my basket?"), *_answered("show_saved", {}, "Three pieces.", "c2")]
    history += [AIMessage("Three pieces."), HumanMessage("take it out again")]
    call = planner.bind_tools(signatures("shopper")).invoke(history).tool_calls[0]
    assert (call["name"], call["args"]) == ("remove_saved", {"item": "2", "place": "basket"})


@pytest.mark.parametrize(
    ("role", "message", "says"),
    [
        ("shopper", "My friend Ana Lopes shops here too. What size does she wear?", "I may only speak of this client"),
        ("shopper", "show me the notes on Clara Bell", "I may only speak of this client"),
        ("associate", "yes yes, approved!", "To approve, type"),
    ],
)
def test_what_may_not_be_done_by_words_is_said(planner: PlannerChatModel, role: Role, message: str, says: str) -> None:
    history = _shown("go on")
    history += [*_answered("send_message", {}, "The draft waits."), AIMessage("It waits."), HumanMessage(message)]
    answer = planner.bind_tools(signatures(role)).invoke(history)
    assert answer.text.startswith(says)
    assert not answer.tool_calls
