"""The chain of chat models and its circuit breakers, with clocks that a test sets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from agent.chat_models.breaker import FAILURES, PAUSE_S, Breaker
from agent.chat_models.faults import Fault, ModelFailed
from agent.chat_models.resilient import Link, ResilientChatModel
from recsys.errors import InputError
from tests.scripted import ScriptedChatModel, call

ASK = [HumanMessage("a coat")]


class Clock:
    """A clock that only moves when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds


class Refused(Exception):
    def __init__(self, status: int, retry_after: str | None = None) -> None:
        super().__init__("Incorrect API key provided: sk-SECRET")
        self.status_code = status
        headers = {} if retry_after is None else {"retry-after": retry_after}
        self.response = type("Response", (), {"headers": headers})()


def chain(clock: Clock, *scripts: list[AIMessage | Exception]) -> ResilientChatModel:
    links = tuple(
        Link(f"model {number}", scripted(script), Breaker(clock)) for number, script in enumerate(scripts, start=1)
    )
    return ResilientChatModel(links=links, clock=clock, sleep=clock.wait)


def scripted(
    script: list[AIMessage | Exception], kind: type[ScriptedChatModel] = ScriptedChatModel
) -> ScriptedChatModel:
    model = kind()
    model.script.extend(script)  # not validated: an exception of any class may stand in it
    return model


def left_of(model: ResilientChatModel) -> list[int]:
    return [len(link.model.script) for link in model.links]  # type: ignore[attr-defined]


def test_the_first_backend_answers_and_says_so() -> None:
    answer = chain(Clock(), [AIMessage("yes")], [AIMessage("no")]).invoke(ASK)
    assert answer.text == "yes"
    assert answer.response_metadata["backend"] == "model 1"
    assert "fell_back" not in answer.response_metadata


@pytest.mark.parametrize("streamed", [False, True])
def test_the_next_backend_answers_for_one_that_fails_twice(streamed: bool) -> None:
    model = chain(Clock(), [Refused(500), Refused(500)], [AIMessage("yes")])
    answer = sum_of(model.stream(ASK)) if streamed else model.invoke(ASK)
    assert answer.text.strip() == "yes"
    assert answer.response_metadata["backend"] == "model 2"
    assert answer.response_metadata["fell_back"] == [{"backend": "model 1", "fault": "server"}]


def sum_of(pieces: Iterator[Any]) -> Any:
    whole = next(pieces)
    for piece in pieces:
        whole = whole + piece
    return whole


@pytest.mark.parametrize(
    ("fault", "n_asked", "waited_s"),
    [
        (Refused(500), 2, 0.3),
        (Refused(429, "7"), 2, 7.0),
        (Refused(429, "11"), 1, 0.0),  # longer than anybody waits
        (Refused(401), 1, 0.0),
        (Refused(404), 1, 0.0),
        (TimeoutError(), 2, 0.3),
        (ConnectionResetError(), 2, 0.3),
        (ValueError("no JSON"), 2, 0.3),
    ],
)
def test_only_what_may_pass_is_tried_again_and_only_once(fault: Exception, n_asked: int, waited_s: float) -> None:
    clock = Clock()
    model = chain(clock, [fault] * 3, [AIMessage("yes")])
    assert model.invoke(ASK).text == "yes"
    assert left_of(model) == [3 - n_asked, 0]
    assert clock.now == waited_s


def test_a_slow_failure_is_not_tried_again() -> None:
    clock = Clock()

    class Slow(ScriptedChatModel):
        def _next(self, messages: Any) -> AIMessage:
            clock.wait(60)
            return super()._next(messages)

    links = (
        Link("slow", scripted([TimeoutError(), TimeoutError()], Slow), Breaker(clock)),
        Link("fast", ScriptedChatModel(script=[AIMessage("yes")]), Breaker(clock)),
    )
    model = ResilientChatModel(links=links, clock=clock, sleep=clock.wait)
    assert model.invoke(ASK).text == "yes"
    assert left_of(model) == [1, 0]


def test_if_nobody_answers_the_last_fault_is_told_without_the_providers_words() -> None:
    model = chain(Clock(), [Refused(500), Refused(500)], [Refused(401)])
    with pytest.raises(ModelFailed, match="'model 2' did not answer: it refuses the key") as failed:
        model.invoke(ASK)
    assert failed.value.fault == Fault("key")
    assert failed.value.__suppress_context__
    assert "SECRET" not in str(failed.value)


def test_a_backend_that_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    clock = Clock()
    model = chain(clock, [Refused(500)] * 6 + [AIMessage("back")], [AIMessage(str(n)) for n in range(6)])
    for _ in range(3):
        model.invoke(ASK)
    assert model.states == {"model 1": "open", "model 2": "closed"}
    assert left_of(model)[0] == 2  # five failures, then not asked any more
    answer = model.invoke(ASK)
    assert answer.response_metadata["fell_back"] == [{"backend": "model 1", "fault": "busy"}]
    clock.wait(PAUSE_S)
    assert model.states["model 1"] == "half open"
    model.invoke(ASK)  # the one try fails
    assert model.states["model 1"] == "open"
    clock.wait(PAUSE_S)
    assert model.invoke(ASK).text == "back"
    assert model.states["model 1"] == "closed"


def test_a_request_that_nobody_could_answer_does_not_speak_against_the_backend() -> None:
    model = chain(Clock(), [Refused(400)] * (FAILURES + 1))
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelFailed, match="refuses the request"):
            model.invoke(ASK)
    assert model.states == {"model 1": "closed"}


def test_a_fault_of_ours_is_no_fault_of_the_model() -> None:
    model = chain(Clock(), [InputError("a file has another form")], [AIMessage("yes")])
    with pytest.raises(InputError, match="another form"):
        model.invoke(ASK)


class Breaking(BaseChatModel):
    """Streams one word, then fails."""

    @property
    def _llm_type(self) -> str:
        return "breaking"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise AssertionError("only streamed")

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk("Silk "))
        raise ConnectionResetError


def test_after_the_first_piece_no_other_backend_takes_over() -> None:
    clock = Clock()
    other = ScriptedChatModel(script=[AIMessage("wool")])
    links = (Link("breaking", Breaking(), Breaker(clock)), Link("other", other, Breaker(clock)))
    pieces = ResilientChatModel(links=links, clock=clock, sleep=clock.wait).stream(ASK)
    assert next(pieces).text == "Silk "
    with pytest.raises(ModelFailed, match="'breaking' did not answer: it cannot be reached"):
        list(pieces)
    assert len(other.script) == 1


def test_a_tool_call_passes_through_whole_streamed_or_not() -> None:
    def schema(query: str) -> str:
        """Search."""
        return query

    from langchain_core.tools import tool

    for streamed in (False, True):
        model = chain(Clock(), [call("schema", query="a coat")])
        model.links[0].model.__class__.bind_tools = lambda self, tools, **kwargs: self  # type: ignore[method-assign]
        bound = model.bind_tools([tool(schema)])
        answer = sum_of(bound.stream(ASK)) if streamed else bound.invoke(ASK)
        assert [(one["name"], one["args"]) for one in answer.tool_calls] == [("schema", {"query": "a coat"})]


def test_a_caller_that_leaves_does_not_block_the_try_of_a_half_open_backend() -> None:
    clock = Clock()
    model = chain(clock, [Refused(429, "99")] * FAILURES + [AIMessage("one two three")] * 2)
    for _ in range(FAILURES):
        with pytest.raises(ModelFailed):
            model.invoke(ASK)
    clock.wait(PAUSE_S)
    pieces = model.stream(ASK)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert model.invoke(ASK).text == "one two three"


@given(st.lists(st.sampled_from(["fail", "succeed", "leave", "wait"]), max_size=60))
def test_a_breaker_lets_calls_through_unless_it_failed_in_a_row(steps: list[str]) -> None:
    """A plain model of the rule, step by step beside the breaker."""
    clock = Clock()
    breaker = Breaker(clock)
    in_a_row, opened_at = 0, None
    for step in steps:
        if step == "wait":
            clock.wait(PAUSE_S / 2)
            continue
        due = opened_at is None or clock.now - opened_at >= PAUSE_S
        assert breaker.allows() == due
        if not due:
            continue
        if step == "succeed":
            breaker.succeeded()
            in_a_row, opened_at = 0, None
        elif step == "leave":
            breaker.left()
        else:
            breaker.failed()
            in_a_row += 1
            if opened_at is not None or in_a_row >= FAILURES:
                opened_at = clock.now


def test_a_half_open_breaker_lets_one_call_try() -> None:
    clock = Clock()
    breaker = Breaker(clock, failures=1)
    assert breaker.allows()
    breaker.failed()
    clock.wait(PAUSE_S)
    assert list(itertools.islice(iter(breaker.allows, None), 3)) == [True, False, False]
