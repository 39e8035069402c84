"""Whether a chat model's answer can be passed on. One that cannot is asked for once more; then the fallback answers."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Collection
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, SystemMessage
from langchain_core.tools import BaseTool

from agent.errors import ModelUnavailable
from agent.turns.faults import UnusableAnswer
from agent.turns.grounding import sentences
from agent.turns.limits import Budget, Budgets, tool_calls_made
from agent.turns.safety import prepared_words

_LOG = logging.getLogger(__name__)
_MAX_ARGUMENTS = 8_000  # characters of one call
_CUT = " (My answer was cut short here.)"
# A tool call that the model wrote as text, in the forms that open models know.
_CALL_AS_TEXT = re.compile(
    r"</?tool_call>|<function[=>]|\[TOOL_CALLS?\]|<\|python_tag\|>|<｜tool|"
    r"""(?:^|```(?:json)?\s*|\n)\s*\[?\s*\{\s*"(?:name|tool|function|type|tool_calls)"\s*:""",
    re.IGNORECASE,
)
_REFUSED_REASONS = ("content_filter", "safety", "refusal", "recitation", "prohibited_content")


class AnswerCheck(AgentMiddleware[Any, Any]):
    """Holds back answers that are empty, cut, refused, filtered or not in form.

    Args:
        budgets: Of the turns that run.
    """

    def __init__(self, budgets: Budgets) -> None:
        super().__init__()
        self._budgets = budgets

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model, once more with a note if need be; raise UnusableAnswer if that was of no use.

        A model that failed is not asked again in the same turn: its fallback goes on with what it began.
        """
        budget = self._budgets.of(request.messages)
        if any(request.model is one for one in budget.given_up):
            raise ModelUnavailable("this chat model failed earlier in the turn")
        try:
            response = self._usable(request, handler, budget)
        except Exception:
            budget.given_up.append(request.model)
            raise
        response.result = [_cut_marked(message) for message in response.result]
        return response

    def _usable(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
        budget: Budget,
    ) -> ModelResponse[Any]:
        response = handler(request)
        problem = self._problem(request, response)
        if problem and budget.may_call():
            _LOG.warning("an answer of the chat model cannot be used and is asked for again")
            response = handler(request.override(system_message=_with_note(request.system_message, problem)))
            problem = self._problem(request, response)
        if problem:
            raise UnusableAnswer(problem)
        return response

    def _problem(self, request: ModelRequest[Any], response: ModelResponse[Any]) -> str:
        """Say to the model what is wrong with its answer, "" if nothing is."""
        answer = next((message for message in reversed(response.result) if isinstance(message, AIMessage)), None)
        if answer is None:
            return "It was empty."
        left = self._budgets.limits.tool_calls - tool_calls_made(request.messages)
        names = [tool.name for tool in request.tools if isinstance(tool, BaseTool)]
        return problem_of(answer, names, left, has_words=bool(prepared_words(request.messages)))


def problem_of(answer: AIMessage, tools: Collection[str], n_calls_left: int, *, has_words: bool) -> str:
    """Return what is wrong with an answer, in words for the model; "" if it can be passed on.

    Args:
        answer: The model's.
        tools: Names of the tools it may call.
        n_calls_left: How many calls the turn has left.
        has_words: Whether a tool prepared what to say, so that the model need not say anything.
    """
    if answer.invalid_tool_calls:
        return "The arguments of its tool call were not one whole JSON object. Call the tool again with whole ones."
    if answer.tool_calls:
        return _problem_of_calls(answer, tools, n_calls_left)
    if answer.additional_kwargs.get("refusal") or _stopped_by(answer) in _REFUSED_REASONS:
        return "It was withheld. Answer within the rules of the house, or say politely what you can do instead."
    if _CALL_AS_TEXT.search(answer.text):
        return "It held a tool call written as text. Call tools through the interface for tools only."
    if not answer.text.strip() and not has_words:
        return "It was empty. Call a tool or answer in one or two sentences."
    if _is_cut(answer) and not _whole_sentences(answer.text) and not has_words:
        return "It was cut in the middle of its first sentence. Answer in one short sentence."
    return ""


def _problem_of_calls(answer: AIMessage, tools: Collection[str], n_calls_left: int) -> str:
    if len(answer.tool_calls) > n_calls_left:
        return (
            f"It called {len(answer.tool_calls)} tools, and {max(n_calls_left, 0)} more are allowed for this message."
        )
    if _is_cut(answer):
        return "It was cut in the middle of a tool call. Call the tool again, with short arguments."
    if any(call["name"] not in tools for call in answer.tool_calls):
        return "It called a tool that does not exist. Use the tools that you were given."
    if any(len(json.dumps(call["args"])) > _MAX_ARGUMENTS for call in answer.tool_calls):
        return "The arguments of its tool call were far too long. Use short ones."
    return ""


def _stopped_by(answer: AIMessage) -> str:
    found = answer.response_metadata
    return str(found.get("finish_reason") or found.get("stop_reason") or "").lower()


def _is_cut(answer: AIMessage) -> bool:
    """Whether an answer ran into its limit, or its stream ended without saying why, as a broken connection does."""
    found = answer.response_metadata
    broke_off = found.get("model_provider") == "openai" and not {"finish_reason", "status"} & found.keys()
    return broke_off or _stopped_by(answer) in ("length", "max_tokens")


def _with_note(system: SystemMessage | None, problem: str) -> SystemMessage:
    note = f"Your last answer to this message could not be used. {problem}"
    return SystemMessage(f"{system.text}\n\n{note}" if system is not None else note)


def _cut_marked(message: Any) -> Any:
    """Return an answer that was cut with its whole sentences only, and a remark that it was."""
    if not isinstance(message, AIMessage) or message.tool_calls or not _is_cut(message):
        return message
    text = _whole_sentences(message.text)
    return message.model_copy(update={"content": text + _CUT if text else ""})


def _whole_sentences(text: str) -> str:
    parts = list(sentences([text]))
    if parts and not parts[-1].rstrip().endswith((".", "!", "?")):
        parts.pop()
    return "".join(parts).rstrip()
