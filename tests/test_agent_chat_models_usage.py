from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from agent.chat_models.breaker import Breaker
from agent.chat_models.planner import PlannerChatModel
from agent.chat_models.resilient import Link, ResilientChatModel
from agent.chat_models.usage import Price, Usage, UsageRecorder, read_prices, total, usage_of
from agent.intent.vocabulary import vocabulary_of
from recsys.errors import InputError
from tests.openai_server import Reply, openai_server
from tests.scripted import ScriptedChatModel
from tests.small_world import CATALOGUE, WordEncoder
from tests.test_agent_chat_models_remote import model_at

PRICE = Price(input=2.0, cached_input=0.5, output=8.0, currency="EUR")


@tool
def search(query: str) -> str:
    """Search."""
    return "1. Coat"


def answers(body: dict[str, Any]) -> Reply:
    asked = body["messages"][-1]["role"] == "user"
    return Reply(tool=("search", {"query": "coat"})) if asked else Reply("Here it is.")


@pytest.mark.parametrize("streamed", [False, True])
def test_every_call_of_a_turn_is_counted_once(streamed: bool) -> None:
    recorder = UsageRecorder({"openai:m": PRICE})
    with openai_server(answers) as server:
        links = (Link("openai:m", model_at(server.address), Breaker(lambda: 0.0)),)
        agent: Any = create_agent(ResilientChatModel(links=links), [search])
        turn, config = {"messages": [HumanMessage("a coat")]}, {"callbacks": [recorder]}
        if streamed:
            pieces = list(agent.stream(turn, config, stream_mode="messages"))
            words = [piece.text for piece, _ in pieces if piece.type == "AIMessageChunk"]
            assert "".join(words).strip() == "Here it is."  # each piece is shown once, though two models streamed it
        else:
            agent.invoke(turn, config)
        assert len(server.sent) == 2
    used = recorder.total()
    assert used is not None
    assert (used.backend, used.calls, used.uncounted) == ("openai:m", 2, 0)
    assert (used.input_tokens, used.cached_input_tokens, used.output_tokens) == (40, 24, 6)
    # 16 fresh tokens at 2, 24 cached at 0.5, 6 written at 8, each per million
    assert used.cost == pytest.approx(92 / 1_000_000)
    assert used.currency == "EUR"
    assert used.seconds > 0


def test_a_call_that_nobody_counts_is_said_to_be_uncounted() -> None:
    recorder = UsageRecorder()
    ScriptedChatModel(script=[AIMessage("yes")]).invoke([HumanMessage("?")], {"callbacks": [recorder]})
    (usage,) = recorder.usages
    assert (usage.uncounted, usage.cost, usage.input_tokens) == (1, None, 0)


def test_the_planner_uses_no_tokens_and_that_is_known() -> None:
    recorder = UsageRecorder()
    planner = PlannerChatModel(vocabulary=vocabulary_of(CATALOGUE, WordEncoder()))
    planner.invoke([HumanMessage("hello")], {"callbacks": [recorder]})
    (usage,) = recorder.usages
    assert (usage.backend, usage.uncounted, usage.input_tokens) == ("planner", 0, 0)


def test_a_call_that_fails_is_not_counted() -> None:
    recorder = UsageRecorder()
    failing = ScriptedChatModel()
    failing.script.append(RuntimeError("down"))
    with pytest.raises(RuntimeError, match="down"):
        failing.invoke([HumanMessage("?")], {"callbacks": [recorder]})
    assert recorder.total() is None


def test_prices_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text("openai:m: {input: 2.0, cached_input: 0.5, output: 8.0, currency: EUR}\n")
    assert read_prices(path) == {"openai:m": PRICE}
    assert read_prices(None) == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("openai:m: {input: -1, cached_input: 0, output: 0, currency: EUR}", "openai:m.input"),
        ("openai:m: {input: 1, cached_input: 0, output: 0}", "openai:m.currency"),
        ("openai:m: {input: 1, cached_input: 0, output: 0, currency: EUR, fee: 1}", "openai:m.fee"),
        ("a: [", "is no YAML"),
        ("7", "dictionary"),
        (None, "cannot be read"),
    ],
)
def test_prices_of_another_form_are_refused_by_place(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "prices.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=says):
        read_prices(path)


AMOUNTS = st.integers(0, 10_000)
USAGES = st.builds(
    Usage, st.sampled_from("ab"), AMOUNTS, AMOUNTS, AMOUNTS, st.floats(0, 99),
    st.none() | st.floats(0, 5), st.sampled_from(["EUR", "USD"]),
)  # fmt: skip


@given(st.lists(USAGES, min_size=1, max_size=8))
def test_a_total_adds_up_and_knows_the_cost_only_if_all_parts_do(parts: list[Usage]) -> None:
    whole = total(parts)
    assert whole.input_tokens == sum(part.input_tokens for part in parts)
    assert whole.calls == len(parts)
    known = all(part.cost is not None for part in parts) and len({part.currency for part in parts}) == 1
    assert (whole.cost is not None) == known
    assert total([whole]) == whole


def test_a_model_costs_the_same_whichever_server_its_name_ends_in() -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 0, "total_tokens": 1_000_000}
    answer = AIMessage("x", usage_metadata=usage, response_metadata={"backend": "openai:m@host:8000"})  # type: ignore[arg-type]
    assert usage_of(answer, 1.0, {"openai:m": PRICE}).cost == 2.0
    assert usage_of(answer, 1.0, {"openai:n": PRICE}).cost is None


def test_a_message_without_a_backends_name_is_named_by_its_model() -> None:
    assert usage_of(AIMessage("x", response_metadata={"model_name": "m"}), 1.0).backend == "m"
