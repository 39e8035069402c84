"""Commands that score the catalogue on guided attributes, draft attribute sets, and compare scorers."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.settings import Settings
from recsys.errors import InputError

if TYPE_CHECKING:
    from agent.chat_models.annotation import ScorerKind
    from recsys.data.boutique import Boutique
    from recsys.guided.agreement import AttributeReport
    from recsys.guided.annotation import Annotation, Pace
    from recsys.guided.attributes import AttributeSet
    from recsys.guided.score_cache import ScoreCache
    from recsys.guided.scorer import Scorer
    from recsys.guided.scores import GuidedScores
    from recsys.schema import Item

_SCORERS = ("sentence", "likelihood", "chat")
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.command()
@click.option(
    "--scorer",
    type=click.Choice(_SCORERS),
    default="sentence",
    show_default=True,
    help="Sentence encoder, embedded language model's likelihood of poles, or points by the chat model.",
)
@click.option("--attributes", help="A packaged set's name or a .yaml file [the boutique's own set].")
@click.option("--limit", type=click.IntRange(1), help="Only the first items: a trial that stores nothing.")
@click.option("--item", "item_ids", multiple=True, help="Only this item; may be given again. Stores nothing.")
@click.option("--export", type=click.Path(path_type=Path), help="Write a .csv or .parquet file, not the boutique.")
@as_json
@click.pass_obj
def annotate(
    settings: Settings,
    scorer: ScorerKind,
    attributes: str | None,
    limit: int | None,
    item_ids: tuple[str, ...],
    export: Path | None,
    as_json: bool,
) -> None:
    """Score the catalogue on guided attributes; goes on where it was interrupted."""
    from agent.chat_models.annotation import open_scorer
    from recsys.catalogue import Catalogue
    from recsys.data.boutique import Boutique
    from recsys.guided.agreement import attribute_reports

    if export is not None and export.suffix not in (".csv", ".parquet"):
        raise InputError(f"{str(export)!r}: name a file that ends in .csv or .parquet")
    boutique = Boutique.open(settings.boutique)
    attribute_set = _attribute_set(boutique, attributes)
    items = boutique.items()
    chosen = _chosen(items, item_ids, limit)
    annotation, _ = _scored(boutique, chosen, attribute_set, open_scorer(scorer, settings, Catalogue(items)))
    if export is not None:
        _export(export, annotation)
    stored = export is None and limit is None and not item_ids
    if stored:
        _store(boutique, annotation)
    reports = attribute_reports(annotation.points, annotation.attribute_set)
    where = str(export) if export is not None else str(boutique.path) if stored else None
    _show(annotation, reports, where, as_json)
    if stored:
        _say("run 'clienteller train' and 'clienteller index' so that rankings and search follow these scores")


@click.group()
def attributes() -> None:
    """Attribute sets: the qualities that items are scored on."""


@attributes.command()
@click.option("--domain", required=True, help="What the shop sells, in small letters: garden_tools.")
@click.option("--count", default=12, show_default=True, type=click.IntRange(2, 32), help="Attributes to draft.")
@click.option("--out", type=click.Path(path_type=Path), help="The .yaml file to write [standard output].")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@click.pass_obj
def propose(settings: Settings, domain: str, count: int, out: Path | None, force: bool) -> None:
    """Draft an attribute set for the catalogue with the chat model, for a person to edit."""
    from agent.chat_models.annotation import ask_of, require_chat_model
    from recsys.catalogue import Catalogue
    from recsys.data.boutique import Boutique
    from recsys.guided.proposal import Domain, as_yaml
    from recsys.guided.proposal import propose as draft

    if out is not None and out.exists() and not force:
        raise InputError(f"{str(out)!r} is there already: name another file, or replace it with --force")
    items = Boutique.open(settings.boutique).items()
    subject = Domain(domain, _categories(items), [item.text() for item in _spread(items)])
    backend = require_chat_model(settings, Catalogue(items))
    drafted = draft(subject, count, ask_of(backend), lambda name, done, total: _say(f"{done + 1}/{total} {name}"))
    text = as_yaml(drafted, backend.label)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        with out.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{str(out)!r} cannot be written ({error.strerror}): name another file") from error
    click.echo(f"{out}: {count} attributes, drafted by {backend.label}: read and edit it before use")


@click.command()
@click.option("--reference", required=True, type=click.Path(path_type=Path), help="CSV: item_id,<attributes>.")
@click.option("--scorer", "kinds", type=click.Choice(_SCORERS), multiple=True, default=("sentence", "likelihood"))
@click.option("--attributes", help="A packaged set's name or a .yaml file [the boutique's own set].")
@click.option("--sample", default=500, show_default=True, type=click.IntRange(10), help="Items to compare on.")
@click.option("--seed", default=0, show_default=True, help="Chooses the items.")
@as_json
@click.pass_obj
def scorers(
    settings: Settings,
    reference: Path,
    kinds: tuple[ScorerKind, ...],
    attributes: str | None,
    sample: int,
    seed: int,
    as_json: bool,
) -> None:
    """Correlate scorers with reference scores on a fixed sample of items; resumable."""
    from agent.chat_models.annotation import open_scorer
    from recsys.catalogue import Catalogue
    from recsys.data.boutique import Boutique
    from recsys.guided.comparison import Comparison, compare, sample_ids
    from recsys.guided.scores import read_scores_csv

    boutique = Boutique.open(settings.boutique)
    attribute_set = _attribute_set(boutique, attributes)
    truth: GuidedScores = read_scores_csv(reference, attribute_set, "reference")
    catalogue = Catalogue(boutique.items())
    by_id = {item.item_id: item for item in catalogue.items}
    items = [by_id[item_id] for item_id in sample_ids(list(by_id), truth, sample, seed)]
    rows = []
    for kind in dict.fromkeys(kinds):
        annotation, s_per_item = _scored(boutique, items, attribute_set, open_scorer(kind, settings, catalogue))
        rows.append(compare(kind, annotation, truth, s_per_item))
    result = Comparison(len(items), seed, tuple(rows))
    click.echo(json.dumps(result.as_dict(), indent=2) if as_json else result.table())


def _attribute_set(boutique: Boutique, name: str | None) -> AttributeSet:
    from recsys.guided.attributes import read_attribute_set, with_poles

    if name is not None:
        return read_attribute_set(name)
    scores = boutique.guided_scores()
    if scores is None:
        raise InputError(
            f"the boutique at '{boutique.path}' has no attribute set: name one with --attributes, or draft one with "
            "'clienteller attributes propose'"
        )
    return with_poles(scores.attribute_set)


def _chosen(items: Sequence[Item], item_ids: Sequence[str], limit: int | None) -> list[Item]:
    """Return the items to score; an unknown id is an error."""
    wanted = set(item_ids)
    if unknown := wanted - {item.item_id for item in items}:
        raise InputError(f"unknown item {min(unknown)!r}: it is not in the catalogue; give the id of one that is")
    return [item for item in items if not wanted or item.item_id in wanted][:limit]


def _scored(
    boutique: Boutique, items: Sequence[Item], attribute_set: AttributeSet, scorer: Scorer
) -> tuple[Annotation, float | None]:
    """Score items through the boutique's cache; also return seconds an item, None where all were there before."""
    from recsys.guided.annotation import annotate as run
    from recsys.guided.score_cache import CACHE_FILE, open_cache

    texts = [(item.item_id, item.text()) for item in items]
    paces: list[float] = []
    with open_cache(boutique.path / CACHE_FILE) as cache:
        _say_estimate(texts, attribute_set, scorer, cache)
        with _bar(scorer.name) as show:

            def on_pace(pace: Pace) -> None:
                paces.append(pace.per_s)
                show(pace.done, pace.total)

            annotation = run(texts, attribute_set, scorer, cache, on_pace)
    return annotation, 1 / paces[-1] if paces[-1] else None


def _say_estimate(
    texts: Sequence[tuple[str, str]], attribute_set: AttributeSet, scorer: Scorer, cache: ScoreCache
) -> None:
    """Say what the chat model will be asked before it is asked; the other scorers cost only time."""
    from recsys.guided.annotation import unscored
    from recsys.guided.chat_scorer import ChatScorer

    if isinstance(scorer, ChatScorer):
        cost = scorer.estimate(unscored(texts, attribute_set, scorer, cache), attribute_set)
        _say(f"about {cost.n_calls:,} calls, {cost.tokens_in:,} tokens in and {cost.tokens_out:,} out, retries aside")


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Give a callback that keeps one progress bar with rate and time left on stderr."""
    from tqdm import tqdm

    with tqdm(desc=label, unit=" items", file=sys.stderr, disable=None, smoothing=0.05) as bar:

        def show(done: int, total: int) -> None:
            if bar.total is None:  # what earlier runs did is not this run's speed
                bar.initial, bar.n = done, done
            bar.total = total
            bar.update(done - bar.n)
            bar.refresh()

        yield show


def _export(path: Path, annotation: Annotation) -> None:
    from recsys.guided.score_store import write_scores_csv, write_store

    if path.suffix == ".csv":
        write_scores_csv(path, annotation.guided_scores())
    else:
        write_store(path, annotation)


def _store(boutique: Boutique, annotation: Annotation) -> None:
    """Make the scores the boutique's own: the store beside it first, then its records in one transaction."""
    from recsys.guided.score_store import STORE_FILE, write_store

    write_store(boutique.path / STORE_FILE, annotation)
    with boutique.writer() as writer:
        writer.put_guided_scores(annotation.guided_scores())


def _show(annotation: Annotation, reports: Sequence[AttributeReport], where: str | None, as_json: bool) -> None:
    scorer = annotation.provenance.scorer
    if as_json:
        document: dict[str, Any] = {"scorer": scorer, "n_items": len(annotation.item_ids), "written_to": where}
        click.echo(json.dumps({**document, "attributes": [asdict(one) for one in reports]}, indent=2))
        return
    first = max(len(one.name) for one in reports)
    click.echo(f"{len(annotation.item_ids):,} items by {scorer}")
    click.echo(f"{'':{first}}  mean    sd  agreement  at the ends")
    for one in reports:
        said = "" if one.statable else "  ranks, is not stated"
        line = f"{one.name:{first}}  {one.mean:4.1f}  {one.sd:4.1f}  {one.agreement:9.2f}  {one.at_ends:11.0%}{said}"
        click.echo(line)
    if where is None:
        click.echo("a trial of some items: nothing stored; give --export FILE to keep it, or score the whole catalogue")
    else:
        click.echo(f"written to {where}")


def _categories(items: Sequence[Item]) -> list[str]:
    counted = Counter(" > ".join(item.category) for item in items if item.category)
    return [name for name, _ in counted.most_common()]


def _spread(items: Sequence[Item], count: int = 8) -> list[Item]:
    """Return items from all over the catalogue, category by category."""
    ordered = sorted(items, key=lambda item: (item.category, item.item_id))
    return ordered[:: max(1, len(ordered) // count)][:count]


def _say(line: str) -> None:
    click.echo(line, err=True)
