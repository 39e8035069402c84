import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.drift import DriftSettings, Split, find_drifts, find_splits, split_differences, sure
from recsys.errors import InputError
from recsys.trajectory import MIN_PURCHASES
from tests.small_world import CATALOGUE, GUIDED

ORNATE, BARE, WARM = [4, 9, 3, 4, 9, 3], [7, 8, 1, 7, 8, 1], [5, 6, 10, 5, 6, 10]
QUICK = DriftSettings(n_orders=199)
sequences = st.lists(st.integers(1, len(CATALOGUE)), max_size=16).map(lambda ids: np.array(ids, dtype=np.int64))


def test_a_difference_is_the_gap_of_means_in_its_own_standard_error():
    points = np.array([[0.0], [0.0], [3.0], [3.0], [3.0]])
    # sides of 2 and 3, then of 3 and 2: later mean minus earlier mean, times the root of n1 n2 / L
    expected = [[3 * np.sqrt(2 * 3 / 5)], [(3 - 3 / 3) * np.sqrt(3 * 2 / 5)]]
    np.testing.assert_allclose(split_differences(points, 2), expected)


def test_a_planted_turn_is_found_with_its_attribute_and_purchases():
    drifts = find_drifts(GUIDED, np.array(ORNATE + BARE), QUICK)
    assert [drift.index for drift in drifts] == [6]
    assert drifts[0].p_value <= 0.05
    move = drifts[0].moves[0]
    assert (move.attribute, move.direction) == ("minimal", 1)
    gap = GUIDED.standard[BARE, 0].mean() - GUIDED.standard[ORNATE, 0].mean()
    assert move.size == pytest.approx(float(gap), abs=1e-5)
    assert move.p_value <= 0.05
    assert drifts[0].bent_by
    assert all(place >= 6 for place in drifts[0].bent_by)


def test_backwards_the_same_turn_goes_the_other_way():
    forwards = find_drifts(GUIDED, np.array(ORNATE + BARE), QUICK)[0]
    backwards = find_drifts(GUIDED, np.array((ORNATE + BARE)[::-1]), QUICK)[0]
    assert backwards.index == 12 - forwards.index
    assert backwards.moves[0].size == pytest.approx(-forwards.moves[0].size)


def test_two_turns_are_found_in_order():
    drifts = find_drifts(GUIDED, np.array(ORNATE + BARE + WARM), DriftSettings(n_orders=499))
    assert [drift.index for drift in drifts] == [6, 12]
    assert drifts[1].moves[0].attribute == "warmth"
    one = find_drifts(GUIDED, np.array(ORNATE + BARE + WARM), DriftSettings(n_orders=499, max_drifts=1))
    assert len(one) == 1
    assert one[0].index in (6, 12)


@pytest.mark.parametrize("length", [0, 1, MIN_PURCHASES - 1])
def test_too_few_purchases_show_no_turn(length):
    assert find_splits(GUIDED, np.array((ORNATE + BARE)[:length], dtype=np.int64), QUICK) == []
    assert find_drifts(GUIDED, np.array((ORNATE + BARE)[:length], dtype=np.int64), QUICK) == ()


def test_the_same_purchase_over_and_over_is_no_turn():
    assert find_splits(GUIDED, np.full(14, 3), QUICK)[0].p_value == 1.0


@settings(max_examples=25, deadline=None)
@given(sequences)
def test_the_same_seed_has_the_same_answer_and_p_values_are_honest_shares(sequence):
    first, second = (find_splits(GUIDED, sequence, QUICK, seed=7) for _ in range(2))
    assert [(one.index, one.p_value) for one in first] == [(one.index, one.p_value) for one in second]
    for split in first:
        assert split.start + QUICK.min_side <= split.index <= split.stop - QUICK.min_side
        assert 1 / 200 <= split.p_value <= 1
        assert ((split.attribute_p >= 1 / 200) & (split.attribute_p <= 1)).all()
        assert split.p_value >= first[0].p_value  # a part is never surer than the whole


def test_of_clients_without_a_turn_few_are_told_of_one():
    rng = np.random.default_rng(0)
    once = DriftSettings(n_orders=99, max_drifts=1)
    flagged = [find_splits(GUIDED, rng.integers(1, 13, size=14), once, seed=k)[0].p_value <= 0.1 for k in range(300)]
    assert 0.05 < np.mean(flagged) < 0.15  # exchangeable purchases: the p-value keeps its promise


def test_only_the_surest_splits_are_kept_and_in_order_of_time():
    def split(index, p_value):
        return Split(index, 0, 20, p_value, np.ones(3))

    splits = [split(9, 0.04), split(4, 0.05), split(14, 0.2), split(2, 0.04)]
    kept = sure(splits, DriftSettings(alpha=0.1, max_drifts=2))
    assert [one.index for one in kept] == [2, 9]
    assert sure(splits, DriftSettings(alpha=0.01)) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"alpha": 0.0}, "alpha is 0.0"), ({"alpha": 1.5}, "between 0 and 1"), ({"min_side": 0}, "at least 1"),
     ({"n_orders": 0}, "at least 1")],
)  # fmt: skip
def test_settings_out_of_range_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        DriftSettings(**wrong)


def test_a_turn_can_be_told_from_as_many_purchases_as_a_path():
    assert DriftSettings().min_purchases == MIN_PURCHASES
