import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.taste_model import PRIOR_VARIANCE, explain_change, fit_taste
from tests.small_world import CATALOGUE, GUIDED

some = st.lists(st.integers(1, len(CATALOGUE)), min_size=1, max_size=12).map(lambda ids: np.array(ids))


def correlated(n_items=200, seed=0):
    """Return z-scores in which the second attribute mostly goes with the first, and the third with nothing."""
    rng = np.random.default_rng(seed)
    first, noise, third = rng.normal(size=(3, n_items))
    rows = np.stack([first, 0.9 * first + 0.45 * noise, third], axis=1)
    return np.vstack([np.zeros(3), rows / rows.std(axis=0)]).astype(np.float32)


def buy(standard, taste, n, seed):
    rng = np.random.default_rng(seed)
    utility = standard[1:] @ np.array(taste) + rng.gumbel(size=(n, len(standard) - 1))
    return utility.argmax(axis=1) + 1


def test_a_taste_is_found_again_in_many_purchases():
    standard = correlated()
    found = fit_taste(standard, buy(standard, [1.0, 0.0, -0.7], 3000, 1))
    np.testing.assert_allclose(found, [1.0, 0.0, -0.7], atol=0.15)


def test_what_moved_is_told_from_what_only_goes_with_it():
    standard = correlated()
    before, after = buy(standard, [0, 0, 0], 40, 1), buy(standard, [0, 1.5, 0], 40, 2)
    both = standard[after].mean(axis=0) - standard[before].mean(axis=0)
    assert both[0] > 0.5 < both[1]  # plain means say that both moved
    changes = explain_change(standard, before, after, min_gain=4.0)
    assert [change.column for change in changes] == [1]
    assert changes[0].weight > 0.5


def test_a_wish_for_less_has_a_negative_weight():
    standard = correlated()
    changes = explain_change(standard, buy(standard, [0, 0, 1], 20, 3), buy(standard, [0, 0, -1], 20, 4), min_gain=4.0)
    assert changes[0].column == 2
    assert changes[0].weight < 0


def test_without_purchases_a_taste_is_nothing():
    np.testing.assert_array_equal(fit_taste(GUIDED.standard, np.array([], dtype=np.int64)), np.zeros(3))


@settings(max_examples=40, deadline=None)
@given(some, st.randoms(use_true_random=False))
def test_the_order_of_purchases_never_matters(purchases, random):
    shuffled = purchases.tolist()
    random.shuffle(shuffled)
    np.testing.assert_allclose(
        fit_taste(GUIDED.standard, purchases), fit_taste(GUIDED.standard, np.array(shuffled)), atol=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(some, some, st.floats(0.1, 5.0))
def test_every_attribute_named_beyond_the_first_gains_enough(before, after, min_gain):
    changes = explain_change(GUIDED.standard, before, after, min_gain=min_gain)
    assert 1 <= len(changes) <= 3
    assert len({change.column for change in changes}) == len(changes)
    assert all(change.gain >= min_gain for change in changes[1:])
    assert changes[0].gain >= -1e-9  # adding freedom never lowers the likelihood


def test_a_likelihood_is_climbed_to_the_top():
    standard = GUIDED.standard
    purchases = np.array([1, 2, 8, 8, 7])
    found = fit_taste(standard, purchases)

    def value(taste):
        log_sum = np.log(np.exp(standard[1:] @ taste).sum())
        return (
            standard[purchases].sum(axis=0) @ taste - len(purchases) * log_sum - (taste**2).sum() / 2 / PRIOR_VARIANCE
        )

    rng = np.random.default_rng(0)
    assert all(value(found) >= value(found + 0.05 * rng.normal(size=3)) for _ in range(100))
