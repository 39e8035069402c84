"""The same conversation in a terminal: events as plain lines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from agent.assistant import Assistant
from agent.context import Actor, Role
from agent.events import Acknowledged, Chips, Notice, TextDelta, ToolFinished, ToolStarted, TurnEvent
from recsys.errors import ClientellerError, InputError
from ui.plain_text import printable, text_of

if TYPE_CHECKING:
    from agent.conversation import Conversation
    from agent.settings import Settings


def run_chat(settings: Settings, client_id: str | None, role: Role, actor: str | None, name: str) -> None:
    """Hold a conversation on standard input and output until the input ends; without a client, about the whole book."""
    assistant = Assistant.open(settings, name)
    try:
        who = actor_of(assistant, client_id, role, actor)
        conversation = assistant.conversation(who, client_id)
        about = assistant.shop.book.client(who, client_id).name or client_id if client_id else "the client book"
        click.echo(f"{name} - {about} - {assistant.backend.label}")
        if assistant.backend.notice:
            click.echo(f"({assistant.backend.notice})")
        _loop(conversation)
    finally:
        assistant.close()


def actor_of(assistant: Assistant, client_id: str | None, role: Role, actor: str | None) -> Actor:
    """Return who types: as named, else the client for a shopper, their associate else."""
    if actor is None and client_id is None and role != "manager":
        raise InputError("say who types with --actor ID, or whom it is about with --client ID")
    if actor is not None or client_id is None:
        return Actor(actor or "desk", role)
    client = assistant.shop.boutique.client(client_id)
    return Actor(client_id if role == "shopper" else client.associate_id or "desk", role)


def _loop(conversation: Conversation) -> None:
    prompt = "\n> " if sys.stdin.isatty() else ""
    while True:
        try:
            message = input(prompt)
        except (EOFError, KeyboardInterrupt):
            return
        if not message.strip():
            continue
        if not prompt:
            click.echo(f"\n> {message}")
        began = time.perf_counter()
        lines = Lines()
        try:
            for event in conversation.respond(message):
                lines.show(event)
        except ClientellerError as error:  # of this one message, such as its length
            lines.show(Notice(str(error)))
        lines.end()
        click.echo(f"  [{time.perf_counter() - began:.1f} s]")


class Lines:
    """Prints the events of one turn, each on lines of its own; words of the answer run on."""

    def __init__(self) -> None:
        self._open = False  # whether the last line has not ended yet

    def show(self, event: TurnEvent) -> None:
        """Print one event."""
        match event:
            case TextDelta():
                self._words(event.text)
            case Acknowledged() | ToolFinished():
                pass  # its step was named when it began
            case ToolStarted():
                self._line(f"  - {event.title} ...")
            case Chips():
                self._line("  (" + " | ".join(event.messages) + ")")
            case Notice():
                self._line(f"  ! {event.text}")
            case _:
                self._line(text_of(event))

    def end(self) -> None:
        """End the last line."""
        if self._open:
            click.echo()
        self._open = False

    def _words(self, text: str) -> None:
        said = text if self._open else text.lstrip()
        if said:
            click.echo(printable(said), nl=False)
            self._open = not said.endswith("\n")

    def _line(self, text: str) -> None:
        self.end()
        click.echo(printable(text))
