"""Which backends there are: from a model's name to the function that opens it.

A name is "embedded", "none", or PROVIDER:NAME, with @ADDRESS after it where the server is not the provider's own.
Other packages add providers under the entry point group `clienteller.backends`: a name, and a function that takes a
`ModelRequest` and returns a LangChain chat model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.util import find_spec
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel

from agent.errors import ModelUnavailable
from agent.intent.vocabulary import Vocabulary
from agent.settings import Settings, is_web_address
from recsys.extensions import load_extensions, package_of

GROUP = "clienteller.backends"
_ADDRESS = re.compile(r"@(https?://\S*)$")
# Those that init_chat_model opens and people ask for most; it knows more, and takes them by the same form.
_COMMON = ("anthropic", "google_genai", "mistralai", "groq", "deepseek")


@dataclass(frozen=True)
class ModelRequest:
    """What the opener of a backend is given.

    Attributes:
        provider: What stands before the colon, or the whole name.
        name: What stands between the colon and the address, "" if nothing.
        address: The server that the model's own name gives, None if it gives none.
        settings: Temperature, waiting times, folders.
        vocabulary: The boutique's words.
    """

    provider: str
    name: str
    address: str | None
    settings: Settings
    vocabulary: Vocabulary

    @property
    def model(self) -> str:
        """The model's name without its address."""
        return f"{self.provider}:{self.name}" if self.name else self.provider

    @property
    def shown(self) -> str:
        """The model's name with the server that it names, without a password that the address may hold."""
        return self.model if self.address is None else f"{self.model}@{urlsplit(self.address).netloc.split('@')[-1]}"


Opener = Callable[[ModelRequest], BaseChatModel]


@dataclass(frozen=True)
class KnownBackend:
    """One backend as `clienteller backends` lists it.

    Attributes:
        form: How a model of it is named.
        what: What it is, in a few words.
        missing: The package to install first, "" where nothing is missing.
    """

    form: str
    what: str
    missing: str = ""


def read_model_name(model: str, settings: Settings, vocabulary: Vocabulary) -> ModelRequest:
    """Take a model's name apart.

    Raises:
        ModelUnavailable: If the address in it is none.
    """
    found = _ADDRESS.search(model)
    address = found.group(1) if found else None
    named = model[: found.start() if found else None].strip()
    if address is not None and not is_web_address(address):  # not shown, since it may hold a password
        raise ModelUnavailable(f"the chat model {named!r} names no usable address: write {named}@http://HOST:PORT")
    provider, _, name = named.partition(":")
    return ModelRequest(provider, name, address, settings, vocabulary)


def find_opener(request: ModelRequest, built_in: Mapping[str, Opener], other: Opener) -> Opener:
    """Return what opens a model.

    Args:
        request: From `read_model_name`.
        built_in: Our own openers by provider; no other package can take their names.
        other: Opens what only init_chat_model knows.

    Raises:
        ModelUnavailable: If nothing does; the message says what is known.
    """
    if request.provider in built_in:
        return built_in[request.provider]
    added = load_extensions(GROUP)
    opener = added.get(request.provider)
    if callable(opener):
        return opener
    if opener is not None or not request.name:
        names = ", ".join([*sorted(built_in), *(name for name, object_ in added.items() if callable(object_))])
        raise ModelUnavailable(
            f"there is no chat model {request.model!r}: give one of {names}, none, or PROVIDER:NAME such as "
            "openai:gpt-5-mini"
        )
    return other


def known_backends() -> list[KnownBackend]:
    """Return the backends that can be named, those of other packages included."""
    own = [
        KnownBackend("embedded", "the packaged Qwen2.5-Coder 1.5B, in this process"),
        KnownBackend("none", "the deterministic planner, without a language model"),
        KnownBackend("transformers:FOLDER", "a model folder on this machine"),
        KnownBackend("openai:NAME", "OpenAI, or any server with its API at CLIENTELLER_BASE_URL"),
        KnownBackend("ollama:NAME", "an Ollama server on this machine or at @ADDRESS"),
    ]
    common = [
        KnownBackend(f"{name}:NAME", "by LangChain's package", "" if find_spec(f"langchain_{name}") else extra(name))
        for name in _COMMON
    ]
    added = [
        KnownBackend(f"{entry.name}:NAME", f"added by {package_of(entry)}")
        for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    ]
    return [*own, *common, *added]


def extra(provider: str) -> str:
    """Return the package that LangChain keeps a provider in."""
    return f"langchain-{provider.replace('_', '-')}"
