"""One call of a tool: named by code, run once in a turn, its result bounded, its failure in fixed words."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse, ToolErrorMiddleware
from langchain.tools.tool_node import ToolCallRequest
from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from langgraph.types import Command

from agent.errors import as_sentence
from agent.turns.faults import report
from agent.turns.history import cut_text, turn_messages
from agent.turns.limits import turn_id_of
from recsys.errors import ClientellerError

_LOG = logging.getLogger(__name__)
MAX_RESULT = 8_000  # characters of one tool result that are kept
_BROKEN = "This did not work because of a fault in the assistant. Say so in one sentence."
_BROKEN_SPOKEN = "That did not work because of a fault on our side."
_MISFIT = "The arguments do not fit the tool: look at its description and call it again."
_MISFIT_SPOKEN = "I did not get that right. Could you put it another way?"
_TWICE = "This was done already in this turn with the same arguments: see the result above."


class ToolCalls(AgentMiddleware[Any, Any]):
    """Gives every call an id of our own, and answers a call that repeats an earlier one of the turn.

    A model's own ids cannot be used as names of an occasion: some servers count them from 0 in every answer, and a
    turn that is run again after an interruption gets new ones. Ours are made of the turn, the tool and its arguments,
    so that what a writing tool stores under such an id is stored once, however often the turn is run.
    """

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model, then name the calls in its answer."""
        response = handler(request)
        response.result = [
            with_own_ids(message, request.messages) if isinstance(message, AIMessage) else message
            for message in response.result
        ]
        return response

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], ToolMessage | Command[Any]]
    ) -> ToolMessage | Command[Any]:
        """Run the tool unless the same call was made before in this turn."""
        call = request.tool_call
        if _is_repeated(call, request.state["messages"]):
            return ToolMessage(_TWICE, tool_call_id=call["id"] or "", name=call["name"])
        result = handler(request)
        effect = ((request.tool.metadata or {}) if request.tool is not None else {}).get("effect", "reading")
        if isinstance(result, ToolMessage):
            return _bounded(result, effect)
        if isinstance(result.update, dict):
            messages = [
                _bounded(message, effect) if isinstance(message, ToolMessage) else message
                for message in result.update.get("messages", [])
            ]
            return Command(graph=result.graph, update={**result.update, "messages": messages}, goto=result.goto)
        return result


def tool_errors() -> AgentMiddleware[Any, Any]:
    """Return the middleware that turns a tool's failure into a message the model can act on.

    Our own errors are one line made to be shown; of any other only the fact is passed on, the log gets the place.
    """

    def phrase(error: Exception, request: object) -> str:
        if isinstance(error, ClientellerError):
            return str(error)
        _LOG.error("a tool failed: %s", report(error))
        return _BROKEN

    return ToolErrorMiddleware(on_error=phrase)


def with_own_ids(answer: AIMessage, history: Sequence[AnyMessage]) -> AIMessage:
    """Return an answer whose calls have ids made of the turn, the tool, the arguments and how often they came."""
    if not answer.tool_calls:
        return answer
    turn = turn_id_of(history)
    seen = [_meaning(call) for call in _calls(turn_messages(history))]
    calls, names = [], {}
    for call in answer.tool_calls:
        meaning = _meaning(call)
        own = call_id(turn, meaning, seen.count(meaning))
        seen.append(meaning)
        calls.append({**call, "id": own})
        if call["id"]:
            names[call["id"]] = own
    renamed = {
        "content": _renamed(answer.content, names),
        "additional_kwargs": _renamed(answer.additional_kwargs, names),
    }
    return answer.model_copy(update={**renamed, "tool_calls": calls})


def call_id(turn_id: str, meaning: str, n_before: int) -> str:
    """Return the id of a call."""
    return "call_" + hashlib.sha256(f"{turn_id}\n{n_before}\n{meaning}".encode()).hexdigest()[:24]


def _meaning(call: Mapping[str, Any]) -> str:
    """Return what makes two calls the same: the tool and its arguments, whatever their order and case."""
    arguments = json.dumps(call["args"], sort_keys=True, ensure_ascii=False, default=str)
    return f"{call['name']} {' '.join(arguments.casefold().split())}"


def _calls(messages: Sequence[AnyMessage]) -> list[Mapping[str, Any]]:
    return [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]


def _is_repeated(call: Mapping[str, Any], messages: Sequence[AnyMessage]) -> bool:
    """Whether an earlier call of the turn was the same and did not fail."""
    turn = turn_messages(messages)
    failed = {
        message.tool_call_id for message in turn if isinstance(message, ToolMessage) and message.status == "error"
    }
    for earlier in _calls(turn):
        if earlier["id"] == call["id"]:
            return False
        if _meaning(earlier) == _meaning(call) and earlier["id"] not in failed:
            return True
    return False


def _bounded(message: ToolMessage, effect: str) -> ToolMessage:
    """Return a result of bounded length whose words for a person are ours, also when the tool could not be run."""
    artifact = {**message.artifact} if isinstance(message.artifact, dict) else {}
    content = cut_text(str(message.content), MAX_RESULT)
    if message.status == "error" and content.startswith(("Error invoking tool", "Error: ")):
        content, artifact["spoken"] = _MISFIT, _MISFIT_SPOKEN
    elif content == _BROKEN:
        artifact["spoken"] = _BROKEN_SPOKEN
    elif message.status == "error":
        artifact["spoken"] = as_sentence(content)
    artifact.setdefault("effect", effect)
    return message.model_copy(update={"content": content, "artifact": artifact})


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return a provider's own part of a message with the ids of calls exchanged wherever they stand."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(one, names) for key, one in value.items()}
    return value
