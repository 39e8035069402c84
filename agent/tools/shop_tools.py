"""The tools that the chat model may call. Each is thin: resolve references, ask the shop floor, phrase the result.

Identity comes from the runtime context and is no argument of any tool. What a tool returns to the model is short text
with references; what the client sees (cards, figures, reasons) travels beside it as events that code renders.
"""

from __future__ import annotations

from typing import Any, Literal

from langchain.tools import ToolRuntime, tool
from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.context import TurnContext
from agent.floor.shop_floor import ShopFloor
from agent.state import SlateState

Runtime = ToolRuntime[TurnContext, SlateState]


def build_tools(floor: ShopFloor) -> list[BaseTool]:
    """Return the tools, bound to one shop floor.

    Args:
        floor: The boutique's catalogue, recommender, vector store and explainer.
    """

    @tool
    def search_catalogue(
        query: str,
        runtime: Runtime,
        category: str | None = None,
        brand: str | None = None,
        colour: str | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
    ) -> Command[Any]:
        """Find items by what they are: words, category, brand, colour or price.

        Args:
            query: What is looked for, in words, for example "silk scarf with flowers".
            category: Only this kind of item, for example "scarves".
            brand: Only this brand.
            colour: Only this colour, for example "navy".
            min_price: Lowest price in the boutique's currency.
            max_price: Highest price in the boutique's currency, for example 300.
        """
        filters, left = floor.wishes.filters(
            category=category, brand=brand, colour=colour, min_price=min_price, max_price=max_price
        )
        words = f"{query} {left}".strip()
        result = floor.search(runtime.context, runtime.state, words, filters, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @tool
    def recommend(
        runtime: Runtime,
        category: str | None = None,
        colour: str | None = None,
        max_price: float | None = None,
    ) -> Command[Any]:
        """Suggest items that suit this client, ranked from their own purchases and taste.

        Args:
            category: Only this kind of item, for example "bags".
            colour: Only this colour.
            max_price: Highest price in the boutique's currency.
        """
        filters, left = floor.wishes.filters(category=category, colour=colour, max_price=max_price)
        result = floor.recommend(runtime.context, runtime.state, left, filters, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @tool
    def refine(critique: str, runtime: Runtime) -> Command[Any]:
        """Change the suggestions shown now: cheaper, more minimal, less formal, in another colour, another brand, undo.

        Args:
            critique: What to change, in the person's own words, for example "cheaper and more minimal".
        """
        result = floor.refine(runtime.context, runtime.state, critique, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @tool
    def explain(item: str, runtime: Runtime) -> Command[Any]:
        """Say why one item shown was suggested to this client, with the evidence.

        Args:
            item: Its number among the items shown, for example "2".
        """
        result = floor.explain(runtime.context, runtime.state, item, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @tool
    def compare(items: list[str], runtime: Runtime) -> Command[Any]:
        """Put two or more of the items shown side by side for this client.

        Args:
            items: Their numbers among the items shown, for example ["1", "3"].
        """
        result = floor.compare(runtime.context, runtime.state, items, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @tool
    def client_profile(runtime: Runtime) -> Command[Any]:
        """Tell what is known of this client: past purchases, taste, sizes, preferences, notes."""
        return floor.profile(runtime.context, runtime.stream_writer).as_command(runtime.tool_call_id)

    @tool
    def record_feedback(
        item: str, verdict: Literal["like", "dislike", "wishlist"], runtime: Runtime, reason: str = ""
    ) -> Command[Any]:
        """Write down what the client thinks of an item shown: likes it, dislikes it, or wants it on the wish list.

        Args:
            item: Its number among the items shown, for example "1".
            verdict: "like", "dislike" or "wishlist".
            reason: Why, in the person's own words, if they said so.
        """
        call_id = runtime.tool_call_id or ""
        result = floor.feedback(runtime.context, runtime.state, item, verdict, reason, call_id)
        return result.as_command(call_id)

    return [search_catalogue, recommend, refine, explain, compare, client_profile, record_feedback]
