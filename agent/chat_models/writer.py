"""Lets a chat model write reasons: the adapter between the explainer's Writer and LangChain's chat models."""

from __future__ import annotations

import logging
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.runnables import RunnableConfig

from agent.chat_models.backends import Backend
from agent.chat_models.faults import fault_of

_LOG = logging.getLogger(__name__)
_MAX_TOKENS = 64  # of the embedded model; a reason is one sentence
# Tools run inside the agent's stream: without this tag the reason's tokens would be shown as the agent's answer.
_SILENT = RunnableConfig(tags=["nostream"])


class ChatWriter:
    """Writes with a backend's chat model; says None instead of failing, so that the template can speak."""

    def __init__(self, backend: Backend) -> None:
        self._model = backend.model
        self._options: dict[str, Any] = (
            {"slot": "explain", "max_tokens": _MAX_TOKENS} if backend.kind == "embedded" else {}
        )

    def write(self, system: str, request: str) -> str | None:
        """Return the model's answer, or None if it gave none."""
        try:
            answer = self._model.invoke([SystemMessage(system), HumanMessage(request)], _SILENT, **self._options)
        except Exception as error:  # whatever a provider's client raises, a reason is worth less than the turn
            # The kind of fault only: the text may hold a key or a client's words.
            _LOG.warning("the chat model wrote no reason: %s (%s)", fault_of(error).kind, type(error).__name__)
            return None
        return answer.text
