"""What the calls of a turn used: tokens, time and, where prices are known, money. For every chat model alike."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from recsys.errors import InputError


@dataclass(frozen=True)
class Usage:
    """What one call used, or several together.

    Attributes:
        backend: The model's name; several names joined by commas.
        input_tokens: Of the prompt, those from the cache included.
        cached_input_tokens: Of them, those that the server still knew.
        output_tokens: Written.
        seconds: From asking to the last token.
        cost: In `currency`, None where a price is not known.
        currency: "" where no price is known.
        calls: How many.
        uncounted: Of them, those whose server did not count tokens.
    """

    backend: str
    input_tokens: int = 0
    cached_input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    cost: float | None = None
    currency: str = ""
    calls: int = 1
    uncounted: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


class Price(BaseModel):
    """What a model costs per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    input: float = Field(ge=0)
    cached_input: float = Field(ge=0)
    output: float = Field(ge=0)
    currency: str = Field(pattern="^[A-Z]{3}$")


Prices = Mapping[str, Price]
_PRICES = TypeAdapter(dict[str, Price])
NO_PRICES: Prices = {}


def read_prices(path: Path | None) -> Prices:
    """Read the prices of models.

    Args:
        path: A YAML file, for each model's name its prices: "openai:NAME: {input: 1.0, cached_input: 0.5, output: 2.0,
            currency: EUR}"; None where no price is known.

    Raises:
        InputError: If there is no such file or it has another form.
    """
    if path is None:
        return NO_PRICES
    try:
        return _PRICES.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except OSError:
        raise InputError(f"the prices (CLIENTELLER_PRICES) cannot be read from {str(path)!r}: check the path") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise InputError(
            f"{str(path)!r} is no YAML: give prices as MODEL: {{input, cached_input, output, currency}}"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InputError(f"{str(path)!r}, {place}: {first['msg']}") from None


def usage_of(message: AIMessage, seconds: float, prices: Prices = NO_PRICES) -> Usage:
    """Return what one answer used, by what its message carries."""
    metadata = message.response_metadata
    backend = str(metadata.get("backend") or metadata.get("model_name") or "unknown")
    counted = message.usage_metadata
    if counted is None:
        return Usage(backend, seconds=seconds, uncounted=0 if metadata.get("planner") else 1)
    cached = counted.get("input_token_details", {}).get("cache_read", 0)
    fresh = counted["input_tokens"] - cached
    price = prices.get(backend) or prices.get(backend.rpartition("@")[0])  # a name may end in its server's
    cost = None
    if price is not None:
        cost = (fresh * price.input + cached * price.cached_input + counted["output_tokens"] * price.output) / 1e6
    return Usage(
        backend, counted["input_tokens"], cached, counted["output_tokens"], seconds,
        cost, price.currency if price else "",
    )  # fmt: skip


def total(usages: Iterable[Usage]) -> Usage:
    """Return several usages as one. The cost is known only if every call's is, in one currency."""
    each = list(usages)
    currencies = {one.currency for one in each}
    costs = [one.cost for one in each if one.cost is not None]
    known = len(costs) == len(each) and len(currencies) == 1
    return Usage(
        backend=", ".join(dict.fromkeys(one.backend for one in each)),
        input_tokens=sum(one.input_tokens for one in each),
        cached_input_tokens=sum(one.cached_input_tokens for one in each),
        output_tokens=sum(one.output_tokens for one in each),
        seconds=sum(one.seconds for one in each),
        cost=sum(costs) if known else None,
        currency=currencies.pop() if known else "",
        calls=sum(one.calls for one in each),
        uncounted=sum(one.uncounted for one in each),
    )


class UsageRecorder(BaseCallbackHandler):
    """Notes what every call of a chat model used; give it as a callback of the turn, then read `usages`.

    Args:
        prices: From `read_prices`.
        clock: Seconds that only go forward.
    """

    def __init__(self, prices: Prices = NO_PRICES, clock: Callable[[], float] = time.perf_counter) -> None:
        self._prices = prices
        self._clock = clock
        self._lock = threading.Lock()
        self._began: dict[UUID, float] = {}
        self._usages: list[Usage] = []

    @property
    def usages(self) -> tuple[Usage, ...]:
        """One for each call that ended, in the order of their ends."""
        with self._lock:
            return tuple(self._usages)

    def total(self) -> Usage | None:
        """Return all calls together, None if there was none."""
        found = self.usages
        return total(found) if found else None

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: list[list[BaseMessage]], *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Note when a call began."""
        with self._lock:
            self._began[run_id] = self._clock()

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Note what a call used."""
        now = self._clock()
        with self._lock:
            seconds = now - self._began.pop(run_id, now)
            self._usages += [usage_of(message, seconds, self._prices) for message in _answers(response.generations)]

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget a call that failed."""
        with self._lock:
            self._began.pop(run_id, None)


def _answers(generations: Sequence[Sequence[Any]]) -> list[AIMessage]:
    return [
        one.message
        for several in generations
        for one in several
        if isinstance(one, ChatGeneration) and isinstance(one.message, AIMessage)
    ]
