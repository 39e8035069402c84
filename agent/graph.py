"""The agent: LangChain's create_agent over our tools, its state in SQLite."""

from __future__ import annotations

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # read when langgraph is imported: no code from a checkpoint

import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    ToolCallLimitMiddleware,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import BaseTool
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph.state import CompiledStateGraph

import prompts
from agent.context import Role, TurnContext
from agent.state import SlateState
from agent.turns.safety import GroundedReplies, WholeHistory, tool_errors

MODEL_CALLS, TOOL_CALLS = 6, 8  # in one turn
Graph = CompiledStateGraph[Any, TurnContext, Any, Any]


def build_graph(
    tools: Sequence[BaseTool],
    model: BaseChatModel,
    fallback: BaseChatModel | None,
    saver: BaseCheckpointSaver[Any],
    *,
    names: Collection[str],
    boutique: str,
    role: Role,
) -> Graph:
    """Build the agent.

    Args:
        tools: What it may call.
        model: The chat model.
        fallback: The deterministic planner, asked when the model fails; None if it is the model itself.
        saver: Where threads are kept.
        names: Brand names of the catalogue, for the check of replies.
        boutique: The boutique's name, for the prompt.
        role: Who types; changes the prompt only, never what may be seen.
    """
    limits: list[AgentMiddleware[Any, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end"),
        ToolCallLimitMiddleware(run_limit=TOOL_CALLS),
    ]
    fallbacks: list[AgentMiddleware[Any, Any]] = [ModelFallbackMiddleware(fallback)] if fallback else []
    return create_agent(
        model,
        tools=list(tools),
        system_prompt=prompts.render(
            "agent.md", boutique=boutique, role=role, policy=prompts.load("policy.md").strip()
        ),
        middleware=[*limits, WholeHistory(), GroundedReplies(names), *fallbacks, tool_errors()],
        state_schema=SlateState,
        context_schema=TurnContext,
        checkpointer=saver,
    )


def open_saver(path: Path) -> SqliteSaver:
    """Open the file that holds the threads, readable by its owner only; nothing stored in it can run code."""
    path.touch(mode=0o600, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA synchronous=FULL")
    saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
    saver.setup()
    return saver
