"""The whole agent on two real backends: the model in this process, and the same weights behind a server over HTTP."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from agent.chat_models.backends import open_backend, open_chat_model
from agent.chat_models.schema_tools import SchemaToolModel
from agent.events import TextDelta, ToolFinished
from agent.intent.vocabulary import vocabulary_of
from agent.settings import Settings
from agent.tools.all_tools import build_tools
from agent.turns.limits import TurnLimits
from recsys.text_encoder import TextEncoder
from tests.desk import Desk
from tests.served_model import served_model
from tests.small_world import CATALOGUE
from tests.tool_signatures import signatures

pytestmark = pytest.mark.llm
PATIENT = TurnLimits(timeout_s=600.0)
JOURNEY = ("what would suit her?", "why the second one?", "something cheaper please", "thank you, goodbye")


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    with served_model() as (_, told):
        yield told


@pytest.fixture
def server(served: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    return served


@pytest.mark.parametrize("name", ["embedded", "server"])
def test_the_same_journey_runs_on_both(name: str, tmp_path: Path, server: dict[str, str]) -> None:
    read = Settings.from_env(os.environ).override(answer_timeout_s=300.0)
    words = vocabulary_of(CATALOGUE, TextEncoder.load())
    chosen = read.override(chat_model="embedded") if name == "embedded" else read.override(cache=tmp_path / "cache")
    backend = open_chat_model(chosen, words)
    assert backend.kind == {"embedded": "embedded", "server": "remote"}[name]
    desk = Desk(tmp_path / "shop")
    try:
        backend.model.warm_up(build_tools(desk.shop, "associate"), {})  # type: ignore[attr-defined]
        talk = desk.talk(model=backend.model, limits=PATIENT)
        tools, said = [], []
        for message in JOURNEY:
            events = list(talk.respond(message))
            tools.append([event.tool for event in events if isinstance(event, ToolFinished) and event.ok])
            said.append("".join(event.text for event in events if isinstance(event, TextDelta)).strip())
        answers = [message for message in talk.messages() if isinstance(message, AIMessage)]
    finally:
        desk.close()
    assert tools == [["recommend"], ["explain"], ["refine"], []]
    assert all(said)
    assert not any(answer.response_metadata.get("planner") for answer in answers)
    assert sum(answer.usage_metadata["output_tokens"] for answer in answers if answer.usage_metadata) > 0


def test_the_server_reads_the_tools_once(server: dict[str, str], tmp_path: Path) -> None:
    """The second decision goes on from the first's beginning: only what is new in it is read."""
    words = vocabulary_of(CATALOGUE, TextEncoder.load())
    settings = Settings.from_env(os.environ).override(cache=tmp_path, answer_timeout_s=300.0)
    backend = open_backend(settings.chat_model, settings, words)
    assert isinstance(backend.model, SchemaToolModel)
    bound = backend.model.bind_tools(signatures("shopper"), tool_choice="recommend")
    used = []
    for message in ("suggest something in aubergine for me", "pick me a teal one, please"):
        answer: Any = bound.invoke([HumanMessage(message)])
        assert answer.tool_calls[0]["name"] == "recommend"
        used.append(answer.usage_metadata)
    first, second = used
    assert first["input_tokens"] > 500
    # Of the second, only the request itself was read.
    assert second["input_token_details"]["cache_read"] > 0.9 * first["input_tokens"]
