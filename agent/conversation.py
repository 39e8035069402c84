"""One conversation: a message in, a stream of turn events out. The same for the page, the terminal and the tests."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig

from agent.context import TurnContext
from agent.events import Chips, Notice, TextDelta, ToolFinished, ToolStarted, TurnEvent
from agent.graph import Graph
from agent.turns.grounding import grounded_sentence, sentences
from agent.turns.safety import sources_of, spoken_fallback
from recsys.errors import InputError

_LOG = logging.getLogger(__name__)
MAX_MESSAGE = 4_000
_RECURSION = 40
_FAULT = "Something went wrong on our side and this message was not answered. Please send it again."
_PLANNED = "The language model did not answer, so the deterministic planner did."
_TITLES = {
    "search_catalogue": "Searching the catalogue for {query}",
    "recommend": "Ranking the catalogue for this client",
    "refine": "Changing the suggestions: {critique}",
    "explain": "Testing why number {item} was suggested",
    "compare": "Comparing",
    "client_profile": "Reading the client's record",
    "record_feedback": "Writing down the feedback",
}


class Conversation:
    """A thread of one actor about one client.

    Args:
        graph: The agent.
        context: Who speaks, about whom, in which thread.
        names: Brand names of the catalogue, for the check of replies.
        planned: Whether the agent's model is the deterministic planner itself.
    """

    def __init__(self, graph: Graph, context: TurnContext, names: Collection[str], *, planned: bool) -> None:
        self.context = context
        self._graph = graph
        self._names = tuple(names)
        self._planned = planned
        self._config = RunnableConfig(configurable={"thread_id": context.thread_id}, recursion_limit=_RECURSION)

    def respond(self, message: str) -> Iterator[TurnEvent]:
        """Answer one message.

        Args:
            message: What the person typed.

        Yields:
            The turn's events in order.

        Raises:
            InputError: If the message is empty or too long.
        """
        text = message.strip()
        if not text:
            raise InputError("the message is empty: write what you are looking for")
        if len(text) > MAX_MESSAGE:
            raise InputError(f"the message has {len(text):,} characters: write at most {MAX_MESSAGE:,}")
        try:
            yield from _Turn(self, text).events()
        except Exception:  # the last line of defence: a person gets a sentence, the log gets the trace
            _LOG.exception("a turn failed")
            yield Notice(_FAULT)

    def messages(self) -> list[AnyMessage]:
        """Return the messages of the thread so far."""
        found: list[AnyMessage] = self._graph.get_state(self._config).values.get("messages", [])
        return found

    def view(self) -> Mapping[str, Any]:
        """Return the slate on show and how it came about; empty before the first."""
        found: Mapping[str, Any] = self._graph.get_state(self._config).values.get("view", {})
        return found


class _Turn:
    """Maps the graph's stream to turn events, one turn long."""

    def __init__(self, conversation: Conversation, text: str) -> None:
        self._conversation = conversation
        self._messages: list[AnyMessage] = [HumanMessage(text)]
        self._started: dict[str, tuple[str, str, float]] = {}
        self._waiting = ""  # the model's sentence so far
        self._said = False
        self._chips: Chips | None = None
        self._noticed = conversation._planned

    def events(self) -> Iterator[TurnEvent]:
        conversation = self._conversation
        stream: Iterator[Any] = conversation._graph.stream(
            {"messages": [self._messages[0]]},
            conversation._config,
            context=conversation.context,
            stream_mode=["updates", "messages", "custom"],
            durability="sync",
        )
        for mode, data in stream:
            if mode == "custom" and isinstance(data, Chips):
                self._chips = data  # what could come next is shown when the turn has ended
            elif mode == "custom":
                self._said = self._said or isinstance(data, TextDelta)
                yield data
            elif mode == "messages":
                yield from self._token(*data)
            else:
                yield from self._update(data)
        if self._chips is not None:
            yield self._chips

    def _token(self, chunk: Any, metadata: Mapping[str, Any]) -> Iterator[TurnEvent]:
        if metadata.get("langgraph_node") != "model" or not isinstance(chunk, AIMessageChunk):
            return
        parts = list(sentences([self._waiting + chunk.text]))
        self._waiting = parts.pop() if parts else ""
        for part in parts:
            yield from self._sentence(part)

    def _sentence(self, sentence: str) -> Iterator[TurnEvent]:
        if self._said_or_text(sentence) and grounded_sentence(
            sentence, sources_of(self._messages), self._conversation._names
        ):
            self._said = True
            yield TextDelta(sentence)

    def _said_or_text(self, piece: str) -> bool:
        """White space alone is part of a reply only once words were said."""
        return bool(piece.strip()) or (self._said and bool(piece))

    def _update(self, data: Mapping[str, Any]) -> Iterator[TurnEvent]:
        for node, change in data.items():
            new = change.get("messages", []) if isinstance(change, dict) else []
            self._messages += new
            for message in new:
                if isinstance(message, AIMessage) and node == "model":
                    yield from self._answered(message)
                elif isinstance(message, ToolMessage):
                    yield from self._finished(message)

    def _answered(self, message: AIMessage) -> Iterator[TurnEvent]:
        if message.response_metadata.get("planner") and not self._noticed:
            self._noticed = True
            yield Notice(_PLANNED)
        for call in message.tool_calls:
            title = _title(call["name"], call["args"])
            self._started[call["id"] or ""] = (call["name"], title, time.perf_counter())
            yield ToolStarted(call["id"] or "", call["name"], title)
        if message.tool_calls:
            self._waiting = ""
            return
        waiting, self._waiting = self._waiting, ""
        yield from self._sentence(waiting)
        if not self._said:
            self._said = True
            yield TextDelta(message.text or spoken_fallback(self._messages))

    def _finished(self, message: ToolMessage) -> Iterator[TurnEvent]:
        tool, title, began = self._started.get(message.tool_call_id, (message.name or "", "", time.perf_counter()))
        detail = str(message.content).split("\n")[0]
        seconds = time.perf_counter() - began
        yield ToolFinished(message.tool_call_id, tool, title, seconds, detail, message.status != "error")


def _title(tool: str, arguments: Mapping[str, Any]) -> str:
    told = defaultdict(lambda: "…", {name: str(value)[:80] for name, value in arguments.items()})
    return _TITLES.get(tool, tool).format_map(told)
