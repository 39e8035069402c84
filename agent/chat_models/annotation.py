"""Opens scorers of guided attributes on the models that the settings name, and lets chat models answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from langchain_core.exceptions import OutputParserException
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agent.chat_models.backends import Backend, open_chat_model
from agent.chat_models.model_file import WEIGHTS_SHA256, find_chat_weights
from agent.errors import AgentError, ModelUnavailable
from agent.intent.vocabulary import vocabulary_of
from agent.settings import Settings
from recsys.catalogue import Catalogue
from recsys.guided.chat_scorer import Ask, ChatScorer
from recsys.guided.likelihood_scorer import LikelihoodScorer
from recsys.guided.scorer import Scorer
from recsys.guided.sentence_scorer import SentenceScorer
from recsys.text_encoder import TextEncoder

ScorerKind = Literal["sentence", "likelihood", "chat"]
PATIENCE_S = 600.0  # nobody waits in front of the screen: an answer may take longer than in a conversation
_REMOTE_BATCH, _EMBEDDED_BATCH = 10, 2
_EMBEDDED_TOKENS = 1000


def open_scorer(kind: ScorerKind, settings: Settings, catalogue: Catalogue) -> Scorer:
    """Open a scorer.

    Args:
        kind: "sentence" (poles by sentence embedding), "likelihood" (poles by the embedded language model) or "chat"
            (points by the chat model of the settings).
        settings: Which models, and where they lie.
        catalogue: The boutique's, for the words that a chat model's backend knows.

    Raises:
        ModelUnavailable: If the model cannot be used; the message says what to do.
    """
    if kind == "sentence":
        return SentenceScorer(TextEncoder.load())
    if kind == "likelihood":
        return LikelihoodScorer(EmbeddedWords(settings))
    backend = require_chat_model(settings, catalogue)
    return ChatScorer(ask_of(backend), backend.label, _EMBEDDED_BATCH if backend.kind == "embedded" else _REMOTE_BATCH)


def require_chat_model(settings: Settings, catalogue: Catalogue) -> Backend:
    """Open the chat model of the settings; raise ModelUnavailable where only the planner would answer."""
    if settings.chat_model == "none":
        raise ModelUnavailable("this needs a language model and none is set: name one with --model, such as embedded")
    patient = settings.override(answer_timeout_s=max(settings.answer_timeout_s, PATIENCE_S))
    backend = open_chat_model(patient, vocabulary_of(catalogue, TextEncoder.load()))
    if backend.kind == "planner":
        reason = (backend.notice or "it did not open").partition(". Until then")[0]
        raise ModelUnavailable(f"this needs a language model: {reason}")
    return backend


def ask_of(backend: Backend) -> Ask:
    """Return a function that asks a chat model for one JSON value, by the surest way that its backend has."""
    if backend.kind == "embedded":
        from agent.chat_models.embedded import (
            EmbeddedChatModel,  # loads the native runtime: only for those who ask for it
        )

        model = backend.model
        assert isinstance(model, EmbeddedChatModel)
        return lambda system, request, schema: model.generate_json(
            _messages(system, request), schema, max_tokens=_EMBEDDED_TOKENS
        )
    return lambda system, request, schema: _ask_remote(backend.model, _messages(system, request), schema)


def _ask_remote(model: BaseChatModel, messages: list[BaseMessage], schema: Mapping[str, Any]) -> Any:
    try:
        structured = model.with_structured_output(dict(schema))
    except NotImplementedError:  # a model without structured output: the prompt alone asks for JSON
        structured = None
    try:
        if structured is not None:
            return structured.invoke(messages)
        return _json_in(model.invoke(messages).text)
    except OutputParserException as error:
        return str(error)  # an answer that is no JSON: the caller says so and asks again
    except AgentError:
        raise
    except Exception as error:  # every provider's client fails in its own way; its text may hold a key or an address
        raise ModelUnavailable(
            f"the chat model did not answer ({type(error).__name__}): check its name, key and address, and run again "
            "to go on from here"
        ) from error


def _json_in(text: str) -> Any:
    """Return the JSON object in a text, be it in a fence or between words; the text itself if there is none."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[start : end + 1])
    except ValueError:
        return text


def _messages(system: str, request: str) -> list[BaseMessage]:
    return [SystemMessage(system), HumanMessage(request)]


class EmbeddedWords:
    """The embedded language model as the likelihood scorer needs it.

    Raises:
        ModelUnavailable: If its runtime is missing.
        ModelFileError: If its weights are missing or not the pinned ones.
    """

    name = "the embedded Qwen2.5-Coder 1.5B"
    version = WEIGHTS_SHA256  # find_chat_weights accepts no other file

    def __init__(self, settings: Settings) -> None:
        try:
            from agent.chat_models.embedded_engine import (
                open_engine,  # loads the native runtime: only for those who ask for it
            )
        except ImportError as error:
            raise ModelUnavailable("the runtime of the embedded chat model is missing: reinstall xllamacpp") from error
        weights = find_chat_weights(settings.cache, settings.model_file)
        self._engine = open_engine(weights, settings.threads, settings.cache / "prompts")

    def continuations(self, request: str, begun: str, words: Sequence[str]) -> list[float]:
        """Return the log-probability of each word to follow the answer's beginning, up to one common constant."""
        from agent.chat_models.embedded_engine import Turn, chat_prompt

        return self._engine.weigh(chat_prompt([Turn("user", request)], begun), words, "plain", PATIENCE_S)
