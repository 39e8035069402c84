"""Judges what the systems recommended, by one metric for all, and prints them side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_metrics import RankArray, mrr_at_k, ndcg_at_k, recall_at_k
from tests.benchmarks.split_files import IntArray

CUT = 10
REFERENCE = "clienteller-sasrec"
_METRICS = {"recall": recall_at_k, "ndcg": ndcg_at_k, "mrr": mrr_at_k}


def check_lists(top: IntArray, inputs: Sequence[IntArray], n_items: int) -> None:
    """Refuse lists that would make the comparison unfair.

    Args:
        top: Recommended items, int64, (E, K), best first, 0 for none.
        inputs: What each client owned.
        n_items: N; items are 1..N.

    Raises:
        ValueError: If a list holds an unknown item, one twice, or one that the client owned.
    """
    if len(top) != len(inputs):
        raise ValueError(f"{len(top)} lists for {len(inputs)} clients")
    if top.min(initial=0) < 0 or top.max(initial=0) > n_items:
        raise ValueError(f"an item beyond 0..{n_items}")
    for row, (items, owned) in enumerate(zip(top, inputs, strict=True)):
        real = items[items > 0]
        if len(np.unique(real)) < len(real):
            raise ValueError(f"client {row}: an item twice")
        if np.isin(real, owned).any():
            raise ValueError(f"client {row}: an item that was owned")


def ranks_in(top: IntArray, targets: IntArray) -> RankArray:
    """Return each target's place from 1 in its list, float64, (E,); infinity where it is not listed."""
    hits = top == targets[:, None]
    ranks: RankArray = np.where(hits.any(axis=1), hits.argmax(axis=1) + 1.0, np.inf)
    return ranks


def quality(top: IntArray, targets: IntArray) -> dict[str, float]:
    """Return "recall@10", "ndcg@10" and "mrr@10", means over clients."""
    ranks = ranks_in(top, targets)
    return {f"{name}@{CUT}": float(metric(ranks, CUT).mean()) for name, metric in _METRICS.items()}


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the systems as a Markdown table; in brackets the ratio to our SASRec, where it was measured."""
    reference = next((result for result in results if result["system"] == REFERENCE), None)
    header = [
        "system", "Recall@10", "NDCG@10", "MRR@10", "epochs", "CPU-s an epoch", "CPU-s of training",
        "clients a CPU-s", "peak MB",
    ]  # fmt: skip
    rows = [_cells(result, reference) for result in results]
    return "\n".join(markdown_table(header, rows))


def _cells(result: Mapping[str, Any], reference: Mapping[str, Any] | None) -> list[str]:
    def beside(key: str, digits: int) -> str:
        value = f"{result[key]:,.{digits}f}"
        if reference is None or result is reference or not reference[key]:
            return value
        return f"{value} ({result[key] / reference[key]:.2g}x)"

    epochs = f"{result['n_epochs']:.3g}{' (budget)' if result['budget_limited'] else ''}"
    return [
        result["system"],
        *(beside(f"{name}@{CUT}", 4) for name in _METRICS),
        epochs,
        beside("cpu_seconds_per_epoch", 1),
        beside("training_cpu_seconds", 0),
        beside("users_per_cpu_second", 0),
        beside("peak_mb", 0),
    ]
