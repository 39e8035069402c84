"""The command that explains one suggestion and writes its page."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.settings import Settings
from recsys.errors import InputError

if TYPE_CHECKING:
    from recsys.data.boutique import Boutique
    from recsys.seller.trace import Trace


@click.command()
@click.option("--client", "client_id", required=True, help="To whom it is suggested.")
@click.option("--item", "item_id", help="What is suggested [the one of --rank].")
@click.option("--rank", type=click.IntRange(1, 1000), help="Its place among what would be suggested [1].")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="File for the page.")
@click.option("--json", "as_json", is_flag=True, help="Print everything on the page as one JSON document.")
@click.pass_obj
def explain(
    settings: Settings, client_id: str, item_id: str | None, rank: int | None, out: Path, as_json: bool
) -> None:
    """Explain one suggestion, and write a page with all that holds the explanation."""
    from recsys.data.boutique import Boutique
    from ui.explanation_page import render, write_page

    if item_id and rank:
        raise click.UsageError("name the item with --item or its place with --rank, not both")
    trace = _trace(Boutique.open(settings.boutique), client_id, item_id, rank or 1)
    path = write_page(render(trace), out)
    if as_json:
        click.echo(trace.to_json())
        return
    click.echo(trace.text)
    click.echo(str(path))


def _trace(boutique: Boutique, client_id: str, item_id: str | None, rank: int) -> Trace:
    """Explain an item, by default the one of a place in the client's ranking."""
    from agent.assistant import load_catalogue, served_ranker, weights_folder
    from recsys.models.weights import read_config
    from recsys.recommender import Recommender
    from recsys.seller.evidence import Purchase
    from recsys.seller.explainer import Explainer
    from recsys.seller.trace import Identity, trace_of
    from recsys.trajectory import dated_sequence

    catalogue, guided = load_catalogue(boutique)
    recommender = Recommender(catalogue, served_ranker(boutique), guided)
    item_ids, dates = dated_sequence(boutique.interactions(client_id))
    if item_id is None:
        candidates = recommender.rank(item_ids, k=rank).candidates
        if len(candidates) < rank:
            raise InputError(f"only {len(candidates)} items can be suggested to {client_id!r}: choose a lower --rank")
        item_id = candidates[-1].item_id
    purchases = [Purchase(one, at) for one, at in zip(item_ids, dates, strict=True)]
    begun = time.perf_counter()
    explanation = Explainer(recommender).explain(purchases, item_id)
    seconds = time.perf_counter() - begun
    config = read_config(weights_folder(boutique) / recommender.ranker.name)
    identity = Identity(
        ranker=recommender.ranker.name,
        weights_sha256=config["weights_sha256"],
        seed=config["info"].get("seed"),
        seconds=seconds,
    )
    return trace_of(recommender, purchases, item_id, explanation, client_id=client_id, identity=identity)
