import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agent.chat_models.backends import open_backend, open_chat_model, open_planner
from agent.chat_models.capabilities import FILE
from agent.chat_models.registry import GROUP, known_backends, read_model_name
from agent.chat_models.resilient import ResilientChatModel
from agent.chat_models.schema_tools import SchemaToolModel
from agent.errors import ModelUnavailable
from agent.intent.vocabulary import vocabulary_of
from agent.settings import Settings
from tests.extension_package import install
from tests.openai_server import OpenAIServer, Reply, openai_server
from tests.small_world import CATALOGUE, WordEncoder

WORDS = vocabulary_of(CATALOGUE, WordEncoder())
ASK = [HumanMessage("hello")]


def settings(cache: Path, server: OpenAIServer | None = None, **options: Any) -> Settings:
    base_url = server.address if server else None
    return Settings(**{"chat_model": "openai:m", "base_url": base_url, "cache": cache, **options})


def able(body: dict[str, Any]) -> Reply:
    """A server whose model calls tools and keeps to schemas."""
    if body.get("tools"):
        return Reply(tool=("search_catalogue", {"query": "silk scarves"}))
    if body.get("response_format"):
        return Reply(json.dumps({"colour": "c-17"}))
    return Reply()


def chatty(body: dict[str, Any]) -> Reply:
    """A server whose model answers everything in words."""
    return Reply('Sure! ```json\n{"colour": "yellow"}\n```' if body.get("response_format") else "ready")


def refusing(body: dict[str, Any]) -> Reply:
    """A server that takes neither tools nor schemas."""
    return Reply(status=400) if body.get("tools") or body.get("response_format") else Reply()


def test_any_openai_compatible_server_is_a_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "unused")
    with openai_server(able) as server:
        backend = open_chat_model(settings(tmp_path, server), WORDS)
        assert (backend.kind, backend.label, backend.notice) == ("remote", "openai:m", None)
        answer = backend.model.invoke(ASK)
    assert answer.text == "ready"
    assert answer.response_metadata["backend"] == "openai:m"


@pytest.mark.parametrize(
    ("answer", "tool_calls", "json_schema"),
    [(able, True, True), (chatty, False, False), (refusing, False, False)],
)
def test_what_a_model_can_do_is_found_out_by_asking(
    tmp_path: Path, answer: Any, tool_calls: bool, json_schema: bool
) -> None:
    with openai_server(answer) as server:
        backend = open_backend("openai:m", settings(tmp_path, server), WORDS)
    assert backend.capabilities is not None
    assert (backend.capabilities.tool_calls, backend.capabilities.json_schema) == (tool_calls, json_schema)
    assert isinstance(backend.model, SchemaToolModel) is not tool_calls


@pytest.mark.parametrize(("wanted", "wrapped"), [("native", False), ("schema", True)])
def test_the_setting_decides_over_the_probe(tmp_path: Path, wanted: str, wrapped: bool) -> None:
    with openai_server(able if wrapped else chatty) as server:
        backend = open_backend("openai:m", settings(tmp_path, server, tool_calls=wanted), WORDS)
    assert isinstance(backend.model, SchemaToolModel) is wrapped


def test_a_second_start_asks_only_whether_the_model_is_there(tmp_path: Path) -> None:
    with openai_server(able) as server:
        open_backend("openai:m", settings(tmp_path, server), WORDS)
        n_first = len(server.sent)
        open_backend("openai:m", settings(tmp_path, server), WORDS)
        n_second = len(server.sent) - n_first
        open_backend("openai:m", settings(tmp_path, server), WORDS, refresh=True)
        n_third = len(server.sent) - n_first - n_second
    assert (n_first, n_second, n_third) == (3, 1, 3)
    kept = (tmp_path / FILE).read_text()
    assert server.address not in kept


@pytest.mark.parametrize(
    ("status", "says"), [(401, "refuses the key"), (404, "refuses the request"), (500, "a fault of its own")]
)
def test_a_server_that_fails_gives_the_planner_and_a_line_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int, says: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-SECRET")
    echo = Reply(status=status, raw='{"error": {"message": "Incorrect API key provided: sk-SECRET"}}')
    with openai_server(lambda body: echo) as server:
        backend = open_chat_model(settings(tmp_path, server), WORDS)
    assert backend.kind == "planner"
    assert backend.notice is not None
    assert "'openai:m' did not answer" in backend.notice
    assert says in backend.notice
    assert "SECRET" not in backend.notice + caplog.text


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        (Settings(chat_model="none"), "No language model is set"),
        (Settings(chat_model="nobody:m"), "no provider 'nobody': 'clienteller backends' lists"),
        (Settings(chat_model="gpt-x"), "no chat model 'gpt-x': give one of embedded, ollama, openai, transformers"),
        (Settings(chat_model="openai:m"), "'openai:m' needs a key: set OPENAI_API_KEY"),
        (Settings(chat_model="mistralai:m"), "'mistralai:m' needs a package: pip install langchain-mistralai"),
        (Settings(chat_model="openai:m", base_url="http://127.0.0.1:9"), "'openai:m' did not answer: it cannot be"),
        (Settings(chat_model="openai:m@http:///x"), "names no usable address"),
        (Settings(chat_model="ollama:m@http://127.0.0.1:9"), "'ollama:m@127.0.0.1:9' did not answer"),
        (Settings(chat_model="transformers:/nowhere"), "no model in '/nowhere'"),
        (Settings(chat_model="embedded", model_file=Path("/nowhere.gguf")), "/nowhere.gguf"),
    ],
)
def test_without_a_usable_model_the_planner_answers_and_says_so(chosen: Settings, says: str) -> None:
    backend = open_chat_model(chosen, WORDS)
    assert backend.kind == "planner"
    assert backend.notice is not None
    assert says in backend.notice


def test_fallbacks_stand_behind_the_model_each_with_its_own_address(tmp_path: Path) -> None:
    with openai_server(able) as first, openai_server(lambda body: Reply("second")) as second:
        chain = open_chat_model(settings(tmp_path, first, fallbacks=f"openai:b@{second.address}"), WORDS)
        assert (chain.kind, chain.label, chain.notice) == ("chain", "openai:m", None)
        assert isinstance(chain.model, ResilientChatModel)
        first.answer = lambda body: Reply(status=401)
        answer = chain.model.invoke(ASK)
    assert answer.text.strip() == "second"
    assert answer.response_metadata["fell_back"] == [{"backend": "openai:m", "fault": "key"}]
    assert {body["model"] for body in second.sent} == {"b"}


def test_a_fallback_answers_from_the_start_where_the_model_cannot_be_opened(tmp_path: Path) -> None:
    with openai_server(able) as server:
        chosen = settings(tmp_path, server, chat_model="openai:a@http://127.0.0.1:9", fallbacks="openai:b")
        backend = open_chat_model(chosen, WORDS)
    assert (backend.kind, backend.label) == ("remote", "openai:b")
    assert backend.notice is not None
    assert "Until then openai:b answers." in backend.notice


def test_an_installed_package_adds_a_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
from langchain_core.language_models import FakeListChatModel

def open_echo(request):
    return FakeListChatModel(responses=[f"{request.name} at {request.settings.temperature:.0f}"] * 9)
"""
    install(tmp_path / "site", monkeypatch, "boutique-echo", GROUP, {"echo": "open_echo"}, code)
    backend = open_chat_model(Settings(chat_model="echo:small", cache=tmp_path, temperature=1.0), WORDS)
    assert (backend.label, backend.kind, backend.notice) == ("echo:small", "remote", None)
    assert backend.model.invoke(ASK).text == "small at 1"
    assert any(one.form == "echo:NAME" and one.what == "added by boutique-echo" for one in known_backends())


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise RuntimeError('at import')", "no provider 'echo'"),
        ("open_echo = 7", "no chat model 'echo:small'"),
        ("def open_echo(request):\n    return 'no model'", "returned no LangChain chat model"),
    ],
)
def test_a_broken_package_is_named_and_nothing_else_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    package = f"echo-{len(code)}"
    install(tmp_path / "site", monkeypatch, package, GROUP, {"echo": "open_echo"}, code)
    with pytest.raises(ModelUnavailable, match=says):
        open_backend("echo:small", Settings(cache=tmp_path), WORDS)


def test_no_package_takes_the_name_of_a_built_in_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(
        tmp_path / "site", monkeypatch, "thief", GROUP, {"openai": "steal"}, "def steal(request):\n    raise OSError"
    )
    with pytest.raises(ModelUnavailable, match="set OPENAI_API_KEY"):
        open_backend("openai:m", Settings(cache=tmp_path), WORDS)


@pytest.mark.parametrize(
    ("model", "provider", "name", "address"),
    [
        ("embedded", "embedded", "", None),
        ("openai:gpt-5-mini", "openai", "gpt-5-mini", None),
        ("ollama:qwen3:8b@http://box:11434", "ollama", "qwen3:8b", "http://box:11434"),
        ("transformers:/models/smol@2", "transformers", "/models/smol@2", None),
        ("openai:org/name@2024@https://host/v1", "openai", "org/name@2024", "https://host/v1"),
    ],
)
def test_a_models_name_is_taken_apart(model: str, provider: str, name: str, address: str | None) -> None:
    request = read_model_name(model, Settings(), WORDS)
    assert (request.provider, request.name, request.address) == (provider, name, address)


def test_the_planner_needs_no_notice_when_it_is_the_fallback() -> None:
    assert open_planner(WORDS).notice is None
