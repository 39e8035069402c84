"""Commands about tastes: a client's path and its turns, how well turns are found, and case studies as a page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.settings import Settings
from recsys.errors import InputError, NotReady

if TYPE_CHECKING:
    from recsys.catalogue import Catalogue
    from recsys.data.boutique import Boutique
    from recsys.drift import DriftPoint
    from recsys.guided.embedding import GuidedEmbeddings
    from recsys.trajectory import Trajectory
    from ui.case_study import CaseStudy

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
N_SHOWN = 6  # attributes in the table


@click.command()
@click.option("--client", "client_id", required=True, help="Whose taste.")
@as_json
@click.pass_obj
def taste(settings: Settings, client_id: str, as_json: bool) -> None:
    """Print the path of a client's taste, and the purchases at which it turned."""
    import numpy as np

    from recsys.data.boutique import Boutique
    from recsys.drift import find_drifts
    from recsys.trajectory import dated_sequence, follow

    boutique = Boutique.open(settings.boutique)
    catalogue, guided = _scored(boutique)
    item_ids, dates = dated_sequence(boutique.interactions(client_id))
    sequence = np.array([catalogue.ids.to_internal(item_id) for item_id in item_ids], dtype=np.int64)
    trajectory = follow(guided, sequence, dates)
    drifts = find_drifts(guided, sequence)
    if as_json:
        document = taste_document(client_id, item_ids, trajectory, drifts)
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    titles = [catalogue.item(item_id).title for item_id in item_ids]
    for line in taste_lines(trajectory, drifts, titles):
        click.echo(line)


def taste_document(
    client_id: str, item_ids: Sequence[str], trajectory: Trajectory, drifts: Sequence[DriftPoint]
) -> dict[str, Any]:
    """Return what `taste --json` prints; values in catalogue standard deviations, places counted from 1."""
    return {
        "client_id": client_id,
        "enough_to_tell": trajectory.tells,
        "attributes": list(trajectory.names),
        "purchases": [
            {
                "number": t + 1,
                "item_id": item_id,
                "at": day.isoformat() if day else None,
                "taste": _rounded(trajectory.path[t]),
                "smooth": _rounded(trajectory.smooth[t]),
                "spread": _rounded(trajectory.spread[t]),
            }
            for t, (item_id, day) in enumerate(zip(item_ids, trajectory.dates, strict=True))
        ],
        "drifts": [
            {
                "from_purchase": drift.index + 1,
                "p_value": round(drift.p_value, 4),
                "moves": [
                    {
                        "attribute": move.attribute,
                        "direction": "more" if move.direction > 0 else "less",
                        "size": round(move.size, 2),
                        "p_value": round(move.p_value, 4),
                    }
                    for move in drift.moves
                ],
                "bent_by": [place + 1 for place in drift.bent_by],
            }
            for drift in drifts
        ],
    }


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 2) for value in values]


def taste_lines(trajectory: Trajectory, drifts: Sequence[DriftPoint], titles: Sequence[str]) -> list[str]:
    """Return what `taste` prints: where the taste went on the attributes that moved most, and each turn."""
    if not len(trajectory):
        return ["no purchases on record: nothing to tell of a taste"]
    head = f"{len(trajectory)} purchases; catalogue standard deviations, first purchase to last"
    lines = [head, ""]
    width = max(len(name) for name in trajectory.names)
    for name in trajectory.most_moved(N_SHOWN):
        k = trajectory.names.index(name)
        first, last = float(trajectory.smooth[0, k]), float(trajectory.smooth[-1, k])
        spread = float(trajectory.spread[-1, k])
        lines.append(f"{name.replace('_', ' '):<{width}}  {first:+.2f} to {last:+.2f}  (give or take {spread:.2f})")
    lines.append("")
    if not trajectory.tells:
        return [*lines, "too few purchases to tell whether the taste turned"]
    if not drifts:
        return [*lines, "no sign that the taste turned: the purchases could as well stand in any other order"]
    for drift in drifts:
        lines += _drift_lines(trajectory, drift, titles)
    return lines


def _drift_lines(trajectory: Trajectory, drift: DriftPoint, titles: Sequence[str]) -> list[str]:
    day = trajectory.dates[drift.index]
    when = f" ({day:%d %B %Y})" if day else ""
    moves = ", ".join(
        f"{'more' if move.direction > 0 else 'less'} {move.attribute.replace('_', ' ')} ({move.size:+.1f})"
        for move in drift.moves
    )
    shown = [f"  {place + 1}. {titles[place]}" for place in drift.bent_by]
    return [
        f"the taste turned with purchase {drift.index + 1}{when}, p = {drift.p_value:.3f}: {moves}",
        *(["shown most by:", *shown] if shown else []),
    ]


@click.command()
@click.option("--seed", default=0, show_default=True, help="Of the random orders and of the intervals.")
@as_json
@click.pass_obj
def drift(settings: Settings, seed: int, as_json: bool) -> None:
    """Compare drift points with the known drifts of the demo boutique's clients."""
    from recsys.data.boutique import Boutique
    from recsys.data.demo import load_truth
    from recsys.evaluation.drift_cases import cases_of
    from recsys.evaluation.drift_report import evaluate_drifts

    boutique = Boutique.open(settings.boutique)
    catalogue, guided = _scored(boutique)
    report = evaluate_drifts(
        cases_of(boutique, load_truth(), catalogue.ids),
        guided,
        seed=seed,
        on_progress=lambda line: click.echo(line, err=True),
    )
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=2))
        return
    click.echo(report.table())


@click.command()
@click.option("--client", "client_ids", multiple=True, help="Whom to tell of; may be repeated [drawn by chance].")
@click.option("--draw", "n_drawn", default=5, show_default=True, type=click.IntRange(1, 50), help="How many to draw.")
@click.option("--seed", default=0, show_default=True, help="Of the draw.")
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the page.")
@click.pass_obj
def cases(settings: Settings, client_ids: tuple[str, ...], n_drawn: int, seed: int, out: Path) -> None:
    """Write a page about a few clients: their taste, its turns, suggestions and the reasons in figures."""
    from ui.case_page import render, write_page
    from ui.case_study import MIN_LENGTH

    study = _open_study(settings)
    chosen = client_ids or study.draw(n_drawn, seed)
    if not chosen:
        raise InputError(f"no client has {MIN_LENGTH} purchases to be drawn from: name clients with --client")
    rule = (
        "The clients were named by whoever made the page."
        if client_ids
        else f"Nobody picked them: they are the first of a random order (seed {seed}) of all clients with at least "
        f"{MIN_LENGTH} purchases."
    )
    told = []
    for client_id in chosen:
        click.echo(f"client {client_id}", err=True)
        told.append(study.tell(client_id))
    click.echo(str(write_page(render(told, rule, study.everyone(), study.guided.scorer), out)))


def _open_study(settings: Settings) -> CaseStudy:
    from recsys.artifacts import weights_folder
    from recsys.data.boutique import Boutique
    from recsys.models.weights import load_ranker
    from recsys.recommender import Recommender
    from recsys.trajectory import dated_sequence
    from ui.case_study import CaseStudy

    boutique = Boutique.open(settings.boutique)
    catalogue, guided = _scored(boutique)
    stamp = boutique.fingerprint()
    refined, base = (
        Recommender(catalogue, load_ranker(weights_folder(boutique) / name, catalogue_fingerprint=stamp), guided)
        for name in ("refined", "sasrec")
    )
    return CaseStudy(
        refined, base, boutique.sequences(), lambda client_id: dated_sequence(boutique.interactions(client_id))[1]
    )


def _scored(boutique: Boutique) -> tuple[Catalogue, GuidedEmbeddings]:
    """Return the catalogue and its guided embeddings; raise NotReady where nothing was scored."""
    from recsys.catalogue import Catalogue
    from recsys.guided.embedding import GuidedEmbeddings

    catalogue, scores = Catalogue(boutique.items()), boutique.guided_scores()
    if scores is None:
        raise NotReady(f"the items of '{boutique.path}' have no guided scores: score them with 'clienteller annotate'")
    return catalogue, GuidedEmbeddings.from_scores(scores, catalogue.ids)
