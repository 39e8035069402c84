"""Tools that keep what a client likes: feedback on items, the wish list, the basket."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import keeping
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, call_key, marked


def keeping_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("writing", "record")
    def record_feedback(
        item: str, verdict: Literal["like", "dislike"], runtime: Runtime, reason: str = ""
    ) -> Command[Any]:
        """Write down what the client thinks of an item shown: likes it or dislikes it.

        Args:
            item: Its number among the items shown, for example "1".
            verdict: "like" or "dislike".
            reason: Why, in the person's own words, if they said so.
        """
        result = keeping.give_feedback(shop, runtime.context, runtime.state, item, verdict, reason, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
    def show_saved(runtime: Runtime) -> Command[Any]:
        """Show what is on the client's wish list and in their basket."""
        return keeping.show_saved(shop, runtime.context, runtime.stream_writer).as_command(runtime.tool_call_id)

    @marked("writing", "record")
    def save_item(item: str, place: Literal["wishlist", "basket"], runtime: Runtime) -> Command[Any]:
        """Put an item shown on the wish list or into the basket.

        Args:
            item: Its number among the items shown, for example "1".
            place: "wishlist" or "basket".
        """
        result = keeping.save(shop, runtime.context, runtime.state, item, place, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "record")
    def remove_saved(item: str, place: Literal["wishlist", "basket"], runtime: Runtime) -> Command[Any]:
        """Take an item out of the wish list or the basket.

        Args:
            item: Its number among the items shown, or words of its title.
            place: "wishlist" or "basket".
        """
        result = keeping.remove(shop, runtime.context, runtime.state, item, place, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    return [record_feedback, show_saved, save_item, remove_saved]
