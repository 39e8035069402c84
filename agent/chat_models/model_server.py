"""Serves the packaged language model over the OpenAI API, on the loopback address of this machine, behind a key."""

from __future__ import annotations

import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")  # read at import of the runtime: spinning threads starve a busy machine

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xllamacpp

from agent.chat_models.embedded_engine import loopback_parameters
from agent.errors import ModelUnavailable

MODEL = "qwen2.5-coder-1.5b"
KEY_VARIABLE = "CLIENTELLER_MODEL_SERVER_KEY"
_SLOTS = 2  # one for the choice of tools, one for everything else: their prompts would push each other out
SLOT_TOKENS = 6144
_CACHE_MIB = 512  # for prompts that were pushed out all the same


@dataclass(frozen=True)
class ModelServer:
    """A server that runs as long as this object is kept.

    Attributes:
        address: For clients of the OpenAI API.
        key: That they must send.
        chosen_key: Whether the key was made here and somebody has to be told.
    """

    address: str
    key: str = field(repr=False)
    chosen_key: bool
    runtime: Any = field(repr=False)


def start_server(weights: Path, port: int, threads: int, env: Mapping[str, str]) -> ModelServer:
    """Load the weights and serve them.

    Args:
        weights: The verified GGUF file.
        port: On 127.0.0.1; 0 takes a free one.
        threads: To compute with.
        env: Where CLIENTELLER_MODEL_SERVER_KEY may hold the key; else one is made.

    Raises:
        ModelUnavailable: If the file cannot be loaded or the port is taken.
    """
    key = env.get(KEY_VARIABLE) or secrets.token_urlsafe(32)
    parameters = loopback_parameters(weights, threads, key, port, _SLOTS, SLOT_TOKENS)
    parameters.model_alias = {MODEL}
    parameters.cache_ram_mib = _CACHE_MIB
    try:
        runtime = xllamacpp.Server(parameters)
    except (RuntimeError, ValueError):
        raise ModelUnavailable(
            f"the model server did not start: check that port {port} is free and {str(weights)!r} is whole"
        ) from None
    return ModelServer(f"{runtime.listening_address}/v1", key, not env.get(KEY_VARIABLE), runtime)
