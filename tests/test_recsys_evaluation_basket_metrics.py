import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation import ranking_metrics
from recsys.evaluation.basket_metrics import (
    basket_mrr,
    basket_ndcg_at_k,
    basket_ranks,
    basket_recall_at_k,
    rank_baskets,
    summarise_baskets,
)
from recsys.evaluation.ranking_report import rank_targets, summarise
from recsys.models.popularity import PopularityConfig, PopularityRanker
from tests.small_world import TasteRanker

INF = np.inf


def row(*values):
    return np.array([[-INF, *values]], dtype=np.float32)


def ids(*values):
    return np.array(values, dtype=np.int64)


def floats(*values):
    return np.array(values, dtype=np.float64)


@pytest.mark.parametrize(
    ("scores", "sequence", "targets", "ranks"),
    [
        (row(5, 4, 3, 2, 1), ids(), ids(1, 3), [1, 3]),
        (row(5, 4, 3, 2, 1), ids(), ids(3, 1), [3, 1]),  # aligned with the targets
        (row(5, 4, 3, 2, 1), ids(2, 2), ids(1, 3), [1, 2]),  # owned items stand before nothing
        (row(5, 5, 5, 2, 1), ids(), ids(2), [3]),  # a tie counts against the target
        (row(5, 5, 5, 2, 1), ids(), ids(1, 2), [2, 3]),  # and ties of targets take the last places in turn
        (row(0, 0, 0, 0, 0), ids(), ids(1, 2), [4, 5]),  # a constant ranker gains nothing
        (row(0, 0, 0, 0, 0), ids(3, 4, 5), ids(2, 1), [1, 2]),
        (row(5, 4, -INF, 2, -INF), ids(), ids(3), [5]),
        (row(5, 4, 3, 2, 1), ids(1), ids(1, 5), [INF, 4]),  # an owned target is a miss
    ],
)
def test_ranks_by_hand(scores, sequence, targets, ranks):
    before = scores.copy()
    assert basket_ranks(scores, [sequence], [targets])[0].tolist() == ranks
    np.testing.assert_array_equal(scores, before)


@pytest.mark.parametrize("targets", [ids(), ids(1, 1)])
def test_targets_are_distinct_and_some(targets):
    with pytest.raises(ValueError, match="distinct and at least one"):
        basket_ranks(row(1, 2, 3), [ids()], [targets])


def test_metrics_by_hand():
    ranks = [floats(1, 3, 9), floats(7), floats(2, INF), floats(INF)]
    log5 = 1 / math.log2(3)  # of rank 2

    np.testing.assert_allclose(basket_recall_at_k(ranks, 3), [2 / 3, 0, 1 / 2, 0])
    np.testing.assert_allclose(basket_recall_at_k(ranks, 10), [1, 1, 1 / 2, 0])
    # ideal: 1 + log5 + 1 / 2 for three targets, 1 + log5 for two, 1 for one
    np.testing.assert_allclose(basket_ndcg_at_k(ranks, 3), [(1 + 1 / 2) / (1 + log5 + 1 / 2), 0, log5 / (1 + log5), 0])
    np.testing.assert_allclose(
        basket_ndcg_at_k(ranks, 7), [(1 + 1 / 2) / (1 + log5 + 1 / 2), 1 / 3, log5 / (1 + log5), 0]
    )
    # the list has room for two of the three
    np.testing.assert_allclose(basket_ndcg_at_k(ranks, 2), [1 / (1 + log5), 0, log5 / (1 + log5), 0])
    np.testing.assert_allclose(basket_mrr(ranks), [1, 1 / 7, 1 / 2, 0])
    np.testing.assert_allclose(basket_mrr(ranks, 5), [1, 0, 1 / 2, 0])


def test_a_perfect_list_has_full_gain():
    ranks = [floats(2, 1, 3)]
    assert [basket_ndcg_at_k(ranks, k)[0] for k in (1, 2, 3, 10)] == pytest.approx([1, 1, 1, 1])
    assert [basket_recall_at_k(ranks, k)[0] for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


worlds = st.integers(0, 2**32 - 1)


@given(worlds)
def test_one_target_is_the_plain_metric(seed):
    rng = np.random.default_rng(seed)
    scores = np.hstack([np.full((5, 1), -INF), rng.integers(0, 6, (5, 12))]).astype(np.float32)  # with ties
    sequences = [rng.integers(1, 13, rng.integers(0, 6)) for _ in range(5)]
    targets = rng.integers(1, 13, 5)
    ranks = ranking_metrics.target_ranks(scores, sequences, targets)
    baskets = basket_ranks(scores, sequences, [ids(target) for target in targets])

    np.testing.assert_array_equal(np.concatenate(baskets), ranks)
    for k in (1, 5, 10):
        np.testing.assert_array_equal(basket_recall_at_k(baskets, k), ranking_metrics.recall_at_k(ranks, k))
        np.testing.assert_array_equal(basket_ndcg_at_k(baskets, k), ranking_metrics.ndcg_at_k(ranks, k))
        np.testing.assert_array_equal(basket_mrr(baskets, k), ranking_metrics.mrr_at_k(ranks, k))
    np.testing.assert_array_equal(basket_mrr(baskets), ranking_metrics.mrr(ranks))
    assert summarise_baskets(baskets) == summarise(ranks)


@given(worlds)
def test_ranks_are_the_places_in_the_worst_order_of_equals(seed):
    rng = np.random.default_rng(seed)
    scores = np.hstack([[[-INF]], rng.integers(0, 4, (1, 12))]).astype(np.float32)
    order = rng.permutation(12) + 1
    n_owned, n_targets = rng.integers(0, 5), rng.integers(1, 6)
    owned, targets = order[:n_owned], order[n_owned : n_owned + n_targets]
    left = sorted((item for item in range(1, 13) if item not in owned), key=lambda i: (-scores[0, i], i in targets))
    ranks = basket_ranks(scores, [owned], [targets])[0]

    assert sorted(ranks.tolist()) == [place for place, item in enumerate(left, start=1) if item in targets]


@given(worlds, st.sampled_from([1, 5, 10]))
def test_metrics_stay_between_0_and_1(seed, k):
    rng = np.random.default_rng(seed)
    ranks = [np.sort(rng.permutation(30)[: rng.integers(1, 20)] + 1.0) for _ in range(4)]
    for metric in (basket_recall_at_k, basket_ndcg_at_k, basket_mrr):
        assert ((metric(ranks, k) >= 0) & (metric(ranks, k) <= 1 + 1e-12)).all()


def test_batches_change_nothing_and_one_target_equals_the_report():
    rng = np.random.default_rng(1)
    inputs = [rng.integers(1, 13, length) for length in (4, 1, 7, 2, 2)]
    targets = [np.setdiff1d(np.arange(1, 13), sequence)[:3] for sequence in inputs]
    ranker = TasteRanker()
    whole = [rank.tolist() for rank in rank_baskets(ranker, inputs, targets)]

    assert [rank.tolist() for rank in rank_baskets(ranker, inputs, targets, batch=2)] == whole
    firsts = [row[:1] for row in targets]
    np.testing.assert_array_equal(
        np.concatenate(rank_baskets(ranker, inputs, firsts)), rank_targets(ranker, inputs, np.concatenate(firsts))
    )


def test_popularity_on_two_clients_by_hand():
    ranker = PopularityRanker(PopularityConfig(4), np.array([0, 4, 3, 2, 1], dtype=np.float32))
    found = summarise_baskets(rank_baskets(ranker, [ids(1), ids(2)], [ids(2, 4), ids(1)]))

    assert found["recall@5"] == pytest.approx(1)  # ranks 1 and 3 of three items, rank 1
    assert found["ndcg@5"] == pytest.approx(((1 + 1 / 2) / (1 + 1 / math.log2(3)) + 1) / 2)
    assert found["mrr"] == pytest.approx(1)
