import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.refined import reduce, refine, root_mean_square, unit_rows, whitening


def rows(n, width, seed=0):
    values = np.random.default_rng(seed).normal(size=(n + 1, width)).astype(np.float32)
    values[0] = 0.0
    return values


def test_refined_is_as_wide_as_the_base_and_guided_comes_last():
    base, standard = rows(30, 8), rows(30, 3, seed=1)
    refined = refine(base, standard)
    assert refined.shape == base.shape
    assert refined.dtype == np.float32
    assert not refined[0].any()
    np.testing.assert_array_equal(refined[:, :5], reduce(base, 5))
    ratio = refined[1:, 5:] / standard[1:]
    np.testing.assert_allclose(ratio, np.repeat(ratio[:, :1], 3, axis=1), rtol=1e-4)  # same direction as the scores


def test_guided_columns_have_the_spread_of_the_reduced_ones():
    refined = refine(rows(50, 10), rows(50, 4, seed=1))
    assert root_mean_square(refined[:, 6:]) == pytest.approx(root_mean_square(refined[:, :6]), rel=1e-5)


@given(st.integers(1, 6))
def test_reduction_loses_as_little_as_any_projection_can(dim):
    base = rows(40, 6)
    centred = base[1:] - base[1:].mean(axis=0)
    variances = np.sort(np.linalg.eigvalsh(centred.T @ centred))[::-1]
    reduced = reduce(base, dim)[1:]
    assert float((reduced**2).sum()) == pytest.approx(float(variances[:dim].sum()), rel=1e-4)
    np.testing.assert_allclose(reduced.mean(axis=0), 0, atol=1e-5)


def test_components_beyond_the_rank_are_zero():
    reduced = reduce(rows(3, 8), 6)
    assert reduced.shape == (4, 6)
    np.testing.assert_allclose(reduced[:, 3:], 0, atol=1e-5)


def test_items_without_scores_stay_zero():
    standard = rows(5, 3)
    standard[2] = 0.0
    assert not unit_rows(standard)[2].any()
    np.testing.assert_allclose(np.linalg.norm(unit_rows(standard)[[1, 3, 4, 5]], axis=1), 1, rtol=1e-5)


def test_no_scores_at_all_give_zero_columns():
    refined = refine(rows(9, 6), np.zeros((10, 2), dtype=np.float32))
    assert not refined[:, 4:].any()


@pytest.mark.parametrize(("n", "width", "message"), [(8, 2, "align both"), (9, 6, "leave no room")])
def test_what_cannot_be_joined_is_refused(n, width, message):
    with pytest.raises(ValueError, match=message):
        refine(rows(9, 6), rows(n, width))


def test_a_row_that_rounding_left_of_filled_in_means_says_nothing():
    rows = np.array([[0, 0], [2e-7, -1e-7], [3, 4]], dtype=np.float32)
    np.testing.assert_allclose(unit_rows(rows), [[0, 0], [0, 0], [0.6, 0.8]], atol=1e-6)


def test_one_attribute_can_be_whitened():
    standard = np.array([[0], [2], [-2]], dtype=np.float32)
    assert whitening(standard) == pytest.approx(np.array([[0.5]]))
