import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.settings import Settings
from tests.openai_server import openai_server
from tests.served_model import served_model
from tests.test_agent_backends import able
from ui.backend_commands import backends, model_server


def run(command: Any, settings: Settings, *arguments: str) -> Any:
    return CliRunner().invoke(command, arguments, obj=settings)


def test_lists_and_tries_what_is_set(tmp_path: Path) -> None:
    with openai_server(able) as server:
        server.models = {"object": "list", "data": [{"id": "m", "max_model_len": 8192}]}
        chosen = Settings(
            chat_model="openai:m", base_url=server.address, cache=tmp_path, annotator_model="none",
            fallbacks="openai:b@http://127.0.0.1:9/v1",
        )  # fmt: skip
        result = run(backends, chosen, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["configured"]["openai:m"] == ["agent", "explainer"]
    first, planner, fallback = report["tried"]
    assert (first["model"], first["reachable"], first["tool_calls"], first["json_schema"]) == (
        "openai:m",
        True,
        True,
        True,
    )
    assert (first["streams"], first["context_length"]) == (False, 8192)  # "ready" is one piece
    assert first["first_s"] >= 0
    assert (planner["model"], planner["reachable"]) == ("none", True)
    assert (fallback["model"], fallback["reachable"]) == ("openai:b@127.0.0.1:9", False)
    assert "cannot be reached" in fallback["fault"]
    assert {"embedded", "transformers:FOLDER", "ollama:NAME"} <= {one["form"] for one in report["known"]}


def test_in_words(tmp_path: Path) -> None:
    with openai_server(able) as server:
        result = run(backends, Settings(chat_model="openai:m", base_url=server.address, cache=tmp_path))
    assert "openai:m:\n  calls tools itself: yes (asked on" in result.stdout
    assert "reads at most: unknown" in result.stdout
    assert "trying openai:m" in result.stderr


def test_no_probe_calls_nobody(tmp_path: Path) -> None:
    with openai_server() as server:
        result = run(backends, Settings(chat_model="openai:m", base_url=server.address, cache=tmp_path), "--no-probe")
        assert server.sent == []
    assert "openai:m" in result.stdout


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    chosen = Settings(chat_model="openai:m@http://me:SECRET@127.0.0.1:9/v1", cache=tmp_path)
    for form in ("--json", "--no-probe"):
        result = run(backends, chosen, form)
        assert result.exit_code == 0
        assert "SECRET" not in result.output


def test_the_model_server_says_what_is_missing(tmp_path: Path) -> None:
    result = run(model_server, Settings(cache=tmp_path), "--port", "0")
    assert result.exit_code == 1
    assert "no chat model weights" in str(result.exception)


@pytest.mark.llm
def test_the_model_server_serves_until_it_is_stopped() -> None:
    """As a process of its own: it prints what to set, answers who has the key, and ends at a signal."""
    code = (
        "import os; from agent.settings import Settings; from ui.backend_commands import backends; "
        "backends.main(['--json'], obj=Settings.from_env(os.environ))"
    )
    with served_model() as (server, told):
        asked = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **told}, check=True
        )
        (tried,) = json.loads(asked.stdout)["tried"]
        assert (tried["reachable"], tried["tool_calls"], tried["json_schema"]) == (True, False, True)
        assert tried["context_length"] == 6144
        port = told["CLIENTELLER_BASE_URL"].rpartition(":")[2].partition("/")[0]
        second = run(model_server, Settings.from_env(os.environ), "--port", port)
        assert second.exit_code == 1
        assert f"check that port {port} is free" in str(second.exception)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=30) == 0
