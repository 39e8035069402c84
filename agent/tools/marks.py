"""What every tool says of itself: whether it reads, writes or sends, and what the policy must allow for it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal

from langchain.tools import ToolRuntime, tool
from langchain_core.tools import BaseTool

from agent.context import ROLES, Role, TurnContext
from agent.policy import STAFF_ONLY, Action
from agent.state import SlateState
from recsys.errors import InputError

Runtime = ToolRuntime[TurnContext, SlateState]
Effect = Literal["reading", "writing", "outbound"]


@dataclass(frozen=True)
class Mark:
    """A tool's mark.

    Attributes:
        effect: What running it changes: nothing, our records, or the world outside.
        action: What the policy is asked for before it runs.
        about_client: Whether it needs one client; such a tool is not offered where the talk is about the whole book.
    """

    effect: Effect
    action: Action
    about_client: bool = True

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles that may use it."""
        return tuple(role for role in ROLES if self.action not in STAFF_ONLY or role != "shopper")


def marked(effect: Effect, action: Action, *, about_client: bool = True) -> Callable[[Callable[..., Any]], BaseTool]:
    """Make a function a tool with a mark; its Google-style docstring gives purpose and arguments to the model."""

    def make(function: Callable[..., Any]) -> BaseTool:
        made = tool(parse_docstring=True)(function)
        made.metadata = asdict(Mark(effect, action, about_client))
        return made

    return make


def mark_of(made: BaseTool) -> Mark:
    """Return a tool's mark; raise InputError for a tool without one, for it could not be held to the policy."""
    try:
        return Mark(**(made.metadata or {}))
    except TypeError:
        raise InputError(
            f"the tool {made.name!r} has no mark: make it with agent.tools.marks.marked, which says what it may do"
        ) from None


def for_role(tools: Collection[BaseTool], role: Role, *, one_client: bool = True) -> list[BaseTool]:
    """Return the tools that a role may use, in order."""
    marks = [(made, mark_of(made)) for made in tools]
    return [made for made, mark in marks if role in mark.roles and (one_client or not mark.about_client)]


def call_key(runtime: Runtime) -> str:
    """Return what names this occasion: a call that is run twice writes once."""
    return f"{runtime.context.thread_id}:{runtime.tool_call_id or ''}"
