import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation.ranking_metrics import mrr, mrr_at_k, ndcg_at_k, recall_at_k, target_ranks

INF = np.inf


def row(*values):
    return np.array([[-INF, *values]], dtype=np.float32)


def ids(*values):
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("scores", "sequence", "target", "rank"),
    [
        (row(4, 3, 2, 1), ids(), 1, 1),
        (row(4, 3, 2, 1), ids(), 3, 3),
        (row(4, 3, 2, 1), ids(1, 1), 3, 2),  # item 1 is owned, so it does not stand before the target
        (row(4, 3, 2, 1), ids(4), 3, 3),
        (row(2, 2, 2, 1), ids(), 2, 3),  # ties count against the target
        (row(2, 2, 2, 1), ids(3), 2, 2),
        (row(0, 0, 0, 0), ids(), 1, 4),  # a constant ranker gains nothing
        (row(4, 3, 2, 1), ids(1, 2), 2, INF),  # owned already: cannot be recommended
    ],
)
def test_target_ranks_by_hand(scores, sequence, target, rank):
    assert target_ranks(scores, [sequence], ids(target)).tolist() == [rank]


def test_metrics_by_hand():
    ranks = np.array([1.0, 3.0, 7.0, 15.0, INF])
    assert recall_at_k(ranks, 5).mean() == pytest.approx(2 / 5)
    assert recall_at_k(ranks, 10).mean() == pytest.approx(3 / 5)
    assert recall_at_k(ranks, 20).mean() == pytest.approx(4 / 5)
    assert ndcg_at_k(ranks, 5).mean() == pytest.approx((1 + 1 / 2) / 5)  # log2(4) = 2
    assert ndcg_at_k(ranks, 10).mean() == pytest.approx((1 + 1 / 2 + 1 / 3) / 5)  # log2(8) = 3
    assert ndcg_at_k(ranks, 20).mean() == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 5)  # log2(16) = 4
    assert mrr_at_k(ranks, 5).mean() == pytest.approx((1 + 1 / 3) / 5)
    assert mrr_at_k(ranks, 10).mean() == pytest.approx((1 + 1 / 3 + 1 / 7) / 5)
    assert mrr(ranks).mean() == pytest.approx((1 + 1 / 3 + 1 / 7 + 1 / 15) / 5)


def test_ranks_leave_the_scores_alone():
    scores = row(4, 3, 2, 1)
    before = scores.copy()
    target_ranks(scores, [ids(1)], ids(2))
    np.testing.assert_array_equal(scores, before)


@given(st.integers(0, 2**32 - 1))
def test_rank_is_the_place_in_the_sorted_unmasked_list(seed):
    rng = np.random.default_rng(seed)
    scores = np.hstack([[[-INF]], rng.permutation(12)[None, :]]).astype(np.float32)
    *sequence, target = (rng.permutation(12)[: rng.integers(1, 8)] + 1).tolist()
    left = [item for item in np.argsort(-scores[0]) if item > 0 and item not in sequence]
    assert target_ranks(scores, [ids(*sequence)], ids(target))[0] == left.index(target) + 1


@given(st.floats(1, 1000), st.sampled_from([5, 10, 20]))
def test_metrics_are_ordered(rank, k):
    ranks = np.array([math.floor(rank)], dtype=np.float64)
    assert mrr_at_k(ranks, k)[0] <= ndcg_at_k(ranks, k)[0] <= recall_at_k(ranks, k)[0] <= 1
