import numpy as np
import pytest

from recsys.complements import KindPairs, Weights, broad_kind, complement, harmony, other_kinds
from tests.small_world import CATALOGUE, GUIDED, recommender

BAG, SCARF, GOWN = 1, 8, 11  # a tote, a scarf, a gown
PAIRS = KindPairs.fit(CATALOGUE, [np.array([1, 8]), np.array([1, 9]), np.array([2, 11])] * 40)


def test_kinds_bought_together_are_lifted_and_others_are_not() -> None:
    lift = PAIRS.with_item(BAG)
    assert lift[SCARF] > 0 > lift[GOWN]
    assert lift[0] == 0


def test_the_lift_is_the_same_in_both_directions() -> None:
    assert PAIRS.lift == pytest.approx(PAIRS.lift.T)


def test_without_purchases_no_pair_says_anything() -> None:
    assert not KindPairs.fit(CATALOGUE, []).lift.any()


def test_only_items_of_other_broad_kinds_are_pieces() -> None:
    others = other_kinds(CATALOGUE, BAG)
    assert not others[0]
    assert {broad_kind(CATALOGUE, int(row)) for row in np.flatnonzero(others)} == {"Knitwear", "Scarves", "Dresses"}


def test_the_lift_is_what_the_item_brings_and_the_total_adds_up() -> None:
    ranked, sequence = recommender(), np.array([7])
    weights = Weights(lift=0.5, pairs=0.25, harmony=0.25)
    found = complement(ranked, PAIRS, sequence, GOWN, weights)
    without, with_item = ranked.scores([sequence, np.array([7, GOWN])])
    assert found.lift[1:] == pytest.approx(with_item[1:] - without[1:])
    near = harmony(GUIDED.standard, GOWN)
    expected = with_item[1:] + 0.5 * found.lift[1:] + 0.25 * PAIRS.with_item(GOWN)[1:] + 0.25 * near[1:]
    assert found.total[1:] == pytest.approx(expected, abs=1e-5)


def test_an_item_that_was_bought_already_is_tested_by_leaving_it_out() -> None:
    bought = complement(recommender(), PAIRS, np.array([7, GOWN]), GOWN)
    not_yet = complement(recommender(), PAIRS, np.array([7]), GOWN)
    assert bought.total[1:] == pytest.approx(not_yet.total[1:])


def test_harmony_is_one_with_itself_and_symmetric() -> None:
    near = harmony(GUIDED.standard, BAG)
    assert near[BAG] == pytest.approx(1.0, abs=1e-5)
    assert near[SCARF] == pytest.approx(harmony(GUIDED.standard, SCARF)[BAG], abs=1e-5)
    assert near[0] == 0
