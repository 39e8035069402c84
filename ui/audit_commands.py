"""Commands that audit the reasons: the bounds that decide what may be said, and differences between groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.settings import Settings
from recsys.errors import NotReady

if TYPE_CHECKING:
    from recsys.data.boutique import Boutique
    from recsys.recommender import Recommender

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.option(
    "--clients", "n_clients", default=400, show_default=True, type=click.IntRange(20), help="How many to draw."
)
@click.option("--seed", default=0, show_default=True, help="Of the draws and of the intervals.")
@click.option("--repeat", type=click.Path(path_type=Path), help="Items scored by several annotators, as CSV.")
@as_json
@click.pass_obj
def thresholds(settings: Settings, n_clients: int, seed: int, repeat: Path | None, as_json: bool) -> None:
    """Measure on validation purchases from which effect and which score something may be said."""
    from recsys.data.boutique import Boutique
    from recsys.data.sequences import leave_one_out
    from recsys.evaluation.score_bounds import measure_score_bounds, read_readings
    from recsys.evaluation.thresholds import measure_thresholds
    from recsys.seller.evidence import LITTLE, MUCH, NOTABLE

    boutique = Boutique.open(settings.boutique)
    recommender = _recommender(boutique)
    scores = None
    if repeat is not None:
        if recommender.guided is None:
            raise NotReady(
                f"the items of '{boutique.path}' have no guided scores: score them with 'clienteller annotate'"
            )
        readings = read_readings(repeat, recommender.guided.names)
        bounds = (MUCH, LITTLE)
        scores = measure_score_bounds(readings, recommender.guided, today=bounds, notable=NOTABLE, seed=seed)
    report = measure_thresholds(
        recommender,
        leave_one_out(boutique.sequences()),
        n_clients=n_clients,
        seed=seed,
        scores=scores or (),
        on_progress=_say,
    )
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.table())


@click.command()
@click.option(
    "--clients", "n_clients", default=200, show_default=True, type=click.IntRange(20), help="How many to draw."
)
@click.option("--seed", default=0, show_default=True, help="Of the draw and of the intervals.")
@as_json
@click.pass_obj
def bias(settings: Settings, n_clients: int, seed: int, as_json: bool) -> None:
    """Compare the template's reasons for houses, price tiers and kinds of clients, beyond what the ranking explains."""
    from recsys.data.boutique import Boutique
    from recsys.evaluation.bias_audit import audit_bias
    from recsys.evaluation.bias_groups import explain_suggestions, groups_of
    from recsys.seller.explainer import Explainer

    boutique = Boutique.open(settings.boutique)
    explainer = Explainer(_recommender(boutique))
    found = explain_suggestions(explainer, boutique, n_clients=n_clients, seed=seed, on_progress=_say)
    groups = groups_of(found, explainer.recommender.catalogue, boutique)
    guided = explainer.recommender.guided
    report = audit_bias(found, groups, guided.attribute_set if guided else None, seed=seed)
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.table())


def _say(line: str) -> None:
    click.echo(line, err=True)


def _recommender(boutique: Boutique) -> Recommender:
    from recsys.artifacts import load_catalogue, served_ranker
    from recsys.recommender import Recommender

    catalogue, guided = load_catalogue(boutique)
    return Recommender(catalogue, served_ranker(boutique), guided)
