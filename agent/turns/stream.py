"""From the graph's stream to the events of one turn: steps as they happen, sentences as soon as they may be shown."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage, ToolMessage

from agent.events import Chips, Notice, TextDelta, ToolFinished, ToolStarted, TurnEvent
from agent.tracing.recorder import TurnRecorder
from agent.turns.grounding import grounded_sentence, sentences
from agent.turns.safety import sources_of, spoken_fallback

_PLANNED = "The language model did not answer, so the deterministic planner did."
_TITLES = {
    "search_catalogue": "Searching the catalogue for {query}",
    "recommend": "Ranking the catalogue",
    "refine": "Changing the suggestions: {critique}",
    "similar": "Looking for pieces like {item}",
    "complete_look": "Looking for what goes with it",
    "compare": "Comparing",
    "explain": "Testing why number {item} was suggested",
    "what_would_it_take": "Looking for the smallest change",
    "show_saved": "Opening the wish list and the basket",
    "client_profile": "Reading the record",
    "find_clients": "Looking through the client book",
    "contact_today": "Looking for whom to contact today",
    "clients_for_item": "Ranking your clients for {item}",
    "handover_brief": "Writing a brief for a colleague",
    "save_item": "Putting number {item} aside",
    "remove_saved": "Taking number {item} out",
    "record_feedback": "Writing down the feedback",
    "rate_reason": "Writing down what was said of the reason",
    "remember_fact": "Writing down {fact}",
    "forget_fact": "Looking up what to forget",
    "add_note": "Writing down the note",
    "decide_proposals": "Deciding on the proposals",
    "add_follow_up": "Writing down the follow-up",
    "draft_message": "Drafting a message",
    "make_look_book": "Putting a look-book together",
    "send_message": "Preparing to send the message",
}


class TurnStream:
    """Maps what the graph streams to turn events, one turn long.

    Args:
        message: The person's message.
        names: Brand names of the catalogue, for the check of replies.
        planned: Whether it needs no remark that the planner answers.
        recorder: Told of everything, for the turn's trace; None where none is kept.
    """

    def __init__(
        self, message: HumanMessage, names: Collection[str], *, planned: bool, recorder: TurnRecorder | None = None
    ) -> None:
        self._messages: list[AnyMessage] = [message]
        self._names = names
        self._noticed = planned
        self._recorder = recorder
        self._started: dict[str, tuple[str, str, float]] = {}
        self._answer_id: str | None = None  # of the answer that is being written
        self._waiting = ""  # its sentence so far
        self._told: set[str] = set()  # sentences of the model that were shown
        self._space = ""  # between two sentences: shown with the next one
        self._said: list[str] = []
        self.chips: Chips | None = None  # what could come next, shown when the turn has ended

    @property
    def said(self) -> str:
        """The words of the reply so far."""
        return "".join(self._said).strip()

    def events(self, stream: Iterator[Any]) -> Iterator[TurnEvent]:
        """Yield the events of a stream of updates, messages and custom events."""
        for mode, data in stream:
            for event in self._events_of(mode, data):
                if self._recorder is not None:
                    self._recorder.event(event)
                yield event

    def _events_of(self, mode: str, data: Any) -> Iterator[TurnEvent]:
        if mode == "custom" and isinstance(data, Chips):
            self.chips = data
        elif mode == "custom":
            yield self._noted(data)
        elif mode == "messages":
            yield from self._token(*data)
        else:
            yield from self._update(data)

    def _noted(self, event: TurnEvent) -> TurnEvent:
        if isinstance(event, TextDelta):
            self._said.append(event.text)
            self._told |= {part.strip() for part in sentences([event.text])}
        return event

    def _token(self, chunk: Any, metadata: Mapping[str, Any]) -> Iterator[TurnEvent]:
        if metadata.get("langgraph_node") != "model" or not isinstance(chunk, AIMessageChunk):
            return
        if chunk.id != self._answer_id:  # the answer before was given up: its unfinished sentence goes with it
            self._answer_id, self._waiting = chunk.id, ""
        parts = list(sentences([self._waiting + chunk.text]))
        self._waiting = parts.pop() if parts else ""
        for part in parts:
            yield from self._sentence(part)

    def _sentence(self, sentence: str) -> Iterator[TurnEvent]:
        """Show a sentence of the model that may be shown and was not; an answer begun anew often begins the same."""
        words = sentence.strip()
        if not words or words in self._told:
            self._space = "" if words or not self._said else sentence
            return
        if grounded_sentence(sentence, sources_of(self._messages), self._names):
            self._told.add(words)
            yield self._noted(TextDelta(self._space + sentence))
            self._space = ""
        elif self._recorder is not None:
            self._recorder.struck(sentence)

    def _update(self, data: Mapping[str, Any]) -> Iterator[TurnEvent]:
        for node, change in data.items():
            new = change.get("messages", []) if isinstance(change, dict) else []
            self._messages += new
            for message in new:
                if self._recorder is not None:
                    self._recorder.message(message)
                if isinstance(message, AIMessage) and node == "model":
                    yield from self._answered(message)
                elif isinstance(message, ToolMessage):
                    yield from self._finished(message)

    def _answered(self, message: AIMessage) -> Iterator[TurnEvent]:
        self._waiting = ""
        if message.response_metadata.get("planner") and not self._noticed:
            self._noticed = True
            yield Notice(_PLANNED)
        for call in message.tool_calls:
            title = _title(call["name"], call["args"])
            self._started[call["id"] or ""] = (call["name"], title, time.perf_counter())
            yield ToolStarted(call["id"] or "", call["name"], title)
        if message.tool_calls:
            return
        for part in sentences([message.text]):  # what the stream has not shown, or all of it where there was none
            yield from self._sentence(part)
        if not self.said:
            yield self._noted(TextDelta(spoken_fallback(self._messages)))

    def _finished(self, message: ToolMessage) -> Iterator[TurnEvent]:
        tool, title, began = self._started.get(message.tool_call_id, (message.name or "", "", time.perf_counter()))
        prepared = message.artifact.get("spoken") if isinstance(message.artifact, dict) else ""
        detail = str(prepared or message.content).split("\n")[0]
        seconds = time.perf_counter() - began
        yield ToolFinished(message.tool_call_id, tool, title, seconds, detail, message.status != "error")


def _title(tool: str, arguments: Mapping[str, Any]) -> str:
    told = defaultdict(lambda: "…", {name: str(value)[:80] for name, value in arguments.items()})
    return _TITLES.get(tool, tool).format_map(told)
