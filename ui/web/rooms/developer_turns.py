"""Turns as they were recorded: what was called when, with what evidence, what was shown and what was held back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from agent.context import Actor
from agent.errors import Refused
from agent.tracing.difference import Difference, differences
from agent.tracing.trace import ModelCall, ShownItem, ToolCall, TurnTrace
from recsys.errors import NotFound
from ui.web.house import House
from ui.web.rules import Rule, What, Who
from ui.web.talking import Here
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {("GET", "/room/developer/turn"): Rule("manage", ("manager",))}
UNKNOWN = "there is no such conversation on record, or not for you"
LISTED = 20  # the newest threads
SPAN = 1000  # the width that a turn's time is drawn on
_LEAST = 4  # so that a step of no time is seen at all

router = APIRouter()


@dataclass(frozen=True)
class Step:
    """One call within a turn; exactly one of `model` and `tool` is there.

    Attributes:
        start, width: On a line of `SPAN`.
    """

    seconds: float
    start: int
    width: int
    model: ModelCall | None = None
    tool: ToolCall | None = None


@dataclass(frozen=True)
class ThreadShown:
    """A thread in the list: whose, about whom, how long, and how it began."""

    thread_id: str
    n_turns: int
    last: TurnTrace


@dataclass(frozen=True)
class Bar:
    """What carried an item: the fall of its score without the cause, beside that without a random other of its kind.

    Attributes:
        subject: As people read it: an item by its title, an attribute by its label.
        width, control_width: On a line of 100; the larger one of the item's bars fills it.
    """

    kind: str
    subject: str
    effect: float
    control: float
    width: int
    control_width: int


@dataclass(frozen=True)
class ShownView:
    """An item as it was shown."""

    item: ShownItem
    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class TurnView:
    """One turn of a thread as the room shows it; `trace` is None before the first.

    Attributes:
        own: Whether it is the conversation that is open on the page.
        number: Its place in the thread, from 1.
        others: Further threads to look at.
    """

    own: bool
    thread_id: str
    number: int
    n_turns: int
    trace: TurnTrace | None
    steps: Sequence[Step]
    shown: Sequence[ShownView]
    changes: Sequence[Difference]
    others: Sequence[ThreadShown]
    first_words: int | None

    @property
    def tokens(self) -> tuple[int, int] | None:
        """Tokens read and written, None where a backend did not tell them."""
        calls = self.trace.models if self.trace is not None else ()
        counted = [call for call in calls if call.input_tokens is not None]
        if not counted or len(counted) < len(calls):
            return None
        return sum(call.input_tokens or 0 for call in counted), sum(call.output_tokens or 0 for call in counted)


@router.get("/room/developer/turn")
def show_turn(
    request: Request,
    house: What,
    session: Who,
    talk: Here,
    thread: Annotated[str, Query(max_length=200)] = "",
    number: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """One turn: of the conversation that is open or of another, the newest or an earlier one."""
    view = turn_view(house, session.actor, talk.key, thread, number)
    return page(request, "developer_turn.html", turn=view)


def turn_view(house: House, actor: Actor, own: str, thread: str = "", number: int = 0) -> TurnView:
    """Return a turn of a thread; raise NotFound for a thread about a client whom the actor does not see.

    Args:
        own: The thread that is open on the page; an empty `thread` means it.
        number: Which turn, from 1; 0 or one that is not there for the newest.
    """
    others = _threads(house, actor, own)
    thread = thread or own
    traces = _traces(house, actor, thread)
    if thread != own and not traces:
        raise NotFound(UNKNOWN)
    number = number if 0 < number <= len(traces) else len(traces)
    if not traces:
        return TurnView(True, thread, 0, 0, None, (), (), (), others, None)
    trace = traces[number - 1]
    before = traces[number - 2] if number > 1 else None
    steps, total = _steps(trace)
    return TurnView(
        own=thread == own,
        thread_id=thread,
        number=number,
        n_turns=len(traces),
        trace=trace,
        steps=steps,
        shown=[_shown(house, item) for item in trace.shown],
        changes=differences(before, trace) if before is not None else (),
        others=others,
        first_words=None if trace.first_words_s is None else round(SPAN * trace.first_words_s / total),
    )


def _traces(house: House, actor: Actor, thread: str) -> list[TurnTrace]:
    """Return a thread's records as far as the actor may read them: a guest's talk is the guest's."""
    try:
        traces = house.assistant.traces.of_thread(thread)
    except NotFound:
        return []
    return [trace for trace in traces if _may_read(house, actor, trace)]


def _may_read(house: House, actor: Actor, trace: TurnTrace) -> bool:
    if trace.client_id is None:
        return True
    try:
        house.assistant.shop.book.client(actor, trace.client_id)
    except Refused:
        return False
    return True


def _threads(house: House, actor: Actor, own: str) -> list[ThreadShown]:
    found = []
    for thread_id, n_turns in house.assistant.traces.threads(LISTED):
        traces = _traces(house, actor, thread_id) if thread_id != own else []
        if traces:
            found.append(ThreadShown(thread_id, n_turns, traces[-1]))
    return found


def _steps(trace: TurnTrace) -> tuple[list[Step], float]:
    """Lay a turn's calls out on a line, each model's tools after it; return them and the seconds that the line spans.

    Tools that a model called together ran side by side, so they begin together.
    """
    placed: list[tuple[float, float, ModelCall | None, ToolCall | None]] = []
    tools, at = list(trace.tools), 0.0
    for call in trace.models:
        placed.append((at, call.seconds, call, None))
        at += call.seconds
        together, tools = tools[: len(call.decided)], tools[len(call.decided) :]
        placed += [(at, tool.seconds, None, tool) for tool in together]
        at += max((tool.seconds for tool in together), default=0.0)
    for tool in tools:  # called by a hand on the page, not by a model
        placed.append((at, tool.seconds, None, tool))
        at += tool.seconds
    total = max(at, trace.seconds, 1e-6)
    steps = [
        Step(
            seconds,
            min(round(SPAN * start / total), SPAN - _LEAST),
            max(_LEAST, round(SPAN * seconds / total)),
            model,
            tool,
        )
        for start, seconds, model, tool in placed
    ]
    return steps, total


def _shown(house: House, item: ShownItem) -> ShownView:
    largest = max((max(abs(cause.effect), abs(cause.control)) for cause in item.causes), default=0.0) or 1.0
    bars = tuple(
        Bar(
            cause.kind,
            _subject(house, cause.kind, cause.subject),
            cause.effect,
            cause.control,
            round(100 * abs(cause.effect) / largest),
            round(100 * abs(cause.control) / largest),
        )
        for cause in item.causes
    )
    return ShownView(item, _title(house, item.item_id), bars)


def _subject(house: House, kind: str, subject: str) -> str:
    if kind == "attribute":
        return subject.replace("_", " ")
    if kind in ("history", "order"):
        return ", ".join(_title(house, item_id) for item_id in subject.split())
    return subject


def _title(house: House, item_id: str) -> str:
    try:
        return house.assistant.shop.catalogue.item(item_id).title
    except NotFound:  # it has left the catalogue since
        return item_id
