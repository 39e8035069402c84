"""Tools about the conversation's client: what is known of them, the brief for a colleague, look-books."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import client_card, handover, look_books
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, call_key, marked


def client_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("reading", "see")
    def client_profile(runtime: Runtime) -> Command[Any]:
        """Tell what is known of this client: purchases, taste and how it moved, sizes, dates, wishes, notes."""
        return client_card.profile(shop, runtime.context, runtime.stream_writer).as_command(runtime.tool_call_id)

    @marked("reading", "serve")
    def handover_brief(runtime: Runtime) -> Command[Any]:
        """Write a brief about this client for a colleague who takes them over."""
        result = handover.handover_brief(shop, runtime.context, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "serve")
    def make_look_book(runtime: Runtime, items: list[str] | None = None) -> Command[Any]:
        """Put pieces on show together as a look-book for the client, each with its reason.

        Args:
            items: Their numbers among the items shown, for example ["1", "3"]; leave out for all.
        """
        result = look_books.make_look_book(
            shop, runtime.context, runtime.state, items or [], call_key(runtime), runtime.stream_writer
        )
        return result.as_command(runtime.tool_call_id)

    return [client_profile, handover_brief, make_look_book]
