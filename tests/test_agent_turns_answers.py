import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent.events import Card, ToolFinished
from agent.turns.answer_check import problem_of
from agent.turns.faults import report, words_for
from agent.turns.limits import Budget, Budgets, Limits, TurnLimits
from agent.turns.tool_calls import MAX_RESULT, with_own_ids
from tests.desk import Desk
from tests.scripted import ScriptedChatModel, call

TOOLS = ("recommend", "search_catalogue")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    yield desk
    desk.close()


def calls(*arguments: Any, name: str = "recommend") -> AIMessage:
    made = [{"name": name, "args": one, "id": f"call_{number}"} for number, one in enumerate(arguments)]
    return AIMessage("", tool_calls=made)


def ended(text: str, reason: str) -> AIMessage:
    return AIMessage(text, response_metadata={"finish_reason": reason})


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (AIMessage("Here you are."), ""),
        (calls({}), ""),
        (calls(*[{"max_price": number} for number in range(12)]), ""),
        (calls(*[{"max_price": number} for number in range(13)]), "called 13 tools"),
        (calls({}, name="delete_everything"), "does not exist"),
        (calls({"category": "x" * 9_000}), "too long"),
        (AIMessage(""), "empty"),
        (AIMessage("  \n"), "empty"),
        (AIMessage("", invalid_tool_calls=[{"name": "a", "args": "{", "id": "1", "error": None}]), "JSON"),
        (AIMessage("", additional_kwargs={"refusal": "No."}), "withheld"),
        (ended("", "content_filter"), "withheld"),
        (ended("", "SAFETY"), "withheld"),
        (ended("A whole sentence. And half", "length"), ""),
        (ended("Half a sen", "length"), "cut"),
        (AIMessage("", tool_calls=calls({}).tool_calls, response_metadata={"finish_reason": "length"}), "cut"),
        (AIMessage("Half", response_metadata={"model_provider": "openai"}), "cut"),
        (AIMessage('<tool_call>{"name": "recommend"}</tool_call>'), "as text"),
        (AIMessage('Sure!\n```json\n{"name": "recommend", "arguments": {}}\n```'), "as text"),
        (AIMessage('{"name": "recommend", "parameters": {}}'), "as text"),
        (AIMessage("[TOOL_CALLS] recommend"), "as text"),
        (AIMessage("<function=recommend>{}</function>"), "as text"),
        (AIMessage("The brand's name: Alba. It has a function: it holds things."), ""),
    ],
)
def test_an_answer_that_cannot_be_passed_on_is_told_from_one_that_can(answer: AIMessage, says: str) -> None:
    problem = problem_of(answer, TOOLS, 12, has_words=False)
    assert says in problem
    assert bool(problem) == bool(says)


def test_saying_nothing_is_fine_where_a_tool_prepared_the_words() -> None:
    assert problem_of(AIMessage(""), TOOLS, 12, has_words=True) == ""


def test_a_wrong_answer_is_asked_for_once_more_with_the_reason(desk: Desk) -> None:
    conversation = desk.talk(AIMessage(""), AIMessage("Hello."))
    assert [event.text for event in conversation.respond("hi") if hasattr(event, "text")] == ["Hello."]
    first, second = desk.model.sent
    assert "It was empty" in second[0].text
    assert second[0].text.startswith(first[0].text)
    assert second[1:] == first[1:]  # the person's words are as they were


def test_twice_wrong_goes_to_the_fallback(desk: Desk) -> None:
    planner = ScriptedChatModel(script=[AIMessage("By the planner.")])
    events = list(desk.talk(AIMessage(""), AIMessage(""), fallback=planner).respond("hi"))
    assert [event.text for event in events if hasattr(event, "text")] == ["By the planner."]
    assert len(desk.model.sent) == 2


def test_fifty_calls_at_once_are_refused_as_a_whole(desk: Desk) -> None:
    many = AIMessage("", tool_calls=[{"name": "recommend", "args": {"max_price": n}, "id": str(n)} for n in range(50)])
    events = list(desk.talk(many, AIMessage("Here.")).respond("everything!"))
    assert not any(isinstance(event, ToolFinished) for event in events)
    assert "called 50 tools, and 12 more are allowed" in desk.model.sent[1][0].text


def test_at_most_twelve_tools_run_in_a_turn(desk: Desk) -> None:
    def batch(start: int) -> AIMessage:
        made = [
            {"name": "search_catalogue", "args": {"query": f"scarf {n}"}, "id": str(n)} for n in range(start, start + 5)
        ]
        return AIMessage("", tool_calls=made)

    events = list(desk.talk(batch(0), batch(5), batch(10), batch(10)).respond("scarves?"))
    assert sum(isinstance(event, ToolFinished) for event in events) == 10


def test_the_same_call_again_is_not_run(desk: Desk) -> None:
    twice = AIMessage("", tool_calls=[*call("recommend").tool_calls, {"name": "recommend", "args": {}, "id": "other"}])
    events = list(desk.talk(twice, call("recommend"), AIMessage("Here.")).respond("suggest"))
    assert sum(isinstance(event, Card) for event in events) == 3
    assert sum(isinstance(event, ToolFinished) for event in events) == 3
    again = [message.text for message in desk.model.sent[-1] if isinstance(message, ToolMessage)]
    assert sum("done already" in text for text in again) == 2


def test_a_misfitting_argument_is_told_of_in_fixed_words(desk: Desk) -> None:
    events = list(desk.talk(call("recommend", max_price={"amount": 3}), AIMessage("Sorry.")).respond("suggest"))
    (finished,) = [event for event in events if isinstance(event, ToolFinished)]
    assert (finished.ok, finished.detail) == (False, "I did not get that right. Could you put it another way?")


def test_a_result_of_two_hundred_kilobytes_is_cut_before_it_is_stored(desk: Desk) -> None:
    conversation = desk.talk(call("search_catalogue", query="surfboard " * 700), AIMessage("Nothing."))
    list(conversation.respond("a surfboard?"))
    assert all(len(message.text) <= MAX_RESULT for message in conversation.messages())


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 2), max_size=2), max_size=5), st.text(max_size=5)
)
def test_the_ids_of_calls_are_the_same_when_a_turn_is_run_again(arguments: list[Any], turn: str) -> None:
    history: list[AnyMessage] = [HumanMessage("hi", id=turn)]
    once, again = with_own_ids(calls(*arguments), history), with_own_ids(calls(*arguments), history)
    ids = [one["id"] for one in once.tool_calls]
    assert ids == [one["id"] for one in again.tool_calls]
    assert len(set(ids)) == len(ids)
    other = with_own_ids(calls(*arguments), [HumanMessage("hi", id=turn + "-other")])
    assert not set(ids) & {one["id"] for one in other.tool_calls}


def test_a_providers_own_part_of_a_message_keeps_naming_the_same_calls() -> None:
    answer = AIMessage(
        [{"type": "tool_use", "id": "toolu_1", "name": "recommend", "input": {}}],
        tool_calls=[{"name": "recommend", "args": {}, "id": "toolu_1"}],
        additional_kwargs={"signatures": {"toolu_1": "abc"}},
    )
    named = with_own_ids(answer, [HumanMessage("hi", id="t")])
    own = named.tool_calls[0]["id"]
    assert own != "toolu_1"
    assert named.content == [{"type": "tool_use", "id": own, "name": "recommend", "input": {}}]
    assert named.additional_kwargs == {"signatures": {own: "abc"}}


def test_a_budget_ends_by_calls_by_tokens_and_by_time() -> None:
    now = [0.0]
    budget = Budget(TurnLimits(model_calls=2, tokens=100, timeout_s=10.0), lambda: now[0])
    assert budget.may_call()
    budget.calls = 2
    assert not budget.may_call()
    budget.calls, budget.tokens = 0, 100
    assert not budget.may_call()
    budget.tokens, now[0] = 0, 10.0
    assert not budget.may_call()


def test_budgets_are_kept_by_turn_and_begun_anew_when_a_turn_is_run_again() -> None:
    budgets = Budgets(TurnLimits())
    one, other = [HumanMessage("hi", id="1")], [HumanMessage("hi", id="2")]
    budgets.of(one).calls = 5
    assert budgets.of(one).calls == 5
    assert budgets.of(other).calls == 0
    assert budgets.begin(one).calls == 0


def _never(request: ModelRequest[Any]) -> ModelResponse[Any]:
    raise AssertionError("the model was called")


@pytest.mark.parametrize(
    ("results", "calls", "late_s", "says"),
    [
        ([], 0, 61.0, "longer than one message may take"),
        (
            [ToolMessage("x", tool_call_id="c", artifact={"spoken": "Three suggestions."})],
            1,
            61.0,
            "Three suggestions.",
        ),
        (
            [ToolMessage("x", tool_call_id="c", artifact={"spoken": "Three suggestions."})],
            8,
            1.0,
            "more steps than one",
        ),
    ],
)
def test_a_turn_that_is_used_up_ends_with_what_was_found(
    results: list[AnyMessage], calls: int, late_s: float, says: str
) -> None:
    now = [0.0]
    budgets = Budgets(TurnLimits(), lambda: now[0])
    steps: list[AnyMessage] = [call("recommend"), *results] if results else []
    question: list[AnyMessage] = [HumanMessage("suggest", id="t")]
    budgets.begin(question).calls = calls
    now[0] = late_s
    request = ModelRequest(model=ScriptedChatModel(), messages=[*question, AIMessage("I look."), *steps])
    (answer,) = Limits(budgets).wrap_model_call(request, _never).result
    assert says in answer.text
    assert answer.text.startswith("Three suggestions.") == bool(results)


class Speaking(Exception):
    """An error whose text must go nowhere."""


@pytest.mark.parametrize("error", [Speaking("sk-secret"), ValueError("sk-secret"), httpx.ReadError("sk-secret")])
def test_no_errors_text_reaches_a_person_or_a_log(error: Exception) -> None:
    error.__cause__ = Speaking("sk-secret")
    with pytest.raises(type(error)) as caught:
        raise error
    assert "sk-secret" not in report(caught.value) + words_for(error)
    assert report(caught.value).startswith(f"{type(error).__name__} (test_agent_turns_answers.py:")
    assert "from Speaking" in report(caught.value)


def test_the_log_of_a_failing_turn_holds_no_words_of_the_person(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk.model.script[:] = [Speaking("sk-secret")] * 3
    list(desk.talk().respond("my telephone number is 0123"))
    assert caplog.records
    assert not {"sk-secret", "0123"} & set(caplog.text.split())
    assert "telephone" not in caplog.text
