"""What a chat model can do, found out by asking it: small real calls, each limited in time, kept for the next start."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.chat_models.faults import ModelFailed, fault_of

_LOG = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
FILE = "backends.json"
KEPT_DAYS = 30  # a server may be updated under the same name
_TOOL = {
    "type": "function",
    "function": {
        "name": "search_catalogue",
        "description": "Search the boutique's catalogue for items.",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    },
}
_COLOURS = ("c-17", "c-42")
_SCHEMA = {
    "title": "choice",
    "description": "A colour.",
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": list(_COLOURS)}},
    "required": ["colour"],
    "additionalProperties": False,
}
_ASSISTANT = SystemMessage("You are the assistant of a boutique. Use the tools for everything about items.")
_WANTS_ITEMS = HumanMessage("Do you have silk scarves?")
_WANTS_JSON = HumanMessage('What colour is a ripe banana? Answer as JSON in the form {"colour": "..."}.')
_FILLER = "A boutique sells scarves, coats, shoes, bags, hats and belts of silk, wool, leather, linen and cotton. " * 8
_WANTS_WORDS = HumanMessage("Describe a silk scarf in two sentences.")


class Capabilities(BaseModel):
    """What a model can do.

    Attributes:
        tool_calls: It calls a tool in its server's own format.
        json_schema: It keeps to a JSON schema.
        checked_on: When it was asked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    tool_calls: bool
    json_schema: bool
    checked_on: dt.date


class Speed(BaseModel):
    """How fast a model answered one short request.

    Attributes:
        streams: It sends more than one piece.
        first_s: Seconds to the first word.
        input_per_s: Prompt tokens per second up to the first word, None where the server counts no tokens.
        output_per_s: Tokens per second after it, None where it counts none or the answer was too short to tell.
    """

    model_config = ConfigDict(frozen=True)
    streams: bool
    first_s: float
    input_per_s: float | None
    output_per_s: float | None


def greet(model: BaseChatModel, label: str) -> None:
    """Ask one short question, to know whether a model is there.

    Raises:
        ModelFailed: If it is not.
    """
    _asked(lambda: model.invoke([HumanMessage("Answer with the word ready.")]), label)


def probe(model: BaseChatModel, label: str, today: dt.date) -> Capabilities:
    """Find out what a model can do.

    Raises:
        ModelFailed: If it stops answering meanwhile; a request that it refuses only means that it cannot do that.
    """
    return Capabilities(
        tool_calls=_can(lambda: _calls_tool(model), label),
        json_schema=_can(lambda: _keeps_schema(model), label),
        checked_on=today,
    )


def measure_speed(
    model: BaseChatModel, label: str, nonce: str, clock: Callable[[], float] = time.perf_counter
) -> Speed:
    """Time one streamed answer of two sentences to a prompt of some two hundred tokens.

    Args:
        model: The model.
        label: Its name.
        nonce: A text that no prompt began with before, so that no cache helps.
        clock: Seconds that only go forward.

    Raises:
        ModelFailed: If there is no answer.
    """
    return _asked(lambda: _timed(model, nonce, clock), label)


def kept_capabilities(cache: Path, key: str, today: dt.date) -> Capabilities | None:
    """Return what is known of a model from before, None where nothing is or it is too old."""
    try:
        found = Capabilities.model_validate(_read(cache / FILE)[key])
    except (KeyError, ValidationError):
        return None
    return found if dt.timedelta() <= today - found.checked_on < dt.timedelta(days=KEPT_DAYS) else None


def keep_capabilities(cache: Path, key: str, found: Capabilities) -> None:
    """Write down what is known of a model; other models' entries stay. Where nothing can be written, none is kept."""
    entries = {**_read(cache / FILE), key: found.model_dump(mode="json")}
    unfinished = cache / f"{FILE}.{os.getpid()}.part"
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished.write_text(json.dumps(entries, indent=1, sort_keys=True), encoding="utf-8")
        unfinished.replace(cache / FILE)
    except OSError as error:  # the model works all the same; the next start asks again
        _LOG.warning("what the chat model can do could not be kept: %s", type(error).__name__)


def _read(path: Path) -> dict[str, object]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or damaged: everything is asked anew
        return {}
    return entries if isinstance(entries, dict) else {}


def _calls_tool(model: BaseChatModel) -> bool:
    answer = model.bind_tools([_TOOL]).invoke([_ASSISTANT, _WANTS_ITEMS])
    return any(call["name"] == "search_catalogue" and call["args"].get("query") for call in answer.tool_calls)


def _keeps_schema(model: BaseChatModel) -> bool:
    # The request does not name the values that the schema allows: a server that leaves the schema out gets another one.
    answer = model.with_structured_output(_SCHEMA, method="json_schema").invoke([_WANTS_JSON])
    return isinstance(answer, dict) and answer.get("colour") in _COLOURS


def _can(ask: Callable[[], bool], label: str) -> bool:
    try:
        return _asked(ask, label)
    except ModelFailed as error:
        if error.fault.kind in ("request", "malformed", "server"):
            return False
        raise


def _asked(ask: Callable[[], _Answer], label: str) -> _Answer:
    try:
        return ask()
    except Exception as error:  # every provider's client fails in its own way; its text may hold a key
        raise ModelFailed(label, fault_of(error)) from None


def _timed(model: BaseChatModel, nonce: str, clock: Callable[[], float]) -> Speed:
    began = clock()
    first_at: float | None = None
    n_pieces, usage = 0, UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
    for piece in model.stream([SystemMessage(f"Order {nonce}. {_FILLER}"), _WANTS_WORDS]):
        if piece.content:
            first_at, n_pieces = first_at or clock(), n_pieces + 1
        usage = piece.usage_metadata or usage
    ended = clock()
    first_s = (first_at or ended) - began
    read = usage["input_tokens"] - usage.get("input_token_details", {}).get("cache_read", 0)
    written, written_s = usage["output_tokens"] - 1, ended - began - first_s
    return Speed(
        streams=n_pieces > 1,
        first_s=first_s,
        input_per_s=read / first_s if read and first_s else None,
        output_per_s=written / written_s if written > 1 and n_pieces > 1 and written_s else None,
    )
