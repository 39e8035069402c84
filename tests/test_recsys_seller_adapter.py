"""From the encoder's inputs to soft-prompt tokens."""

import dataclasses

import pytest
import torch

from recsys.models.fitting import seeded
from recsys.seller.adapter import PATHS as NAMES
from recsys.seller.adapter import TOKENS, WHOLE, Adapter, AdapterConfig, Experts
from recsys.seller.features import N_LATEST
from tests.test_recsys_seller_features import case
from tests.tiny_seller import frozen_paths

FROZEN = frozen_paths()
X = FROZEN.features([case([1, 2, 3], history={1: 0.5}), case([]), case([*range(1, 13)] * 2)])


def config(**shape):
    sizes = {"behaviour": 16, "meaning": FROZEN.meanings.shape[1], "n_attributes": 3, "hidden": 32, "width": 24}
    return AdapterConfig(**{**sizes, **shape})


def adapter(**shape):
    with seeded(0):
        return Adapter(config(**shape)).eval()


@pytest.mark.parametrize("shape", [{}, {"rank": 4}, {"n_experts": 1}, {"n_ids": 13}, {"scale": 0.5}])
def test_tokens_have_the_spread_of_the_language_models_own(shape):
    made = adapter(**shape)
    soft = made(X)
    assert soft.tokens.shape == (3, len(TOKENS), 32)
    assert soft.opening.shape == (made.config.n_opening, 32)
    for tokens in (soft.tokens, soft.opening):
        spread = tokens.square().mean(dim=-1).sqrt()
        torch.testing.assert_close(spread, torch.full_like(spread, made.config.scale), rtol=1e-3, atol=0)


def test_experts_weigh_the_same_before_they_have_learned():
    soft = adapter()(X)
    for path, own in zip(NAMES, ((0, 2), (1, 3)), strict=True):
        gates = soft.gates[path]
        fed = [*own, *range(len(WHOLE), len(TOKENS))]
        assert torch.equal(gates[:, fed], torch.full((3, 2 + N_LATEST, 4), 0.25))
        assert not gates[:, [place for place in range(len(WHOLE)) if place not in own]].any()


def test_weights_sum_to_one_and_are_noisy_only_in_training():
    with seeded(1):
        experts, x = Experts(config()), torch.randn(5, 24)
        torch.nn.init.normal_(experts.gate.weight)
        calm = [experts.eval().weights(x) for _ in range(2)]
        noisy = [experts.train().weights(x) for _ in range(2)]
    assert torch.equal(*calm)
    assert not torch.equal(*noisy)
    for weights in (*calm, *noisy):
        torch.testing.assert_close(weights.sum(dim=-1), torch.ones(5))
        assert (weights > 0).all()


def test_one_expert_is_one_linear_map():
    with seeded(2):
        expert, a, b = Experts(config(n_experts=1)).eval(), torch.randn(24), torch.randn(24)
        torch.nn.init.normal_(expert.shift)
    (both, weights), (first, _), (second, _), (nothing, _) = (expert(x) for x in (a + b, a, b, torch.zeros(24)))
    assert weights.tolist() == [1.0]
    torch.testing.assert_close(both - nothing, (first - nothing) + (second - nothing), rtol=1e-4, atol=1e-4)


def test_a_low_rank_bounds_every_experts_map():
    with seeded(3):
        low, full = Experts(config(n_experts=1, rank=3)).eval(), Experts(config(n_experts=1)).eval()
        x = torch.randn(40, 24)
    assert torch.linalg.matrix_rank(low(x)[0], rtol=1e-4) == 3
    assert torch.linalg.matrix_rank(full(x)[0], rtol=1e-4) == 24
    assert sum(one.numel() for one in low.parameters()) < sum(one.numel() for one in full.parameters())


def test_attention_is_shared_out_among_purchases_only():
    attention = adapter()(X).attention
    torch.testing.assert_close(attention.sum(dim=1), torch.tensor([1.0, 0.0, 1.0]))
    assert not attention[~X.pooled].any()
    assert (attention[X.pooled] > 0).all()


def test_present_tokens_are_the_whole_ones_and_the_purchases():
    present = adapter()(X).present
    assert present[:, : len(WHOLE)].all()
    assert present.sum(dim=1).tolist() == [len(WHOLE) + 3, len(WHOLE), len(TOKENS)]


def test_padding_in_the_pool_does_not_matter():
    soft, other = adapter()(X), adapter()(dataclasses.replace(X, pool=X.pool.masked_fill(~X.pooled[..., None], 9.0)))
    torch.testing.assert_close(soft.tokens, other.tokens)


def test_learned_ids_take_the_place_of_the_items_vector():
    made = adapter(n_ids=13)
    tokens = made(X).tokens
    elsewhere = dataclasses.replace(X, item=X.item + 1.0)
    assert torch.equal(made(elsewhere).tokens[:, WHOLE.index("item's behaviour")], tokens[:, 2])
    other = made(dataclasses.replace(X, target=X.target - 1)).tokens
    assert not torch.allclose(other[:, 2], tokens[:, 2])
    assert torch.equal(other[:, :2], tokens[:, :2])


@pytest.mark.parametrize(("field", "changed"), [("user", "client's behaviour"), ("item_meaning", "item's meaning")])
def test_each_input_reaches_its_token(field, changed):
    made = adapter()
    moved = made(dataclasses.replace(X, **{field: getattr(X, field) + 1.0})).tokens
    same = (moved == made(X).tokens).all(dim=-1).all(dim=0)
    assert not same[TOKENS.index(changed)]
    assert same[TOKENS.index("item's behaviour")]


def test_a_boutique_without_scores_is_adapted_too():
    paths = frozen_paths(has_scores=False)
    soft = adapter(n_attributes=0)(paths.features([case([1, 2])]))
    assert torch.isfinite(soft.tokens).all()


def test_one_case_of_a_batch_stays_a_batch():
    soft = adapter()(X)
    one = soft.of(2)
    assert torch.equal(one.tokens, soft.tokens[2:])
    assert one.gates["behaviour"].shape == (1, len(TOKENS), 4)
    assert torch.equal(one.attention, soft.attention[2:])
    assert torch.equal(one.present, soft.present[2:])
