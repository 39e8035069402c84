"""Tools that bring a slate: search, recommend, refine."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import refining, suggestions
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, marked


def suggestion_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("reading", "see")
    def search_catalogue(
        query: str,
        runtime: Runtime,
        category: str | None = None,
        brand: str | None = None,
        colour: str | None = None,
        material: str | None = None,
        season: str | None = None,
        size: str | None = None,
        min_price: float | None = None,
        max_price: float | None = None,
        superlative: str | None = None,
    ) -> Command[Any]:
        """Find items by what they are: words, kind, brand, colour, material, price; also the cheapest or the warmest.

        Args:
            query: What is looked for, in words, for example "silk scarf with flowers".
            category: Only this kind of item, for example "scarves".
            brand: Only this brand.
            colour: Only this colour, for example "navy".
            material: Only this material, for example "silk".
            season: Only for this season, for example "winter".
            size: Only what comes in this size, for example "38".
            min_price: Lowest price in the boutique's currency.
            max_price: Highest price in the boutique's currency, for example 300.
            superlative: What to put first over the whole catalogue, for example "cheapest" or "most formal".
        """
        wish = shop.wishes.read(
            category=category,
            brand=brand,
            colour=colour,
            material=material,
            season=season,
            size=size,
            min_price=min_price,
            max_price=max_price,
        )
        result = suggestions.search(
            shop, runtime.context, runtime.state, query, wish, superlative or "", runtime.stream_writer
        )
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
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
        wish = shop.wishes.read(category=category, colour=colour, max_price=max_price)
        result = suggestions.recommend(shop, runtime.context, runtime.state, wish, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("reading", "see")
    def refine(critique: str, runtime: Runtime) -> Command[Any]:
        """Change the suggestions shown now: cheaper, more minimal, another colour, not this brand, undo.

        Args:
            critique: What to change, in the person's own words, for example "cheaper and more minimal".
        """
        result = refining.refine(shop, runtime.context, runtime.state, critique, runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    return [search_catalogue, recommend, refine]
