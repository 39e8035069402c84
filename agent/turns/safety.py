"""What is said in a turn: replies held to their sources, and words by code where a model has none."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.errors import GraphBubbleUp

from agent.turns.faults import report, words_for
from agent.turns.grounding import grounded_text
from agent.turns.history import turn_messages

_LOG = logging.getLogger(__name__)
_OFFER = "I can suggest pieces, search the catalogue, compare items or explain a suggestion."
_DONE = "Done. What would you like next?"


def sources_of(messages: Sequence[AnyMessage]) -> str:
    """Return the text that a reply in this turn may draw figures and names from."""
    return "\n".join(str(message.content) for message in turn_messages(messages) if not isinstance(message, AIMessage))


def prepared_words(messages: Sequence[AnyMessage]) -> str:
    """Return the sentence that the turn's newest tool result with one prepared to be said, "" if there is none."""
    for message in reversed(turn_messages(messages)):
        if isinstance(message, ToolMessage):
            spoken = message.artifact.get("spoken") if isinstance(message.artifact, dict) else ""
            if spoken or message.status == "error":
                return str(spoken or message.content)
    return ""


def spoken_fallback(messages: Sequence[AnyMessage]) -> str:
    """Return what code says for the turn if the model says nothing that may be shown; never empty."""
    used_tools = any(isinstance(message, ToolMessage) for message in turn_messages(messages))
    return prepared_words(messages) or (_DONE if used_tools else _OFFER)


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


class LastWord(AgentMiddleware[Any, Any]):
    """Ends a turn in fixed words when neither the model nor its fallback could go on."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model; what fails is logged without its text."""
        try:
            return handler(request)
        except GraphBubbleUp:
            raise
        except Exception as error:  # every provider's client fails in its own way
            _LOG.error("no chat model answered: %s", report(error))
            return ModelResponse(result=[AIMessage(prepared_words(request.messages) or words_for(error))])
