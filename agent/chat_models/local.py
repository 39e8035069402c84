"""What the chat models of this process share: tools are bound, chosen among and filled in the same way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, SkipValidation

from agent.intent.about_others import is_about_another
from agent.intent.arguments import read_arguments
from agent.intent.digest import Digest, Result
from agent.intent.double_wish import clauses_of
from agent.intent.foreign import in_english
from agent.intent.message_features import Situation
from agent.intent.plain_asks import gives_leave, may_decide_proposals, may_remove, plain_ask
from agent.intent.tool_choice import NO_TOOL, ToolSpec, possible_tools
from agent.intent.tool_examples import REPLY
from agent.intent.tool_router import ToolRouter
from agent.intent.vocabulary import Vocabulary

# What no language model may guess: a wrong item or day would be written down.
ASKED_FOR = ("item", "items", "verdict", "due")
_CERTAIN = 0.99  # probability of a tool that a message asks for in so many words
# How probable both halves of a message must be to be done one after the other, parted by "then" or by "and" alone.
_CLEAR, _CLEARER = 0.6, 0.8
_MOST_PARTINGS = 3
_OWN_WORDS = ("add_note", "remember_fact", "forget_fact", "add_follow_up", "draft_message", "find_clients", "compare")
_TAKES_LEAVE = ("send_message", "forget_fact")  # after these a code is waited for


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
        learned = self._learned(known, possible)
        message = in_english(self._spelt(known.message), self.vocabulary.brands)
        if not may_decide_proposals(message, known.after) and len(learned) > 1:
            learned.pop("decide_proposals", None)
        if not may_remove(message) and len(learned) > 1:
            learned.pop("remove_saved", None)
        situation = Situation(message, known.shown, known.after)
        best = max(learned, key=lambda name: learned[name])
        declined = is_about_another(message, best, learned, self.vocabulary.brands) or (
            gives_leave(message) and known.after in _TAKES_LEAVE
        )
        if declined and REPLY in learned:
            sure: str | None = REPLY
        else:
            sure = plain_ask(situation, self.vocabulary, learned, known.before)
        if sure is not None and len(learned) > 1:
            learned = {name: value + math.log(1 - _CERTAIN) for name, value in learned.items()}
            learned[sure] = math.log(_CERTAIN)
        return {spec.name: learned.get(spec.name, -math.inf) for spec in possible}

    def reply(self, known: Digest, possible: Sequence[ToolSpec]) -> str:
        """Return the prepared sentence for a message that no tool answers."""
        learned = self._learned(known, possible)
        best = max(learned, key=lambda name: learned[name])
        message = in_english(self._spelt(known.message), self.vocabulary.brands)
        if is_about_another(message, best, learned, self.vocabulary.brands):
            return self.router.prepared("another person")
        if gives_leave(message):
            return self.router.prepared("approval")
        return self.router.answer(message)

    def next_wish(self, known: Digest, specs: Sequence[ToolSpec]) -> Digest | None:
        """Return what is to be decided next: the message, or one of two wishes in it; None after the last of them."""
        if len(known.results) > 1 or (known.results and known.results[-1].failed):
            return None
        wishes = self._two_wishes(known, specs)
        if not known.results:
            return replace(known, message=wishes[0][0]) if wishes else known
        if not wishes or known.results[0].tool != wishes[0][1]:
            return None
        (first, tool), (second, wanted) = wishes
        rest = replace(known, message=second, before=first, after=tool, results=())
        scores = self.scores(rest, possible_tools(specs, len(known.shown), None))
        return rest if max(scores, key=lambda name: scores[name]) == wanted else None

    def _two_wishes(self, known: Digest, specs: Sequence[ToolSpec]) -> list[tuple[str, str]]:
        """Return the two clauses of a message that clearly ask for different tools, each with its tool; else nothing.

        Items are taken to be on show: the second clause may speak of those that the first brings.
        """
        every = [*specs, NO_TOOL]
        for first, second, is_then in clauses_of(known.message)[:_MOST_PARTINGS]:
            least = math.log(_CLEAR if is_then else _CLEARER)
            asked = []
            for said, before, after in ((first, known.before, known.after), (second, first, "")):
                part = replace(known, message=said, before=before, after=after, shown=known.shown or ("item",))
                scores = self.scores(part, every)
                best = max(scores, key=lambda name: scores[name])
                if best == REPLY or scores[best] < least:
                    break
                asked.append((said, best))
            if len(asked) == 2 and asked[0][1] != asked[1][1] and (is_then or asked[0][1] not in _OWN_WORDS):
                return asked
        return []

    def _learned(self, known: Digest, possible: Sequence[ToolSpec]) -> dict[str, float]:
        """Return what was learned from the known ways to ask."""
        purposes = {spec.name: spec.purpose for spec in possible}
        message = self._spelt(known.message)
        return self.router.scores(message, known.shown, list(purposes), known.after, purposes)

    def _spelt(self, message: str) -> str:
        return self.vocabulary.spelling.corrected(message)

    def read(self, known: Digest, spec: ToolSpec) -> dict[str, Any]:
        """Return the arguments of a call that rules can read from the message."""
        shown = known.lines or known.shown
        return read_arguments(
            spec.arguments, known.message, shown, self.vocabulary, known.before, spec.name, known.meant
        )


def spoken(results: Sequence[Result]) -> str:
    """Return what to say after the tools answered: what they prepared to be said, else the last result's first line."""
    latest = results[-1]
    said = [one.spoken for one in results if one.spoken and not one.failed]
    if latest.failed or not said:
        return latest.spoken or next(iter(latest.content.strip().split("\n")), "")
    return " ".join(dict.fromkeys(said))


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
