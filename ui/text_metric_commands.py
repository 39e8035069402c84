"""The check of the text metrics against known figures, as a command."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.settings import Settings

if TYPE_CHECKING:
    from recsys.data.xrec import XRecCase
    from recsys.evaluation.text_report import TextReport
    from recsys.guided.sentence_scorer import SentenceEncoder

BASE = "XRec as released"


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0),
    help="Of rivals, shuffled references and resampling.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def xrec(settings: Settings, folder: Path, seed: int, as_json: bool) -> None:
    """Score XRec's released predictions in FOLDER beside texts that know nothing of the client."""
    from recsys.data.xrec import read_xrec

    started, used = time.perf_counter(), time.process_time()
    cases = read_xrec(folder)
    from recsys.text_encoder import TextEncoder  # after the reading: a wrong folder is told at once

    click.echo(f"{len(cases):,} cases; encoding texts ...", err=True)
    report = score_xrec(cases, TextEncoder.load(), seed)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    if as_json:
        document = {**report.as_dict(), "seconds": round(seconds, 1), "cpu_seconds": round(cpu_seconds, 1)}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    click.echo(report.table())
    click.echo(f"\nseed {seed}, {seconds:.0f} s, {cpu_seconds:.0f} CPU-seconds")


def score_xrec(cases: tuple[XRecCase, ...], encoder: SentenceEncoder, seed: int) -> TextReport:
    """Score the predictions, the item's profile pasted, and the most central prediction given to everyone.

    The central one is nearest to the mean of all predictions, so no reference is looked at to choose it.
    """
    from recsys.evaluation.text_metrics import RememberingEncoder, score_texts
    from recsys.evaluation.text_report import report_texts

    remembering = RememberingEncoder(encoder)
    predictions = [case.prediction for case in cases]
    encoded = remembering.encode(predictions)
    central = predictions[int((encoded @ encoded.mean(axis=0)).argmax())]
    systems = {
        BASE: predictions,
        "item profile pasted": [case.item_text for case in cases],
        "one prediction for all": [central] * len(cases),
    }
    scores = {
        name: score_texts(
            texts,
            [case.reference for case in cases],
            [case.item_id for case in cases],
            {case.item_id: case.item_text for case in cases},
            remembering,
            seed,
            clients=[case.client_id for case in cases],
        )
        for name, texts in systems.items()
    }
    return report_texts(scores, BASE, seed)
