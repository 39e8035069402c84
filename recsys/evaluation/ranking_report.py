"""Rankers side by side on held-out purchases: metrics, bootstrap intervals over clients, speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from recsys.data.sequences import LeaveOneOut
from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_metrics import RankArray, mrr, mrr_at_k, ndcg_at_k, recall_at_k, target_ranks
from recsys.ranker import IntArray, Ranker

CUTS = (5, 10, 20)
N_RESAMPLES = 1000

Which = Literal["validation", "test"]


@dataclass(frozen=True)
class Interval:
    """A mean over clients and its 95 % percentile bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:+.4f} [{self.low:+.4f}, {self.high:+.4f}]"


@dataclass(frozen=True)
class RankerResult:
    """One ranker's row.

    Attributes:
        metrics: "recall@5" ... "mrr@20" and "mrr" (full list), means over clients.
        ndcg_at_10: NDCG@10 with its interval.
        against_base: Paired difference of NDCG@10 to the base ranker; None for the base itself or without one.
        clients_per_cpu_second: Scoring and ranking all items, input sequences given.
    """

    name: str
    metrics: dict[str, float]
    ndcg_at_10: Interval
    against_base: Interval | None
    clients_per_cpu_second: float


@dataclass(frozen=True)
class RankingReport:
    """All rankers on one split.

    Attributes:
        n_repeats: Targets that the client already owned; they count as misses for every ranker.
        base: The ranker that differences are taken to, or None.
    """

    which: Which
    n_clients: int
    n_items: int
    n_repeats: int
    base: str | None
    results: tuple[RankerResult, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return asdict(self)

    def table(self) -> str:
        """Return the report as a Markdown table, aligned to be read as plain text too."""
        names = list(self.results[0].metrics)
        header = ["ranker", *names, "NDCG@10 95 %", f"NDCG@10 - {self.base}", "clients/CPU-s"]
        rows = [_cells(result, names) for result in self.results]
        note = f"{self.which}: {self.n_clients:,} clients, all {self.n_items:,} items ranked, owned items masked"
        return "\n".join(
            [f"{note} ({self.n_repeats:,} targets owned before count as misses)", "", *markdown_table(header, rows)]
        )


def _cells(result: RankerResult, names: Sequence[str]) -> list[str]:
    interval = f"[{result.ndcg_at_10.low:.4f}, {result.ndcg_at_10.high:.4f}]"
    difference = str(result.against_base) if result.against_base else "-"
    values = [f"{result.metrics[name]:.4f}" for name in names]
    return [result.name, *values, interval, difference, f"{result.clients_per_cpu_second:,.0f}"]


def evaluate_rankers(
    rankers: Sequence[Ranker],
    split: LeaveOneOut,
    which: Which,
    *,
    batch: int = 512,
    base: str = "sasrec",
    seed: int = 0,
    on_progress: Callable[[str], None] | None = None,
) -> RankingReport:
    """Rank all items for every client of a split with each ranker.

    Args:
        rankers: Fitted on `split.train` only.
        split: The leave-one-out split.
        which: "validation" to choose, "test" to report; look at the test split once.
        batch: Clients scored at a time; changes memory and speed, never the figures.
        base: Name of the ranker to take paired differences to, where it is among `rankers`.
        seed: Of the bootstrap's resampling.
        on_progress: Called with one line per ranker.
    """
    inputs = split.validation_inputs if which == "validation" else split.test_inputs
    targets = np.asarray(split.validation_targets if which == "validation" else split.test_targets)
    ranks, speeds = [], []
    for ranker in rankers:
        started = time.process_time()
        ranks.append(rank_targets(ranker, inputs, targets, batch))
        speeds.append(len(targets) / max(time.process_time() - started, 1e-9))
        if on_progress:
            on_progress(f"{ranker.name}: {len(targets):,} clients, {speeds[-1]:,.0f} a CPU-second")
    names = [ranker.name for ranker in rankers]
    base_index = names.index(base) if base in names else None
    own, paired = _bootstrap(np.stack([ndcg_at_k(row, 10) for row in ranks], axis=1), base_index, seed)
    results = tuple(
        RankerResult(name, summarise(row), own[i], None if i == base_index else paired[i], speeds[i])
        for i, (name, row) in enumerate(zip(names, ranks, strict=True))
    )
    n_repeats = int(np.isinf(ranks[0]).sum()) if ranks else 0
    return RankingReport(which, len(targets), rankers[0].n_items, n_repeats, base if base in names else None, results)


def rank_targets(ranker: Ranker, inputs: Sequence[IntArray], targets: IntArray, batch: int = 512) -> RankArray:
    """Return each client's target rank, float64, (U,); clients are scored in order of length so batches pad little."""
    ranks = np.empty(len(targets), dtype=np.float64)
    order = np.argsort([len(sequence) for sequence in inputs], kind="stable")
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        sequences = [inputs[index] for index in chosen]
        ranks[chosen] = target_ranks(ranker.score(sequences), sequences, targets[chosen])
    return ranks


def summarise(ranks: RankArray) -> dict[str, float]:
    """Return all metrics of a set of ranks as means over clients."""
    metrics = {"recall": recall_at_k, "ndcg": ndcg_at_k, "mrr": mrr_at_k}
    values = {f"{name}@{k}": float(metric(ranks, k).mean()) for name, metric in metrics.items() for k in CUTS}
    return values | {"mrr": float(mrr(ranks).mean())}


def _bootstrap(values: RankArray, base: int | None, seed: int) -> tuple[list[Interval], list[Interval] | list[None]]:
    """Resample clients: each ranker's interval and that of its difference to the base, from the same resamples.

    Args:
        values: One metric, (U, R).
        base: Column of the base ranker, or None.
        seed: Of the resampling.
    """
    means = resampled_means(values, seed)
    own = _intervals(values.mean(axis=0), means)
    if base is None:
        return own, [None] * values.shape[1]
    return own, _intervals((values - values[:, [base]]).mean(axis=0), means - means[:, [base]])


def resampled_means(values: RankArray, seed: int) -> RankArray:
    """Return the mean over clients in each of the bootstrap's resamples.

    Args:
        values: One value a client, (U,), or several, (U, R).
        seed: Of the resampling.

    Returns:
        float64, (N_RESAMPLES,) or (N_RESAMPLES, R).
    """
    rng = np.random.default_rng(seed)
    n_clients = len(values)
    return np.stack([values[rng.integers(0, n_clients, n_clients)].mean(axis=0) for _ in range(N_RESAMPLES)])


def _intervals(centre: RankArray, resampled: RankArray) -> list[Interval]:
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    return [Interval(*map(float, triple)) for triple in zip(centre, low, high, strict=True)]
