"""Tools about items on show: why, side by side, the like of one, what goes with one, what would put one first."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import alike, comparing, looks, reasons, what_if
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, call_key, marked


def item_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("reading", "see")
    def explain(item: str, runtime: Runtime) -> Command[Any]:
        """Say why one item shown was suggested to this client, with the evidence.

        Args:
            item: Its number among the items shown, for example "2".
        """
        result = reasons.explain(shop, runtime.context, runtime.state, item, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
    def compare(items: list[str], runtime: Runtime) -> Command[Any]:
        """Put two or more of the items shown side by side for this client.

        Args:
            items: Their numbers among the items shown, for example ["1", "3"].
        """
        result = comparing.compare(shop, runtime.context, runtime.state, items, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
    def similar(item: str, runtime: Runtime) -> Command[Any]:
        """Show items that are like one of the items shown, or like one that the client bought.

        Args:
            item: Its number among the items shown, for example "2", or words of its title.
        """
        result = alike.similar(shop, runtime.context, runtime.state, item, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
    def complete_look(runtime: Runtime, item: str | None = None) -> Command[Any]:
        """Put together what goes with an item: two or three pieces of other kinds.

        Args:
            item: Its number among the items shown or words of its title; left out, the client's latest purchase.
        """
        result = looks.complete_look(shop, runtime.context, runtime.state, item, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
    def what_would_it_take(item: str, runtime: Runtime) -> Command[Any]:
        """Say what smallest change of wishes would put one of the items shown first.

        Args:
            item: Its number among the items shown, for example "3".
        """
        result = what_if.what_would_it_take(shop, runtime.context, runtime.state, item, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "record")
    def rate_reason(
        item: str, verdict: Literal["helpful", "unhelpful", "wrong"], runtime: Runtime, comment: str = ""
    ) -> Command[Any]:
        """Write down what the person thinks of the reason given for an item shown: helpful, unhelpful or wrong.

        Args:
            item: Its number among the items shown, for example "1".
            verdict: "helpful", "unhelpful" or "wrong".
            comment: Why, in the person's own words, if they said so.
        """
        result = reasons.rate_reason(shop, runtime.context, runtime.state, item, verdict, comment, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    return [explain, compare, similar, complete_look, what_would_it_take, rate_reason]
