"""Every fault of a model server, over HTTP through the real graph: an honest answer in time, and a usable thread."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from functools import cache

import pytest
from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel

from agent.chat_models.backends import open_planner
from agent.chat_models.breaker import Breaker
from agent.chat_models.resilient import Link, ResilientChatModel
from agent.events import Acknowledged, Card, Notice, TextDelta, ToolFinished, TurnEvent
from agent.intent.vocabulary import vocabulary_of
from agent.turns.limits import TurnLimits
from tests.desk import ASSOCIATE, Desk
from tests.fault_server import CHOICES, ECHO, KEY, MODES, FaultServer
from tests.small_world import CATALOGUE, WordEncoder
from tests.test_agent_turns_history import check_is_whole

TIMEOUT_S = 0.7  # of one call
LIMITS = TurnLimits(timeout_s=1.4)
PATIENT = TurnLimits()  # for turns whose time does not matter: the machine may be busy
THREADS = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[FaultServer]:
    with FaultServer(hang_s=2.0).running() as server:
        yield server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, server: FaultServer) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("faults") / "boutique")
    list(desk.talk(model=client(server, stream=True), thread="first").respond("hello"))  # what is loaded once
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def planner(desk: Desk) -> BaseChatModel:
    model = open_planner(vocabulary_of(CATALOGUE, WordEncoder())).model
    list(desk.talk(model=model, thread="planned", limits=PATIENT).respond("hello"))  # it reads its examples once
    return model


def client(server: FaultServer, *, stream: bool) -> BaseChatModel:
    """Return what the agent is given: the chain of one backend, with a breaker that knows of no other test."""
    return ResilientChatModel(links=(Link("openai:any", _client(server, stream), Breaker(time.monotonic)),))


@cache
def _client(server: FaultServer, stream: bool) -> BaseChatModel:
    model: BaseChatModel = init_chat_model(
        "openai:any",
        base_url=server.address,
        api_key=KEY,
        timeout=TIMEOUT_S,
        max_retries=0,
        disable_streaming=not stream,
    )
    return model


def text_of(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta)).strip()


def check_is_well_formed(events: list[TurnEvent], log: str) -> None:
    """What a person sees of a turn: it is acknowledged, it ends in words, and nothing of the provider is in it."""
    assert isinstance(events[0], Acknowledged)
    assert text_of(events) or any(isinstance(event, Card) for event in events)
    assert text_of(events).endswith((".", "?", "!", ".)"))
    shown = repr(events) + log
    for forbidden in (KEY, ECHO, "Traceback", "Error code", "tool_call>", '"name"', "valid tool", "pydantic"):
        assert forbidden not in shown


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_keeps_failing_is_answered_for_in_time(
    desk: Desk, server: FaultServer, planner: BaseChatModel, mode: str, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    talk = desk.talk(model=client(server, stream=stream), fallback=planner, thread=f"t{next(THREADS)}", limits=LIMITS)
    server.follow([mode])
    began = time.perf_counter()
    events = list(talk.respond("suggest something for her"))
    assert time.perf_counter() - began < LIMITS.timeout_s + TIMEOUT_S + 2.0  # for the turn's own work on a busy machine
    check_is_well_formed(events, caplog.text)
    assert len(server.requests) <= LIMITS.model_calls
    if mode in ("401", "400", "429 late"):
        assert len(server.requests) == 1  # asking again would not help
    check_is_whole(talk.messages())
    server.follow(["recommend", "words"])
    patient = desk.talk(
        model=client(server, stream=stream), fallback=planner, thread=talk.context.thread_id, limits=PATIENT
    )
    healthy = list(patient.respond("and once more?"))
    assert sum(isinstance(event, Card) for event in healthy) == 3
    assert text_of(healthy) == "Here you are."
    assert not any(isinstance(event, Notice) for event in healthy)


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in ("401", "400", "429 late", "trickle")])
def test_a_fault_that_passes_is_not_noticed(
    desk: Desk, server: FaultServer, planner: BaseChatModel, mode: str, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    talk = desk.talk(model=client(server, stream=stream), fallback=planner, thread=f"t{next(THREADS)}", limits=PATIENT)
    server.follow([mode, "recommend", "words"])
    events = list(talk.respond("suggest something for her"))
    check_is_well_formed(events, caplog.text)
    assert not any(isinstance(event, Notice) for event in events)  # the language model itself answered
    # Whole sentences of an answer that broke off are kept, with a remark; anything else is asked for again.
    assert sum(isinstance(event, Card) for event in events) == (0 if "cut short here" in text_of(events) else 3)


def test_without_a_fallback_the_fixed_words_are_said(
    desk: Desk, server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    for mode, words in (("500", "not dealt with"), ("empty", "no good answer"), ("400 context", "grown too long")):
        talk = desk.talk(model=client(server, stream=True), thread=f"t{next(THREADS)}", limits=PATIENT)
        server.follow([mode])
        events = list(talk.respond("suggest"))
        assert words in text_of(events)
        check_is_well_formed(events, caplog.text)


def test_a_server_that_asks_to_wait_a_little_is_waited_for(desk: Desk, server: FaultServer) -> None:
    talk = desk.talk(model=client(server, stream=True), thread=f"t{next(THREADS)}", limits=PATIENT)
    server.follow(["429 soon", "words"])
    began = time.perf_counter()
    assert text_of(list(talk.respond("hello"))) == "Here you are."
    assert time.perf_counter() - began >= 0.05


def test_a_conversation_that_is_too_long_is_sent_again_shorter(desk: Desk, server: FaultServer) -> None:
    talk = desk.talk(model=client(server, stream=True), thread=f"t{next(THREADS)}", limits=PATIENT)
    server.follow(["words"])
    for number in range(12):
        list(talk.respond(f"message {number} " + "long " * 200))
    server.follow(["400 context", "words"])
    assert text_of(list(talk.respond("and now?"))) == "Here you are."
    first, second = (len(json.dumps(request["messages"])) for request in server.requests)
    assert second < first
    assert server.requests[1]["messages"][-1]["content"] == "and now?"


def test_a_loop_of_different_calls_is_stopped(
    desk: Desk, server: FaultServer, planner: BaseChatModel, caplog: pytest.LogCaptureFixture
) -> None:
    def looping(number: int) -> str:
        CHOICES[f"loop {number}"] = [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_0",
                            "type": "function",
                            "function": {
                                "name": "search_catalogue",
                                "arguments": json.dumps({"query": f"scarf {number}"}),
                            },
                        }
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ]
        return f"loop {number}"

    talk = desk.talk(model=client(server, stream=True), fallback=planner, thread=f"t{next(THREADS)}", limits=PATIENT)
    server.follow(looping)
    events = list(talk.respond("scarves?"))
    assert len(server.requests) == 8
    assert "more steps" in text_of(events)
    check_is_well_formed(events, caplog.text)


def test_two_answers_with_the_same_call_id_are_two_occasions(desk: Desk, server: FaultServer) -> None:
    talk = desk.talk(model=client(server, stream=True), thread=f"t{next(THREADS)}", limits=PATIENT)
    server.follow(["recommend", "words"])
    list(talk.respond("suggest"))
    before = len(desk.shop.opinions.all(ASSOCIATE, "c1"))
    for message in ("I like the first", "as I said, I like the first"):
        server.follow(["like", "words"])  # this server numbers the calls of every answer from 0
        list(talk.respond(message))
    assert len(desk.shop.opinions.all(ASSOCIATE, "c1")) == before + 2


def test_a_tool_that_breaks_is_told_of_in_fixed_words(
    tmp_path_factory: pytest.TempPathFactory,
    server: FaultServer,
    planner: BaseChatModel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(tmp_path_factory.mktemp("broken") / "boutique")
    talk = desk.talk(model=client(server, stream=True), fallback=planner, limits=PATIENT)
    desk.store.close()  # the index is gone while the boutique is open
    server.follow(["search", "empty"])
    events = list(talk.respond("silk scarves?"))
    check_is_well_formed(events, caplog.text)
    assert any(isinstance(event, ToolFinished) and not event.ok for event in events)
    assert "fault on our side" in text_of(events)
    check_is_whole(talk.messages())
    desk.saver.conn.close()
    desk.boutique.close()
