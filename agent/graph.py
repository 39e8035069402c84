"""The agent: LangChain's create_agent over our tools, its state in SQLite."""

from __future__ import annotations

import os

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # read when langgraph is imported: no code from a checkpoint

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelFallbackMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph.state import CompiledStateGraph

import prompts
from agent.context import Role, TurnContext
from agent.records.book import ClientBook
from agent.state import SlateState
from agent.tools.gate import PolicyGate
from agent.turns.answer_check import AnswerCheck
from agent.turns.history import BoundedHistory
from agent.turns.limits import Budgets, Limits, TurnLimits
from agent.turns.model_calls import ModelCalls
from agent.turns.safety import GroundedReplies, LastWord
from agent.turns.tool_calls import ToolCalls, tool_errors

Graph = CompiledStateGraph[Any, TurnContext, Any, Any]


def build_graph(
    tools: Sequence[BaseTool],
    model: BaseChatModel,
    fallback: BaseChatModel | None,
    saver: BaseCheckpointSaver[Any],
    *,
    book: ClientBook,
    names: Collection[str],
    boutique: str,
    role: Role,
    limits: TurnLimits | None = None,
) -> Graph:
    """Build the agent.

    Args:
        tools: What it may call.
        model: The chat model.
        fallback: The deterministic planner, asked when the model fails; None if it is the model itself.
        saver: Where threads are kept.
        book: Where the policy's gate looks a conversation's client up before every tool.
        names: Brand names of the catalogue, for the check of replies.
        boutique: The boutique's name, for the prompt.
        role: Who types; changes the prompt only, never what may be seen.
        limits: What one turn may take; None for the usual.
    """
    return create_agent(
        model,
        tools=list(tools),
        system_prompt=prompts.render(
            "agent.md", boutique=boutique, role=role, policy=prompts.load("policy.md").strip()
        ),
        middleware=[*_middleware(limits or TurnLimits(), fallback, names), PolicyGate(tools, book)],
        state_schema=SlateState,
        context_schema=TurnContext,
        checkpointer=saver,
    )


def _middleware(
    limits: TurnLimits, fallback: BaseChatModel | None, names: Collection[str]
) -> list[AgentMiddleware[Any, Any]]:
    """Return what stands around every model call and tool call, outermost first; the policy's gate comes after it."""
    budgets = Budgets(limits)
    return [
        Limits(budgets),
        ToolCalls(),
        LastWord(),
        GroundedReplies(names),  # outside of the shortening, since a reply may draw on whole results
        BoundedHistory(limits.history_chars, limits.turn_chars),
        *([ModelFallbackMiddleware(fallback)] if fallback is not None else []),
        AnswerCheck(budgets),
        ModelCalls(budgets),
        tool_errors(),
    ]


def open_saver(path: Path) -> SqliteSaver:
    """Open the file that holds the threads, readable by its owner only; nothing stored in it can run code."""
    path.touch(mode=0o600, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False)
    for setting in ("synchronous = FULL", "busy_timeout = 5000", "trusted_schema = OFF", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}")
    saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    saver.setup()
    return saver
