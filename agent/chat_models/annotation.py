"""Opens scorers of guided attributes on the models that the settings name, and lets chat models answer in JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agent.chat_models.backends import Backend, open_backend
from agent.chat_models.faults import fault_of
from agent.chat_models.model_file import WEIGHTS_SHA256, find_chat_weights
from agent.errors import AgentError, ModelUnavailable
from agent.intent.vocabulary import vocabulary_of
from agent.settings import Settings
from recsys.catalogue import Catalogue
from recsys.errors import ClientellerError
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
    """Open the chat model of the settings that scores; nothing takes its place, since scores name who made them.

    Raises:
        ModelUnavailable: If none is set or it cannot be used.
    """
    own = settings.for_role("annotator")
    if own.chat_model == "none":
        raise ModelUnavailable("this needs a language model and none is set: name one with --model, such as embedded")
    patient = own.override(answer_timeout_s=max(own.answer_timeout_s, PATIENCE_S))
    try:
        return open_backend(own.chat_model, patient, vocabulary_of(catalogue, TextEncoder.load()))
    except ClientellerError as error:
        raise ModelUnavailable(f"this needs a language model: {error}") from None


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
    return lambda system, request, schema: _ask_other(backend, _messages(system, request), dict(schema))


def _ask_other(backend: Backend, messages: list[BaseMessage], schema: dict[str, Any]) -> Any:
    """Ask for JSON held to a schema, else as a tool's arguments; where the model can do neither, in words."""
    able = backend.capabilities
    try:
        if able is not None and able.json_schema:
            return backend.model.with_structured_output(schema, method="json_schema").invoke(messages)
        if able is not None and able.tool_calls:
            return backend.model.with_structured_output(schema).invoke(messages)
        return _json_in(backend.model.invoke(messages).text)
    except OutputParserException as error:
        return str(error)  # an answer that is no JSON: the caller says so and asks again
    except AgentError:
        raise
    except Exception as error:  # every provider's client fails in its own way; its text may hold a key or an address
        raise ModelUnavailable(
            f"the chat model {backend.label!r} did not answer: {fault_of(error).words}. Run again to go on from here"
        ) from None


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
