"""Ranking metrics with several targets a client: the new items of one basket among all items of the catalogue.

Protocol: as in `recsys.evaluation.ranking_metrics`. Every item is ranked, owned ones are masked, and ties count against
the targets: they stand behind every other item of the same score, and one behind another among themselves, so that
ranks are distinct and a constant ranker gains nothing. With one target each metric equals that of `ranking_metrics`.

Ranks are one float64 array a client, aligned with its targets. Every metric returns one value per client, float64,
(U,); the figure that is reported is their mean, so that a client counts once, however large the basket.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.evaluation.ranking_metrics import RankArray
from recsys.evaluation.ranking_report import CUTS
from recsys.ranker import FloatArray, IntArray, Ranker


def basket_ranks(scores: FloatArray, sequences: Sequence[IntArray], targets: Sequence[IntArray]) -> list[RankArray]:
    """Return the ranks of each client's targets among the items that its sequence does not contain.

    Args:
        scores: float32, (B, N + 1), column 0 padding; not changed.
        sequences: B input sequences of internal ids.
        targets: B arrays of internal ids, int64, distinct within each, none empty.

    Returns:
        B arrays of ranks from 1, aligned with the targets; infinity for a target that is in its own sequence.
    """
    return [_ranks(*row) for row in zip(scores, sequences, targets, strict=True)]


def _ranks(scores: FloatArray, sequence: IntArray, targets: IntArray) -> RankArray:
    if not len(targets) or len(np.unique(targets)) < len(targets):
        raise ValueError(f"targets must be distinct and at least one, got {targets.tolist()}")
    other = np.ones(len(scores), dtype=bool)
    other[0] = other[sequence] = other[targets] = False
    rivals = np.sort(scores[other])
    ranks = np.full(len(targets), np.inf)
    new = np.flatnonzero(~np.isin(targets, sequence))
    best_first = new[np.argsort(-scores[targets[new]], kind="stable")]
    ahead = len(rivals) - np.searchsorted(rivals, scores[targets[best_first]], side="left")
    ranks[best_first] = ahead + np.arange(1, len(best_first) + 1)
    return ranks


def rank_baskets(
    ranker: Ranker, inputs: Sequence[IntArray], targets: Sequence[IntArray], batch: int = 512
) -> list[RankArray]:
    """Return the ranks of each client's targets; clients are scored in order of length so that batches pad little.

    Args:
        ranker: Fitted.
        inputs: U input sequences of internal ids, oldest first.
        targets: U arrays of internal ids, distinct within each, none empty.
        batch: Clients scored at a time; changes memory and speed, never the ranks.
    """
    ranks: list[RankArray] = [np.empty(0)] * len(targets)
    order = np.argsort([len(sequence) for sequence in inputs], kind="stable")
    for start in range(0, len(order), batch):
        chosen = order[start : start + batch]
        sequences = [inputs[index] for index in chosen]
        found = basket_ranks(ranker.score(sequences), sequences, [targets[index] for index in chosen])
        for index, row in zip(chosen, found, strict=True):
            ranks[index] = row
    return ranks


def basket_recall_at_k(ranks: Sequence[RankArray], k: int) -> RankArray:
    """Return the share of each client's targets that are among the first k; of 30 targets at most k / 30."""
    return np.array([np.count_nonzero(row <= k) / len(row) for row in ranks], dtype=np.float64)


def basket_ndcg_at_k(ranks: Sequence[RankArray], k: int) -> RankArray:
    """Return the sum of 1 / log2(rank + 1) over targets among the first k, over that of the best list of k.

    The best list has min(k, targets) hits, from rank 1 on.
    """
    gains = 1.0 / np.log2(np.arange(2.0, k + 2.0))
    ideal = np.cumsum(gains)
    own = (float(np.sum(1.0 / np.log2(row[row <= k] + 1.0))) / ideal[min(k, len(row)) - 1] for row in ranks)
    return np.fromiter(own, dtype=np.float64, count=len(ranks))


def basket_mrr(ranks: Sequence[RankArray], k: int | None = None) -> RankArray:
    """Return 1 / rank of each client's best target, 0 where it is not among the first k; over the full list without k.

    Args:
        ranks: One array a client.
        k: Length of the list that is looked at; None for all of it.
    """
    best = np.array([row.min() for row in ranks], dtype=np.float64)
    reciprocal: RankArray = np.where(best <= (np.inf if k is None else k), 1.0 / best, 0.0)
    return reciprocal


def summarise_baskets(ranks: Sequence[RankArray]) -> dict[str, float]:
    """Return all metrics as means over clients, under the names of `ranking_report.summarise`."""
    metrics = {"recall": basket_recall_at_k, "ndcg": basket_ndcg_at_k, "mrr": basket_mrr}
    values = {f"{name}@{k}": float(metric(ranks, k).mean()) for name, metric in metrics.items() for k in CUTS}
    return values | {"mrr": float(basket_mrr(ranks).mean())}
