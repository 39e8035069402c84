"""The command line: one command, verbs as subcommands. Composes the packages; imports heavy ones inside commands."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.settings import Settings
from recsys.errors import ClientellerError, NotReady
from ui.annotate_commands import annotate, attributes, scorers
from ui.audit_commands import bias, thresholds
from ui.backend_commands import backends, model_server
from ui.client_scorer_commands import client_scorer
from ui.contact_commands import consent, outbox
from ui.erase_commands import erase
from ui.journey_commands import journeys
from ui.load_commands import load
from ui.reason_commands import reasons
from ui.seller_commands import seller
from ui.serve_commands import keys, serve_api, serve_mcp
from ui.study_commands import study
from ui.taste_commands import cases, drift, taste
from ui.text_metric_commands import xrec
from ui.trace_commands import replay, trace
from ui.user_commands import users

if TYPE_CHECKING:
    from agent.context import Role
    from recsys.models.training import TrainingReport

# A busy neighbour makes spinning OpenMP threads collapse; sleeping ones cost nothing. Read when torch is imported.
os.environ.setdefault("GOMP_SPINCOUNT", "0")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("LANGSMITH_TRACING", "false")

DEMO_NAME = "Maison Orvane"
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


class _Group(click.Group):
    """Shows our own errors as one line and ends with exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClientellerError as error:
            raise click.ClickException(str(error)) from error


def _say(line: str) -> None:
    click.echo(line, err=True)


def _print(document: object) -> None:
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _progress(label: str) -> Callable[[int, int | None], None]:
    """Return a callback that keeps one progress bar on stderr."""
    from tqdm import tqdm

    bar = tqdm(desc=label, unit=" rows", file=sys.stderr, disable=None)

    def update(done: int, total: int | None) -> None:
        bar.total = total
        bar.update(done - bar.n)

    return update


def _steps() -> Callable[[str, int, int], None]:
    """Return a callback that shows one progress bar on stderr for each named step."""
    from tqdm import tqdm

    bars: dict[str, tqdm[Any]] = {}

    def update(what: str, done: int, total: int) -> None:
        bar = bars.setdefault(what, tqdm(desc=what, total=total, file=sys.stderr, disable=None))
        bar.update(done - bar.n)

    return update


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--boutique", type=click.Path(path_type=Path), help="The boutique's folder [CLIENTELLER_BOUTIQUE].")
@click.option("--model", help="Chat model: embedded, none, or provider:name [CLIENTELLER_CHAT_MODEL].")
@click.version_option(package_name="clienteller")
@click.pass_context
def main(ctx: click.Context, boutique: Path | None, model: str | None) -> None:
    """A clienteling assistant that knows a client's taste, recommends, and says truthfully why."""
    ctx.obj = Settings.from_env(os.environ, boutique=boutique, chat_model=model)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def demo(settings: Settings, host: str, port: int) -> None:
    """Open the chat on the bundled boutique, making whatever is missing first."""
    from ui.demo import demo_users, prepare_demo

    prepare_demo(settings, _say, _steps())
    _serve(settings, DEMO_NAME, host, port, told=demo_users(settings.boutique))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=7860, show_default=True, type=click.IntRange(1, 65535))
@click.option("--name", default="the boutique", show_default=True, help="The boutique's name on the page.")
@click.pass_obj
def serve(settings: Settings, host: str, port: int, name: str) -> None:
    """Open the chat on your own boutique."""
    _serve(settings, name, host, port)


def _serve(settings: Settings, name: str, host: str, port: int, *, told: Sequence[str] = ()) -> None:
    from agent.assistant import Assistant
    from ui.ports import require_free_port
    from ui.web.house import House
    from ui.web.site import launch

    require_free_port(host, port)
    _say("loading the assistant ...")
    assistant = Assistant.open(settings, name)
    for line in told:
        _say(line)
    try:
        launch(House(assistant), host=host, port=port)
    finally:
        assistant.close()


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="Names files and fields; see the README.")
@as_json
@click.pass_obj
def ingest(settings: Settings, source: Path, mapping: Path | None, as_json: bool) -> None:
    """Read a catalogue, clients and interactions from SOURCE into the boutique, all or nothing."""
    from recsys.data.ingest import ingest as run

    report = run(source, settings.boutique, mapping=mapping, on_progress=_progress("ingest"))
    if as_json:
        _print(report.as_dict())
        return
    for line in report.lines():
        click.echo(line)


@main.command()
@click.option("--seed", default=0, show_default=True)
@as_json
@click.pass_obj
def train(settings: Settings, seed: int, as_json: bool) -> None:
    """Train the rankers; goes on where it was interrupted."""
    from recsys.artifacts import weights_folder
    from recsys.data.boutique import Boutique
    from recsys.models.training import train_boutique

    boutique = Boutique.open(settings.boutique)
    reports = train_boutique(boutique, weights_folder(boutique), seed=seed, on_progress=_say)
    if as_json:
        _print([asdict(report) for report in reports])
        return
    for report in reports:
        click.echo(_training_line(report))


def _training_line(report: TrainingReport) -> str:
    """Return what became of one ranker, in one line."""
    if report.validation_ndcg_at_10 is None:
        return f"{report.name}: left out, {report.skipped}"
    return (
        f"{report.name}: validation NDCG@10 {report.validation_ndcg_at_10:.4f}, "
        f"epoch {report.best_epoch} of {report.n_epochs}, {report.seconds:.0f} s"
        + (", already trained" if report.reused else "")
    )


@main.command()
@click.pass_obj
def index(settings: Settings) -> None:
    """Build the vector index from the catalogue; does nothing when it is up to date."""
    from recsys.artifacts import refresh_index

    click.echo("index built" if refresh_index(settings.boutique, _steps()) else "index is up to date")


@main.command(name="fetch-model")
@click.pass_obj
def fetch_model(settings: Settings) -> None:
    """Put the embedded language model into the cache and verify it."""
    from agent.chat_models.model_file import fetch_chat_weights

    report = _steps()
    found = fetch_chat_weights(settings.cache, lambda done, total: report("language model", done, total))
    click.echo(str(found))


@main.command()
@click.option("--search", default="", help="Only clients whose name or id holds this.")
@as_json
@click.pass_obj
def clients(settings: Settings, search: str, as_json: bool) -> None:
    """List the clients on record."""
    from recsys.data.boutique import Boutique

    found = [
        {"client_id": one.client_id, "name": one.name, "associate_id": one.associate_id}
        for one in Boutique.open(settings.boutique).clients()
        if search.casefold() in f"{one.client_id} {one.name or ''}".casefold()
    ]
    if as_json:
        _print(found)
        return
    for client in found:
        click.echo(f"{client['client_id']}  {client['name'] or ''}".rstrip())


@main.command()
@click.option("--client", "client_id", help="Which client it is about; without one, the whole book.")
@click.option(
    "--as",
    "role",
    type=click.Choice(["shopper", "associate", "manager"]),
    default="manager",
    show_default=True,
    help="Who types.",
)
@click.option("--actor", help="The id of who types; default: the client for a shopper, their associate else.")
@click.option("--name", default="the boutique", show_default=True)
@click.pass_obj
def chat(settings: Settings, client_id: str | None, role: Role, actor: str | None, name: str) -> None:
    """Talk to the assistant in the terminal; lines come from standard input."""
    from ui.terminal import run_chat

    run_chat(settings, client_id, role, actor, name)


@main.group()
def evaluate() -> None:
    """Measure: ranking, routing of requests to tools, latency."""


@evaluate.command(name="ranking")
@as_json
@click.pass_obj
def evaluate_ranking(settings: Settings, as_json: bool) -> None:
    """Rank all items for every client's last purchase with every trained ranker."""
    from recsys.artifacts import SERVED, weights_folder
    from recsys.data.boutique import Boutique
    from recsys.data.sequences import leave_one_out
    from recsys.evaluation.ranking_report import evaluate_rankers
    from recsys.models.weights import load_ranker, read_config

    boutique = Boutique.open(settings.boutique)
    folders = [weights_folder(boutique) / name for name in reversed(SERVED)]
    trained = [folder for folder in folders if folder.is_dir()]
    if not trained:
        raise NotReady(f"no ranker is trained for '{boutique.path}': run 'clienteller train' first")
    rankers = [load_ranker(folder, catalogue_fingerprint=boutique.fingerprint()) for folder in trained]
    report = evaluate_rankers(rankers, leave_one_out(boutique.sequences()), "test")
    made = {folder.name: read_config(folder)["info"] for folder in trained}
    if as_json:
        _print({**report.as_dict(), "training": made})
        return
    click.echo(report.table())
    click.echo()
    for name, info in made.items():
        trained_in = f"trained in {info['report']['seconds']:.0f} s"
        click.echo(f"{name}: seed {info['seed']}, {trained_in}, {info['report']['n_epochs']} epochs")


@evaluate.command(name="routing")
@click.option("--requests", type=click.Path(path_type=Path), help="The scripted requests [the project's own].")
@click.option("--split", type=click.Choice(["dev", "test"]), default="test", show_default=True)
@as_json
@click.pass_obj
def evaluate_routing(settings: Settings, requests: Path | None, split: str, as_json: bool) -> None:
    """Count scripted requests that reach the right tool with the right arguments."""
    from ui.measure import routing

    report = routing(settings, requests, split)
    if as_json:
        _print(report.as_dict())
        return
    click.echo(report.table())


@evaluate.command(name="latency")
@click.option("--client", "client_id", help="Whose conversation to time [the first client].")
@as_json
@click.pass_obj
def evaluate_latency(settings: Settings, client_id: str | None, as_json: bool) -> None:
    """Time a turn: until the first words and until the end, planner and chosen model."""
    from ui.measure import latency

    rows = [latency(one, client_id) for one in (replace(settings, chat_model="none"), settings)]
    if as_json:
        _print([row.as_dict() for row in rows])
        return
    for row in rows:
        click.echo(row.line())


COMMANDS = (
    annotate, attributes, backends, cases, client_scorer, consent, erase, journeys, keys, load, model_server, outbox,
    replay, seller, serve_api, serve_mcp, study, taste, trace, users,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
for measurement in (bias, drift, reasons, scorers, thresholds, xrec):
    evaluate.add_command(measurement)

if __name__ == "__main__":
    main()
