"""Reading a request's body before the application behind a gate does, and giving it again."""

from __future__ import annotations

from collections import deque

from starlette.types import Message, Receive

from ui.limits import MAX_BODY


async def read_body(receive: Receive) -> list[Message] | None:
    """Read a request's messages to the end of its body; None as soon as it is too large, whatever it declared."""
    messages, size = list[Message](), 0
    while True:
        messages.append(await receive())
        size += len(messages[-1].get("body", b""))
        if size > MAX_BODY:
            return None
        if not messages[-1].get("more_body", False):
            return messages


def replayed(messages: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that gives messages read before once more, and then goes on."""
    waiting = deque(messages)

    async def receive_again() -> Message:
        return waiting.popleft() if waiting else await receive()

    return receive_again
