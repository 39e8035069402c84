"""Tools for messages to the client: draft one, send it with leave."""

from __future__ import annotations

from typing import Any

from langchain_core.tools import BaseTool
from langgraph.types import Command

from agent.floor import drafting, sending
from agent.floor.shop import Shop
from agent.tools.marks import Runtime, call_key, marked


def outreach_tools(shop: Shop) -> list[BaseTool]:
    """Return the tools, bound to one shop."""

    @marked("writing", "serve")
    def draft_message(
        runtime: Runtime,
        items: list[str] | None = None,
        tone: str | None = None,
        language: str | None = None,
        channel: str | None = None,
    ) -> Command[Any]:
        """Draft a message to the client about items shown, or word the last draft anew; nothing is sent.

        Args:
            items: Numbers of the items shown, for example ["1", "3"].
            tone: "warm", "neutral", "formal" or "short".
            language: For example "French".
            channel: "e-mail", "text message", "WhatsApp" or "letter".
        """
        result = drafting.draft_message(
            shop,
            runtime.context,
            runtime.state,
            items or (),
            tone,
            language,
            channel,
            call_key(runtime),
            runtime.stream_writer,
        )
        return result.as_command(runtime.tool_call_id)

    @marked("outbound", "send")
    def send_message(runtime: Runtime) -> Command[Any]:
        """Send the newest draft of this conversation to the client; the person is asked for leave first."""
        result = sending.send_message(shop, runtime.context, call_key(runtime), runtime.stream_writer)
        return result.as_command(runtime.tool_call_id)

    return [draft_message, send_message]
