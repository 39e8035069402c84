"""What each compared system reads: an ablation leaves exactly what it claims."""

from dataclasses import fields, replace

import pytest
import torch

from recsys.evaluation.explanation_systems import (
    BEHAVIOUR,
    SELLER,
    SEMANTICS,
    SYSTEMS,
    only_ids,
    random_vectors,
)
from recsys.seller.features import Features
from tests.small_world import bought
from tests.tiny_seller import example, frozen_paths

PATHS = frozen_paths()
EXAMPLES = [
    example(bought("i1", "i7", "i2"), "i8"),
    example(bought("i1", "i7", "i2"), "i9"),
    example(bought("i7", "i1", "i2"), "i8"),
    example(bought("i4", "i9", "i3", "i11", "i12", "i5", "i6"), "i8"),
]
X = PATHS.features([one.case for one in EXAMPLES])
ALL = {one.name for one in fields(Features)}
BY_NAME = {one.name: one for one in SYSTEMS}


def zeroed(x):
    return {name for name in ALL if not getattr(x, name).any()}


def same(x, y):
    return {name for name in ALL if torch.equal(getattr(x, name), getattr(y, name))}


def test_every_input_belongs_to_one_path_or_says_what_is_there():
    assert {*BEHAVIOUR, *SEMANTICS, "target", "present", "pooled"} == ALL
    assert not set(BEHAVIOUR) & set(SEMANTICS)
    assert len(BY_NAME) == len(SYSTEMS)


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("SELLER", set()),
        ("history shuffled", set()),
        ("one linear map", set()),
        ("without behaviour path", set(BEHAVIOUR)),
        ("without semantic path", set(SEMANTICS)),
        ("no case in the soft prompt", {*BEHAVIOUR, *SEMANTICS}),
        ("PEPLER-like", {*BEHAVIOUR, *SEMANTICS}),
        ("XRec-like", {*BEHAVIOUR, *SEMANTICS} - {"user", "item"}),
    ],
)
def test_an_ablation_takes_away_what_it_claims_and_nothing_else(name, gone):
    changed = BY_NAME[name].change(X)
    assert zeroed(changed) == gone | zeroed(X)
    kept = ALL - gone - ({"user"} if name == "XRec-like" else set())
    assert same(changed, X) >= kept


def test_the_systems_differ_in_what_their_names_say():
    assert [one.name for one in SYSTEMS if one.shuffles] == ["history shuffled"]
    assert [one.name for one in SYSTEMS if one.n_experts == 1] == ["one linear map"]
    assert [one.name for one in SYSTEMS if one.learns_items] == ["PEPLER-like"]
    assert SELLER is SYSTEMS[0]


def test_a_client_of_ids_has_no_order():
    x = only_ids(X)
    torch.testing.assert_close(x.user[0], x.user[2])  # the same purchases in another order
    torch.testing.assert_close(x.user[0], PATHS.vectors[[1, 7, 2]].mean(dim=0))
    empty = only_ids(PATHS.features([example([], "i8").case]))
    assert not empty.user.any()


def test_random_vectors_are_the_same_for_a_case_in_any_batch_and_differ_between_cases():
    together = random_vectors(X)
    for row in range(len(X)):
        alone = random_vectors(X.take([row]))
        again = random_vectors(PATHS.features([EXAMPLES[row].case]))
        for name in ALL:
            assert torch.equal(getattr(together, name)[row], getattr(alone, name)[0]), name
            assert torch.equal(getattr(together, name)[row], getattr(again, name)[0]), name
    for one in range(len(X)):
        for other in range(one):
            assert not torch.equal(together.user[one], together.user[other])
            assert not torch.equal(together.item_meaning[one], together.item_meaning[other])
    assert same(together, X) == {"target", "present", "pooled"}
    assert not together.gaps.any()


def test_random_vectors_say_nothing_of_what_they_replace():
    louder = replace(X, falls=9 * X.falls, user=X.user + 1, states=-X.states, item=X.item * 2)
    for name in ("falls", "user", "states", "item"):
        assert torch.equal(getattr(random_vectors(louder), name), getattr(random_vectors(X), name))


def test_shuffling_swaps_request_and_case_and_keeps_the_answer():
    changed = BY_NAME["history shuffled"].inputs(EXAMPLES)
    for before, after in zip(EXAMPLES, changed, strict=True):
        assert (after.request, after.case) == (before.shuffled_request, before.shuffled)
        assert (after.shuffled_request, after.shuffled) == (before.request, before.case)
        assert after.text == before.text
    assert SELLER.inputs(EXAMPLES) == EXAMPLES
