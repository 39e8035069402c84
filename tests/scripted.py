"""A chat model that follows a script, records what it was sent and fails when the script runs out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import Field


def call(tool: str, **arguments: Any) -> AIMessage:
    """An answer that calls one tool."""
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": f"call-{tool}", "type": "tool_call"}])


class ScriptedChatModel(BaseChatModel):
    script: list[AIMessage | Exception] = Field(default_factory=list)
    sent: list[list[BaseMessage]] = Field(default_factory=list)
    bound: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        self.bound[:] = [tool.name for tool in tools]
        return self

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        self.sent.append(messages)
        assert self.script, "the script ran out"
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step.model_copy(update={"id": None})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        answer = self._next(messages)
        if answer.tool_calls:
            chunks = [
                {"name": one["name"], "args": json.dumps(one["args"]), "id": one["id"], "index": index}
                for index, one in enumerate(answer.tool_calls)
            ]
            yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=chunks))  # type: ignore[arg-type]
            return
        for piece in answer.text.split(" "):
            yield ChatGenerationChunk(message=AIMessageChunk(piece + " "))
