"""The gate before every tool: the policy decides by who types and whom the talk is about, whatever the model wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.context import TurnContext
from agent.policy import require
from agent.records.book import ClientBook
from agent.tools.marks import mark_of

Answer = ToolMessage | Command[Any]


class PolicyGate(AgentMiddleware[Any, Any]):
    """Asks the policy before each call, with the client as the records hold them at that moment.

    A client who was handed to a colleague in the middle of a conversation is refused from the next call on.

    Args:
        tools: The tools with their marks; a call of any other is left to the agent, which knows no such tool.
        book: Where the conversation's client is looked up.
    """

    def __init__(self, tools: Sequence[BaseTool], book: ClientBook) -> None:
        super().__init__()
        self._marks = {made.name: mark_of(made) for made in tools}
        self._book = book

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Answer]) -> Answer:
        """Run the call if the policy allows it; raise Refused otherwise."""
        mark = self._marks.get(request.tool_call["name"])
        if mark is not None:
            context = cast(TurnContext, request.runtime.context)
            client = self._book.client(context.actor, context.client_id) if context.client_id is not None else None
            require(context.actor, mark.action, client)
        return handler(request)
