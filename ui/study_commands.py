"""The study of guided attributes, as a command."""

from __future__ import annotations

import json
from pathlib import Path

import click

from agent.settings import Settings
from recsys.errors import NotReady

GROUPS = ("references", "main", "cold", "ablations", "encoders", "scorers")


@click.command()
@click.option("--name", required=True, help="Of the data set, as in amazon-beauty.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Keeps finished parts.")
@click.option("--protocol", type=click.Choice(["leave-one-out", "next-basket"]), default="leave-one-out")
@click.option("--seed", "seeds", type=int, multiple=True, default=(0, 1, 2), show_default=True)
@click.option("--group", "groups", type=click.Choice(GROUPS), multiple=True, default=GROUPS[:2], show_default=True)
@click.option("--scores", multiple=True, metavar="NAME=FILE", help="Guided scores of another scorer, as CSV.")
@click.option("--report-only", is_flag=True, help="Train nothing; report what is finished.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def study(
    settings: Settings,
    name: str,
    out: Path,
    protocol: str,
    seeds: tuple[int, ...],
    groups: tuple[str, ...],
    scores: tuple[str, ...],
    report_only: bool,
    as_json: bool,
) -> None:
    """Measure what guided attributes bring, against every control; goes on where it was interrupted."""
    from recsys.data.boutique import Boutique
    from recsys.study.report import report_study, write_report
    from recsys.study.run import finished_rows, run_study
    from recsys.study.world import open_world, parse_scores

    world_file = out / name / "world.json"
    if not report_only:
        world = open_world(Boutique.open(settings.boutique), name, protocol, parse_scores(scores))
        (out / name).mkdir(parents=True, exist_ok=True)
        world_file.write_text(json.dumps({"about": world.about, "data": world.data}), encoding="utf-8")
        run_study(world, groups, seeds, out / name, None, lambda line: click.echo(line, err=True))
    if not world_file.is_file():
        raise NotReady(f"nothing of {name!r} is finished in '{out}': run the study without --report-only first")
    known = json.loads(world_file.read_text(encoding="utf-8"))
    report = report_study(name, finished_rows(out / name, known["data"]), known["about"])
    write_report(report, out)
    click.echo(json.dumps(report.as_dict(), indent=2) if as_json else report.table())
