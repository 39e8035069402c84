"""All tools, in the order in which the model is told of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from langchain_core.tools import BaseTool

from agent.context import Role
from agent.floor.shop import Shop
from agent.tools.book_tools import book_tools
from agent.tools.client_tools import client_tools
from agent.tools.item_tools import item_tools
from agent.tools.keeping_tools import keeping_tools
from agent.tools.marks import for_role, mark_of
from agent.tools.memory_tools import memory_tools
from agent.tools.outreach_tools import outreach_tools
from agent.tools.suggestion_tools import suggestion_tools
from recsys.errors import ClientellerError
from recsys.extensions import load_extensions

_LOG = logging.getLogger(__name__)
GROUP = "clienteller.tools"
MakeTools = Callable[[Shop], list[BaseTool]]
"""What an extension's entry point names: given the shop it returns tools made with `agent.tools.marks.marked`."""

_OWN: tuple[MakeTools, ...] = (
    suggestion_tools, item_tools, keeping_tools, memory_tools, client_tools, book_tools, outreach_tools,
)  # fmt: skip


def build_tools(shop: Shop, role: Role, *, one_client: bool = True) -> list[BaseTool]:
    """Return the tools of a role.

    Args:
        shop: The boutique that they work on.
        role: Who types; tools of other roles are not built for them, so no model can call one.
        one_client: Whether the talk is about one client; else the tools about one are left out.
    """
    own = [made for make in _OWN for made in make(shop)]
    return for_role([*own, *_added(shop, {made.name for made in own})], role, one_client=one_client)


def _added(shop: Shop, taken: set[str]) -> list[BaseTool]:
    """Return the tools of other packages; one that has no mark or a name of ours is left out with a line in the log."""
    found: list[BaseTool] = []
    for name, make in load_extensions(GROUP).items():
        try:
            for made in cast(MakeTools, make)(shop):
                mark_of(made)
                if made.name in taken:
                    _LOG.warning(
                        "the tool %r of extension %r is left out: there is a tool of that name", made.name, name
                    )
                    continue
                taken.add(made.name)
                found.append(made)
        except ClientellerError as error:
            _LOG.warning("extension %r is left out: %s", name, error)
        except Exception as error:  # code of another package may fail in any way; the shop's own tools must work
            _LOG.warning("extension %r is left out: it failed (%s)", name, type(error).__name__)
    return found
