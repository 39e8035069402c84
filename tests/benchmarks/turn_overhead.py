"""How long a turn takes without a language model, at the beginning of a thread and at turn 100.

A scripted model answers at once, reasons come from the template: what is left is the agent, its records and its files.
The boutique's folder is copied first. Run: python -m tests.benchmarks.turn_overhead FOLDER
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from langchain_core.messages import AIMessage

from agent.assistant import Assistant
from agent.context import Actor, TurnContext
from agent.conversation import Conversation
from agent.graph import build_graph
from agent.settings import Settings
from agent.tools.all_tools import build_tools
from agent.turns.journal import Journal
from tests.scripted import ScriptedChatModel, call

N_THREADS, N_TURNS, WINDOW = 5, 100, 10
DESK = Actor("desk", "manager")


def measure(boutique: Path) -> dict[str, object]:
    """Return median and 95th percentile in milliseconds of the first and of the last turns, and the files' growth."""
    assistant = Assistant.open(Settings(boutique=boutique, chat_model="none", explainer="template"))
    journal = Journal(boutique)
    model = ScriptedChatModel()
    names = assistant.shop.catalogue.brands
    graph = build_graph(
        build_tools(assistant.shop, "manager"), model, None, assistant._saver,
        book=assistant.shop.book, names=names, boutique="x", role="manager",
    )  # fmt: skip
    clients = [client.client_id for client in assistant.clients(DESK)[:N_THREADS]]
    taken: dict[str, list[list[float]]] = {"recommend": [], "record_feedback": []}
    for number, client_id in enumerate(clients):
        context = TurnContext(DESK, client_id, f"overhead-{number}")
        conversation = Conversation(graph, context, names, planned=False, journal=journal)
        thread: dict[str, list[float]] = {"recommend": [], "record_feedback": []}
        for turn in range(N_TURNS):
            step = call("record_feedback", item="1", verdict="like") if turn % 2 else call("recommend")
            model.script[:] = [step, AIMessage("There it is.")]
            thread[step.tool_calls[0]["name"]].append(_timed(conversation, f"message {turn}"))
            model.sent.clear()
        for tool, times in thread.items():
            taken[tool].append(times)
    journal.close()
    assistant.close()
    return {
        "turns": N_TURNS * len(clients),
        **{tool: _summary(times) for tool, times in taken.items()},
        "threads_db_mb": round((boutique / "threads.db").stat().st_size / 1e6, 2),
        "turns_db_mb": round((boutique / "turns.db").stat().st_size / 1e6, 2),
    }


def _timed(conversation: Conversation, message: str) -> float:
    began = time.perf_counter()
    for _ in conversation.respond(message):
        pass
    return 1000 * (time.perf_counter() - began)


def _summary(times: Sequence[Sequence[float]]) -> dict[str, dict[str, float]]:
    array = np.array(times)  # (threads, turns of this tool)
    half = WINDOW // 2
    windows = {f"first {WINDOW} turns": array[:, :half], f"turns {N_TURNS - WINDOW + 1} to {N_TURNS}": array[:, -half:]}
    return {
        name: {"p50_ms": round(float(np.percentile(part, 50)), 1), "p95_ms": round(float(np.percentile(part, 95)), 1)}
        for name, part in windows.items()
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(shutil.copytree(sys.argv[1], Path(scratch) / "boutique"))
        sys.stdout.write(json.dumps(measure(folder), indent=2) + "\n")
