import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.rank_fusion import CONSTANT, fuse

rankings = st.lists(st.permutations(range(8)).map(lambda order: order[:5]), min_size=1, max_size=4)


def test_the_first_of_every_ranking_has_one_and_others_their_reciprocal_ranks() -> None:
    scores = fuse([["a", "b"], ["a", "c"]])
    second = (CONSTANT + 1) / (CONSTANT + 2) / 2
    assert scores == pytest.approx({"a": 1.0, "b": second, "c": second})
    assert next(iter(scores)) == "a"


def test_an_empty_ranking_does_not_count() -> None:
    assert fuse([["a", "b"], []]) == fuse([["a", "b"]])
    assert fuse([[], []]) == {}


@given(rankings, st.randoms(use_true_random=False))
def test_the_order_of_the_rankings_does_not_matter(found: list[list[int]], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fuse(shuffled) == fuse(found)


@given(rankings)
def test_who_is_before_another_in_every_ranking_is_before_it_in_the_fusion(found: list[list[int]]) -> None:
    scores = fuse(found)
    for one in scores:
        for other in scores:
            if all(
                one in ranking and (other not in ranking or ranking.index(one) < ranking.index(other))
                for ranking in found
            ):
                assert scores[one] > scores[other]
    assert all(0 < score <= 1 + 1e-9 for score in scores.values())
