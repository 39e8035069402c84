"""What chat models that wrap other chat models share: quiet inner calls, and pieces of one kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import set_config_context

_Value = TypeVar("_Value")
# The outer call reports words and usage; an inner one that did so too would have them shown and counted twice. A call's
# own config cannot say so: what bind_tools returns joins it with that of the surrounding run.
_QUIET = RunnableConfig(callbacks=[])


def quietly(call: Callable[[], _Value]) -> _Value:
    """Call something that nobody who watches this run shall hear of."""
    with set_config_context(_QUIET) as context:
        return context.run(call)


def quiet_pieces(start: Callable[[], Iterator[_Value]]) -> Iterator[_Value]:
    """Yield the pieces of a stream that nobody who watches this run shall hear of."""
    with set_config_context(_QUIET) as context:
        pieces = context.run(start)
        while (piece := context.run(next, pieces, None)) is not None:
            yield piece


def as_chunk(message: BaseMessage) -> AIMessageChunk:
    """Return a piece of a stream; a model that does not stream gives one whole message instead."""
    if isinstance(message, AIMessageChunk):
        return message
    assert isinstance(message, AIMessage)
    whole = [(call["name"], json.dumps(call["args"]), call["id"]) for call in message.tool_calls]
    broken = [(call["name"], call["args"], call["id"]) for call in message.invalid_tool_calls]  # found invalid again
    calls = [
        tool_call_chunk(name=name, args=arguments, id=id_, index=index)
        for index, (name, arguments, id_) in enumerate([*whole, *broken])
    ]
    return AIMessageChunk(
        content=message.content,
        tool_call_chunks=calls,
        usage_metadata=message.usage_metadata,
        response_metadata=message.response_metadata,
        additional_kwargs=message.additional_kwargs,
    )
