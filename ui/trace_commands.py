"""The command that reads what happened in a conversation."""

from __future__ import annotations

import json

import click

from agent.settings import Settings


@click.command()
@click.argument("thread", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def trace(settings: Settings, thread: str | None, as_json: bool) -> None:
    """Read a THREAD's turns as a story; without one, list the newest threads."""
    from agent.chat_models.prices import read_prices
    from agent.tracing.store import TraceStore
    from agent.tracing.story import story
    from agent.tracing.trace import to_json
    from recsys.data.boutique import Boutique
    from ui.plain_text import printable

    prices = read_prices(settings.prices)
    Boutique.open(settings.boutique).close()  # says in one line where there is no boutique
    store = TraceStore(settings.boutique)
    try:
        if thread is None:
            threads = store.threads()
            click.echo(json.dumps(dict(threads)) if as_json else "\n".join(f"{one}  {n} turns" for one, n in threads))
            return
        traces = store.of_thread(thread)
    finally:
        store.close()
    if as_json:
        click.echo(f"[{', '.join(to_json(one) for one in traces)}]")
    else:
        click.echo(printable(story(traces, prices)))  # it holds what clients typed
