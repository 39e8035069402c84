"""Commands that read what happened in a conversation, and run a turn of it again."""

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


@click.command()
@click.argument("thread")
@click.argument("turn", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def replay(settings: Settings, thread: str, turn: int, as_json: bool) -> None:
    """Run turn TURN of a THREAD once more on a copy, with the chat model that is set, and tell what differs."""
    from agent.journeys.replay import replay as run
    from agent.tracing.store import TraceStore
    from agent.tracing.story import story
    from recsys.data.boutique import Boutique
    from recsys.errors import NotFound
    from ui.plain_text import printable

    Boutique.open(settings.boutique).close()
    store = TraceStore(settings.boutique)
    try:
        traces = store.of_thread(thread)
    finally:
        store.close()
    if turn > len(traces):
        raise NotFound(f"thread {thread!r} has {len(traces)} turns on record: give a number up to {len(traces)}")
    found = run(settings, traces[turn - 1])
    differs = [vars(one) for one in found.differences]
    if as_json:
        click.echo(json.dumps({"message": found.before.message, "differs": differs}, indent=2, ensure_ascii=False))
        return
    click.echo(printable(story([found.after])))
    click.echo("\nNothing differs in shape." if not differs else "\nWhat differs from the record:")
    for one in found.differences:
        click.echo(f"  {one.line()}")
