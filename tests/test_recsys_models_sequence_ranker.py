import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.models.batches import causal_batches, masked_batches, pad
from recsys.models.encoders import ENCODERS, SequenceConfig
from recsys.models.fitting import seeded
from recsys.models.houses import house_numbers
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.models.sequence_ranker import SequenceRanker
from recsys.ranker import AttributeRanker
from recsys.refined import refine, whitening

N_ITEMS, DIM, N_GUIDED = 20, 16, 4
sequences = st.lists(st.integers(1, N_ITEMS), max_size=12).map(lambda items: np.array(items, dtype=np.int64))


def base_ranker(**changes):
    with seeded(3):
        return SequenceRanker.build(SequenceConfig(N_ITEMS, dim=DIM, max_length=8, **changes))


def guided_scores():
    standard = np.random.default_rng(5).normal(size=(N_ITEMS + 1, N_GUIDED)).astype(np.float32)
    standard[0] = 0.0
    return standard


def refined_ranker(late_weight=0.7):
    base = base_ranker()
    with seeded(4):
        config = RefinedConfig(N_ITEMS, DIM, max_length=8, n_guided=N_GUIDED, late_weight=late_weight)
        ranker = RefinedRanker.build(config, refine(base.base_embeddings(), guided_scores()))
    with torch.no_grad():  # as after training: scales that differ by attribute
        ranker.network.items.input_scale.copy_(torch.linspace(0.5, 2, N_GUIDED))
        ranker.network.items.output_scale.copy_(torch.linspace(20, -5, N_GUIDED))
    return ranker


RANKERS = {name: base_ranker(encoder=name) for name in ENCODERS} | {"refined": refined_ranker()}
every_ranker = pytest.mark.parametrize("ranker", RANKERS.values(), ids=RANKERS.keys())
causal = pytest.mark.parametrize("ranker", [RANKERS["sasrec"], RANKERS["gru4rec"], RANKERS["refined"]])


@every_ranker
def test_scores_have_the_protocols_shape(ranker):
    scores = ranker.score([np.array([], dtype=np.int64), np.arange(1, 20)])
    assert scores.shape == (2, N_ITEMS + 1)
    assert scores.dtype == np.float32
    assert np.isneginf(scores[:, 0]).all()
    assert np.isfinite(scores[:, 1:]).all()


@causal
def test_later_items_never_change_earlier_outputs(ranker):
    ranker.network.eval()
    first, last = pad([np.array([1, 2, 3, 4, 5])], 8)
    second, _ = pad([np.array([1, 2, 3, 9, 7])], 8)
    with torch.inference_mode():
        torch.testing.assert_close(ranker.network(first, last)[:, :4], ranker.network(second, last)[:, :4])


@every_ranker
@settings(max_examples=30, deadline=None)
@given(sequence=sequences, companions=st.lists(sequences, max_size=3))
def test_padding_and_company_never_matter(ranker, sequence, companions):
    alone, together = ranker.score([sequence]), ranker.score([*companions, sequence])
    np.testing.assert_allclose(alone[0, 1:], together[-1, 1:], rtol=1e-4, atol=1e-4)


@every_ranker
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


ROWS = [np.array(row) for row in ([1, 2, 3], [4], [], [5, 6], [7, 8, 9, 10, 11])]


def test_causal_batches_hold_every_purchase_once_as_target():
    batches = list(causal_batches(ROWS, 2, 4, np.random.default_rng(0)))
    targets = torch.cat([target[target > 0] for _, target, _ in batches]).tolist()
    assert sorted(targets) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]  # 7 is older than the last four
    for inputs, target, last in batches:
        assert torch.equal((target > 0).sum(dim=1) - 1, last)
        assert inputs.shape == target.shape
        assert not inputs[:, 0].any()  # the begin position
        assert torch.equal(inputs[:, 1:], torch.where(target[:, 1:] > 0, target[:, :-1], inputs[:, 1:]))


def test_items_never_bought_score_through_their_guided_columns_where_nobody_can_lend():
    ranker = refined_ranker()
    ranker.lend_to(np.array([7, 9]), np.array([], dtype=np.int64))
    sequence = np.array([1, 2])
    query = ranker.queries([sequence])[0, -N_GUIDED:].numpy()
    guided = ranker.guided.numpy()
    scores = ranker.score([sequence])[0]
    np.testing.assert_allclose(scores[[7, 9]], guided[[7, 9]] @ query, atol=1e-4)
    np.testing.assert_array_equal(scores[1:7], refined_ranker().score([sequence])[0, 1:7])


def test_items_never_bought_borrow_most_from_the_nearest_lender():
    ranker, before = refined_ranker(), refined_ranker().network.items.reduced.detach().numpy()
    lenders = np.arange(1, 13)
    ranker.lend_to(np.array([15]), lenders)
    after = ranker.network.items.reduced.detach().numpy()
    directions = guided_scores() / np.maximum(np.linalg.norm(guided_scores(), axis=1, keepdims=True), 1e-9)
    likeness = directions[lenders] @ directions[15]
    nearest = lenders[np.argsort(-likeness)[:5]]
    weights = np.exp(20 * np.sort(likeness)[::-1][:5])
    np.testing.assert_allclose(after[15], weights / weights.sum() @ before[nearest], atol=1e-4)
    others = np.arange(len(before)) != 15
    np.testing.assert_array_equal(after[others], before[others])


@pytest.mark.parametrize("seed", range(5))
def test_masked_batches_hide_at_least_one_item_of_every_sequence(seed):
    seen = []
    for inputs, target, last in masked_batches(ROWS, 2, 4, np.random.default_rng(seed)):
        real = torch.arange(inputs.shape[1]) <= last[:, None]
        hidden = (inputs == 0) & real
        assert torch.equal(target > 0, hidden)
        assert hidden.any(dim=1).all()
        seen += torch.where(hidden, target, inputs)[real].tolist()
    assert sorted(seen) == [1, 2, 3, 4, 5, 6, 8, 9, 10, 11]


def test_a_masked_item_reaches_the_bidirectional_encoder_only_as_a_target():
    network = RANKERS["bert4rec"].network.eval()
    with torch.inference_mode():
        one = network(torch.tensor([[1, 0, 3]]), torch.tensor([2]))[0, 1]
        moved = network(torch.tensor([[1, 0, 4]]), torch.tensor([2]))[0, 1]
        padded = network(torch.tensor([[1, 0, 3, 0, 0]]), torch.tensor([2]))[0, 1]
    torch.testing.assert_close(one, padded)
    assert not torch.allclose(one, moved)  # it looks forward too


def houses_ranker(house_weight):
    houses = np.zeros(N_ITEMS + 1, dtype=np.int64)
    houses[[1, 2, 3]], houses[[4, 5]] = 1, 2
    base = base_ranker()
    with seeded(4):
        config = RefinedConfig(N_ITEMS, DIM, max_length=8, n_guided=N_GUIDED, house_weight=house_weight)
        return RefinedRanker.build(config, refine(base.base_embeddings(), guided_scores()), houses=houses)


def test_loyalty_is_the_recency_weighted_share_of_a_house():
    sequences = [np.array([1, 4]), np.array([9]), np.array([], dtype=np.int64)]
    loyalty = houses_ranker(1.0).loyalty(sequences).toarray()
    assert loyalty[0, [1, 3]] == pytest.approx([1 / 3, 1 / 3])
    assert loyalty[0, [4, 5]] == pytest.approx([2 / 3, 2 / 3])
    assert not loyalty[0, 6:].any()
    assert not loyalty[1:].any()


def test_house_weight_lifts_the_houses_of_the_purchases():
    sequence = [np.array([1, 4])]
    gain = houses_ranker(3.0).score(sequence)[0, 1:] - houses_ranker(0.0).score(sequence)[0, 1:]
    assert gain[:6] == pytest.approx([1, 1, 1, 2, 2, 0], abs=1e-4)


def test_house_parts_are_what_the_score_loses_without_a_house():
    items, sequence = np.arange(1, N_ITEMS + 1), np.array([1, 4])
    gain = houses_ranker(3.0).score([sequence])[0, 1:] - houses_ranker(0.0).score([sequence])[0, 1:]
    np.testing.assert_allclose(houses_ranker(3.0).house_parts(sequence, items), gain, atol=1e-4)


def test_houses_are_numbered_whatever_their_case():
    assert house_numbers(["Duna", None, "duna ", "", "Ro"]).tolist() == [0, 1, 0, 1, 0, 2]


@settings(max_examples=20, deadline=None)
@given(sequence=sequences)
def test_contributions_of_whitened_columns_are_told_in_readable_ones(sequence):
    standard = guided_scores()
    mixing = whitening(standard)
    base = base_ranker().base_embeddings()
    config = RefinedConfig(N_ITEMS, DIM, max_length=8, n_guided=N_GUIDED, late_weight=0.5)
    with seeded(4):
        ranker = RefinedRanker.build(config, refine(base, standard, mixing), mixing=mixing)
    items = np.arange(1, N_ITEMS + 1)
    query = ranker.queries([sequence])[0, -N_GUIDED:]
    part = (ranker.guided[1:] @ query).numpy()
    contributions = ranker.contributions(sequence, items).sum(axis=1)
    np.testing.assert_allclose(contributions, part - part.mean(), atol=1e-4)
    whitened = standard[1:] @ mixing
    np.testing.assert_allclose(np.cov(whitened, rowvar=False, bias=True), np.eye(N_GUIDED), atol=1e-3)
