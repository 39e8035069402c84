"""What of a thread is sent to a chat model: whole, within a budget, older turns in short. All by code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage

from agent.intent.digest import digest

Turn = list[AnyMessage]
MAX_TURNS = 24  # kept word for word; when there are more, the older half is put in short
_INTERRUPTED = "This call was interrupted. Whether it took effect is not known."
_UNANSWERED = "(This message was not answered: the turn was interrupted.)"
_SUMMARY_LINES, _LINE_CHARS = 20, 240
_SUMMARY_QUESTION = "What was said before?"
_SUMMARY = "Earlier in this conversation, in short, oldest first:"
_SUMMARY_ID = "summary"
_RESULT_SIZES = (8_000, 4_000, 2_000, 1_000, 500, 200)


def whole(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages with every tool call answered, no answer without its call, and every earlier turn closed.

    A turn that was killed can leave calls without answers or a message without a reply; model servers refuse both.
    """
    result: list[AnyMessage] = []
    open_calls: list[str] = []  # of the latest answer of the model

    def close() -> None:
        result.extend(ToolMessage(_INTERRUPTED, tool_call_id=one, status="error") for one in open_calls)
        open_calls.clear()

    for message in messages:
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in open_calls:
                continue
            open_calls.remove(message.tool_call_id)
        else:
            close()
        if isinstance(message, HumanMessage) and result and _is_open(result[-1]):
            result.append(AIMessage(_UNANSWERED))
        result.append(message)
        if isinstance(message, AIMessage):
            open_calls = [call["id"] or "" for call in message.tool_calls]
    close()
    return result


def turn_messages(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages since the person's last one, that one included."""
    for index in range(len(messages) - 1, -1, -1):
        if isinstance(messages[index], HumanMessage):
            return list(messages[index:])
    return list(messages)


def turns_of(messages: Sequence[AnyMessage]) -> list[Turn]:
    """Cut a history into turns, each from a message of the person to before the next."""
    turns: list[Turn] = []
    for message in messages:
        if isinstance(message, HumanMessage):
            turns.append([])
        if turns:
            turns[-1].append(message)
    return turns


def size_of(messages: Sequence[BaseMessage]) -> int:
    """Return the characters that messages take, arguments of tool calls included."""
    return sum(
        len(message.text)
        + (sum(len(json.dumps(call["args"])) for call in message.tool_calls) if isinstance(message, AIMessage) else 0)
        for message in messages
    )


def compact(messages: Sequence[AnyMessage], max_chars: int, max_turns: int = MAX_TURNS) -> list[AnyMessage]:
    """Bring finished turns within a budget: the newest word for word, the older ones as a line each.

    Nothing changes until a limit is passed; then half of it is kept, so that the beginning of what a model server has
    cached stays the same for many turns. The newest turn that lists items stays, because "the second" refers to it.

    Args:
        messages: Finished turns.
        max_chars: Characters that are allowed.
        max_turns: Turns that are allowed.
    """
    turns = turns_of(whole(messages))
    if len(turns) <= max_turns and size_of(messages) <= max_chars:
        return [message for turn in turns for message in turn]
    n_kept = _n_kept(turns, max_chars // 2, max(max_turns // 2, 1))
    older, kept = turns[: len(turns) - n_kept], turns[len(turns) - n_kept :]
    if not any(_shows_items(turn) for turn in kept):
        listing = next((turn for turn in reversed(older) if _shows_items(turn)), None)
        if listing is not None:
            kept = [shrunk(listing, max_chars // 4), *kept]
            older = [turn for turn in older if turn is not listing]
    return [*_summary(older, max_chars // 4), *(message for turn in kept for message in turn)]


def shrunk(turn: Sequence[AnyMessage], max_chars: int) -> Turn:
    """Cut the tool results, and if need be the model's words, of one turn until it fits."""
    for size in _RESULT_SIZES:
        cut = [_cut(message, size) for message in turn]
        if size_of(cut) <= max_chars:
            break
    return cut


def fitted(messages: Sequence[AnyMessage], history_chars: int, turn_chars: int) -> list[AnyMessage]:
    """Return what is sent of a thread in the middle of a turn: the finished turns compact, the present one shrunk."""
    present = turn_messages(messages)
    before = messages[: len(messages) - len(present)]
    return whole([*compact(before, history_chars), *shrunk(present, turn_chars)])


class BoundedHistory(AgentMiddleware[Any, Any]):
    """Sends the model a whole history within the budget.

    Args:
        history_chars: For the finished turns.
        turn_chars: For the present turn.
    """

    def __init__(self, history_chars: int, turn_chars: int) -> None:
        super().__init__()
        self._sizes = (history_chars, turn_chars)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Fit the messages of the request, then call the model."""
        return handler(request.override(messages=fitted(request.messages, *self._sizes)))


def cut_text(text: str, size: int) -> str:
    """Return a text of at most `size` characters, marked where something is left out."""
    return text if len(text) <= size else text[: max(size - 16, 0)].rstrip() + " … (cut short)"


def _is_open(message: AnyMessage) -> bool:
    """Whether a turn cannot end with this message."""
    return not isinstance(message, AIMessage) or bool(message.tool_calls)


def _n_kept(turns: Sequence[Turn], max_chars: int, max_turns: int) -> int:
    n_kept = n_chars = 0
    for turn in reversed(turns):
        n_chars += size_of(turn)
        if n_chars > max_chars or n_kept == max_turns or _is_summary(turn):
            break
        n_kept += 1
    return n_kept


def _cut(message: AnyMessage, size: int) -> AnyMessage:
    if isinstance(message, HumanMessage) or len(message.text) <= size:
        return message
    return message.model_copy(update={"content": cut_text(message.text, size)})


def _is_summary(turn: Turn) -> bool:
    return turn[0].id == _SUMMARY_ID


def _shows_items(turn: Turn) -> bool:
    return any(isinstance(message, ToolMessage) and digest([message]).shown for message in turn)


def _summary(turns: Sequence[Turn], max_chars: int) -> Turn:
    """Put turns in short, as a question and an answer so that the roles go on taking turns."""
    lines: list[str] = []
    for turn in turns:
        lines += turn[-1].text.split("\n")[1:] if _is_summary(turn) else [_line(turn)]
    n_lines = max(min(_SUMMARY_LINES, max_chars // _LINE_CHARS), 1)
    if not lines:
        return []
    question = HumanMessage(_SUMMARY_QUESTION, id=_SUMMARY_ID)
    return [question, AIMessage("\n".join([_SUMMARY, *lines[-n_lines:]]), id=f"{_SUMMARY_ID}-answer")]


def _line(turn: Turn) -> str:
    """Say in one line what was asked, shown and recorded in a turn, or else what was answered."""
    parts = [f'- asked: "{_flat(turn[0].text, 80)}"']
    shown = digest(turn).shown
    if shown:
        parts.append(f"shown: {', '.join(_flat(name, 24) for name in shown[:3])}")
    recorded = [_recorded(message) for message in turn if isinstance(message, ToolMessage)]
    if any(recorded):
        parts.append(f"recorded: {_flat(' '.join(filter(None, recorded)), 70)}")
    if len(parts) == 1:
        parts.append(f"answered: {_flat(turn[-1].text, 100)}")
    return _flat("; ".join(parts), _LINE_CHARS - 1)


def _recorded(message: ToolMessage) -> str:
    artifact = message.artifact if isinstance(message.artifact, dict) else {}
    wrote = artifact.get("effect") in ("writing", "outbound") and message.status != "error"
    return str(artifact.get("spoken") or "") if wrote else ""


def _flat(text: str, size: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= size else flat[: size - 1] + "…"
