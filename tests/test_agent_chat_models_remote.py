"""Remote chat models over real HTTP: where they may connect, what they send, and what their failures mean."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

import pytest
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.tools import tool

from agent.chat_models.context_length import context_length
from agent.chat_models.faults import ModelFailed, fault_of
from agent.chat_models.registry import read_model_name
from agent.chat_models.remote import call_options, open_ollama, open_openai
from agent.intent.vocabulary import vocabulary_of
from agent.settings import Settings
from tests.openai_server import Reply, openai_server
from tests.small_world import CATALOGUE, WordEncoder

WORDS = vocabulary_of(CATALOGUE, WordEncoder())
ASK = [SystemMessage("You are brief."), HumanMessage("hello")]


def model_at(address: str, **options: Any) -> Any:
    return open_openai(read_model_name("openai:m", Settings(base_url=address, **options), WORDS))


@pytest.mark.parametrize(
    ("reply", "kind", "retry_after_s"),
    [
        (Reply(status=400), "request", None),
        (Reply(status=400, raw='{"error": {"message": "exceeds the available context size"}}'), "context", None),
        (Reply(status=401), "key", None),
        (Reply(status=403), "key", None),
        (Reply(status=404), "request", None),
        (Reply(status=429, headers={"retry-after": "7"}), "rate limit", 7.0),
        (Reply(status=429, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}), "rate limit", None),
        (Reply(status=500), "server", None),
        (Reply(status=503), "server", None),
        (Reply(raw="<html>busy</html>"), "malformed", None),
        (Reply(raw='{"id": "1", "choi'), "malformed", None),
        (Reply(raw='{"id": "1", "object": "chat.completion", "choices": []}'), "malformed", None),
        (Reply(raw='{"id": "1", "object": "chat.completion", "choices": null}'), "malformed", None),
    ],
)
def test_what_a_failure_means(reply: Reply, kind: str, retry_after_s: float | None) -> None:
    with openai_server(lambda body: reply) as server, pytest.raises(Exception) as failed:  # noqa: PT011
        model_at(server.address).invoke(ASK)
    assert isinstance(failed.value, Exception)
    fault = fault_of(failed.value)
    assert (fault.kind, fault.retry_after_s) == (kind, retry_after_s)
    assert len(server.sent) == 1  # the client itself tries nothing again


def test_a_server_that_hangs_is_left_in_time() -> None:
    def late(body: dict[str, Any]) -> Reply:
        time.sleep(1.0)
        return Reply()

    with openai_server(late) as server:
        began = time.monotonic()
        with pytest.raises(Exception) as failed:  # noqa: PT011
            model_at(server.address, answer_timeout_s=0.2).invoke(ASK)
        assert time.monotonic() - began < 0.9
    assert fault_of(failed.value).kind == "timeout"


def test_an_address_where_nobody_listens_is_a_fault_of_the_connection() -> None:
    with pytest.raises(Exception) as failed:  # noqa: PT011
        model_at("http://127.0.0.1:9/v1").invoke(ASK)
    assert fault_of(failed.value).kind == "connection"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed_and_no_key_leaves(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-SECRET")
    with openai_server() as other:
        away = Reply(status=status, headers={"location": f"{other.address}/chat/completions"})
        with openai_server(lambda body: away) as server, pytest.raises(Exception):  # noqa: B017, PT011
            model_at(server.address).invoke(ASK)
    assert other.sent == []


def test_a_client_talks_to_its_one_address_only() -> None:
    with openai_server() as other, openai_server() as server:
        model = model_at(server.address)
        with pytest.raises(Exception) as failed:  # noqa: PT011
            model.root_client.with_options(base_url=other.address).models.list()
        assert other.sent == []
    assert "another address" in f"{failed.value!r} {failed.value.__cause__!r}"


def test_the_key_comes_from_the_environment_and_stays_out_of_logs_and_errors(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-SECRET")
    caplog.set_level(logging.DEBUG)
    echo = Reply(status=401, raw='{"error": {"message": "Incorrect API key provided: sk-SECRET"}}')
    with openai_server(lambda body: echo) as server:
        model = model_at(server.address)
        with pytest.raises(Exception) as failed:  # noqa: PT011
            model.invoke(ASK)
        assert server.keys == ["Bearer sk-SECRET"]
    told = ModelFailed("openai:m", fault_of(failed.value))
    assert "SECRET" not in f"{told} {told!r} {model!r} {Settings(base_url=server.address)!r}"
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("agent", "recsys"))]
    assert "SECRET" not in " ".join(ours)


def test_ollama_is_asked_by_its_openai_address_with_no_key_of_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-SECRET")
    with openai_server() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.address.removeprefix("http://").removesuffix("/v1"))
        model = open_ollama(read_model_name("ollama:qwen3:8b", Settings(), WORDS))
        assert model.invoke(ASK).text == "ready"
        assert server.sent[0]["model"] == "qwen3:8b"
        assert "SECRET" not in server.keys[0]


@pytest.mark.parametrize("streamed", [False, True])
def test_usage_is_told_streamed_or_not(streamed: bool) -> None:
    with openai_server() as server:
        model = model_at(server.address)
        usage = None
        for piece in model.stream(ASK) if streamed else [model.invoke(ASK)]:
            usage = piece.usage_metadata or usage
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"]) == (20, 3)
    assert usage["input_token_details"]["cache_read"] == 12


def test_what_two_turns_have_in_common_comes_first_byte_for_byte() -> None:
    """Servers reuse what they computed of a prompt's beginning: the tools and the system text must never move."""

    @tool
    def search(query: str) -> str:
        """Search."""
        return query

    @tool
    def explain(item: str) -> str:
        """Explain."""
        return item

    with openai_server() as server:
        for text in ("one", "two"):
            model_at(server.address).bind_tools([search, explain]).invoke([ASK[0], HumanMessage(text)])
    first, second = server.sent
    assert json.dumps(first["tools"]) == json.dumps(second["tools"])
    assert first["messages"][0] == second["messages"][0]
    assert first["messages"][1] != second["messages"][1]


def test_only_anthropic_has_to_be_told_to_cache() -> None:
    assert call_options("anthropic") == {"cache_control": {"type": "ephemeral"}}
    assert call_options("openai") == {}


@pytest.mark.parametrize(
    ("models", "found"),
    [
        ({}, None),
        ({"object": "list", "data": [{"id": "m", "object": "model", "created": 0, "owned_by": "x"}]}, None),
        ({"object": "list", "data": [{"id": "m", "max_model_len": 8192}]}, 8192),
        ({"object": "list", "data": [{"id": "x", "context_length": 1}, {"id": "m", "context_length": 4096}]}, 4096),
        ({"object": "list", "data": [{"id": "m", "meta": {"n_ctx": 2048, "n_ctx_train": 32768}}]}, 2048),
    ],
)
def test_the_context_length_is_what_the_server_tells(models: dict[str, Any], found: int | None) -> None:
    with openai_server() as server:
        server.models = models
        assert context_length(model_at(server.address)) == found
