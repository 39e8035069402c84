"""Opens chat models that another process serves: OpenAI and servers with its API, Ollama, and what LangChain knows.

A client of the OpenAI API talks to the one address that is set and follows no redirect; how those of LangChain's other
packages connect is up to them. None tries anything again by itself. Keys come from the environment only, and stand in
no setting, log line or error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient, DefaultHttpxClient, Timeout
from pydantic import SecretStr

from agent.chat_models.registry import ModelRequest, extra
from agent.errors import ModelUnavailable

OPENAI, OLLAMA = "https://api.openai.com/v1", "http://127.0.0.1:11434"
_PORTS = {"http": 80, "https": 443}
_INSTALL = re.compile(r"pip install (?:-U )?([\w-]+)")
MAX_TOKENS = 4096  # of one answer: only to end one that rambles; models that reason first need much of it


def open_openai(request: ModelRequest) -> BaseChatModel:
    """Open OpenAI, or another server with its API at the address of the model's name or of the settings.

    Raises:
        ModelUnavailable: If OpenAI itself is meant and OPENAI_API_KEY is not set.
    """
    env = os.environ
    address = request.address or request.settings.base_url or env.get("OPENAI_BASE_URL") or OPENAI
    key = env.get("OPENAI_API_KEY")
    if not key and _origin(address) == _origin(OPENAI):
        raise ModelUnavailable(f"the chat model {request.model!r} needs a key: set OPENAI_API_KEY")
    return _openai_client(request, address, key)


def open_ollama(request: ModelRequest) -> BaseChatModel:
    """Open a model of an Ollama server, through the OpenAI API that it has too."""
    server = request.address or _with_scheme(os.environ.get("OLLAMA_HOST") or OLLAMA)
    address = server if urlsplit(server).path.strip("/") else f"{server.rstrip('/')}/v1"
    return _openai_client(request, address, os.environ.get("OLLAMA_API_KEY"))


def open_other(request: ModelRequest) -> BaseChatModel:
    """Open what init_chat_model knows.

    Raises:
        ModelUnavailable: If it does not know the provider, or a package is missing; the message names it.
    """
    options: dict[str, Any] = {"base_url": request.address} if request.address else {}
    try:
        model: BaseChatModel = init_chat_model(
            request.name,
            model_provider=request.provider,
            temperature=request.settings.temperature,
            timeout=request.settings.answer_timeout_s,
            max_retries=0,
            **options,
        )
    except ImportError as error:
        named = _INSTALL.search(str(error))
        package = named.group(1) if named else extra(request.provider)
        raise ModelUnavailable(f"the chat model {request.model!r} needs a package: pip install {package}") from None
    except ValueError as error:
        if "Unsupported" in str(error):
            raise ModelUnavailable(
                f"there is no provider {request.provider!r}: 'clienteller backends' lists those that are known"
            ) from None
        raise ModelUnavailable(
            f"the chat model {request.model!r} cannot be opened: check its name and its key"
        ) from None
    except Exception as error:  # a provider's client may miss its key in its own way; its text may hold anything
        raise ModelUnavailable(
            f"the chat model {request.model!r} cannot be opened ({type(error).__name__}): check its name and its key"
        ) from None
    return model


def call_options(provider: str) -> Mapping[str, object]:
    """Return what is given with each call of a provider's models.

    Anthropic caches a prompt's beginning only when asked to; the others that cache do so by themselves.
    """
    return {"cache_control": {"type": "ephemeral"}} if provider == "anthropic" else {}


def _openai_client(request: ModelRequest, address: str, key: str | None) -> BaseChatModel:
    settings = request.settings
    timeout = Timeout(settings.answer_timeout_s, connect=settings.connect_timeout_s)
    allowed = _origin(address)

    def check(outgoing: object) -> None:
        found = _origin(str(getattr(outgoing, "url", "")))
        if found != allowed:
            raise ModelUnavailable(f"the chat model {request.model!r} led to another address than the one that is set")

    async def check_async(outgoing: object) -> None:
        check(outgoing)

    return ChatOpenAI(
        model=request.name,
        base_url=address,
        api_key=SecretStr(key or "none"),  # servers of one's own often need no key, but the client insists on one
        temperature=settings.temperature,
        timeout=timeout,
        max_retries=0,  # the chain tries again; a client that does so too would multiply the waiting
        max_completion_tokens=MAX_TOKENS,
        stream_usage=True,
        http_client=DefaultHttpxClient(timeout=timeout, follow_redirects=False, event_hooks={"request": [check]}),
        http_async_client=DefaultAsyncHttpxClient(
            timeout=timeout, follow_redirects=False, event_hooks={"request": [check_async]}
        ),
    )


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


def _with_scheme(host: str) -> str:
    return host if "://" in host else f"http://{host}"
