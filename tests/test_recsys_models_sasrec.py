import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.models.batches import pad, training_batches
from recsys.models.fitting import seeded
from recsys.models.refined_sasrec import RefinedSASRec, RefinedSASRecConfig
from recsys.models.sasrec import SASRec, SASRecConfig
from recsys.ranker import AttributeRanker
from recsys.refined import refine

N_ITEMS, DIM, N_GUIDED = 20, 16, 4
sequences = st.lists(st.integers(1, N_ITEMS), max_size=12).map(lambda items: np.array(items, dtype=np.int64))


def base_ranker(**changes):
    with seeded(3):
        return SASRec.build(SASRecConfig(N_ITEMS, dim=DIM, max_length=8, **changes))


def guided_scores():
    standard = np.random.default_rng(5).normal(size=(N_ITEMS + 1, N_GUIDED)).astype(np.float32)
    standard[0] = 0.0
    return standard


def refined_ranker(late_weight=0.7):
    base = base_ranker()
    with seeded(4):
        config = RefinedSASRecConfig(N_ITEMS, DIM, max_length=8, n_guided=N_GUIDED, late_weight=late_weight)
        ranker = RefinedSASRec.build(config, refine(base.base_embeddings(), guided_scores()))
    with torch.no_grad():  # as after training: scales that differ by attribute
        ranker.network.items.input_scale.copy_(torch.linspace(0.5, 2, N_GUIDED))
        ranker.network.items.output_scale.copy_(torch.linspace(20, -5, N_GUIDED))
    return ranker


RANKERS = {"sasrec": base_ranker(), "refined": refined_ranker()}
both = pytest.mark.parametrize("ranker", RANKERS.values(), ids=RANKERS.keys())


@both
def test_scores_have_the_protocols_shape(ranker):
    scores = ranker.score([np.array([], dtype=np.int64), np.arange(1, 20)])
    assert scores.shape == (2, N_ITEMS + 1)
    assert scores.dtype == np.float32
    assert np.isneginf(scores[:, 0]).all()
    assert np.isfinite(scores[:, 1:]).all()


@both
def test_later_items_never_change_earlier_outputs(ranker):
    ranker.network.eval()
    first, _ = pad([np.array([1, 2, 3, 4, 5])], 8)
    second, _ = pad([np.array([1, 2, 3, 9, 7])], 8)
    with torch.inference_mode():
        torch.testing.assert_close(ranker.network(first)[:, :4], ranker.network(second)[:, :4])


@both
@settings(max_examples=30, deadline=None)
@given(sequence=sequences, companions=st.lists(sequences, max_size=3))
def test_padding_and_company_never_matter(ranker, sequence, companions):
    alone, together = ranker.score([sequence]), ranker.score([*companions, sequence])
    np.testing.assert_allclose(alone[0, 1:], together[-1, 1:], rtol=1e-4, atol=1e-4)


@both
def test_items_older_than_max_length_are_not_seen(ranker):
    recent = np.arange(1, 9)
    np.testing.assert_array_equal(ranker.score([recent]), ranker.score([np.concatenate([[15, 16], recent])]))


def test_refined_has_the_width_of_the_base():
    base, refined = base_ranker(), refined_ranker()
    assert refined.network.items.embeddings().shape == base.network.items.embeddings().shape
    assert not refined.network.items.embeddings()[0].any()
    n_base, n_refined = (sum(p.numel() for p in r.network.parameters()) for r in (base, refined))
    assert n_refined < n_base


def test_refined_ranker_meets_the_protocol():
    assert isinstance(refined_ranker(), AttributeRanker)
    assert not isinstance(base_ranker(), AttributeRanker)


@settings(max_examples=30, deadline=None)
@given(sequence=sequences, item=st.integers(1, N_ITEMS), attribute=st.integers(0, N_GUIDED - 1))
def test_contribution_is_what_the_score_loses_at_the_catalogue_mean(sequence, item, attribute):
    ranker = RANKERS["refined"]
    query = ranker.queries([sequence])[0]
    embeddings = ranker.network.items.embeddings().detach().clone()
    before = query @ embeddings[item]
    assert float(before) == pytest.approx(float(ranker.score([sequence])[0, item]), abs=1e-4)
    column = DIM - N_GUIDED + attribute
    embeddings[item, column] = embeddings[1:, column].mean()
    lost = float(before - query @ embeddings[item])
    contribution = ranker.contributions(sequence, np.array([item]))[0, attribute]
    assert contribution == pytest.approx(lost, abs=1e-4)


def test_contributions_have_one_row_an_item():
    contributions = RANKERS["refined"].contributions(np.array([1, 2]), np.array([3, 4, 5]))
    assert contributions.shape == (3, N_GUIDED)
    assert contributions.dtype == np.float32


def test_late_weight_is_the_gain_of_an_item_of_the_clients_direction():
    sequence = np.array([6])
    without, with_late = (refined_ranker(weight).score([sequence])[0] for weight in (0.0, 0.7))
    gain = with_late[1:] - without[1:]
    assert gain[5] == pytest.approx(0.7, abs=1e-4)  # item 6 is its own direction
    assert gain.max() == gain[5]


def test_last_purchase_weighs_twice_the_one_before():
    ranker = refined_ranker(1.0)
    plain = refined_ranker(0.0)
    directions = guided_scores() / np.maximum(np.linalg.norm(guided_scores(), axis=1, keepdims=True), 1e-9)
    taste = directions[3] + 2 * directions[8]
    expected = directions[1:] @ (taste / np.linalg.norm(taste))
    gain = ranker.score([np.array([3, 8])])[0, 1:] - plain.score([np.array([3, 8])])[0, 1:]
    np.testing.assert_allclose(gain, expected, atol=1e-4)


def test_training_batches_hold_every_purchase_once_as_target():
    rows = [np.array(row) for row in ([1, 2, 3], [4], [], [5, 6], [7, 8, 9, 10, 11])]
    batches = list(training_batches(rows, 2, 4, np.random.default_rng(0)))
    targets = torch.cat([target[target > 0] for _, target in batches]).tolist()
    assert sorted(targets) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]  # 7 is older than the last four
    for inputs, target in batches:
        assert inputs.shape == target.shape
        assert not inputs[:, 0].any()  # the begin position
        assert torch.equal(inputs[:, 1:], torch.where(target[:, 1:] > 0, target[:, :-1], inputs[:, 1:]))


def test_items_never_bought_score_through_their_guided_columns():
    ranker = refined_ranker()
    ranker.score_by_guided_alone(np.array([7, 9]))
    sequence = np.array([1, 2])
    query = ranker.queries([sequence])[0, -N_GUIDED:].numpy()
    guided = ranker.guided.numpy()
    scores = ranker.score([sequence])[0]
    np.testing.assert_allclose(scores[[7, 9]], guided[[7, 9]] @ query, atol=1e-4)
    np.testing.assert_array_equal(scores[1:7], refined_ranker().score([sequence])[0, 1:7])
