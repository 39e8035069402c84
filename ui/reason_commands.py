"""Commands about reasons: how many of those shown pass every check, and how many planted false ones are caught."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from agent.settings import Settings
from recsys.errors import NotReady
from recsys.evaluation.planted_splits import SPLITS, Split

if TYPE_CHECKING:
    from recsys.evaluation.planted_reasons import CatchRate, ReasonAudit
    from recsys.recommender import Recommender
    from recsys.seller.evidence import Purchase
    from recsys.seller.local_drafter import LocalDrafter


@click.command()
@click.option("--clients", default=100, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--top", default=2, show_default=True, type=click.IntRange(1), help="Suggestions a client.")
@click.option("--writer", type=click.Choice(["seller", "template"]), help="Who words them [seller, if there is one].")
@click.option("--planted", default=200, show_default=True, type=click.IntRange(1), help="How many false reasons.")
@click.option("--forms", type=click.Choice(SPLITS), default="held_out_3", show_default=True, help="How they are put.")
@click.option("--seed", default=0, show_default=True, help="Of the choice of clients and of the false reasons.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def reasons(
    settings: Settings,
    clients: int,
    top: int,
    writer: str | None,
    planted: int,
    forms: Split,
    seed: int,
    as_json: bool,
) -> None:
    """Check the reasons of suggestions, and plant false ones to see whether the checks catch them."""
    from recsys.evaluation.planted_reasons import ASKED_FOR, audit, catch_rate, plant_many
    from recsys.seller.evidence import gather
    from recsys.seller.explainer import Explainer

    recommender, chosen = _open(settings, clients, seed)
    explainer = Explainer(recommender)
    shown = explainer if writer == "template" else Explainer(recommender, _drafter(settings, recommender, writer))
    report = audit(shown, chosen, k=top, on_progress=lambda done: _say(done, top * len(chosen)))
    cases = []
    for purchases in chosen:
        best = recommender.rank([one.item_id for one in purchases], k=1).candidates
        if best:
            evidence = gather(recommender, purchases, best[0].item_id)
            cases += [(explainer.explain(purchases, best[0].item_id).text, evidence)] if evidence.causes else []
    if not cases:
        raise NotReady("no suggestion of these clients has a tested cause: raise --clients or ingest more purchases")
    attributes = recommender.guided.attribute_set if recommender.guided is not None else None
    asked = catch_rate(plant_many(cases, recommender, planted, seed, only=ASKED_FOR, split=forms), attributes)
    every = catch_rate(plant_many(cases, recommender, planted, seed + 1, split=forms), attributes)
    if as_json:
        document = {"audit": report.as_dict(), "planted": asked.as_dict(), "planted_all_kinds": every.as_dict()}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for line in [*_audit_lines(report), "", *_caught_lines(asked), "", *_caught_lines(every)]:
        click.echo(line)


def _open(settings: Settings, n_clients: int, seed: int) -> tuple[Recommender, list[list[Purchase]]]:
    """Return the served recommender and the purchases of clients drawn at random, of those who bought something."""
    import numpy as np

    from recsys.artifacts import load_catalogue, served_ranker
    from recsys.data.boutique import Boutique
    from recsys.recommender import Recommender
    from recsys.seller.facts import purchases_of

    boutique = Boutique.open(settings.boutique)
    catalogue, guided = load_catalogue(boutique)
    everyone, found = boutique.clients(), list[list[Purchase]]()
    for place in np.random.default_rng(seed).permutation(len(everyone)):
        if len(found) == n_clients:
            break
        if purchases := purchases_of(boutique.interactions(everyone[int(place)].client_id)):
            found.append(purchases)
    return Recommender(catalogue, served_ranker(boutique), guided), found


def _drafter(settings: Settings, recommender: Recommender, writer: str | None) -> LocalDrafter | None:
    """Return SELLER's local generator, None where there is none and it was not asked for by name."""
    from agent.drafters import open_seller
    from recsys.data.boutique import Boutique
    from recsys.seller.local_drafter import LocalDrafter

    seller = open_seller(settings, Boutique.open(settings.boutique), recommender.guided)
    if seller is None and writer is not None:
        raise NotReady(f"no SELLER was trained for {str(settings.boutique)!r}: run 'clienteller seller train'")
    return LocalDrafter(seller, recommender) if seller is not None else None


def _say(done: int, total: int) -> None:
    if done % 50 == 0 or done == total:
        click.echo(f"explained {done} of {total}", err=True)


def _audit_lines(report: ReasonAudit) -> list[str]:
    from recsys.evaluation.markdown import markdown_table

    rows = [
        [source, str(n), str(report.passed.get(source, 0)) if source != "none" else "-"]
        for source, n in report.shown.items()
    ]
    return [
        f"{report.share:.1%} of the reasons that claim something pass every check",
        "",
        *markdown_table(["written by", "shown", "pass every check"], rows),
        *(f"failed {', '.join(checks)}: {text}" for text, checks in report.failed),
    ]


def _caught_lines(rate: CatchRate) -> list[str]:
    from recsys.evaluation.markdown import markdown_table

    caught, planted = rate.totals()
    rows = [[kind, str(n), str(rate.caught.get(kind, 0))] for kind, n in rate.planted.items()]
    return [
        f"{caught} of {planted} planted false reasons are caught",
        "",
        *markdown_table(["false reason", "planted", "caught"], rows),
        *(f"missed ({one.kind}): {one.text}" for one in rate.missed),
    ]
