import json
from functools import cache

import numpy as np
import pytest

from recsys.errors import NotReady
from recsys.evaluation.simulated_client import Listener
from recsys.evaluation.utility import measure_utility, paired, utility_table
from recsys.evaluation.utility_choice import Choice, World, draw_choice
from recsys.evaluation.utility_features import Scaling
from recsys.evaluation.utility_models import (
    fit_choice_model,
    fit_ridge,
    judge_choice_model,
    spearman,
    spearman_within,
)
from recsys.recommender import Recommender
from tests import small_world

ENCODER = small_world.WordEncoder()
ROWS = ENCODER.encode(["", *(item.text() for item in small_world.ITEMS)])
WORLD = World(small_world.recommender(), ENCODER, ROWS)
LISTENER = Listener(WORLD)


def choices(prefix, n, seed):
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(np.arange(1, 13))[:5] for _ in range(n)]
    return [
        draw_choice(WORLD.recommender, f"{prefix}{number}", items[:4], int(items[4]), rng, n_candidates=4)
        for number, items in enumerate(drawn)
    ]


VALID, TEST = choices("v", 40, 1), choices("t", 40, 2)


@cache
def measure(write):
    texts = [[[write(choice, place) for place in range(4)] for choice in side] for side in (VALID, TEST)]
    return measure_utility(VALID, texts[0], TEST, texts[1], WORLD, 0, listener=LISTENER)


def nothing(choice, place):
    return ""


def generic(choice, place):
    return "We chose this for you and hope that you enjoy it."


def telling(choice, place):
    """Read like her purchases for the true candidate alone: what a writer who knew the answer would do."""
    bought = small_world.ITEMS[int(choice.sequence[-1]) - 1].text()
    return bought if place == choice.true else "We hope that you enjoy it."


def of_the_score(choice, place):
    rank = int((choice.scores > choice.scores[place]).sum())
    return ("splendid", "good", "fair", "poor")[rank]


@pytest.mark.parametrize("write", [nothing, generic])
def test_texts_that_say_nothing_are_worth_nothing(write):
    report = measure(write)
    for name in ("rerank_mrr_gain", "rerank_ndcg_gain", "utility_lift", "score_spearman"):
        np.testing.assert_allclose(report.values[name], 0.0, atol=1e-9)
    np.testing.assert_allclose(report.values["feature_auc_gain"], 0.0, atol=0.35)
    assert report.settled["rerank_weight"] == 0


def test_texts_that_tell_the_true_candidate_gain_on_every_count():
    report, silent = measure(telling), measure(nothing)
    gains = paired(report, silent)
    for name in ("rerank_mrr_gain", "rerank_ndcg_gain", "feature_auc_gain", "feature_log_loss_gain"):
        assert gains[name].low > 0, name
    assert report.settled["rerank_weight"] > 0
    assert report.values["feature_auc_gain"].mean() > report.values["shuffled_auc_gain"].mean()


def test_a_score_said_in_words_is_read_back():
    report = measure(of_the_score)
    assert report.summary()["score_spearman"].low > 0.8
    assert report.settled["score_spearman_overall"] > 0.5


def test_the_same_seed_gives_the_same_report_and_no_difference_to_itself():
    one, again = measure(telling), measure.__wrapped__(telling)
    assert all(np.array_equal(values, again.values[name]) for name, values in one.values.items())
    assert all((gap.mean, gap.low, gap.high) == (0, 0, 0) for gap in paired(one, again).values())


def test_a_report_can_be_printed_and_stored():
    reports = {"none": measure(nothing), "telling": measure(telling)}
    table = utility_table(reports)
    assert "regret (low is good)" in table
    assert "rerank_weight" in table
    assert json.loads(json.dumps(reports["telling"].as_dict()))["n_clients"] == 40


def test_what_does_not_go_together_is_refused():
    texts = [[""] * 4] * 40
    with pytest.raises(ValueError, match="both splits"):
        measure_utility(VALID, texts, VALID, texts, WORLD, 0)
    with pytest.raises(ValueError, match="lists of texts"):
        measure_utility(VALID, texts[:3], TEST, texts, WORLD, 0)
    with pytest.raises(ValueError, match="4 candidates, 3 texts"):
        measure_utility(VALID, [[""] * 3] * 40, TEST, texts, WORLD, 0)
    with pytest.raises(ValueError, match="other clients"):
        paired(measure(nothing), measure_utility(TEST, texts, VALID, texts, WORLD, 0, listener=LISTENER))


def test_a_world_without_guided_scores_says_what_to_do():
    world = World(Recommender(small_world.CATALOGUE, small_world.TasteRanker(), None), ENCODER, ROWS)
    with pytest.raises(NotReady, match="annotate"):
        measure_utility(VALID, [[""] * 4] * 40, TEST, [[""] * 4] * 40, world, 0)


def test_a_world_encodes_each_text_once_and_nothing_as_zero():
    class Counting(small_world.WordEncoder):
        n_encoded = 0

        def encode(self, texts):
            self.n_encoded += len(texts)
            return super().encode(texts)

    encoder = Counting()
    world = World(small_world.recommender(), encoder, ROWS)
    rows = world.encode(["a bag", " ", "a bag", "a scarf"])
    world.encode(["a scarf"])
    assert encoder.n_encoded == 2
    np.testing.assert_array_equal(rows[0], rows[2])
    assert not rows[1].any()


@pytest.mark.parametrize("near_target", [False, True])
def test_a_drawn_choice_holds_the_target_once_and_nothing_owned(near_target):
    rng, sequence = np.random.default_rng(0), np.array([1, 2, 3])
    drawn = [draw_choice(WORLD.recommender, "c", sequence, 9, rng, near_target=near_target) for _ in range(40)]
    assert all(choice.target == 9 for choice in drawn)
    assert all(len(set(choice.candidates.tolist())) == 5 for choice in drawn)
    assert all(not set(choice.candidates.tolist()) & {0, 1, 2, 3} for choice in drawn)
    assert {choice.true for choice in drawn} == set(range(5))


@pytest.mark.parametrize(("candidates", "true"), [([1], 0), ([1, 1], 0), ([1, 2], 2)])
def test_a_choice_that_is_none_is_refused(candidates, true):
    with pytest.raises(ValueError, match="distinct candidates"):
        Choice("c", np.array([3]), np.array(candidates), true, np.zeros(len(candidates), dtype=np.float32))


def test_the_choice_model_finds_what_decides():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 5, 3))
    true = (features @ np.array([2.0, 0.0, -1.0]) + rng.gumbel(size=(300, 5))).argmax(axis=1)
    weights = fit_choice_model(features, true)
    np.testing.assert_allclose(weights, [2.0, 0.0, -1.0], atol=0.4)
    auc, loss = judge_choice_model(features, true, weights)
    assert auc.mean() > 0.85
    assert loss.mean() < np.log(5)
    blind_auc, blind_loss = judge_choice_model(features, true, np.zeros(3))
    np.testing.assert_allclose(blind_auc, 0.5)
    np.testing.assert_allclose(blind_loss, np.log(5))


def test_the_ridge_takes_a_small_penalty_for_a_clear_signal_and_a_large_one_for_noise():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((40, 5, 10))
    clear = features @ np.arange(10.0) + 3.0
    weights, intercept, penalty = fit_ridge(features, clear)
    np.testing.assert_allclose(weights, np.arange(10.0), atol=0.05)
    assert intercept == pytest.approx(3.0, abs=0.05)
    assert penalty < fit_ridge(features, rng.standard_normal((40, 5)))[2]


def test_rank_correlation():
    assert spearman(np.array([1.0, 2, 3]), np.array([10.0, 20, 90])) == pytest.approx(1.0)
    assert spearman(np.array([1.0, 1, 1]), np.array([10.0, 20, 90])) == 0.0
    np.testing.assert_allclose(spearman_within(np.array([[1.0, 2], [2, 1]]), np.array([[0.0, 5], [0, 5]])), [1, -1])


def test_missing_likenesses_are_neutral():
    columns = np.array([[[1.0, 4.0], [3.0, 4.0], [np.nan, 4.0]]])
    scaled = Scaling.fit(columns).apply(columns)
    np.testing.assert_allclose(scaled, [[[-1, 0], [1, 0], [0, 0]]])
