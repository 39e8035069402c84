"""What went wrong with a call of a chat model, in words that hold nothing of what the provider wrote.

A provider's own error text may hold a key, an address or a piece of the conversation, so it is never passed on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from langchain_core.exceptions import ModelError

from agent.errors import ModelUnavailable

FaultKind = Literal["rate limit", "timeout", "connection", "server", "malformed", "key", "context", "request", "busy"]

_WORDS: dict[FaultKind, str] = {
    "rate limit": "it takes no more requests for now",
    "timeout": "it did not answer in time",
    "connection": "it cannot be reached: check its address and that it runs",
    "server": "it reports a fault of its own",
    "malformed": "its answer cannot be read",
    "key": "it refuses the key: check the environment variable that holds it",
    "context": "the conversation is longer than it can read",
    "request": "it refuses the request: check the model's name",
    "busy": "it failed repeatedly and is left alone for a while",
}
_RETRYABLE: frozenset[FaultKind] = frozenset(("rate limit", "timeout", "connection", "server", "malformed"))
_BY_STATUS: dict[int, FaultKind] = {
    401: "key", 403: "key", 408: "timeout", 413: "context", 429: "rate limit", 504: "timeout",
}  # fmt: skip
_CONTEXT = re.compile(
    r"context[ _](?:length|size|window)|maximum context|exceeds? the available context|too many tokens"
)
_LATE = re.compile(r"in time|within")
# What clients raise when a body is no JSON, or JSON without the parts that an answer must have.
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


@dataclass(frozen=True)
class Fault:
    """One failed call.

    Attributes:
        retry_after_s: How long the server asks to wait, None if it does not say.
    """

    kind: FaultKind
    retry_after_s: float | None = None

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed a moment later."""
        return self.kind in _RETRYABLE

    @property
    def counts(self) -> bool:
        """Whether it speaks against the backend; a request that nobody could answer does not."""
        return self.kind not in ("context", "request")

    @property
    def words(self) -> str:
        """What to tell a person."""
        return _WORDS[self.kind]


class ModelFailed(ModelUnavailable, ModelError):
    """A chat model failed and what can be tried again was tried; middleware should not retry it.

    Attributes:
        model: Which one, without its address.
        fault: What went wrong.
    """

    is_retryable = False

    def __init__(self, model: str, fault: Fault) -> None:
        super().__init__(f"the chat model {model!r} did not answer: {fault.words}")
        self.model = model
        self.fault = fault


def fault_of(error: Exception) -> Fault:
    """Tell what an exception of any provider's client means."""
    if isinstance(error, ModelFailed):
        return error.fault
    names = {one.__name__ for one in type(error).__mro__}
    if any("ContextOverflow" in name for name in names):
        return Fault("context")
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _from_status(status, error)
    if isinstance(error, ModelUnavailable):  # of a model in this process; its text is ours
        return Fault("context" if _CONTEXT.search(str(error)) else "timeout" if _LATE.search(str(error)) else "server")
    if any("Timeout" in name for name in names):
        return Fault("timeout")
    if any("Connect" in name or "Protocol" in name or "Network" in name for name in names):
        return Fault("connection")
    if isinstance(error, _UNREADABLE):
        return Fault("malformed")
    if isinstance(error, OSError):
        return Fault("connection")
    return Fault("server")


def _from_status(status: int, error: Exception) -> Fault:
    kind = _BY_STATUS.get(status)
    if kind is None and status >= 500:
        kind = "server"
    if kind is None:
        kind = "context" if _CONTEXT.search(str(error).casefold()) else "request"
    return Fault(kind, _retry_after(error))


def _retry_after(error: Exception) -> float | None:
    headers: Any = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after")))
    except (TypeError, ValueError):  # absent, or a date, which no server of this kind sends
        return None
