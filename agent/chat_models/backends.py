"""From the setting `chat_model` to a chat model that answers, or to the planner and the reason why."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Literal

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from agent.chat_models.model_file import find_chat_weights
from agent.chat_models.planner import PlannerChatModel
from agent.errors import ModelUnavailable
from agent.intent.vocabulary import Vocabulary
from agent.settings import Settings
from recsys.errors import ClientellerError

_LOG = logging.getLogger(__name__)
PLANNER_LABEL = "No language model: deterministic planner"


@dataclass(frozen=True)
class Backend:
    """A chat model that is ready to answer.

    Attributes:
        label: Who answers, in words for the page.
        notice: Why the planner answers although a language model was asked for, None where it was not.
    """

    model: BaseChatModel
    label: str
    kind: Literal["embedded", "remote", "planner"]
    notice: str | None = None


def open_planner(vocabulary: Vocabulary, notice: str | None = None) -> Backend:
    """Return the deterministic planner."""
    return Backend(PlannerChatModel(vocabulary=vocabulary), PLANNER_LABEL, "planner", notice)


def open_chat_model(settings: Settings, vocabulary: Vocabulary) -> Backend:
    """Open the chat model that the settings name; where it cannot be used, the planner with a notice that says why.

    Args:
        settings: `chat_model` is "embedded", "none", or what init_chat_model takes ("openai:NAME").
        vocabulary: The boutique's words.
    """
    if settings.chat_model == "none":
        return open_planner(vocabulary, "No language model is set, so a deterministic planner answers.")
    try:
        return _embedded(settings, vocabulary) if settings.chat_model == "embedded" else _remote(settings)
    except ClientellerError as error:
        return open_planner(vocabulary, f"{error}. Until then a deterministic planner answers.")


def _embedded(settings: Settings, vocabulary: Vocabulary) -> Backend:
    try:
        from agent.chat_models.embedded import (
            EmbeddedChatModel,  # loads the native runtime: only for those who ask for it
        )
        from agent.chat_models.embedded_engine import open_engine
    except ImportError as error:
        raise ModelUnavailable("the runtime of the embedded chat model is missing: reinstall xllamacpp") from error
    weights = find_chat_weights(settings.cache, settings.model_file)
    engine = open_engine(weights, settings.threads, settings.cache / "prompts")
    model = EmbeddedChatModel(engine=engine, vocabulary=vocabulary, timeout_s=settings.answer_timeout_s)
    return Backend(model, "Embedded Qwen2.5-Coder 1.5B", "embedded")


def _remote(settings: Settings) -> Backend:
    """Open any other model; one short question tells whether it is there."""
    name = settings.chat_model
    options: dict[str, Any] = {"base_url": settings.base_url} if settings.base_url else {}
    try:
        model: BaseChatModel = init_chat_model(
            name,
            temperature=settings.temperature,
            timeout=_timeout(settings),
            max_retries=0,  # the turn has its own fallback; a client that retries by itself would hide a dead server
            **options,
        )
        model.invoke([HumanMessage("Answer with the word ready.")])
    except Exception as error:  # every provider's client fails in its own way; its text may hold a key or an address
        _LOG.warning("chat model %r failed its first call: %s", name, type(error).__name__)
        raise ModelUnavailable(
            f"the chat model {name!r} did not answer ({type(error).__name__}): check its name, key and address"
        ) from error
    return Backend(model, name, "remote")


def _timeout(settings: Settings) -> Any:
    """Return the waiting times in the form that the provider's client takes; only OpenAI's knows two of them."""
    if not settings.chat_model.startswith("openai:"):
        return settings.answer_timeout_s
    from openai import Timeout  # its client is loaded only for those who ask for it

    return Timeout(settings.answer_timeout_s, connect=settings.connect_timeout_s)
