import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.guided.attributes import read_attribute_set
from recsys.recommender import Recommender
from recsys.schema import Filters
from recsys.superlatives import Superlative, read_superlative, values
from tests.small_world import ATTRIBUTES, CATALOGUE, GUIDED, recommender


@pytest.mark.parametrize(
    ("said", "by", "sign"),
    [
        ("cheapest bag", "price", -1),
        ("the most expensive thing you have", "price", 1),
        ("least expensive", "price", -1),
        ("priciest", "price", 1),
        ("warmest coat", "warmth", 1),
        ("most minimal", "minimal", 1),
        ("simplest", "minimal", 1),
        ("least formal dress", "formality", -1),
        ("dressiest", "formality", 1),
    ],
)
def test_superlatives_are_read(said: str, by: str, sign: int) -> None:
    found = read_superlative(said, ATTRIBUTES)
    assert found is not None
    assert (found.by, found.sign) == (by, sign)
    assert found.words in said


@pytest.mark.parametrize("said", ["", "bag", "the best bag", "a vest", "most recent", "interest", "finest"])
def test_what_nobody_can_order_by_is_no_superlative(said: str) -> None:
    assert read_superlative(said, ATTRIBUTES) is None


def test_the_packaged_sets_know_theirs() -> None:
    boutique, beauty = read_attribute_set("boutique"), read_attribute_set("beauty")
    assert read_superlative("best for travel", boutique) == Superlative("travel", 1, "best for travel")
    assert read_superlative("gentlest", beauty) == Superlative("gentleness", 1, "gentlest")
    assert read_superlative("warmest", None) is None


def best(said: str, filters: Filters, ranked: Recommender) -> list[str]:
    superlative = read_superlative(said, ATTRIBUTES)
    assert superlative is not None
    order = values(superlative, CATALOGUE, GUIDED)
    return [one.item_id for one in ranked.rank([], k=12, filters=filters, first_by=order).candidates]


def test_the_extreme_is_that_of_the_whole_catalogue() -> None:
    ranked = recommender()
    assert best("cheapest", Filters(), ranked)[0] == "i8"
    assert best("most expensive", Filters(category="Bags"), ranked)[:2] == ["i4", "i3"]
    assert best("warmest", Filters(max_price_minor=20_000), ranked)[0] == "i10"


def test_ties_are_broken_by_the_clients_ranking() -> None:
    order = values(Superlative("formality", 1, "most formal"), CATALOGUE, GUIDED)  # i4 and i11 both have 9
    quiet = recommender().rank(["i1", "i7"], k=2, first_by=order).candidates
    by_score = recommender().rank(["i1", "i7"], k=12).candidates
    places = {one.item_id: place for place, one in enumerate(by_score)}
    assert [one.item_id for one in quiet] == sorted(["i4", "i11"], key=places.__getitem__)


def test_what_has_no_value_is_left_out() -> None:
    unknown = values(Superlative("colourfulness", 1, "x"), CATALOGUE, GUIDED)
    assert not np.isfinite(unknown).any()
    assert recommender().rank([], k=3, first_by=unknown).candidates == ()


@given(st.text(max_size=80))
def test_any_text_is_read(said: str) -> None:
    read_superlative(said, ATTRIBUTES)
