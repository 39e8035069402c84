"""The same conversation in a terminal: events as plain lines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from agent.assistant import Assistant
from agent.context import Actor, Role
from agent.events import Card, Chips, Comparison, Notice, TextDelta, ToolFinished, ToolStarted, TurnEvent

if TYPE_CHECKING:
    from agent.conversation import Conversation
    from agent.settings import Settings


def run_chat(settings: Settings, client_id: str, role: Role, actor: str | None, name: str) -> None:
    """Hold a conversation on standard input and output until the input ends."""
    assistant = Assistant.open(settings, name)
    try:
        client = assistant.shop.boutique.client(client_id)
        own = client_id if role == "shopper" else client.associate_id or "desk"
        conversation = assistant.conversation(Actor(actor or own, role), client_id)
        click.echo(f"{name} - {client.name or client_id} - {assistant.backend.label}")
        if assistant.backend.notice:
            click.echo(f"({assistant.backend.notice})")
        _loop(conversation)
    finally:
        assistant.close()


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
        for event in conversation.respond(message):
            show(event)
        click.echo(f"\n  [{time.perf_counter() - began:.1f} s]")


def show(event: TurnEvent) -> None:
    """Print one event."""
    match event:
        case ToolStarted():
            click.echo(f"  - {event.title} ...")
        case ToolFinished():
            pass
        case Card():
            click.echo(card_text(event))
        case Comparison():
            click.echo(comparison_text(event))
        case TextDelta():
            click.echo(event.text, nl=False)
        case Chips():
            click.echo("  (" + " | ".join(event.messages) + ")")
        case Notice():
            click.echo(f"  ! {event.text}")


def card_text(card: Card) -> str:
    """Write a card as indented lines."""
    facts = [card.item.brand, card.price, "" if card.item.available else "not available now"]
    head = f"  {card.reference}. {card.item.title}" + "".join(f" - {fact}" for fact in facts if fact)
    bars = "  ".join(f"{bar.label} {'#' * round(bar.value * 10):.<10}" for bar in card.bars)
    why = f"     {card.reason.text}" if card.reason is not None else ""
    return "\n".join(line for line in (head, f"     {bars}" if bars else "", why) if line)


def comparison_text(comparison: Comparison) -> str:
    """Write a comparison as an aligned table."""
    rows = [("", tuple(f"{card.reference}. {card.item.title}"[:34] for card in comparison.cards))]
    rows += list(comparison.rows.items())
    width = max(len(label) for label, _ in rows)
    return "\n".join(f"  {label:<{width}}  " + "  ".join(f"{cell:<34}" for cell in cells) for label, cells in rows)
