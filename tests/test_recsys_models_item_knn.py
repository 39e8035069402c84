import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.models.item_knn import ItemKNNConfig, ItemKNNRanker
from recsys.models.popularity import PopularityRanker

N_ITEMS = 9
histories = st.lists(st.lists(st.integers(1, N_ITEMS), max_size=6), min_size=1, max_size=12)


def arrays(rows):
    return [np.array(row, dtype=np.int64) for row in rows]


def brute_force(train, sequence, shrinkage, decay):
    """Return scores by the formula in words, with loops."""
    clients = {item: {u for u, row in enumerate(train) if item in row} for item in range(1, N_ITEMS + 1)}
    scores = np.zeros(N_ITEMS + 1)
    for (age, owned), item in itertools.product(enumerate(reversed(sequence)), range(1, N_ITEMS + 1)):
        shared = len(clients[owned] & clients[item])
        if shared and owned != item:
            size = math.sqrt(len(clients[owned]) * len(clients[item]))
            scores[item] += decay**age * shared / (size + shrinkage)
    scores[0] = -np.inf
    return scores


@settings(max_examples=50, deadline=None)
@given(histories, st.lists(st.integers(1, N_ITEMS), max_size=5), st.sampled_from([0.0, 3.0]), st.sampled_from([0.5, 1]))
def test_scores_equal_brute_force(train, sequence, shrinkage, decay):
    ranker = ItemKNNRanker.fit(arrays(train), ItemKNNConfig(N_ITEMS, shrinkage, decay))
    scores = ranker.score(arrays([sequence, []]))
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores[0], brute_force(train, sequence, shrinkage, decay), rtol=1e-5)
    assert not scores[1, 1:].any()


def test_recent_purchases_count_most():
    train = arrays([[1, 2], [1, 2], [3, 4], [3, 4]])
    ranker = ItemKNNRanker.fit(train, ItemKNNConfig(N_ITEMS))
    assert ranker.score(arrays([[1, 3]]))[0].argmax() == 4
    assert ranker.score(arrays([[3, 1]]))[0].argmax() == 2


def test_popularity_counts_purchases():
    ranker = PopularityRanker.fit(arrays([[1, 2, 2], [2, 3]]), 4)
    scores = ranker.score(arrays([[], [2]]))
    assert scores.tolist() == [[-math.inf, 1, 3, 1, 0]] * 2


def test_popularity_of_nothing_is_zero():
    assert PopularityRanker.fit([], 2).score(arrays([[1]])).tolist() == [pytest.approx([-math.inf, 0, 0])]
