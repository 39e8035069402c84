from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.faithfulness import measure, move_effect, places
from recsys.recommender import standardise
from recsys.schema import Evidence
from recsys.seller.evidence import gather
from recsys.steering import steer
from tests.small_world import CATALOGUE, GUIDED, TasteRanker, bought, recommender

some_history = st.lists(st.integers(1, len(CATALOGUE)), min_size=1, max_size=6).map(lambda ids: np.array(ids))
item = st.integers(1, len(CATALOGUE))


@settings(max_examples=50)
@given(some_history, item)
def test_an_effect_is_the_fall_when_the_purchase_is_removed(history: np.ndarray, item: int) -> None:
    effects = measure(recommender(), history, item)
    for owned, effect in effects.history.items():
        scores = standardise(TasteRanker().score([history, history[history != owned]]))[:, item]
        assert effect == pytest.approx(float(scores[0] - scores[1]), abs=1e-5)


@settings(max_examples=50)
@given(some_history, item)
def test_an_attributes_effect_is_exact(history: np.ndarray, item: int) -> None:
    effects = measure(recommender(), history, item)
    raw = TasteRanker().score([history])[0]
    assert effects.attributes is not None
    # the small world's score is the sum of its attributes' parts, so removing all leaves nothing
    assert effects.attributes.sum() * (raw[1:].std() or 1.0) == pytest.approx(float(raw[item]), abs=1e-4)


@settings(max_examples=25)
@given(some_history, item)
def test_the_same_question_has_the_same_answer(history: np.ndarray, item: int) -> None:
    first, second = measure(recommender(), history, item), measure(recommender(), history, item)
    assert first.history == second.history
    assert first.order == second.order


def test_order_matters_only_where_the_ranker_reads_it() -> None:
    history = np.array([4, 4, 9, 1, 7, 7])  # ornate first, minimal lately
    assert measure(recommender(), history, 8).order_matters  # a minimal scarf follows from the late purchases
    orderless = recommender()
    orderless.ranker = TasteRanker(half_life=1e9)
    assert not measure(orderless, history, 8).order_matters


def test_one_purchase_alone_has_no_control() -> None:
    effects = measure(recommender(), np.array([1]), 2)
    assert effects.history_control(1) == 0.0
    assert effects.order == 0.0


def test_a_moves_effect_is_its_share_of_the_score() -> None:
    assert move_effect(recommender(), 1, "minimal", 2.0) == pytest.approx(2.0 * float(GUIDED.standard[1, 0]))


def test_places_tell_what_a_cause_is_worth() -> None:
    history = np.array([1, 7, 2])
    evidence = gather(recommender(), bought("i1", "i7", "i2"), "i8")
    for cause in evidence.causes:
        now, without = places(recommender(), history, 8, cause)
        scores = recommender().scores([history])[0]
        assert now == int((scores > scores[8]).sum()) + 1
        assert without >= now


def test_places_under_moves_are_those_of_the_moved_ranking() -> None:
    history, moves = np.array([1, 7, 2]), {"warmth": 2.0}
    moved = steer(recommender().scores([history])[0], GUIDED, moves)
    asked = Evidence("r1", "request", "warmer", "", "", effect=1.0, tested=True)
    now, without = places(recommender(), history, 8, asked, moves)
    assert now == int((moved > moved[8]).sum()) + 1
    plain = recommender().scores([history])[0]
    assert without == int((plain > plain[8]).sum()) + 1
    bought_before = Evidence("h1", "history", "i2", "", "", effect=1.0, tested=True)
    assert places(recommender(), history, 8, bought_before, moves)[0] == now


class LoyalRanker(TasteRanker):
    """Adds the share of purchases that are of the item's house."""

    def house_parts(self, sequence: np.ndarray, items: np.ndarray) -> np.ndarray:
        brands = [CATALOGUE.items[owned - 1].brand for owned in sequence]
        shares = [brands.count(CATALOGUE.items[item - 1].brand) / len(brands) for item in items]
        return np.array(shares, dtype=np.float32)


def test_a_house_is_measured_against_the_clients_other_houses() -> None:
    loyal = recommender()
    loyal.ranker = LoyalRanker()
    history = np.array([8, 9, 8, 1])  # three times Duna, once Alba
    effects = measure(loyal, history, 10)
    spread = float(loyal.ranker.score([history])[0][1:].std())
    assert effects.house == pytest.approx(3 / 4 / spread, rel=1e-5)
    assert effects.house_control == pytest.approx(1 / 4 / spread, rel=1e-5)
    assert measure(recommender(), history, 10).house == 0.0


def test_the_order_is_measured_against_the_spread_of_shuffles() -> None:
    history = np.array([4, 4, 9, 1, 7, 7])
    effects = measure(recommender(), history, 8)
    assert effects.order_control > 0
    assert measure(recommender(), np.array([1]), 2).order_control == 0.0


@pytest.mark.parametrize("kind", ["house", "order"])
def test_places_without_a_house_or_an_order_are_no_better(kind: Literal["house", "order"]) -> None:
    cause = Evidence("x1", kind, "Duna", "", "", effect=1.0, tested=True)
    now, without = places(recommender(), np.array([1, 7, 2]), 8, cause)
    assert without >= now
