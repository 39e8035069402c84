"""Tools about the conversation's client."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import client_card
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, marked


def client_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("reading", "see")
    def client_profile(runtime: Runtime) -> Command[Any]:
        """Tell what is known of this client: past purchases, taste, sizes, preferences, notes."""
        return client_card.profile(shop, runtime.context, runtime.stream_writer).as_command(runtime.tool_call_id)

    return [client_profile]
