import json

import numpy as np
import pytest

from recsys.data.sequences import Sequences, leave_one_out
from recsys.evaluation.ranking_report import evaluate_rankers
from recsys.ranker import IdMap

N_ITEMS = 12


class FixedRanker:
    """Scores every item by its id, or backwards."""

    n_items = N_ITEMS

    def __init__(self, name, sign):
        self.name = name
        self.sign = sign

    def score(self, sequences):
        scores = np.tile(self.sign * np.arange(N_ITEMS + 1, dtype=np.float32), (len(sequences), 1))
        scores[:, 0] = -np.inf
        return scores


def split_of(*rows):
    arrays = [np.array(row, dtype=np.int64) for row in rows]
    offsets = np.cumsum([0, *map(len, arrays)])
    names = tuple(f"c{index}" for index in range(len(rows)))
    return leave_one_out(Sequences(IdMap(map(str, range(N_ITEMS))), names, np.concatenate(arrays), offsets))


SPLIT = split_of([1, 2, 12], [12, 2, 9], [3, 4, 3], [5, 6])


def test_report_by_hand():
    report = evaluate_rankers([FixedRanker("up", 1)], SPLIT, "test")
    (result,) = report.results
    # Client 0: target 12 is first. Client 1: 11, 10, 9 with 12 owned: third. Client 2 owned its target: a miss.
    assert (report.n_clients, report.n_repeats) == (3, 1)
    assert result.metrics["recall@5"] == pytest.approx(2 / 3)
    assert result.metrics["ndcg@10"] == pytest.approx((1 + 1 / 2) / 3)
    assert result.metrics["mrr"] == pytest.approx((1 + 1 / 3) / 3)
    assert result.ndcg_at_10.low <= result.ndcg_at_10.mean <= result.ndcg_at_10.high


def test_validation_and_test_targets_differ():
    validation = evaluate_rankers([FixedRanker("down", -1)], SPLIT, "validation").results[0].metrics["mrr"]
    # Inputs [1], [12], [3]; targets 2, 2, 4, lowest id first: ranks 1, 2, 3.
    assert validation == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)


def test_differences_are_paired_and_to_the_base():
    rankers = [FixedRanker("sasrec", -1), FixedRanker("refined", 1), FixedRanker("same", -1)]
    report = evaluate_rankers(rankers, SPLIT, "test")
    base, refined, same = report.results
    assert base.against_base is None
    assert same.against_base is not None
    assert (same.against_base.low, same.against_base.mean, same.against_base.high) == (0, 0, 0)
    assert refined.against_base is not None
    assert refined.against_base.mean == pytest.approx(refined.ndcg_at_10.mean - base.ndcg_at_10.mean)


@pytest.mark.parametrize("batch", [1, 2, 512])
def test_batch_never_changes_the_figures(batch):
    report = evaluate_rankers([FixedRanker("up", 1)], SPLIT, "test", batch=batch)
    assert report.results[0].metrics == evaluate_rankers([FixedRanker("up", 1)], SPLIT, "test").results[0].metrics


def test_report_prints_and_serialises():
    report = evaluate_rankers([FixedRanker("up", 1), FixedRanker("sasrec", -1)], SPLIT, "test")
    lines = report.table().splitlines()
    assert "3 clients, all 12 items ranked" in lines[0]
    assert len({len(line) for line in lines[2:]}) == 1  # aligned
    assert json.loads(json.dumps(report.as_dict()))["results"][0]["name"] == "up"
