"""What the encoder reads of a case."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.faithfulness import Effects
from recsys.seller.features import N_GAPS, N_LATEST, N_POOLED, UNKNOWN_GAP, Case, Features
from tests.small_world import GUIDED, ITEMS
from tests.tiny_seller import frozen_paths

PATHS = frozen_paths()
D, S, A = PATHS.vectors.shape[1], PATHS.meanings.shape[1], GUIDED.standard.shape[1]
purchases = st.lists(st.integers(1, len(ITEMS)), min_size=1, max_size=N_LATEST)


def case(sequence, target=8, days=None, **effects):
    effects = {"history": {}, "attributes": None, "order": 0.0, **effects}
    days = [UNKNOWN_GAP] * len(sequence) if days is None else days
    return Case(np.array(sequence, dtype=np.int64), target, np.array(days, dtype=np.int64), Effects(**effects))


def test_shapes_and_dtypes_are_as_promised():
    x = PATHS.features([case([1, 2, 3]), case([]), case([*range(1, 13)])])
    floats = {
        "user": (D,), "item": (D,), "states": (N_LATEST, D), "bought": (N_LATEST, D), "falls": (N_LATEST,),
        "whole": (2,), "item_meaning": (S,), "bought_meaning": (N_LATEST, S), "pool": (N_POOLED, S),
        "item_guided": (A,), "bought_guided": (N_LATEST, A), "parts": (A,),
    }  # fmt: skip
    others = {"target": ((), torch.int64), "gaps": ((N_LATEST,), torch.int64)}
    others |= {"present": ((N_LATEST,), torch.bool), "pooled": ((N_POOLED,), torch.bool)}
    expected = {name: (shape, torch.float32) for name, shape in floats.items()} | others
    assert set(expected) == set(Features.__dataclass_fields__)
    for name, (shape, dtype) in expected.items():
        value = getattr(x, name)
        assert (tuple(value.shape), value.dtype) == ((3, *shape), dtype), name
        assert not value.requires_grad
    assert len(x) == 3


@pytest.mark.parametrize("encoder", ["sasrec", "gru4rec"])
@settings(max_examples=15, deadline=None)
@given(sequence=purchases, later=purchases)
def test_the_state_after_a_purchase_does_not_depend_on_later_ones(encoder, sequence, later):
    paths = frozen_paths(encoder)
    known = min(len(sequence), N_LATEST - 1)
    whole = [*sequence[:known], *later[: N_LATEST - known]]
    before, after = (paths.features([case(one)]) for one in (sequence[:known], whole))
    torch.testing.assert_close(before.states[0, :known], after.states[0, :known], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(before.user[0], after.states[0, known - 1], rtol=1e-4, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(sequences=st.lists(st.lists(st.integers(1, len(ITEMS)), max_size=30), min_size=2, max_size=4))
def test_a_case_is_read_the_same_in_any_batch(sequences):
    together = PATHS.features([case(one) for one in sequences])
    for row, one in enumerate(sequences):
        alone = PATHS.features([case(one)])
        for name in Features.__dataclass_fields__:
            torch.testing.assert_close(getattr(together, name)[row], getattr(alone, name)[0], rtol=1e-4, atol=1e-5)


def test_without_purchases_nothing_is_present_and_all_is_finite():
    x = PATHS.features([case([])])
    assert not x.present.any()
    assert not x.pooled.any()
    assert not any(getattr(x, name).any() for name in ("states", "bought", "falls", "gaps", "pool", "bought_meaning"))
    assert torch.isfinite(x.user).all()


def test_of_many_purchases_the_latest_are_read_oldest_first():
    long = [1 + place % 12 for place in range(N_POOLED + 7)]
    x = PATHS.features([case(long)])
    assert x.present.all()
    assert x.pooled.all()
    torch.testing.assert_close(x.bought[0], PATHS.vectors[long[-N_LATEST:]])
    torch.testing.assert_close(x.bought_guided[0], PATHS.guided[long[-N_LATEST:]])
    torch.testing.assert_close(x.pool[0], PATHS.meanings[long[-N_POOLED:]])
    torch.testing.assert_close(x.states[0, -1], x.user[0])


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(UNKNOWN_GAP, 0), (0, 1), (1, 2), (7, 2), (8, 3), (30, 3), (31, 4), (90, 4), (91, 5), (365, 5), (366, 6)],
)
def test_gaps_fall_into_buckets(days, bucket):
    x = PATHS.features([case([1, 2], days=[UNKNOWN_GAP, days])])
    assert x.gaps[0].tolist() == [0, bucket, 0, 0, 0]
    assert bucket < N_GAPS


def test_another_order_changes_states_but_not_what_was_bought():
    straight, turned = PATHS.features([case([1, 5, 3]), case([3, 5, 1])]).take([0]), PATHS.features([case([3, 5, 1])])
    assert not torch.allclose(straight.user, turned.user)
    assert not torch.allclose(straight.states, turned.states)
    torch.testing.assert_close(straight.bought[0, :3], turned.bought[0, :3].flip(0))
    torch.testing.assert_close(straight.pool.sum(dim=1), turned.pool.sum(dim=1))


def test_effects_stand_at_their_purchases():
    parts = np.array([0.5, 0.0, -0.25], dtype=np.float32)
    one = case([4, 9, 4], history={4: 1.5, 9: -0.5}, attributes=parts, order=0.75, house=0.125)
    x = PATHS.features([one])
    assert x.falls[0].tolist() == [1.5, -0.5, 1.5, 0.0, 0.0]
    assert x.parts[0].tolist() == parts.tolist()
    assert x.whole[0].tolist() == [0.75, 0.125]
    assert not PATHS.features([case([4])]).parts.any()


def test_some_rows_may_be_taken():
    x = PATHS.features([case([1]), case([2]), case([3])])
    assert torch.equal(x.take([2, 0]).bought, x.bought[[2, 0]])


def test_a_boutique_without_scores_has_no_attributes():
    x = frozen_paths(has_scores=False).features([case([1, 2])])
    assert x.item_guided.shape == (1, 0)
    assert x.parts.shape == (1, 0)
