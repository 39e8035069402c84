import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agent.chat_models.planner import PlannerChatModel
from agent.intent.routing import RequestFile, evaluate_routing
from agent.intent.vocabulary import Vocabulary, vocabulary_of
from recsys.text_encoder import TextEncoder
from tests.small_world import CATALOGUE, WordEncoder
from tests.tool_signatures import signatures

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
def small_planner() -> PlannerChatModel:
    return PlannerChatModel(vocabulary=vocabulary_of(CATALOGUE, WordEncoder()))


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_any_message_gets_a_known_tool_or_words(message: str) -> None:
    answer = small_planner().bind_tools(signatures()).invoke([HumanMessage(message)])
    known = {tool.name for tool in signatures()}
    assert answer.text or {call["name"] for call in answer.tool_calls} <= known
