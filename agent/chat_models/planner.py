"""The planner: a chat model's interface without a language model. It answers when there is none, or when it fails.

It chooses a tool by the nearest known way to ask, reads arguments by rules, and says what the tools prepared to be
said. It never pretends to be a language model: its messages carry `planner` in their metadata.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, SkipValidation

from agent.intent.arguments import read_arguments
from agent.intent.digest import Digest, Result, digest
from agent.intent.tool_choice import NO_TOOL, ToolSpec, possible_tools
from agent.intent.tool_router import ToolRouter
from agent.intent.vocabulary import Vocabulary


class PlannerChatModel(BaseChatModel):
    """The deterministic floor.

    Attributes:
        vocabulary: The boutique's words and the sentence encoder that finds the nearest way to ask.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, ignored_types=(cached_property,))
    vocabulary: SkipValidation[Vocabulary] = Field(exclude=True)

    @property
    def _llm_type(self) -> str:
        return "planner"

    @cached_property
    def _router(self) -> ToolRouter:
        return ToolRouter(self.vocabulary)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the planner with tools to choose from; other options are for language models and left out."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        answer = self._answer(digest(messages), [ToolSpec.from_openai(tool) for tool in tools], tool_choice)
        answer.response_metadata = {"planner": True, "model_name": "planner", "finish_reason": "stop"}
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def _answer(self, known: Digest, specs: Sequence[ToolSpec], tool_choice: str | None) -> AIMessage:
        if known.results:
            return AIMessage(phrase(known.results))
        spec = self._choose(known, possible_tools(specs, len(known.shown), tool_choice))
        if spec is NO_TOOL:
            return AIMessage(self._router.answer(known.message))
        arguments = read_arguments(spec.arguments, known.message, known.shown, self.vocabulary)
        if "items" in spec.required:  # "compare them" without numbers means all of them
            arguments.setdefault("items", [str(number) for number in range(1, len(known.shown) + 1)])
        missing = set(spec.required) - arguments.keys()
        if missing:
            return AIMessage(_question(missing, len(known.shown)))
        call = tool_call(name=spec.name, args=arguments, id=f"call_{uuid.uuid4().hex}")
        return AIMessage("", tool_calls=[call])

    def _choose(self, known: Digest, possible: Sequence[ToolSpec]) -> ToolSpec:
        scores = self._router.scores(known.message, known.shown, [spec.name for spec in possible])
        return max(possible, key=lambda spec: scores[spec.name])


def _question(missing: Set[str], n_shown: int) -> str:
    """Ask for what a call still needs: the item first, then what is thought of it."""
    if missing & {"item", "items"}:
        return f"Which one do you mean? Say its number, 1 to {n_shown}."
    return "Shall I note it as liked, as not liked, or for the wish list?"


def phrase(results: Sequence[Result]) -> str:
    """Return what to say after the tools answered: the sentence prepared by code, else the result's first line."""
    latest = results[-1]
    return latest.spoken or next(iter(latest.content.strip().split("\n")), "") or "Done."
