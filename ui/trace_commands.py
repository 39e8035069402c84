"""Commands that read what happened: `clienteller trace`, `clienteller replay`."""

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
    from agent.tracing.store import TraceStore
    from agent.tracing.story import story
    from agent.tracing.trace import to_json
    from recsys.data.boutique import Boutique

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
    click.echo(f"[{', '.join(to_json(one) for one in traces)}]" if as_json else story(traces))
