"""The planner: a chat model's interface without a language model. It answers when there is none, or when it fails.

It chooses a tool by what it learned from the known ways to ask, reads arguments by rules, and says what the tools
prepared to be said. It never pretends to be a language model: its messages carry `planner` in their metadata.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatResult

from agent.chat_models.local import LocalChatModel, question, spoken
from agent.intent.digest import Digest, digest
from agent.intent.tool_choice import NO_TOOL, ToolSpec, possible_tools


class PlannerChatModel(LocalChatModel):
    """The deterministic floor."""

    @property
    def _llm_type(self) -> str:
        return "planner"

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
        wish = self.next_wish(known, specs)
        if wish is None or (known.results and tool_choice is not None):
            return AIMessage(spoken(known.results) or "Done.")
        known = wish
        possible = possible_tools(specs, len(known.shown), tool_choice)
        scores = self.scores(known, possible)
        spec = max(possible, key=lambda one: scores[one.name])
        if spec is NO_TOOL:
            return AIMessage(self.reply(known, possible))
        arguments = self.read(known, spec)
        missing = [name for name in spec.required if name not in arguments]
        if missing:
            return AIMessage(question(spec, missing, len(known.shown)))
        call = tool_call(name=spec.name, args=arguments, id=f"call_{uuid.uuid4().hex}")
        return AIMessage("", tool_calls=[call])
