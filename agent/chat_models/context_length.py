"""How many tokens a model can read, as its server says. No standard names the place, so several are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI

# llama.cpp's room per request before what the model was trained for; vLLM; OpenRouter and others.
_NAMES = ("n_ctx", "max_model_len", "context_length", "context_window", "n_ctx_train")


def context_length(model: BaseChatModel) -> int | None:
    """Return the longest prompt and answer together, in tokens; None where nobody says."""
    inner: Any = getattr(model, "inner", model)
    if not isinstance(inner, ChatOpenAI):
        found = getattr(inner, "context_length", None)
        return found if isinstance(found, int) else None
    return _from_models(inner) or _from_props(inner)


def _from_models(model: ChatOpenAI) -> int | None:
    try:
        entries = model.root_client.models.list().data
    except Exception:  # a server need not have this list
        return None
    named = [entry for entry in entries if entry.id == model.model_name] or entries[:1]
    for entry in named:
        told = entry.model_dump()
        meta = told.get("meta")
        if (found := _first(told) or _first(meta if isinstance(meta, dict) else {})) is not None:
            return found
    return None


def _from_props(model: ChatOpenAI) -> int | None:
    try:
        told = model.root_client.get("/../props", cast_to=dict[str, Any])
    except Exception:  # only llama.cpp has it
        return None
    settings = told.get("default_generation_settings") if isinstance(told, dict) else None
    return _first(settings if isinstance(settings, dict) else {})


def _first(told: Mapping[str, Any]) -> int | None:
    return next((told[name] for name in _NAMES if isinstance(told.get(name), int)), None)
