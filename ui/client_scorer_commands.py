"""Commands of the client scorer: tune the language model that scores clients, and compare it with the closed form."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from agent.settings import Settings
from recsys.errors import NotReady

if TYPE_CHECKING:
    from recsys.guided.client_scorer import ClientScorer

FOLDER, BASE = "client_scorer", "sasrec"
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
seeded = click.option("--seed", default=0, show_default=True, help="Of the choice of clients and of the training.")


@click.group(name="client-scorer")
def client_scorer() -> None:
    """Client guided embeddings from a tuned language model: train, evaluate."""


@client_scorer.command(name="train")
@click.option("--clients", default=1500, show_default=True, type=click.IntRange(min=10), help="Learned from.")
@click.option("--epochs", default=3, show_default=True, type=click.IntRange(min=1))
@seeded
@as_json
@click.pass_obj
def train(settings: Settings, clients: int, epochs: int, seed: int, as_json: bool) -> None:
    """Tune the language model on clients of the boutique; goes on where it was interrupted."""
    from recsys.guided.client_prompts import draw_clients
    from recsys.guided.client_training import TrainingConfig, train_scorer
    from recsys.refined import unit_rows

    shop, steps = _Shop(settings), _steps()
    report = train_scorer(
        shop.scorer(settings, seed, steps),
        shop.histories,
        unit_rows(shop.guided.standard),
        draw_clients(shop.histories, seed, n_learn=clients)[0],
        shop.folder,
        TrainingConfig(n_epochs=epochs, seed=seed),
        steps,
    )
    if as_json:
        click.echo(json.dumps(asdict(report), indent=2))
        return
    losses = ", ".join(f"{loss:.3f}" for loss in report.losses)
    click.echo(f"tuned on {report.n_clients} clients, epoch {report.best_epoch} of {len(report.losses) - 1} kept")
    click.echo(f"recommendation loss of {report.n_choosing} other clients, untuned first: {losses}")
    click.echo(f"{report.cpu_seconds:.0f} CPU-seconds, prompts not included")


@client_scorer.command(name="evaluate")
@click.option("--clients", default=1000, show_default=True, type=click.IntRange(min=2), help="Compared on.")
@as_json
@click.pass_obj
def evaluate(settings: Settings, clients: int, as_json: bool) -> None:
    """Compare the tuned scorer with the closed form on other clients' validation purchases; tells no test figure."""
    from recsys.guided.client_comparison import compare_scorer
    from recsys.guided.client_prompts import draw_clients
    from recsys.guided.client_scorer import load_scorer
    from recsys.models.weights import load_ranker

    shop, steps = _Shop(settings), _steps()
    ranker = load_ranker(shop.folder.parent / BASE, catalogue_fingerprint=shop.boutique.fingerprint())
    scorer = shop.scorer(settings, 0, steps)  # its adapters' start is replaced by the saved ones
    info = load_scorer(scorer, shop.folder)
    seed, report = info["training"]["seed"], info["report"]
    n_learned = report["n_clients"] + report["n_choosing"]
    report = compare_scorer(
        scorer,
        shop.sequences,
        shop.histories,
        draw_clients(shop.histories, seed, n_learn=n_learned, n_compare=clients)[1],
        shop.guided.standard,
        ranker,
        shop.folder / "compared",
        seed,
        steps,
    )
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.table())


class _Shop:
    """What both commands need of a boutique; opened once."""

    def __init__(self, settings: Settings) -> None:
        from recsys.data.boutique import Boutique
        from recsys.guided.client_prompts import ClientHistories
        from recsys.guided.embedding import GuidedEmbeddings

        self.boutique = Boutique.open(settings.boutique)
        self.sequences = self.boutique.sequences()
        self.histories = ClientHistories(self.sequences, [item.title for item in self.boutique.items()])
        scores = self.boutique.guided_scores()
        if scores is None:
            raise NotReady(f"'{self.boutique.path}' has no guided scores to tell clients by: ingest or make them first")
        self.guided = GuidedEmbeddings.from_scores(scores, self.sequences.items)
        self.folder = self.boutique.path / "weights" / FOLDER

    def scorer(self, settings: Settings, seed: int, steps: Callable[[str, int, int], None]) -> ClientScorer:
        """Return an untuned scorer for the boutique's attribute set."""
        from recsys.guided.client_scorer import AdapterConfig, ClientScorer
        from recsys.language_model import VERSION, load_language_model

        network, tokenizer = load_language_model(settings.cache, lambda done, n: steps("language model", done, n))
        attributes, config = self.guided.attribute_set, AdapterConfig()
        return ClientScorer(network, tokenizer, attributes, config, language_model_version=VERSION, seed=seed)


def _steps() -> Callable[[str, int, int], None]:
    """Return a callback that shows one progress bar on stderr for each named step."""
    from tqdm import tqdm

    bars: dict[str, tqdm[Any]] = {}

    def update(what: str, done: int, total: int) -> None:
        bar = bars.setdefault(what, tqdm(desc=what, total=total, file=sys.stderr, disable=None))
        bar.update(done - bar.n)

    return update
