import pytest

from recsys.catalogue import Catalogue, words
from recsys.errors import InputError, NotFound
from recsys.recommender import Recommender
from recsys.schema import Filters
from tests.small_world import CATALOGUE, ITEMS, TasteRanker, recommender


def test_owned_items_are_not_suggested_again() -> None:
    owned = ["i1", "i5"]
    shown = [one.item_id for one in recommender().rank(owned, k=12).candidates]
    assert not set(owned) & set(shown)


def test_unavailable_items_appear_only_when_asked_for() -> None:
    everything = recommender().rank([], k=12, filters=Filters(only_available=False)).candidates
    assert {one.item_id for one in everything} - {one.item_id for one in recommender().rank([], k=12).candidates} == {
        "i12"
    }


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(category="clutches"), {"i2", "i4"}),
        (Filters(category="Bags", max_price_minor=50_000), {"i1", "i2"}),
        (Filters(brand="duna", colour="navy"), {"i10"}),
        (Filters(min_price_minor=100_000), {"i4", "i11"}),
        (Filters(category="Shoes"), set()),
    ],
)
def test_filters_hold_for_every_candidate(filters: Filters, expected: set[str]) -> None:
    assert {one.item_id for one in recommender().rank([], k=12, filters=filters).candidates} == expected


def test_exclusions_and_bonuses_are_respected() -> None:
    ranking = recommender().rank(["i1"], k=3, exclude=["i2"], among={"i2": 9.0, "i3": 0.0, "i9": 50.0})
    assert [one.item_id for one in ranking.candidates] == ["i9", "i3"]


def test_the_closest_items_to_a_minimal_taste_come_first() -> None:
    best = recommender().rank(["i1", "i7"], k=1, filters=Filters(category="Scarves")).candidates[0]
    assert best.item_id == "i8"


def test_an_empty_catalogue_is_refused() -> None:
    with pytest.raises(InputError, match="catalogue is empty.*clienteller ingest"):
        Catalogue([])


def test_an_unknown_item_is_named() -> None:
    with pytest.raises(NotFound, match="unknown item 'nope'"):
        recommender().rank(["nope"], k=3)


def test_a_ranker_of_another_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match="12 items, the catalogue has 11"):
        Recommender(Catalogue(ITEMS[:11]), TasteRanker(), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Bags & Boxes", ("bag", "box")), ("Dresses", ("dress",)), ("Jerseys", ("jersey",)), ("glass", ("glass",)),
     ("Accessories", ("accessory",)), ("Größe", ("grösse",)), ("it's", ("it's",))],
)  # fmt: skip
def test_words_fold_case_and_plural(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_vocabulary_comes_most_frequent_first() -> None:
    assert CATALOGUE.categories[:2] == ("Bags", "Knitwear")
    assert CATALOGUE.currency == "EUR"
