"""Middleware that keeps a turn whole: dangling tool calls answered, failures phrased, replies held to their sources."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolErrorMiddleware
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent.turns.grounding import grounded_text
from recsys.errors import ClientellerError

_LOG = logging.getLogger(__name__)
_INTERRUPTED = "This call was interrupted and did nothing."
_BROKEN = "This did not work because of a fault in the assistant. Say so in one sentence."


def tool_errors() -> AgentMiddleware[Any, Any]:
    """Return the middleware that turns a tool's failure into a message the model can act on.

    Our own errors are one line made to be shown; of any other only the fact is passed on, the rest is logged.
    """

    def phrase(error: Exception, request: object) -> str:
        if isinstance(error, ClientellerError):
            return str(error)
        _LOG.error("a tool failed", exc_info=error)
        return _BROKEN

    return ToolErrorMiddleware(on_error=phrase)


def whole(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    """Return the messages with every tool call answered and no answer without its call.

    A turn that was killed can leave calls without answers, and a model server refuses such a history.
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


def sources_of(messages: Sequence[AnyMessage]) -> str:
    """Return the text that a reply in this turn may draw figures and names from."""
    return "\n".join(str(message.content) for message in turn_messages(messages) if not isinstance(message, AIMessage))


def spoken_fallback(messages: Sequence[AnyMessage]) -> str:
    """Return what code says for the turn if the model says nothing that may be shown."""
    results = [message for message in turn_messages(messages) if isinstance(message, ToolMessage)]
    for message in reversed(results):
        if message.status == "error":
            return str(message.content)
        if isinstance(message.artifact, dict) and message.artifact.get("spoken"):
            return str(message.artifact["spoken"])
    return "" if results else "I can suggest pieces, search the catalogue, compare items or explain a suggestion."


class WholeHistory(AgentMiddleware[Any, Any]):
    """Hands the model a history without dangling tool calls."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Repair the messages of the request, then call the model."""
        return handler(request.override(messages=whole(request.messages)))


class GroundedReplies(AgentMiddleware[Any, Any]):
    """Strikes sentences from a reply that hold figures, brands or links which the turn's sources do not.

    Args:
        names: Brand names of the catalogue.
    """

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self._names = tuple(names)

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model, then hold its reply to the sources; a tool call passes as it is."""
        response = handler(request)
        response.result = [self._held(message, request.messages) for message in response.result]
        return response

    def _held(self, message: Any, history: Sequence[AnyMessage]) -> Any:
        if not isinstance(message, AIMessage) or message.tool_calls:
            return message
        text = grounded_text(message.text, sources_of(history), self._names) or spoken_fallback(history)
        return message if text == message.text else message.model_copy(update={"content": text})
