"""Tools that remember and forget: facts about the client, notes and what they suggest, follow-ups."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import follow_ups, memory, notes
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, call_key, marked


def memory_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("writing", "record")
    def remember_fact(fact: str, runtime: Runtime) -> Command[Any]:
        """Keep a fact about the client for good: a size, a taste, what to avoid, a date.

        Args:
            fact: The person's own words, for example "shoe size 39" or "no wool".
        """
        result = memory.remember(shop, runtime.context, fact, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "erase")
    def forget_fact(fact: str, runtime: Runtime) -> Command[Any]:
        """Delete a fact that is kept about the client; the person is asked for leave first.

        Args:
            fact: Words of the fact, for example "shoe size" or "no wool".
        """
        result = memory.forget(shop, runtime.context, fact, call_key(runtime), runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "serve")
    def add_note(text: str, runtime: Runtime) -> Command[Any]:
        """Add a note to the client's file; what it suggests about their taste is shown to accept or reject.

        Args:
            text: The note, in the person's own words.
        """
        result = notes.add_note(shop, runtime.context, text, call_key(runtime), runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "serve")
    def decide_proposals(decision: Literal["accept", "reject"], runtime: Runtime, which: str = "all") -> Command[Any]:
        """Accept or reject the changes of taste that the newest note suggests.

        Args:
            decision: "accept" or "reject".
            which: "all" or their numbers, for example "1 and 3".
        """
        result = notes.decide_proposals(shop, runtime.context, decision, which, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    @marked("writing", "serve")
    def add_follow_up(what: str, due: str, runtime: Runtime) -> Command[Any]:
        """Plan to do something for the client by a day.

        Args:
            what: What is to be done, for example "call about the coat".
            due: When, in words or as a date, for example "in two weeks" or "12 March".
        """
        result = follow_ups.add_follow_up(shop, runtime.context, what, due, call_key(runtime))
        return result.as_command(runtime.tool_call_id)

    return [remember_fact, forget_fact, add_note, decide_proposals, add_follow_up]
