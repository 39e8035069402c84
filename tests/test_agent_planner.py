import time
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
from ui.measure import schemas

FILE = RequestFile.read(Path(__file__).parent / "requests.yaml")


@pytest.fixture(scope="module")
def planner() -> PlannerChatModel:
    words = FILE.vocabulary
    return PlannerChatModel(
        vocabulary=Vocabulary(words["categories"], words["brands"], words["colours"], TextEncoder.load())
    )


def test_the_planner_routes_most_scripted_requests(planner: PlannerChatModel) -> None:
    requests = [request for request in FILE.requests if request.split == "test"]
    report = evaluate_routing(planner, FILE, requests, schemas())
    assert report.n_right >= 0.75 * len(requests), [case.fault for case in report.cases if case.fault]


def test_a_decision_takes_a_moment_and_says_who_made_it(planner: PlannerChatModel) -> None:
    bound = planner.bind_tools(schemas())
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
    assert planner.bind_tools(schemas()).invoke(history).text == "Three suggestions."


def test_the_same_question_gets_the_same_answer(planner: PlannerChatModel) -> None:
    bound = planner.bind_tools(schemas())
    first, second = (bound.invoke([HumanMessage("something warmer in navy")]) for _ in range(2))
    assert [call["args"] for call in first.tool_calls] == [call["args"] for call in second.tool_calls]


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=120))
def test_any_message_gets_a_known_tool_or_words(message: str) -> None:
    planner = PlannerChatModel(vocabulary=vocabulary_of(CATALOGUE, WordEncoder()))
    answer = planner.bind_tools(schemas()).invoke([HumanMessage(message)])
    known = {tool.name for tool in schemas()}
    assert answer.text or {call["name"] for call in answer.tool_calls} <= known
