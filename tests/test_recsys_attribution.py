import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.attribution import attribute, because
from recsys.catalogue import Catalogue
from recsys.faithfulness import measure
from recsys.models.fitting import seeded
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.recommender import Recommender, standardise
from recsys.refined import refine
from tests.small_world import CATALOGUE, GUIDED, ITEMS, TasteRanker, recommender

N, DIM = len(CATALOGUE), 8
sequences = st.lists(st.integers(1, N), max_size=8).map(lambda ids: np.array(ids, dtype=np.int64))
items = st.lists(st.integers(1, N), min_size=1, max_size=4)


def network_recommender() -> Recommender:
    """Return a recommender over an untrained refined network whose attributes matter unequally."""
    base = np.random.default_rng(1).normal(size=(N + 1, DIM)).astype(np.float32)
    base[0] = 0
    with seeded(2):
        ranker = RefinedRanker.build(
            RefinedConfig(N, DIM, max_length=10, n_guided=3, late_weight=0.6), refine(base, GUIDED.standard)
        )
    with torch.no_grad():
        ranker.network.items.output_scale.copy_(torch.tensor([3.0, -1.0, 0.5]))
    return Recommender(CATALOGUE, ranker, GUIDED)


NETWORK = network_recommender()


@settings(max_examples=40, deadline=None)
@given(sequences, items)
def test_the_parts_of_the_attributes_and_the_rest_add_up(sequence, chosen):
    for one in attribute(NETWORK, sequence, chosen):
        assert one.rest + one.attributes.sum() == pytest.approx(one.score, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(sequences, items)
def test_the_rest_is_the_score_of_an_item_average_on_every_attribute(sequence, chosen):
    ranker = NETWORK.ranker
    raw = ranker.score([sequence])[0]
    table = ranker.base_embeddings()
    query = ranker.queries([sequence])[0].numpy()
    for one in attribute(NETWORK, sequence, chosen):
        average = table[one.item].copy()
        average[-3:] = table[1:, -3:].mean(axis=0)
        expected = (float(query @ average) - raw[1:].mean()) / raw[1:].std()
        assert one.rest == pytest.approx(expected, abs=1e-3)


@settings(max_examples=40, deadline=None)
@given(sequences, items)
def test_each_attributes_part_is_what_the_item_loses_without_it(sequence, chosen):
    ranker = NETWORK.ranker
    raw = ranker.score([sequence])[0]
    table = ranker.base_embeddings()
    query = ranker.queries([sequence])[0].numpy()
    for one in attribute(NETWORK, sequence, chosen):
        for k in range(3):
            changed = table[one.item].copy()
            changed[DIM - 3 + k] = table[1:, DIM - 3 + k].mean()
            loss = float(query @ table[one.item] - query @ changed) / raw[1:].std()
            assert one.attributes[k] == pytest.approx(loss, abs=1e-3)


@pytest.mark.parametrize("one", [recommender(), NETWORK], ids=["taste", "network"])
@settings(max_examples=25, deadline=None)
@given(sequence=sequences, chosen=items)
def test_a_purchases_effect_is_the_exact_fall_without_it(one, sequence, chosen):
    for found in attribute(one, sequence, chosen):
        for owned, effect in zip(found.purchases, found.effects, strict=True):
            with_it, without = standardise(one.ranker.score([sequence, sequence[sequence != owned]]))[:, found.item]
            assert effect == pytest.approx(float(with_it - without), abs=1e-3)


@settings(max_examples=25, deadline=None)
@given(sequences.filter(len), st.integers(1, N))
def test_it_agrees_with_the_causes_that_explanations_rest_on(sequence, item):
    found, measured = attribute(NETWORK, sequence, [item])[0], measure(NETWORK, sequence, item)
    effects = dict(zip(found.purchases.tolist(), found.effects.tolist(), strict=True))
    assert effects == pytest.approx(dict(measured.history), abs=1e-3)
    np.testing.assert_allclose(found.attributes, measured.attributes, atol=1e-5)


def test_without_purchases_there_are_no_effects():
    found = attribute(recommender(), np.array([], dtype=np.int64), [3])[0]
    assert found.effects.shape == found.purchases.shape == (0,)
    assert because(found).carried_by == because(found).despite == ()


class Blind:
    """A ranker that sees no attributes: the latest purchase's neighbours in catalogue order."""

    name = "blind"
    n_items = N

    def score(self, sequences):
        rows = np.zeros((len(sequences), N + 1), dtype=np.float32)
        for row, sequence in zip(rows, sequences, strict=True):
            row[:] = -np.abs(np.arange(N + 1) - (sequence[-1] if len(sequence) else 0))
        rows[:, 0] = -np.inf
        return rows


def test_a_ranker_without_attributes_has_none_and_the_rest_is_all():
    found = attribute(Recommender(Catalogue(ITEMS), Blind(), None), np.array([2, 5]), [6])[0]
    assert found.attributes is None
    assert found.rest == found.score
    assert because(found).carried_by[0][0] == 5


def test_because_names_the_strongest_first_and_what_speaks_against():
    ornate, bare, plain = 4, 7, 8
    found = attribute(recommender(), np.array([ornate, bare, ornate, plain]), [1])[0]
    assert isinstance(recommender().ranker, TasteRanker)
    said = because(found)
    effects = dict(zip(found.purchases.tolist(), found.effects.tolist(), strict=True))
    assert [effect for _, effect in said.carried_by] == sorted((e for e in effects.values() if e >= 0.05), reverse=True)
    assert [effect for _, effect in said.despite] == sorted(e for e in effects.values() if e <= -0.05)
    assert ornate in dict(said.despite)
    assert plain in dict(said.carried_by)


def test_a_small_effect_is_not_worth_naming():
    found = attribute(recommender(), np.array([7, 8]), [1])[0]
    assert because(found, at_least=100.0) == type(because(found))((), ())
    assert len(because(found, n_most=1, at_least=-100.0).carried_by) == 1
