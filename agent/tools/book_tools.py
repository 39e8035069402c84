"""Tools across the clients of the reader's own book: look-up, whom to contact, and whom a piece suits."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import client_search, reverse, today
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, marked


def book_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("reading", "look_up", about_client=False)
    def find_clients(runtime: Runtime, query: str = "", bought: str = "", not_bought: str = "") -> Command[Any]:
        """Find clients in the own book by name, size, preference, note, taste or what they bought.

        Args:
            query: A name, or what is known of them, for example "shoe size 38" or "minimal".
            bought: Only clients who bought such a piece, for example "tote".
            not_bought: Only clients who never bought such a piece, for example "belt".
        """
        result = client_search.find_clients(shop, runtime.context, query, bought, not_bought, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "look_up", about_client=False)
    def contact_today(runtime: Runtime) -> Command[Any]:
        """Say which clients of the own book to contact today, and why."""
        return today.contact_today(shop, runtime.context, runtime.stream_writer).as_command(runtime.tool_call_id)

    @marked("reading", "look_up", about_client=False)
    def clients_for_item(item: str, runtime: Runtime) -> Command[Any]:
        """Say which clients of the own book an item suits most, and why.

        Args:
            item: Its number among the items shown, for example "1", or words of its title.
        """
        result = reverse.clients_for_item(shop, runtime.context, runtime.state, item, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    return [find_clients, contact_today, clients_for_item]
