"""What can be set from outside: read once from the environment, cast and range-checked; an explicit value always wins.

API keys are not settings of ours: each provider's client reads its own usual variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from recsys.errors import InputError

PREFIX = "CLIENTELLER_"
EXPLAINERS = ("auto", "seller", "chat", "template")
TOOL_CALLS = ("auto", "native", "schema")
MAX_FALLBACKS = 5
ModelRole = Literal["agent", "explainer", "annotator"]


def _all_cores() -> int:
    # More than four threads gain little on a model of this size and starve the rest of the process.
    return min(os.cpu_count() or 1, 4)


def _cache(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "clienteller"


@dataclass(frozen=True)
class Settings:
    """The settings of one process.

    Attributes:
        chat_model: Who talks: "embedded" (the packaged model), "none" (rules only), or PROVIDER:NAME, for example
            "openai:gpt-5-mini"; "openai:NAME@ADDRESS" names the server too.
        explainer_model: Who words reasons where the chat model does; None for `chat_model`.
        annotator_model: Who scores the guided attributes; None for `chat_model`.
        fallbacks: Chat models to try in this order when `chat_model` fails, separated by commas; then the planner.
        base_url: Address of an OpenAI-compatible server, for models "openai:NAME" that name none of their own.
        tool_calls: "native" (the server's own), "schema" (asked for as JSON and read here), or "auto", which tries once
            whether the model's own work.
        prices: File of chat models' prices per million tokens, for the costs that 'clienteller trace' tells; None to
            tell none.
        explainer: Who words reasons: "seller" (the local generator), "chat" (the chat model), "template", or "auto",
            the first of them that is there; without a chat model always the template, which needs no time.
        temperature: Sampling temperature of a remote chat model, 0 to 2; the embedded one always decodes greedily.
        boutique: Folder of the boutique's data.
        cache: Folder of downloaded model files.
        model_file: Weights of the embedded chat model; None to look in `cache`.
        threads: Threads of the embedded chat model, 1 to 64.
        connect_timeout_s: Seconds to wait for a connection to a remote chat model.
        answer_timeout_s: Seconds that one call of a chat model may take.
        turn_timeout_s: Seconds after which a turn begins no further call of a chat model.
        otel_endpoint: Address of a collector that turns are sent to as OpenTelemetry spans; None to send none.
        smtp_url: The server that approved e-mails are handed to, for example "smtp+starttls://user:password@host:587";
            None to send none from here. See agent.mail.
        mail_from: The sender of e-mails, for example "Maison Orvane <hello@orvane.example>".

    Raises:
        InputError: If a value is outside its range.
    """

    chat_model: str = "embedded"
    explainer_model: str | None = None
    annotator_model: str | None = None
    fallbacks: str = ""
    base_url: str | None = None
    tool_calls: str = "auto"
    prices: Path | None = None
    explainer: str = "auto"
    temperature: float = 0.0
    boutique: Path = Path("boutique")
    cache: Path = field(default_factory=lambda: _cache(os.environ))
    model_file: Path | None = None
    threads: int = field(default_factory=_all_cores)
    connect_timeout_s: float = 5.0
    answer_timeout_s: float = 60.0
    turn_timeout_s: float = 60.0
    otel_endpoint: str | None = None
    smtp_url: str | None = field(default=None, repr=False)  # holds a password
    mail_from: str | None = None

    def __post_init__(self) -> None:
        for name, model in self._models():
            _require(bool(model.strip()), name, model, "embedded, none or PROVIDER:NAME")
        allowed = f"at most {MAX_FALLBACKS} models separated by commas, none of them 'none'"
        few = len(self.fallback_models) <= MAX_FALLBACKS and "none" not in self.fallback_models
        _require(few, "fallbacks", self.fallbacks, allowed)
        _require(self.tool_calls in TOOL_CALLS, "tool_calls", self.tool_calls, ", ".join(TOOL_CALLS))
        _require(self.explainer in EXPLAINERS, "explainer", self.explainer, ", ".join(EXPLAINERS))
        _require(0 <= self.temperature <= 2, "temperature", self.temperature, "a number from 0 to 2")
        _require(1 <= self.threads <= 64, "threads", self.threads, "a whole number from 1 to 64")
        _require(0 < self.connect_timeout_s <= 60, "connect_timeout_s", self.connect_timeout_s, "seconds up to 60")
        _require(0 < self.answer_timeout_s <= 600, "answer_timeout_s", self.answer_timeout_s, "seconds up to 600")
        _require(0 < self.turn_timeout_s <= 240, "turn_timeout_s", self.turn_timeout_s, "seconds up to 240")
        if self.otel_endpoint is not None:
            _require(is_web_address(self.otel_endpoint), "otel_endpoint", self.otel_endpoint, "an http address")
        if self.base_url is not None:
            _require(is_web_address(self.base_url), "base_url", self.base_url, "an http or https address")

    @property
    def fallback_models(self) -> tuple[str, ...]:
        """The fallbacks one by one."""
        return tuple(name.strip() for name in self.fallbacks.split(",") if name.strip())

    def for_role(self, role: ModelRole) -> Self:
        """Return the settings with the chat model that a role uses; only the agent falls back to others."""
        if role == "agent":
            return self
        own = self.explainer_model if role == "explainer" else self.annotator_model
        return replace(self, chat_model=own or self.chat_model, fallbacks="")

    def _models(self) -> list[tuple[str, str]]:
        named = [(name, getattr(self, name)) for name in ("chat_model", "explainer_model", "annotator_model")]
        return [(name, model) for name, model in named if model is not None]

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


def is_web_address(address: str) -> bool:
    """Return whether a text is an http or https address with a host."""
    parts = urlsplit(address)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
