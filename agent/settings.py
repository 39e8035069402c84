"""What can be set from outside: read once from the environment, cast and range-checked; an explicit value always wins.

API keys are not settings of ours: each provider's client reads its own usual variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from recsys.errors import InputError

PREFIX = "CLIENTELLER_"
EXPLAINERS = ("auto", "seller", "chat", "template")


def _all_cores() -> int:
    # More than four threads gain little on a model of this size and starve the rest of the process.
    return min(os.cpu_count() or 1, 4)


def _cache(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "clienteller"


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    Attributes:
        chat_model: "embedded" (the packaged model), "none" (rules only), or what init_chat_model takes,
            for example "openai:gpt-5-mini".
        base_url: Address of an OpenAI-compatible server, for a remote chat model; None for the provider's own.
        explainer: Who words reasons: "seller" (the local generator), "chat" (the chat model), "template", or "auto",
            the first of them that is there; without a chat model always the template, which needs no time.
        temperature: Sampling temperature of a remote chat model, 0 to 2; the embedded one always decodes greedily.
        boutique: Folder of the boutique's data.
        cache: Folder of downloaded model files.
        model_file: Weights of the embedded chat model; None to look in `cache`.
        threads: Threads of the embedded chat model, 1 to 64.
        connect_timeout_s: Seconds to wait for a connection to a remote chat model.
        answer_timeout_s: Seconds that one call of a chat model may take.

    Raises:
        InputError: If a value is outside its range.
    """

    chat_model: str = "embedded"
    base_url: str | None = None
    explainer: str = "auto"
    temperature: float = 0.0
    boutique: Path = Path("boutique")
    cache: Path = field(default_factory=lambda: _cache(os.environ))
    model_file: Path | None = None
    threads: int = field(default_factory=_all_cores)
    connect_timeout_s: float = 5.0
    answer_timeout_s: float = 60.0

    def __post_init__(self) -> None:
        _require(bool(self.chat_model.strip()), "chat_model", self.chat_model, "embedded, none or PROVIDER:NAME")
        _require(self.explainer in EXPLAINERS, "explainer", self.explainer, ", ".join(EXPLAINERS))
        _require(0 <= self.temperature <= 2, "temperature", self.temperature, "a number from 0 to 2")
        _require(1 <= self.threads <= 64, "threads", self.threads, "a whole number from 1 to 64")
        _require(0 < self.connect_timeout_s <= 60, "connect_timeout_s", self.connect_timeout_s, "seconds up to 60")
        _require(0 < self.answer_timeout_s <= 600, "answer_timeout_s", self.answer_timeout_s, "seconds up to 600")
        if self.base_url is not None:
            _require(_is_web_address(self.base_url), "base_url", self.base_url, "an http or https address")

    @classmethod
    def from_env(cls, env: Mapping[str, str], **explicit: Any) -> Self:
        """Read the settings from CLIENTELLER_* variables.

        Args:
            env: The environment; an empty value counts as not set.
            explicit: Settings by name that win over the environment; None counts as not given.

        Raises:
            InputError: If a value cannot be read or is outside its range; the message names the variable.
        """
        known = {one.name: one.type for one in fields(cls)}
        given: dict[str, Any] = {"cache": _cache(env)}
        for name, kind in known.items():
            if env.get(PREFIX + name.upper()):
                given[name] = _cast(PREFIX + name.upper(), env[PREFIX + name.upper()], str(kind))
        given |= {name: value for name, value in explicit.items() if value is not None}
        return cls(**given)

    def override(self, **explicit: Any) -> Self:
        """Return a copy with the given settings; None counts as not given."""
        return replace(self, **{name: value for name, value in explicit.items() if value is not None})


def _cast(variable: str, value: str, kind: str) -> str | int | float | Path:
    if "Path" in kind:
        return Path(value).expanduser()
    if "str" in kind:
        return value
    try:
        return int(value) if "int" in kind else float(value)
    except ValueError:
        raise InputError(f"{variable} is {value!r}: give a {'whole ' if 'int' in kind else ''}number") from None


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise InputError(f"{name} ({PREFIX}{name.upper()}) is {value!r}: give {allowed}")


def _is_web_address(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
