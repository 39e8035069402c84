"""One call of a chat model: counted, with less to read if it was too much, cut when the turn's time is over."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk
from langgraph.config import get_config
from langgraph.errors import GraphBubbleUp

from agent.turns.faults import OutOfTime, is_too_long, report
from agent.turns.history import fitted, size_of
from agent.turns.limits import Budget, Budgets

_LOG = logging.getLogger(__name__)
_TRIMMED = 4  # to which part the messages are cut when a model finds them too long
_CHARS_PER_TOKEN = 4  # to estimate the use of a model that does not count it


class ModelCalls(AgentMiddleware[Any, Any]):
    """Calls a chat model within the turn's budget; one that finds the conversation too long gets less of it, once.

    A fault that may pass is tried again by the chain of chat models, not here.

    Args:
        budgets: Of the turns that run.
    """

    def __init__(self, budgets: Budgets) -> None:
        super().__init__()
        self._budgets = budgets

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model; raise what its last try raised."""
        budget = self._budgets.of(request.messages)
        try:
            return _counted(request, handler, budget)
        except GraphBubbleUp:
            raise
        except Exception as error:  # every provider's client fails in its own way
            _LOG.warning("a call of a chat model failed: %s", report(error))
            if not is_too_long(error) or not budget.may_call():
                raise
        return _counted(request.override(messages=_trimmed(request.messages)), handler, budget)


def _counted(
    request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]], budget: Budget
) -> ModelResponse[Any]:
    """Call the model once and add what it took to the budget."""
    budget.calls += 1
    watch = _Watch(budget)
    callbacks = get_config().get("callbacks")
    if not isinstance(callbacks, BaseCallbackManager):  # a graph always runs its nodes with one
        raise TypeError(f"the agent runs with callbacks of type {type(callbacks).__name__}")
    callbacks.add_handler(watch)
    try:
        response = handler(request)
    finally:
        callbacks.remove_handler(watch)
    budget.tokens += _tokens(request, response)
    if watch.cut_arguments():
        response.result = [_without_calls(message) for message in response.result]
    return response


class _Watch(BaseCallbackHandler):
    """Sees a model's answer piece by piece: stops it when the time is over, and reads its arguments as written.

    A stream's cut arguments are closed by the client library, so that half a call looks like a whole one.
    """

    raise_error = True

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._arguments: dict[object, str] = {}

    def on_llm_new_token(
        self, token: Any, *, chunk: GenerationChunk | ChatGenerationChunk | None = None, **kwargs: Any
    ) -> None:
        """Take in one piece."""
        if self._budget.left_s() <= 0:
            raise OutOfTime("the chat model was still writing when the turn's time was over")
        message = chunk.message if isinstance(chunk, ChatGenerationChunk) else None
        if isinstance(message, AIMessageChunk):
            for number, piece in enumerate(message.tool_call_chunks):
                key = piece["index"] if piece["index"] is not None else (len(self._arguments), number)
                self._arguments[key] = self._arguments.get(key, "") + (piece["args"] or "")

    def cut_arguments(self) -> bool:
        """Whether the arguments of a call were no whole JSON object; none at all are fine."""
        return any(not _is_object(written) for written in self._arguments.values() if written.strip())


def _is_object(written: str) -> bool:
    try:
        return isinstance(json.loads(written), dict | None)
    except ValueError:
        return False


def _without_calls(message: Any) -> Any:
    """Return an answer whose calls are all marked as invalid: which of them is whole can no longer be told."""
    if not isinstance(message, AIMessage):
        return message
    invalid = [
        {"type": "invalid_tool_call", "name": call["name"], "args": None, "id": call["id"], "error": "cut"}
        for call in message.tool_calls
    ]
    return message.model_copy(update={"tool_calls": [], "invalid_tool_calls": [*message.invalid_tool_calls, *invalid]})


def _trimmed(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    room = max(size_of(messages) // _TRIMMED, 1_000)
    return fitted(messages, room // 2, room // 2)


def _tokens(request: ModelRequest[Any], response: ModelResponse[Any]) -> int:
    counted = [message.usage_metadata for message in response.result if isinstance(message, AIMessage)]
    known = [usage["total_tokens"] for usage in counted if usage is not None]
    return sum(known) if known else (size_of(request.messages) + size_of(response.result)) // _CHARS_PER_TOKEN
