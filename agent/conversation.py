"""One conversation: a message in, a stream of turn events out. The same for the page, the terminal and the tests."""

from __future__ import annotations

import logging
import operator
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import closing
from typing import Any, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, RemoveMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from agent.context import TurnContext
from agent.events import Acknowledged, Notice, TextDelta, TurnEvent
from agent.graph import Graph
from agent.records.impressions import Impressions
from agent.state import SlateState, TurnResult, View
from agent.tracing.recorder import TurnRecorder
from agent.tracing.store import TraceStore
from agent.tracing.trace import TurnTrace
from agent.turns import checkpoints
from agent.turns.checkpoints import Saved
from agent.turns.faults import report
from agent.turns.history import compact
from agent.turns.journal import Journal, Turn
from agent.turns.limits import TurnLimits
from agent.turns.stream import TurnStream
from recsys.errors import InputError

_LOG = logging.getLogger(__name__)
MAX_MESSAGE = 4_000
_RECURSION = 40
_FAULT = "Something went wrong on our side and this message was not answered. Please send it again."
_DAMAGED = "Part of this conversation could not be read and was left out, so I may not know what we said before."


ByCode = Callable[[TurnContext, str, Callable[[TurnEvent], None]], TurnResult | None]
Act = Callable[[TurnContext, SlateState, Callable[[TurnEvent], None]], TurnResult]
"""What a hand on the page does in a thread: reads its state, shows events, returns the change of the state."""


class Conversation:
    """A thread of one actor about one client.

    Args:
        graph: The agent.
        context: Who speaks, about whom, in which thread.
        names: Brand names of the catalogue, for the check of replies.
        planned: Whether the agent's model is the deterministic planner itself.
        journal: Where messages are written before they are answered; None for a conversation that nobody goes on with.
        limits: What one turn may take; None for the usual.
        by_code: Answers what no model may read, such as "approve CODE"; None where there is nothing of the kind.
        traces: Where the record of each turn is kept; None to keep none.
        effects: Effect of each tool by name, for the records.
        impressions: Where what was put before a client is counted; None to count nothing.

    Raises:
        NotFound: If the thread is another person's, or about another client.
    """

    def __init__(
        self,
        graph: Graph,
        context: TurnContext,
        names: Collection[str],
        *,
        planned: bool,
        journal: Journal | None = None,
        limits: TurnLimits | None = None,
        by_code: ByCode | None = None,
        traces: TraceStore | None = None,
        effects: Mapping[str, str] | None = None,
        impressions: Impressions | None = None,
    ) -> None:
        self.context = context
        self._graph = graph
        self._saver = _saver_of(graph)
        self._names = tuple(names)
        self._planned = planned
        self._journal = journal or Journal()
        self._limits = limits or TurnLimits()
        self._by_code = by_code
        self._traces = traces
        self._effects = effects or {}
        self._impressions = impressions
        self._config = RunnableConfig(configurable={"thread_id": context.thread_id}, recursion_limit=_RECURSION)
        self._journal.claim(context)

    @property
    def interrupted(self) -> Turn | None:
        """The last turn if it was never answered: its message can be sent again and goes on as the same turn."""
        last = self._journal.last(self.context.thread_id)
        return last if last is not None and last.state == "interrupted" else None

    def turns(self) -> list[Turn]:
        """Return the turns of the thread so far, oldest first, to draw the conversation again."""
        return self._journal.turns(self.context.thread_id)

    def respond(self, message: str) -> Iterator[TurnEvent]:
        """Answer one message.

        Args:
            message: What the person typed.

        Yields:
            The turn's events in order, first that the message is written down.

        Raises:
            InputError: If the message is empty or too long.
            NotReady: If the message before is still being answered.
        """
        yield from self._turn(_checked(message), None)

    def do(self, said: str, act: Act) -> Iterator[TurnEvent]:
        """Do what a person did by hand, such as moving a slider, as a turn of its own; no model reads it.

        Args:
            said: What was done, in words: it stands in the thread as the person's message.
            act: Does it.

        Raises:
            NotReady: If the message before is still being answered.
        """
        yield from self._turn(_checked(said), act)

    def _turn(self, text: str, act: Act | None) -> Iterator[TurnEvent]:
        thread_id = self.context.thread_id
        saved = checkpoints.read(self._saver, thread_id)
        turn = self._journal.begin(thread_id, text, saved.checkpoint_id)
        before = saved.values.get("view", {})
        recorder = TurnRecorder(turn.turn_id, self.context, text, before, self._effects, turn.received_at)
        stream = TurnStream(HumanMessage(text, id=turn.turn_id), self._names, planned=self._planned, recorder=recorder)
        try:
            yield Acknowledged(turn.turn_id)
            if saved.is_damaged:
                yield Notice(_DAMAGED)
            with closing(self._by_hand(turn, saved, act) or self._run(turn, self._before(turn, saved))) as steps:
                yield from stream.events(steps)
            checkpoints.prune(self._saver, thread_id)
            self._journal.end(thread_id, turn.turn_id, stream.said)
        except BaseException as error:  # the last line of defence: a person gets a sentence, the log gets the place
            self._journal.end(thread_id, turn.turn_id, None)
            self._keep(recorder.finish(type(error).__name__))
            self._count(recorder, turn)
            if not isinstance(error, Exception):
                raise
            _LOG.error("a turn failed: %s", report(error))
            yield Notice(_FAULT)
            return
        self._keep(recorder.finish())
        try:
            if stream.chips is not None:
                yield stream.chips
        finally:  # the person has everything by now: whoever writes to the boutique's file can be waited for
            self._count(recorder, turn)

    def set_out(self, view: View, lines: str) -> None:
        """Put a slate on show as if it had just been suggested, to replay a turn from there.

        Args:
            view: The slate and how it came about.
            lines: Its items as numbered lines, as the tools list them for the model.
        """
        call = {"name": "recommend", "args": {}, "id": "set-out", "type": "tool_call"}
        messages = [
            HumanMessage("What do you suggest?"),
            AIMessage("", tool_calls=[call]),
            ToolMessage(f"Suggested, shown as cards with reasons:\n{lines}", tool_call_id="set-out"),
            AIMessage("Each card says why."),
        ]
        state = {"view": view, "shown": list(view["slate"]), "messages": messages}
        self._graph.update_state(self._config, state, as_node="model")

    def messages(self) -> list[AnyMessage]:
        """Return the messages of the thread that are kept word for word."""
        return checkpoints.read(self._saver, self.context.thread_id).messages

    def view(self) -> Mapping[str, Any]:
        """Return the slate on show and how it came about; empty before the first."""
        found: Mapping[str, Any] = checkpoints.read(self._saver, self.context.thread_id).values.get("view", {})
        return found

    def _keep(self, trace: TurnTrace) -> None:
        """Keep the record of a turn; a turn that went well is not spoiled by a record that cannot be written."""
        try:
            if self._traces is not None:
                self._traces.keep(trace)
        except (sqlite3.Error, ValueError) as error:  # ValueError: something in it has no form in JSON
            _LOG.error("the record of a turn could not be kept: %s", report(error))

    def _count(self, recorder: TurnRecorder, turn: Turn) -> None:
        """Count what was put before the client; a message sent again is the same turn and counts once."""
        if self._impressions is not None:
            self._impressions.note(self.context, recorder.impressions, occasion=turn.turn_id, at=turn.received_at)

    def _before(self, turn: Turn, saved: Saved) -> Saved:
        """Return the state that the turn begins from; a message sent again begins where its first run did."""
        if not turn.again or turn.checkpoint == saved.checkpoint_id:
            return saved
        if not checkpoints.discard_after(self._saver, self.context.thread_id, turn.checkpoint):
            return saved
        return checkpoints.read(self._saver, self.context.thread_id)

    def _by_hand(self, turn: Turn, saved: Saved, act: Act | None) -> Generator[Any, None, None] | None:
        """Let code answer what is for it; the thread remembers what was said."""
        shown: list[TurnEvent] = []
        if act is not None:
            result: TurnResult | None = act(self.context, cast(SlateState, saved.values), shown.append)
        else:
            result = self._by_code(self.context, turn.message, shown.append) if self._by_code is not None else None
        if result is None:
            return None
        spoken = result.spoken or result.content
        if act is not None:
            shown.append(TextDelta(spoken))
        said = [HumanMessage(turn.message, id=turn.turn_id), AIMessage(spoken)]
        self._graph.update_state(self._config, {**result.update, "messages": said}, as_node="model")
        return (("custom", event) for event in shown)

    def _run(self, turn: Turn, saved: Saved) -> Generator[Any, None, None]:
        """Run the graph. Its state is saved once, at the end: a killed turn leaves none, and is begun anew."""
        kept = compact(saved.messages, self._limits.history_chars)
        is_same = len(kept) == len(saved.messages) and all(map(operator.is_, kept, saved.messages))
        earlier = [] if is_same else [RemoveMessage(id=REMOVE_ALL_MESSAGES), *kept]
        yield from self._graph.stream(
            {"messages": [*earlier, HumanMessage(turn.message, id=turn.turn_id)]},
            self._config,
            context=self.context,
            stream_mode=["updates", "messages", "custom"],
            durability="exit",
        )


def _checked(message: str) -> str:
    text = message.encode(errors="replace").decode().strip()  # half a character can be written down nowhere
    if not text:
        raise InputError("the message is empty: write what you are looking for")
    if len(text) > MAX_MESSAGE:
        raise InputError(f"the message has {len(text):,} characters: write at most {MAX_MESSAGE:,}")
    return text


def _saver_of(graph: Graph) -> SqliteSaver:
    if not isinstance(graph.checkpointer, SqliteSaver):
        raise TypeError("a conversation needs a graph whose threads are kept by open_saver")
    return graph.checkpointer
