"""From the settings to a chat model that answers, with its fallbacks; or to the planner and the reason why."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel

from agent.chat_models.breaker import Breaker
from agent.chat_models.capabilities import Capabilities, greet, keep_capabilities, kept_capabilities, probe
from agent.chat_models.model_file import find_chat_weights
from agent.chat_models.planner import PlannerChatModel
from agent.chat_models.registry import ModelRequest, Opener, find_opener, read_model_name
from agent.chat_models.remote import call_options, open_ollama, open_openai, open_other
from agent.chat_models.resilient import Link, ResilientChatModel
from agent.chat_models.schema_tools import SchemaToolModel
from agent.errors import ModelUnavailable
from agent.intent.vocabulary import Vocabulary
from agent.settings import Settings
from recsys.errors import ClientellerError

_LOG = logging.getLogger(__name__)
PLANNER_LABEL = "No language model: deterministic planner"
EMBEDDED_LABEL = "Embedded Qwen2.5-Coder 1.5B"


@dataclass(frozen=True)
class Backend:
    """A chat model that is ready to answer.

    Attributes:
        label: Who answers, in words for the page.
        kind: "chain" stands for several, of which the label names the first.
        notice: Why another model answers than the one asked for, None where none does.
        capabilities: What the model itself can do, None where that is known without asking.
        options: Given with each call, for what only its provider knows.
    """

    model: BaseChatModel
    label: str
    kind: Literal["embedded", "local", "remote", "chain", "planner"]
    notice: str | None = None
    capabilities: Capabilities | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def open_planner(vocabulary: Vocabulary, notice: str | None = None) -> Backend:
    """Return the deterministic planner."""
    return Backend(PlannerChatModel(vocabulary=vocabulary), PLANNER_LABEL, "planner", notice)


def open_chat_model(settings: Settings, vocabulary: Vocabulary) -> Backend:
    """Open the chat model that the settings name, and its fallbacks.

    One that cannot be used now is left out, with a notice that says why; if none is left, the planner answers.

    Args:
        settings: `chat_model` and `fallbacks` say which.
        vocabulary: The boutique's words.
    """
    if settings.chat_model == "none":
        return open_planner(vocabulary, "No language model is set, so a deterministic planner answers.")
    opened, failures = [], []
    for name in dict.fromkeys((settings.chat_model, *settings.fallback_models)):
        try:
            opened.append(open_backend(name, settings, vocabulary))
        except ClientellerError as error:
            failures.append(str(error))
    if not opened:
        return open_planner(vocabulary, f"{'; '.join(failures)}. Until then a deterministic planner answers.")
    notice = f"{'; '.join(failures)}. Until then {opened[0].label} answers." if failures else None
    if (
        len(opened) == 1 and opened[0].kind == "embedded"
    ):  # in this process there is nothing to wait for or to try again
        return replace(opened[0], notice=notice)
    chain = ResilientChatModel(
        links=tuple(Link(one.label, one.model, Breaker(time.monotonic), one.options) for one in opened)
    )
    kind = opened[0].kind if len(opened) == 1 else "chain"
    return Backend(chain, opened[0].label, kind, notice, opened[0].capabilities)


def open_backend(name: str, settings: Settings, vocabulary: Vocabulary, *, refresh: bool = False) -> Backend:
    """Open one chat model by its name, without anything to fall back to.

    The first time, and again after a month, some short questions tell what it can do; later starts ask only whether it
    is there. A model that cannot call tools is wrapped so that the agent can use it like one that can.

    Args:
        name: As in the setting `chat_model`, but not "none".
        settings: Address, waiting times, folders, and `tool_calls`.
        vocabulary: The boutique's words.
        refresh: Ask again what it can do.

    Raises:
        ClientellerError: If it cannot be used; the message says what to do.
    """
    request = read_model_name(name, settings, vocabulary)
    model = find_opener(request, _BUILT_IN, open_other)(request)
    if request.provider == "embedded":
        return Backend(model, EMBEDDED_LABEL, "embedded")
    if not isinstance(model, BaseChatModel):
        raise ModelUnavailable(f"what opens {request.model!r} returned no LangChain chat model: update that package")
    found = _capabilities(request, model, refresh)
    wrapped = settings.tool_calls == "schema" or (settings.tool_calls == "auto" and not found.tool_calls)
    if wrapped:
        model = SchemaToolModel(inner=model, vocabulary=vocabulary, json_schema=found.json_schema)
    kind: Literal["local", "remote"] = "local" if request.provider == "transformers" else "remote"
    return Backend(model, request.shown, kind, None, found, {} if wrapped else call_options(request.provider))


def _capabilities(request: ModelRequest, model: BaseChatModel, refresh: bool) -> Capabilities:
    """Return what a model can do, from before or by asking; raise ModelFailed if it does not answer at all."""
    settings, today = request.settings, dt.date.today()
    greet(model, request.shown)
    address = request.address or settings.base_url or ""
    # Addresses may hold a password: only their hash is written down.
    key = f"{request.model} {hashlib.sha256(address.encode()).hexdigest()[:16]}"
    found = None if refresh else kept_capabilities(settings.cache, key, today)
    if found is None:
        found = probe(model, request.shown, today)
        _LOG.info("chat model %r: %s", request.shown, found)
        keep_capabilities(settings.cache, key, found)
    return found


def _open_embedded(request: ModelRequest) -> BaseChatModel:
    settings = request.settings
    try:
        from agent.chat_models.embedded import (
            EmbeddedChatModel,  # loads the native runtime: only for those who ask for it
        )
        from agent.chat_models.embedded_engine import open_engine
    except ImportError as error:
        raise ModelUnavailable("the runtime of the embedded chat model is missing: reinstall xllamacpp") from error
    weights = find_chat_weights(settings.cache, settings.model_file)
    engine = open_engine(weights, settings.threads, settings.cache / "prompts")
    return EmbeddedChatModel(engine=engine, vocabulary=request.vocabulary, timeout_s=settings.answer_timeout_s)


def _open_transformers(request: ModelRequest) -> BaseChatModel:
    from agent.chat_models.transformers_model import open_folder  # loads torch: only for those who ask for it

    return open_folder(Path(request.name).expanduser(), request.settings)


_BUILT_IN: Mapping[str, Opener] = {
    "embedded": _open_embedded,
    "transformers": _open_transformers,
    "openai": open_openai,
    "ollama": open_ollama,
}
