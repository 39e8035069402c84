from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool

from agent.chat_models.breaker import Breaker
from agent.chat_models.prices import Price, price_of, read_prices
from agent.chat_models.resilient import Link, ResilientChatModel
from agent.tracing.story import story
from recsys.errors import InputError
from tests.openai_server import Reply, openai_server
from tests.test_agent_chat_models_remote import model_at
from tests.test_agent_tracing import recorded

PRICE = Price(input=2.0, cached_input=0.5, output=8.0, currency="EUR")


@tool
def search(query: str) -> str:
    """Search."""
    return "1. Coat"


def answers(body: dict[str, Any]) -> Reply:
    asked = body["messages"][-1]["role"] == "user"
    return Reply(tool=("search", {"query": "coat"})) if asked else Reply("Here it is.")


@pytest.mark.parametrize("streamed", [False, True])
def test_every_call_of_a_turn_is_shown_and_counted_once(streamed: bool) -> None:
    with openai_server(answers) as server:
        links = (Link("openai:m", model_at(server.address), Breaker(lambda: 0.0)),)
        agent: Any = create_agent(ResilientChatModel(links=links), [search])
        turn = {"messages": [HumanMessage("a coat")]}
        if streamed:
            done, words = {}, ""
            for mode, data in agent.stream(turn, stream_mode=["messages", "values"]):
                if mode == "values":
                    done = data
                elif data[0].type == "AIMessageChunk":
                    words += data[0].text
            assert words.strip() == "Here it is."  # each piece is shown once, though two models streamed it
        else:
            done = agent.invoke(turn)
        assert len(server.sent) == 2
    said = [message for message in done["messages"] if isinstance(message, AIMessage)]
    assert [message.response_metadata["backend"] for message in said] == ["openai:m", "openai:m"]
    used = [message.usage_metadata for message in said]
    assert [(one["input_tokens"], one["output_tokens"]) for one in used if one] == [(20, 3), (20, 3)]
    assert [one["input_token_details"]["cache_read"] for one in used if one] == [12, 12]


def test_a_call_costs_by_what_was_new_what_was_cached_and_what_was_written() -> None:
    # 16 fresh tokens at 2, 24 cached at 0.5, 6 written at 8, each per million
    assert PRICE.of(40, 24, 6) == pytest.approx(92 / 1_000_000)


def test_the_story_tells_the_cost_only_where_it_is_known_of_every_answer() -> None:
    trace = recorded()
    first, reply = trace.models
    assert "answers cost" not in story([trace], {"embedded": PRICE})  # of the reply nobody counted the tokens
    counted = replace(trace, models=(first, replace(reply, backend="planner")))
    assert "answers cost 0.000080 EUR." in story([counted], {"embedded": PRICE})  # 10 fresh, 40 cached, 5 written
    assert "answers cost" not in story([counted])
    francs = PRICE.model_copy(update={"currency": "CHF"})
    two = replace(trace, models=(first, replace(first, backend="other")))
    assert "answers cost" not in story([two], {"embedded": PRICE, "other": francs})


def test_a_model_costs_the_same_whichever_server_its_name_ends_in() -> None:
    assert price_of("openai:m@host:8000", {"openai:m": PRICE}) == PRICE
    assert price_of("openai:m", {"openai:n": PRICE}) is None


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
