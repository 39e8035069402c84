"""Commands about writing to clients: what waits in the outbox, who agreed to be written to."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from agent.settings import Settings

if TYPE_CHECKING:
    from agent.context import Actor
    from recsys.data.boutique import Boutique


@click.command()
@click.argument("client_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def outbox(settings: Settings, client_id: str, as_json: bool) -> None:
    """Print the approved messages to a client and what became of them; they are sent from the page's outbox."""
    from agent.records.book import ClientBook
    from agent.records.deliveries import Deliveries

    with _boutique(settings) as (boutique, operator):
        book = ClientBook(boutique)
        found = Deliveries(boutique).outbox(operator, book.client(operator, client_id).client_id)
    waiting = [(one.draft, one.delivery.state if one.delivery else "waiting") for one in found]
    if as_json:
        document = [
            {"draft_id": one.draft_id, "channel": one.channel, "state": state, "subject": one.subject, "body": one.body}
            for one, state in waiting
        ]
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for one, state in waiting:
        click.echo(f"{one.draft_id}, {one.channel}, {state}\nSubject: {one.subject}\n\n{one.body}\n")
    if not waiting:
        click.echo("no approved message waits", err=True)


@click.command()
@click.argument("client_id")
@click.argument("channel")
@click.option("--given/--withdrawn", required=True, help="What the client said.")
@click.option("--source", required=True, help="Where and how, for example 'form of 3 May 2026'.")
@click.pass_obj
def consent(settings: Settings, client_id: str, channel: str, given: bool, source: str) -> None:
    """Write down that a client agreed to be written to on CHANNEL, or does not any more."""
    from agent.records.messages import Messages

    with _boutique(settings) as (boutique, operator):
        Messages(boutique).record_consent(
            operator, client_id, channel, given=given, source=source, key=f"consent:{secrets.token_hex(8)}",
            at=dt.datetime.now(dt.UTC),
        )  # fmt: skip
    click.echo(f"{client_id}: {channel} {'given' if given else 'withdrawn'}")


@contextmanager
def _boutique(settings: Settings) -> Iterator[tuple[Boutique, Actor]]:
    from agent.context import Actor
    from recsys.data.boutique import Boutique

    boutique = Boutique.open(settings.boutique)
    try:
        yield boutique, Actor("operator", "manager")  # whoever may read the folder may run this
    finally:
        boutique.close()
