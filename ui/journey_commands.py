"""Commands that play written conversations and grade them: the evaluation of the agent as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import click

from agent.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(invoke_without_command=True)
@click.option(
    "--journeys",
    "file",
    default="maison_orvane",
    show_default=True,
    help="maison_orvane, any_boutique, or a .yaml file of your own.",
)
@click.option("--split", type=click.Choice(["development", "held-out"]), help="Only this half.")
@click.option("--only", metavar="ID", default="", help="Only this journey.")
@click.option("--k", default=1, show_default=True, type=click.IntRange(1, 100), help="Play each so often, for pass^k.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Keep transcripts here; go on where a run ended."
)
@as_json
@click.pass_context
def journeys(
    ctx: click.Context, file: str, split: str | None, only: str, k: int, out: Path | None, as_json: bool
) -> None:
    """Play written conversations on a copy of the boutique and grade them by state and evidence."""
    if ctx.invoked_subcommand is not None:
        return
    from agent.journeys.file import read_journeys
    from agent.journeys.run import Choice, run_journeys

    settings: Settings = ctx.obj
    choice = Choice(only=only, split=split or "", k=k)
    report = run_journeys(settings, read_journeys(file), choice, out, _say)
    click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) if as_json else report.table())


@journeys.command()
@click.option("--clients", "n_clients", default=20, show_default=True, type=click.IntRange(1), help="How many to draw.")
@click.option("--seed", default=0, show_default=True, help="Of the clients, the hidden items and the control.")
@as_json
@click.pass_obj
def simulate(settings: Settings, n_clients: int, seed: int, as_json: bool) -> None:
    """Let simulated shoppers look for a hidden item by hints, beside a control whose hints are of other items."""
    from agent.journeys.target_item import simulate_shoppers

    report = simulate_shoppers(settings, n_clients=n_clients, seed=seed, on_progress=_say)
    click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) if as_json else report.table())


@journeys.command()
@click.option("--with", "other", required=True, metavar="MODEL", help="The chat model to compare with the one set.")
@click.option("--journeys", "file", default="maison_orvane", show_default=True, help="As for journeys.")
@click.option("--split", type=click.Choice(["development", "held-out"]), help="Only this half.")
@click.option("--only", metavar="ID", default="", help="Only this journey.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Keep transcripts here; go on where a run ended."
)
@as_json
@click.pass_obj
def swap(
    settings: Settings, other: str, file: str, split: str | None, only: str, out: Path | None, as_json: bool
) -> None:
    """Play the same journeys on two backends: where tools, items, checks, time and tokens differ."""
    from agent.journeys.file import read_journeys
    from agent.journeys.run import Choice, traces_of
    from agent.journeys.swap import swap_report

    known, choice = read_journeys(file), Choice(only=only, split=split or "")
    sides = [
        traces_of(one, known, choice, out / str(number) if out is not None else None, _say)
        for number, one in enumerate((settings, settings.override(chat_model=other)), start=1)
    ]
    (first, before), (second, after) = sides
    report = swap_report((first, second), before, after)
    click.echo(json.dumps(report.as_dict(), indent=2, ensure_ascii=False) if as_json else report.table())


def _say(line: str) -> None:
    click.echo(line, err=True)
