"""All tools, in the order in which the model is told of them."""

from __future__ import annotations

from langchain_core.tools import BaseTool

from agent.context import Role
from agent.floor.shop import Shop
from agent.tools.client_tools import client_tools
from agent.tools.item_tools import item_tools
from agent.tools.keeping_tools import keeping_tools
from agent.tools.marks import for_role
from agent.tools.suggestion_tools import suggestion_tools


def build_tools(shop: Shop, role: Role, *, one_client: bool = True) -> list[BaseTool]:
    """Return the tools of a role.

    Args:
        shop: The boutique that they work on.
        role: Who types; tools of other roles are not built for them, so no model can call one.
        one_client: Whether the talk is about one client; else the tools about one are left out.
    """
    everything = [*suggestion_tools(shop), *item_tools(shop), *keeping_tools(shop), *client_tools(shop)]
    return for_role(everything, role, one_client=one_client)
