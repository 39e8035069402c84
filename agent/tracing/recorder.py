"""Writes the record of a turn while it happens: told of every event and message, it asks nothing of anybody."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from agent.context import TurnContext
from agent.events import Card, Comparison, LookBook, Notice, TextDelta, ToolFinished, TurnEvent
from agent.records.impressions import Impression, Way, impression_of
from agent.tracing.trace import Cause, ModelCall, ShownItem, ToolCall, TurnTrace

_DETAIL = 300  # characters kept of a tool's result
_WAYS: Mapping[str, Way] = {
    "recommend": "recommend",
    "search_catalogue": "search",
    "refine": "refine",
    "similar": "similar",
    "complete_look": "look",
    "explain": "explain",
}


class TurnRecorder:
    """One turn's recorder.

    Args:
        turn_id: The turn's id in the journal.
        context: Who speaks, in which thread.
        message: What the person typed.
        before: The view before the turn.
        effects: Effect of each tool by name.
        began: When the turn began.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        turn_id: str,
        context: TurnContext,
        message: str,
        before: Mapping[str, Any],
        effects: Mapping[str, str],
        began: dt.datetime,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._turn_id, self._context, self._message = turn_id, context, message
        self._before, self._effects, self._began = dict(before), effects, began
        self._clock = clock
        self._start = self._since = clock()
        self._first_words: float | None = None
        self._calls: dict[str, Mapping[str, Any]] = {}
        self._seconds: dict[str, float] = {}
        self._models: list[ModelCall] = []
        self._tools: dict[str, ToolCall] = {}  # by call id
        self._shown: list[ShownItem] = []
        self._way: Way = "page"  # until a model calls a tool, a hand on the page did it
        self._impressions: list[Impression] = []
        self._answer: list[str] = []
        self._struck: list[str] = []
        self._notices: list[str] = []

    def event(self, event: TurnEvent) -> None:
        """Note what the person sees."""
        if self._first_words is None and isinstance(event, Card | Comparison | TextDelta):
            self._first_words = self._clock() - self._start
        match event:
            case Notice():
                self._notices.append(event.text)
            case ToolFinished():
                self._seconds[event.call_id] = event.duration_s
            case TextDelta():
                self._answer.append(event.text)
            case Card():
                self._shown.append(_shown(event))
                self._impressions.append(impression_of(event, self._way))
            case LookBook():
                self._impressions += [impression_of(card, "look book") for card in event.cards]
            case _:
                pass

    def message(self, message: BaseMessage) -> None:
        """Note what a model or a tool answered; call it when the message arrives, for its time is measured so."""
        now = self._clock()
        if isinstance(message, AIMessage):
            self._models.append(_model_call(message, now - self._since))
            self._calls |= {call["id"] or "": call for call in message.tool_calls}
            self._way = next((_WAYS[call["name"]] for call in message.tool_calls if call["name"] in _WAYS), "other")
        elif isinstance(message, ToolMessage):
            self._tools[message.tool_call_id] = self._tool_call(message, now - self._since)
        self._since = now

    @property
    def impressions(self) -> tuple[Impression, ...]:
        """What was put before the person so far, in order."""
        return tuple(self._impressions)

    def struck(self, sentence: str) -> None:
        """Note a sentence of the model that was not shown."""
        self._struck.append(sentence.strip())

    def finish(self, fault: str = "") -> TurnTrace:
        """Return the record."""
        return TurnTrace(
            turn_id=self._turn_id,
            thread_id=self._context.thread_id,
            actor_id=self._context.actor.actor_id,
            role=self._context.actor.role,
            client_id=self._context.client_id,
            began=self._began,
            message=self._message,
            before=self._before,
            seconds=round(self._clock() - self._start, 4),
            first_words_s=None if self._first_words is None else round(self._first_words, 4),
            models=tuple(self._models),
            tools=tuple(self._timed(call_id, call) for call_id, call in self._tools.items()),
            shown=tuple(self._shown),
            answer="".join(self._answer).strip(),
            struck=tuple(self._struck),
            notices=tuple(self._notices),
            fault=fault,
        )

    def _timed(self, call_id: str, call: ToolCall) -> ToolCall:
        """Give a call the time that its own event told, which is more exact than when its answer arrived."""
        return replace(call, seconds=round(self._seconds.get(call_id, call.seconds), 4))

    def _tool_call(self, message: ToolMessage, seconds: float) -> ToolCall:
        call = self._calls.get(message.tool_call_id, {})
        artifact = message.artifact if isinstance(message.artifact, dict) else {}
        name = str(call.get("name") or message.name or "")
        return ToolCall(
            name=name,
            effect=self._effects.get(name, ""),
            arguments=dict(call.get("args") or {}),
            seconds=round(seconds, 4),
            ok=message.status != "error",
            detail=str(message.content).split("\n")[0][:_DETAIL],
            outcome=str(artifact.get("outcome") or ""),
            references=tuple(artifact.get("references") or ()),
            evidence=tuple(artifact.get("evidence") or ()),
        )


def _model_call(message: AIMessage, seconds: float) -> ModelCall:
    said, usage = message.response_metadata, message.usage_metadata
    return ModelCall(
        backend=str(said.get("backend") or said.get("model_name") or "unknown"),
        input_tokens=usage["input_tokens"] if usage else None,
        cached_tokens=usage.get("input_token_details", {}).get("cache_read") if usage else None,
        output_tokens=usage["output_tokens"] if usage else None,
        seconds=round(seconds, 4),
        decided=tuple(call["name"] for call in message.tool_calls),
        finish=str(said.get("finish_reason") or ""),
    )


def _shown(card: Card) -> ShownItem:
    reason = card.reason
    facts = reason.evidence if reason is not None else ()
    return ShownItem(
        reference=card.reference,
        item_id=card.item.item_id,
        reason=reason.text if reason is not None else "",
        source=reason.source if reason is not None else "",
        causes=tuple(
            Cause(fact.kind, fact.subject, round(fact.effect, 4), round(fact.control, 4))
            for fact in facts
            if fact.tested
        ),
        failed_checks=tuple(name for name, passed in (reason.checks if reason else {}).items() if not passed),
    )
