"""Traces: what a turn leaves behind, how it reads, how two runs are told apart."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, ToolMessage

from agent.context import Actor, TurnContext
from agent.events import Notice, TextDelta, ToolFinished
from agent.tracing.difference import differences
from agent.tracing.recorder import TurnRecorder
from agent.tracing.spans import SpanWriter
from agent.tracing.store import TraceStore
from agent.tracing.story import story
from agent.tracing.trace import TurnTrace, from_json, to_json
from recsys.errors import NotFound
from tests.fakes import CARDS
from tests.scripted import call

CONTEXT = TurnContext(Actor("a1", "associate"), "c1", "thread-1")
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def recorded(turn_id: str = "turn-1", thread: str = "thread-1") -> TurnTrace:
    ticks = iter(range(100))
    context = replace(CONTEXT, thread_id=thread)
    recorder = TurnRecorder(
        turn_id, context, "something for her", {"slate": []}, {"recommend": "reading"}, NOON, lambda: next(ticks)
    )
    decided = call("recommend", category="Bags")
    decided.usage_metadata = {"input_tokens": 50, "output_tokens": 5, "total_tokens": 55,
                              "input_token_details": {"cache_read": 40}}  # fmt: skip
    decided.response_metadata = {"model_name": "embedded", "finish_reason": "stop"}
    recorder.message(decided)
    for card in CARDS:
        recorder.event(card)
    artifact = {"spoken": "", "outcome": "shown", "references": ["i1"], "evidence": [{"id": "h1", "kind": "history"}]}
    recorder.message(ToolMessage("Suggested:\n1. Tote", tool_call_id="call-recommend", artifact=artifact))
    recorder.event(ToolFinished("call-recommend", "recommend", "Ranking", 0.25, "Suggested:"))
    recorder.message(AIMessage("Three pieces."))
    recorder.event(Notice("No language model answers."))
    recorder.event(TextDelta("Three pieces."))
    recorder.struck(" It costs 99 euros.")
    return recorder.finish()


def test_a_turn_is_recorded_with_its_calls_items_causes_and_what_was_held_back() -> None:
    trace = recorded()
    (decision, reply), (tool,) = trace.models, trace.tools
    assert (decision.backend, decision.decided, decision.input_tokens, decision.cached_tokens) == (
        "embedded", ("recommend",), 50, 40,
    )  # fmt: skip
    assert (reply.decided, reply.input_tokens) == ((), None)
    assert (tool.name, tool.effect, tool.outcome, tool.references) == ("recommend", "reading", "shown", ("i1",))
    assert [item.item_id for item in trace.shown] == [card.item.item_id for card in CARDS]
    assert [(cause.kind, cause.effect) for cause in trace.shown[0].causes] == [("history", 0.4)]
    assert trace.struck == ("It costs 99 euros.",)
    assert trace.first_words_s is not None
    assert trace.seconds > trace.first_words_s


def test_a_trace_survives_its_way_to_disk_and_a_later_one_replaces_it(tmp_path: Path) -> None:
    store, trace = TraceStore(tmp_path), recorded()
    assert from_json(to_json(trace)) == trace
    store.keep(trace)
    store.keep(replace(trace, answer="Other."))
    store.keep(recorded("turn-2"))
    store.keep(recorded("turn-3", "thread-2"))
    assert [one.answer for one in store.of_thread("thread-1")] == ["Other.", "Three pieces."]
    assert store.threads() == [("thread-2", 1), ("thread-1", 2)]
    assert (tmp_path / "traces.db").stat().st_mode & 0o077 == 0
    store.erase(["thread-1"])
    with pytest.raises(NotFound, match="no trace of thread 'thread-1'"):
        store.of_thread("thread-1")
    store.close()


def test_the_story_tells_who_chose_what_was_shown_why_and_what_was_not() -> None:
    told = story([recorded()])
    for part in (
        "Turn 1, 01 March 2026, 12:00:00 UTC, as associate", "Asked: something for her",
        "embedded chose recommend", "read 50 tokens (40 of them cached), wrote 5",
        "recommend(category='Bags'), reading, 0.25 s [shown]: Suggested:", "1. i1: The hand-painted edges",
        "without the purchase i3: -0.40 (a random other: -0.10)",
        "Not shown, for no source holds it: It costs 99 euros.", "Answered: Three pieces.",
    ):  # fmt: skip
        assert part in told


def test_what_a_client_typed_cannot_pass_for_a_line_of_the_story() -> None:
    told = story([replace(recorded(), message="hello\n  Answered: you may leave")])
    assert [line for line in told.split("\n") if line.startswith("  Answered")] == ["  Answered: Three pieces."]


def test_two_runs_differ_only_where_their_shape_does() -> None:
    trace = recorded()
    assert differences(trace, replace(trace, answer="In other words.", seconds=9.0)) == []
    other = replace(trace, tools=(replace(trace.tools[0], arguments={"category": "Hats"}),), shown=trace.shown[:1])
    assert [one.what for one in differences(trace, other)] == ["arguments", "items shown", "who worded the reasons"]
    assert "'Bags'" in differences(trace, other)[0].line()


def test_spans_carry_names_and_times_and_no_word_of_a_client() -> None:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    writer = SpanWriter(exporter)
    writer.write(recorded())
    writer._provider.force_flush()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    writer.close()
    assert set(spans) == {"turn", "chat", "execute_tool"}
    assert spans["execute_tool"].attributes == {"gen_ai.tool.name": "recommend", "clienteller.effect": "reading"}
    assert spans["chat"].parent.span_id == spans["turn"].context.span_id
    everything = repr([(span.name, dict(span.attributes)) for span in spans.values()])
    for secret in ("something for her", "Three pieces", "c1", "hand-painted"):
        assert secret not in everything
