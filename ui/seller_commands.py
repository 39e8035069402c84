"""Commands of SELLER: train it, and the group under which the others stand."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.settings import Settings
from ui.explain_commands import explain, gates
from ui.seller_evaluate_commands import evaluate

if TYPE_CHECKING:
    from recsys.catalogue import Catalogue
    from recsys.seller.references import Reference


@click.group()
def seller() -> None:
    """Train SELLER, the generator of explanations; look at one explanation; measure all of it."""


@seller.command()
@click.option(
    "--references",
    type=click.Path(path_type=Path, exists=True),
    help="Written explanations: a JSONL file, or a ReasoningRec fashion folder [the bundled ones where they fit].",
)
@click.option("--examples", default=2400, show_default=True, type=click.IntRange(1), help="Histories to tell of.")
@click.option("--epochs", default=1, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def train(settings: Settings, references: Path | None, examples: int, epochs: int, seed: int, as_json: bool) -> None:
    """Train SELLER's adapter on the boutique; goes on where it was interrupted."""
    from recsys.artifacts import load_catalogue, seller_folder, served_ranker
    from recsys.data.boutique import Boutique
    from recsys.recommender import Recommender
    from recsys.seller.fitting import TrainingConfig
    from recsys.seller.training import train_seller

    boutique = Boutique.open(settings.boutique)
    try:
        catalogue, guided = load_catalogue(boutique)
        report = train_seller(
            boutique,
            Recommender(catalogue, served_ranker(boutique), guided),
            _references(references, catalogue, seed),
            seller_folder(boutique),
            settings.cache,
            TrainingConfig(n_epochs=epochs, seed=seed),
            n_phrasebook=examples,
            on_progress=_say,
        )
    finally:
        boutique.close()
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2, ensure_ascii=False))
        return
    click.echo(f"{report.n_train} examples, {report.n_validation} to validate on, seed {seed}")
    click.echo(f"validation loss, nats a token: {', '.join(f'{loss:.3f}' for loss in report.losses)}")
    click.echo(f"{report.cpu_seconds:.0f} CPU-seconds of training, {report.seconds / 60:.1f} minutes in all")
    click.echo(f"weights {report.sha256[:12]} in {seller_folder(boutique)}")
    for text, wanted in report.samples:
        click.echo(f"  wrote:   {text}\n  learned: {wanted}")


def _references(source: Path | None, catalogue: Catalogue, seed: int) -> Sequence[Reference]:
    """Return written explanations: those asked for, else the bundled ones if the catalogue holds their items."""
    from recsys.data.demo import load_references
    from recsys.data.fashion_reasons import is_fashion_folder, read_fashion_references
    from recsys.seller.references import read_references

    if source is None:
        bundled = load_references()
        fit = all(one.target in catalogue.ids for one in bundled)
        _say("references: the bundled ones" if fit else "references: none; the phrasebook alone (see --references)")
        return bundled if fit else ()
    if is_fashion_folder(source):
        found = read_fashion_references(source, seed)
        dropped = ", ".join(f"{why} {count}" for why, count in found.dropped.items())
        _say(f"references: {len(found.references)} of {found.n_rows} rows; left out: {dropped}")
        return found.references
    return read_references(source)


def _say(line: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)


for command in (evaluate, explain, gates):
    seller.add_command(command)
