import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agent.chat_models.backends import open_chat_model, open_planner
from agent.intent.vocabulary import vocabulary_of
from agent.settings import Settings
from tests.small_world import CATALOGUE, WordEncoder

WORDS = vocabulary_of(CATALOGUE, WordEncoder())


class _Server(BaseHTTPRequestHandler):
    """Speaks just enough of the OpenAI protocol to answer, or fails in the way the test asks for."""

    status = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answer: dict[str, Any] = {
            "id": "1", "object": "chat.completion", "created": 0, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "ready"}}],
        }  # fmt: skip
        if self.status != 200:
            answer = {"error": {"message": "Incorrect API key provided: sk-SECRET"}}
        body = json.dumps(answer).encode()
        self.send_response(self.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[_Server]]]:
    class Handler(_Server):
        pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/v1", Handler
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def test_any_openai_compatible_server_is_a_backend(
    server: tuple[str, type[_Server]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    backend = open_chat_model(Settings(chat_model="openai:m", base_url=server[0]), WORDS)
    assert (backend.kind, backend.label, backend.notice) == ("remote", "openai:m", None)
    assert backend.model.invoke([HumanMessage("hello")]).text == "ready"


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_server_that_fails_gives_the_planner_and_a_line_without_secrets(
    server: tuple[str, type[_Server]], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    server[1].status = status
    monkeypatch.setenv("OPENAI_API_KEY", "sk-SECRET")
    backend = open_chat_model(Settings(chat_model="openai:m", base_url=server[0]), WORDS)
    assert backend.kind == "planner"
    assert backend.notice is not None
    assert "'openai:m' did not answer" in backend.notice
    assert "SECRET" not in backend.notice


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (Settings(chat_model="none"), "No language model is set"),
        (Settings(chat_model="nobody:m"), "'nobody:m' did not answer"),
        (Settings(chat_model="openai:m", base_url="http://127.0.0.1:9"), "'openai:m' did not answer"),
        (Settings(chat_model="embedded", model_file=Path("/nowhere.gguf")), "/nowhere.gguf"),
    ],
)
def test_without_a_usable_model_the_planner_answers_and_says_so(settings: Settings, says: str) -> None:
    backend = open_chat_model(settings, WORDS)
    assert backend.kind == "planner"
    assert backend.notice is not None
    assert says in backend.notice


def test_the_planner_needs_no_notice_when_it_is_the_fallback() -> None:
    assert open_planner(WORDS).notice is None
