"""Tools for models that have none: what is asked, what is made of the answer, what is said afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from pydantic import Field

from agent.chat_models.schema_tools import SchemaToolModel
from agent.intent.vocabulary import vocabulary_of
from tests.scripted import ScriptedChatModel
from tests.small_world import CATALOGUE, WordEncoder

WORDS = vocabulary_of(CATALOGUE, WordEncoder())
SHOWN = [
    HumanMessage("what do you have for me?"),
    AIMessage("", tool_calls=[{"name": "recommend", "args": {}, "id": "c0", "type": "tool_call"}]),
    ToolMessage("1. Aven wool coat\n2. Duna wool scarf", tool_call_id="c0"),
    AIMessage("These follow what was bought before."),
]


@tool
def engrave(wording: str) -> str:
    """Engrave words into a piece."""
    return wording


@tool
def gift_wrap(paper: str, ribbons: int = 1) -> str:
    """Wrap a piece as a gift."""
    return paper * ribbons


@tool
def explain(item: str) -> str:
    """Say why an item was suggested."""
    return item


class JsonModel(ScriptedChatModel):
    """A scripted model that keeps to schemas, and notes which."""

    schemas: list[Any] = Field(default_factory=list)

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        assert kwargs == {"method": "json_schema", "include_raw": True}
        self.schemas.append(schema)
        return RunnableLambda(lambda messages: {"raw": self.invoke(messages), "parsed": None, "parsing_error": None})


def said(tool_name: str, **arguments: Any) -> AIMessage:
    return AIMessage(json.dumps({"call": {"tool": tool_name, "arguments": arguments}}))


def answer(model: Any, tools: list[Any], *messages: Any, **options: Any) -> AIMessage:
    """Let a model use the one tool that it is given, or all of several."""
    choice = tools[0].name if len(tools) == 1 else None
    bound = SchemaToolModel(inner=model, vocabulary=WORDS, **options).bind_tools(tools, tool_choice=choice)
    return bound.invoke(list(messages))


def test_what_the_model_writes_becomes_a_tool_call() -> None:
    model = JsonModel(script=[said("engrave", wording="forever")])
    found = answer(model, [engrave], HumanMessage("please engrave forever into it"))
    assert [(call["name"], call["args"]) for call in found.tool_calls] == [("engrave", {"wording": "forever"})]
    assert found.text == ""
    (schema,) = model.schemas
    offered = schema["properties"]["call"]
    calls = {one["properties"]["tool"]["enum"][0]: one for one in offered.get("anyOf", [offered])}
    assert calls["engrave"]["properties"]["arguments"]["required"] == ["wording"]


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"call": {"tool": "engrave", "arguments": {"wording": "no wool"}}}\n```',
        'Sure: {"tool": "engrave", "arguments": {"wording": "no wool"}} Done.',
    ],
)
def test_without_schemas_the_answer_is_read_out_of_words(text: str) -> None:
    model = ScriptedChatModel(script=[AIMessage(text)])
    found = answer(model, [engrave], HumanMessage("engrave no wool into the coat"), json_schema=False)
    assert found.tool_calls[0]["args"] == {"wording": "no wool"}


def test_an_unreadable_answer_is_asked_for_once_more_with_the_reason() -> None:
    model = ScriptedChatModel(script=[AIMessage("I will."), said("engrave", wording="no wool")])
    found = answer(model, [engrave], HumanMessage("engrave no wool into the coat"), json_schema=False)
    assert found.tool_calls[0]["args"] == {"wording": "no wool"}
    assert "could not be used: it is no JSON object" in model.sent[1][-1].text
    assert model.sent[0][:-1] == model.sent[1][:-1]  # what a server has read already stays as it is


def test_after_two_unreadable_answers_what_is_missing_is_asked_for() -> None:
    model = ScriptedChatModel(script=[AIMessage("I will."), AIMessage("Really.")])
    found = answer(model, [engrave], HumanMessage("engrave it"), json_schema=False)
    assert found.tool_calls == []
    assert "wording" in found.text


def test_arguments_that_rules_read_are_not_asked_for() -> None:
    model = JsonModel(script=[])
    bound = SchemaToolModel(inner=model, vocabulary=WORDS).bind_tools([explain], tool_choice="explain")
    found = bound.invoke([*SHOWN, HumanMessage("why the second one?")])
    assert found.tool_calls[0]["args"] == {"item": "2"}
    assert model.sent == []


def test_an_argument_that_no_schema_allows_is_dropped() -> None:
    model = ScriptedChatModel(script=[said("gift_wrap", paper="blue", ribbons="many", client_id="c9", x=[1])])
    bound = SchemaToolModel(inner=model, vocabulary=WORDS, json_schema=False).bind_tools(
        [gift_wrap], tool_choice="gift_wrap"
    )
    found = bound.invoke([HumanMessage("wrap it in blue with many ribbons")])
    assert found.tool_calls[0]["args"] == {"paper": "blue"}  # neither a number nor asked for


def test_the_model_chooses_among_the_tools_that_can_be_meant() -> None:
    model = JsonModel(script=[said("gift_wrap", paper="blue")])
    found = answer(model, [engrave, gift_wrap], HumanMessage("engrave or wrap a piece"))
    offered = model.schemas[0]["properties"]["call"]["anyOf"]
    assert {one["properties"]["tool"]["enum"][0] for one in offered} >= {"engrave", "gift_wrap"}
    assert [(call["name"], call["args"]) for call in found.tool_calls] == [("gift_wrap", {"paper": "blue"})]


def test_after_a_tool_what_it_prepared_is_said() -> None:
    model = JsonModel(script=[])
    turn = [
        HumanMessage("why the second one?"),
        AIMessage("", tool_calls=[{"name": "explain", "args": {"item": "2"}, "id": "c1", "type": "tool_call"}]),
        ToolMessage("Reasons.", tool_call_id="c1", artifact={"spoken": "Because of the wool coat."}),
    ]
    bound = SchemaToolModel(inner=model, vocabulary=WORDS).bind_tools([explain])
    assert bound.invoke([*SHOWN, *turn]).text == "Because of the wool coat."
    assert model.sent == []


def test_without_tools_the_model_speaks_for_itself() -> None:
    model = SchemaToolModel(inner=ScriptedChatModel(script=[AIMessage("one two")] * 2), vocabulary=WORDS)
    assert model.invoke([HumanMessage("count")]).text.split() == ["one", "two"]
    assert len([piece for piece in model.stream([HumanMessage("count")]) if piece.content]) == 2


def test_the_prompts_beginning_is_the_same_whatever_is_asked() -> None:
    model = ScriptedChatModel(script=[said("engrave", wording="a")] * 2)
    for text in ("engrave no wool into the coat", "and his name into the belt"):
        answer(model, [engrave], HumanMessage(text), json_schema=False)
    first, second = model.sent
    assert first[:-1] == second[:-1]
    assert first[-1] != second[-1]


def test_what_the_requests_used_is_told() -> None:
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    written = said("engrave", wording="no wool").model_copy(update={"usage_metadata": usage})
    model = ScriptedChatModel(script=[AIMessage("hm", usage_metadata=usage), written])  # type: ignore[arg-type]
    found = answer(model, [engrave], HumanMessage("engrave no wool into the coat"), json_schema=False)
    assert found.usage_metadata is not None
    assert found.usage_metadata["total_tokens"] == 14


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries({"call": JSON}) | st.fixed_dictionaries({"tool": JSON, "arguments": JSON}))
def test_whatever_a_model_writes_ends_in_a_whole_call_or_a_question(value: Any) -> None:
    model = ScriptedChatModel(script=[AIMessage(json.dumps(value))] * 2)
    bound = SchemaToolModel(inner=model, vocabulary=WORDS, json_schema=False).bind_tools(
        [engrave], tool_choice="engrave"
    )
    found = bound.invoke([HumanMessage("engrave something about her that is very long and hard to read")])
    assert found.text or isinstance(found.tool_calls[0]["args"]["wording"], str)
