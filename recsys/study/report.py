"""The table of a study: means over seeds, and paired differences with bootstrap intervals over clients.

A refined ranker starts from a trained base and is trained once more, so a fair comparison is with a base that got the
same second pass: its own embeddings to start from and as many epochs again. Both gains are told.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_metrics import RankArray
from recsys.evaluation.ranking_report import resampled_means
from recsys.study.plots import bars, forest
from recsys.study.run import Row
from recsys.study.world import METRICS

NOTHING = 1e-3  # a reference at or below this is nothing to be relative to
SECOND_PASS = ", second pass"
COLD = "cold items"


@dataclass(frozen=True)
class Gain:
    """A paired difference over clients, relative to the mean of what it is compared with."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.1%} [{self.low:+.1%}, {self.high:+.1%}]"


@dataclass(frozen=True)
class StudyRow:
    """One line of the table.

    Attributes:
        seeds: Those that the figures are means of.
        n_clients: Evaluated with each seed.
        metrics: Means over clients and seeds.
        spread: Standard deviation over seeds, 0 with one.
        validation: NDCG@10 on the validation part, mean over seeds.
        over_base, over_second_pass: Gains by metric, without those where the reference finds nothing; None for the
            reference itself or where it is missing.
        about: What was chosen on validation, and the cost, seed by seed.
    """

    name: str
    seeds: tuple[int, ...]
    n_clients: int
    metrics: dict[str, float]
    spread: dict[str, float]
    validation: float
    over_base: dict[str, Gain] | None
    over_second_pass: dict[str, Gain] | None
    about: tuple[dict[str, float], ...]


@dataclass(frozen=True)
class StudyReport:
    """All rows of one data set."""

    name: str
    about: str
    rows: tuple[StudyRow, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return asdict(self)

    def table(self) -> str:
        """Return the report as a Markdown table, aligned to be read as plain text too."""
        gains = [f"{metric} over second pass" for metric in METRICS]
        header = ["ranker", "seeds", *METRICS, "ndcg@10 over base", *gains]
        cells = [_cells(row) for row in self.rows]
        return "\n".join(
            [f"{self.name}: {self.about}, all of them ranked, owned ones masked", "", *markdown_table(header, cells)]
        )


def _cells(row: StudyRow) -> list[str]:
    metrics = [f"{row.metrics[metric]:.4f}" + _spread(row, metric) for metric in METRICS]
    first = _told(row.over_base, "ndcg@10")
    gains = [_told(row.over_second_pass, metric) for metric in METRICS]
    return [row.name, str(len(row.seeds)), *metrics, first, *gains]


def _told(gains: dict[str, Gain] | None, metric: str) -> str:
    return "-" if gains is None else str(gains.get(metric, "from nothing"))


def _spread(row: StudyRow, metric: str) -> str:
    return f" ± {row.spread[metric]:.4f}" if len(row.seeds) > 1 else ""


def report_study(name: str, rows: Sequence[Row], about: str) -> StudyReport:
    """Put rows of the same name together and compare them with their base.

    Args:
        name: Of the data set.
        rows: Of finished arms, any order of seeds; rows keep the order of their first occurrence.
        about: Counts of the data set, in words.
    """
    by_name: dict[str, dict[int, Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, {})[row.seed] = row
    return StudyReport(name, about, tuple(_study_row(one, by_name) for one in by_name))


def _study_row(name: str, rows: dict[str, dict[int, Row]]) -> StudyRow:
    own = rows[name]
    means = np.stack([row.values.mean(axis=1) for row in own.values()])  # (seeds, metrics)
    encoder = name.split(",")[0].split(" ")[0]
    base = f"{encoder}, {COLD}" if COLD in name else encoder
    return StudyRow(
        name=name,
        seeds=tuple(sorted(own)),
        n_clients=next(iter(own.values())).values.shape[1],
        metrics=dict(zip(METRICS, means.mean(axis=0).tolist(), strict=True)),
        spread=dict(zip(METRICS, means.std(axis=0, ddof=1 if len(own) > 1 else 0).tolist(), strict=True)),
        validation=float(np.mean([row.validation for row in own.values()])),
        over_base=None if name == base else _gains(own, rows.get(base, {})),
        over_second_pass=None if name in (base, base + SECOND_PASS) else _gains(own, rows.get(base + SECOND_PASS, {})),
        about=tuple(own[seed].about for seed in sorted(own)),
    )


def _gains(own: dict[int, Row], reference: dict[int, Row]) -> dict[str, Gain] | None:
    """Compare seed by seed on the same clients."""
    shared = sorted(own.keys() & reference.keys())
    if not shared or own is reference:
        return None
    ours, theirs = _pool([own[s] for s in shared]), _pool([reference[s] for s in shared])
    known = [(index, metric) for index, metric in enumerate(METRICS) if theirs[index].mean() > NOTHING]
    return {metric: _gain(ours[index], theirs[index]) for index, metric in known}


def _pool(rows: Sequence[Row]) -> RankArray:
    """Return the mean over seeds for each client; cold items are drawn by seed, so there the clients are all others."""
    if COLD in rows[0].name:
        return np.concatenate([row.values for row in rows], axis=1)
    pooled: RankArray = np.mean([row.values for row in rows], axis=0)
    return pooled


def _gain(ours: RankArray, theirs: RankArray) -> Gain:
    """Return the mean difference over the mean of `theirs`, with a 95 % percentile bootstrap interval over clients."""
    difference, level = ours - theirs, float(theirs.mean())
    low, high = np.percentile(resampled_means(difference, seed=0), [2.5, 97.5])
    return Gain(float(difference.mean()) / level, float(low) / level, float(high) / level)


def write_report(report: StudyReport, folder: Path) -> None:
    """Write NAME.json, NAME.md, NAME-gains.svg and NAME-encoders.svg."""
    text = json.dumps(report.as_dict(), indent=1)
    (folder / f"{report.name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / f"{report.name}.md").write_text(report.table() + "\n", encoding="utf-8")
    compared = [
        (row.name, row.over_second_pass["ndcg@10"])
        for row in report.rows
        if row.over_second_pass and "ndcg@10" in row.over_second_pass
    ]
    gains = [(name, gain.mean, gain.low, gain.high) for name, gain in compared]
    title = f"NDCG@10 against the plain model of the same width and training, {report.name}"
    (folder / f"{report.name}-gains.svg").write_text(forest(title, gains), encoding="utf-8")
    kinds = ("", SECOND_PASS, " refined, permuted", " refined")
    labels = ("plain", "second pass", "refined, permuted", "refined")
    values = {row.name: row.metrics["ndcg@10"] for row in report.rows}
    groups = [
        (encoder, [values.get(encoder + kind) for kind in kinds])
        for encoder in ("sasrec", "gru4rec", "bert4rec")
        if encoder in values
    ]
    (folder / f"{report.name}-encoders.svg").write_text(
        bars(f"NDCG@10 by sequence model, {report.name}", labels, groups), encoding="utf-8"
    )
