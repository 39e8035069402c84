"""What the chat models of this process share: tools are bound, chosen among and filled in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, SkipValidation

from agent.intent.arguments import read_arguments
from agent.intent.digest import Digest
from agent.intent.tool_choice import ToolSpec
from agent.intent.tool_examples import REPLY
from agent.intent.tool_router import ToolRouter
from agent.intent.vocabulary import Vocabulary

# What no language model may guess: a wrong item or day would be written down.
ASKED_FOR = ("item", "items", "verdict", "due")


class LocalChatModel(BaseChatModel):
    """A chat model that reads messages by the classifier and the rules of this process.

    Attributes:
        vocabulary: The boutique's words and the sentence encoder, by which tools are chosen and arguments read.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, ignored_types=(cached_property,))
    vocabulary: SkipValidation[Vocabulary] = Field(exclude=True)

    @cached_property
    def router(self) -> ToolRouter:
        """Which tool a message asks for."""
        return ToolRouter(self.vocabulary)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools to choose from.

        Args:
            tools: The tools.
            tool_choice: A tool's name, or "any" or "required" to forbid an answer without a tool.
            kwargs: Options that only other models know; they are left out.
        """
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice)

    def warm_up(self, tools: Sequence[BaseTool] = (), systems: Mapping[Any, str] | None = None) -> None:
        """Learn to choose among the tools, so that the first message need not wait for it.

        Args:
            tools: The tools that will be bound.
            systems: Further system texts, for models that read prompts.
        """
        self.router.scores("", (), [REPLY])
        self.router.answer("")

    def scores(self, known: Digest, possible: Sequence[ToolSpec]) -> dict[str, float]:
        """Return the log-probability that the message asks for each tool."""
        purposes = {spec.name: spec.purpose for spec in possible}
        return self.router.scores(known.message, known.shown, list(purposes), known.after, purposes)

    def read(self, known: Digest, spec: ToolSpec) -> dict[str, Any]:
        """Return the arguments of a call that rules can read from the message."""
        return read_arguments(
            spec.arguments, known.message, known.lines or known.shown, self.vocabulary, known.before, spec.name
        )


def question(spec: ToolSpec, missing: Sequence[str], n_shown: int) -> str:
    """Ask for what a call still needs: the item first."""
    asked = set(missing)
    if asked & {"item", "items"}:
        return f"Which one do you mean? Say its number, 1 to {n_shown}." if n_shown else "Which piece do you mean?"
    if "verdict" in asked:
        helpful = "Was the reason helpful, unhelpful or wrong?"
        return helpful if "comment" in spec.arguments else "Shall I note it as liked or as not liked?"
    known = {
        "due": "By which day? For example: in two weeks, next Friday, 12 March.",
        "decision": "Shall I accept or reject the proposed changes?",
        "what": "What is to be done?",
        "fact": "Which fact do you mean? Say it in a few words.",
        "text": "What shall the note say?",
    }
    return next((known[name] for name in missing if name in known), f"I still need this: {', '.join(missing)}.")
