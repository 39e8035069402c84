"""Measurements a person can repeat from the command line: routing of requests to tools, and the time of a turn."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from agent.assistant import Assistant
from agent.chat_models.backends import open_chat_model
from agent.context import Actor
from agent.conversation import Conversation
from agent.events import Card, Comparison, TextDelta
from agent.floor.shop import Shop
from agent.intent.routing import RequestFile, RoutedRequest, evaluate_routing
from agent.intent.vocabulary import Vocabulary
from agent.settings import Settings
from agent.tools.all_tools import build_tools
from recsys.errors import InputError
from recsys.text_encoder import TextEncoder

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

REQUESTS = Path(__file__).parents[1] / "tests" / "requests.yaml"
TURNS = (
    "what would suit them?",
    "something cheaper please",
    "why the first one?",
    "compare the first two",
    "they like the first one",
)


@dataclass(frozen=True)
class Routing:
    """How many scripted requests reached the right tool with the right arguments."""

    backend: str
    split: str
    cases: tuple[RoutedRequest, ...]
    median_s: float

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "backend": self.backend,
            "split": self.split,
            "n_requests": len(self.cases),
            "n_right_tool": sum(case.right_tool for case in self.cases),
            "n_right": sum(case.right_arguments for case in self.cases),
            "median_s": round(self.median_s, 2),
            "wrong": [
                {"id": case.request.id, "message": case.request.message, "fault": case.fault}
                for case in self.cases
                if not case.right_arguments
            ],
        }

    def table(self) -> str:
        """Return the report as lines, the wrong ones listed."""
        report = self.as_dict()
        lines = [f"  {case.request.id}  {case.request.message!r}: {case.fault}" for case in self.cases if case.fault]
        head = (
            f"{self.backend}, {self.split} split: right tool {report['n_right_tool']} of {len(self.cases)}, right tool "
            f"and arguments {report['n_right']} of {len(self.cases)}; median decision {self.median_s:.2f} s"
        )
        return "\n".join([head, *lines])


def routing(settings: Settings, path: Path | None, split: str) -> Routing:
    """Let the chosen chat model decide every scripted request of one split.

    Raises:
        InputError: If the file of requests is not there.
    """
    path = path or REQUESTS
    if not path.is_file():
        raise InputError(f"no requests at '{path}': give a file with --requests (the project's is tests/requests.yaml)")
    file = RequestFile.read(path)
    words = file.vocabulary
    vocabulary = Vocabulary(words["categories"], words["brands"], words["colours"], TextEncoder.load())
    backend = open_chat_model(settings, vocabulary)
    requests = [request for request in file.requests if request.split == split]
    report = evaluate_routing(backend.model, file, requests, schemas())
    return Routing(backend.label, split, report.cases, report.seconds_at(0.5))


def schemas() -> list[BaseTool]:
    """Return the agent's tools for their names, arguments and descriptions; none of them may be run."""
    return build_tools(cast(Shop, None), "manager")


@dataclass(frozen=True)
class Latency:
    """Seconds of five turns of one conversation, after one warm-up turn."""

    backend: str
    client_id: str
    turns: tuple[str, ...]
    first_words_s: tuple[float, ...]
    whole_s: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        return asdict(self)

    def line(self) -> str:
        """Return the figures as one line."""
        first, whole = self.first_words_s, self.whole_s
        return (
            f"{self.backend}: first words after {statistics.median(first):.2f} s (worst {max(first):.2f} s), "
            f"whole turn {statistics.median(whole):.2f} s (worst {max(whole):.2f} s), {len(whole)} turns"
        )


def latency(settings: Settings, client_id: str | None) -> Latency:
    """Time the turns of one conversation: recommendation, critique, reason, comparison, feedback."""
    assistant = Assistant.open(settings)
    try:
        desk = Actor("desk", "manager")
        client_id = client_id or assistant.clients(desk)[0].client_id
        list(assistant.conversation(desk, client_id).respond("what do we know of them?"))
        conversation = assistant.conversation(desk, client_id)
        times = [_timed(conversation, message) for message in TURNS]
    finally:
        assistant.close()
    return Latency(
        assistant.backend.label,
        client_id,
        TURNS,
        tuple(first for first, _ in times),
        tuple(whole for _, whole in times),
    )


def _timed(conversation: Conversation, message: str) -> tuple[float, float]:
    began = time.perf_counter()
    first: float | None = None
    for event in conversation.respond(message):
        # words: a card with its reason, a table or text; a tool's title alone is not an answer
        if first is None and isinstance(event, Card | Comparison | TextDelta):
            first = time.perf_counter() - began
    whole = time.perf_counter() - began
    return round(first if first is not None else whole, 3), round(whole, 3)
