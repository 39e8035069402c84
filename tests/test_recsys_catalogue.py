import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.catalogue import Catalogue, comes_in, matches
from recsys.schema import Filters, Item
from recsys.synonyms import with_synonyms
from tests.small_world import CATALOGUE, ITEMS, recommender


def item(**facts: object) -> Item:
    return Item.model_validate({"item_id": "x", "title": "Thing", **facts})


@pytest.mark.parametrize(
    ("sizes", "size", "comes"),
    [
        ("34–44", "38", True),
        ("34–44", "46", False),
        ("XS–XXL", "m", True),
        ("S–L", "xs", False),
        ("36, 38, 40", "38", True),
        ("36, 38", "37", False),
        ("S to XL", "L", True),
        ("36–41", "38.5", False),
        ("One size", "38", False),
        ("", "38", False),
    ],
)
def test_sizes_are_read_as_ranges_and_lists(sizes: str, size: str, comes: bool) -> None:
    assert comes_in(item(attributes={"sizes": sizes} if sizes else {}), size) is comes


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(material="silk"), {"i4", "i9", "i11"}),
        (Filters(material="leather"), {"i1", "i2", "i3"}),
        (Filters(not_material=("leather", "silk", "wool")), {"i5", "i7", "i8"}),
        (Filters(not_brand=("Duna", "alba"), category="Scarves"), set()),
        (Filters(not_colour=("navy",), brand="Duna"), {"i8", "i9"}),
        (Filters(not_category=("Bags", "Knitwear", "Dresses")), {"i8", "i9", "i10"}),
        (Filters(size="38"), set()),
        (Filters(season="winter"), set()),
    ],
)
def test_every_condition_holds(filters: Filters, expected: set[str]) -> None:
    assert {one.item_id for one in CATALOGUE.items if matches(one, filters)} == expected


def test_what_is_for_all_year_suits_every_season() -> None:
    assert matches(item(attributes={"season": "all year"}), Filters(season="winter"))
    assert matches(item(attributes={"season": "autumn and winter"}), Filters(season="winter"))
    assert not matches(item(attributes={"season": "summer"}), Filters(season="winter"))


def test_a_material_that_is_ruled_out_counts_in_the_title_as_well() -> None:
    assert not matches(item(title="Plain wool hat"), Filters(not_material=("wool",)))


def test_the_words_people_filter_by() -> None:
    assert {"silk", "leather", "calfskin"} <= set(CATALOGUE.material_words)
    dusty = Catalogue([item(colour="dusty pink", attributes={"season": "spring and summer"})])
    assert dusty.colour_words == ("dusty pink", "dusty", "pink")
    assert set(dusty.seasons) == {"spring", "summer"}
    assert not dusty.sized


names = st.sampled_from((None, "Alba", "Duna", "Erle"))
colours = st.sampled_from((None, "navy", "red", "black"))
materials = st.sampled_from((None, "silk", "wool", "leather"))


@given(names, colours, materials, st.sets(st.sampled_from(("Alba", "Duna", "Borea"))), st.sets(materials.filter(bool)),
       st.sampled_from((None, 30_000, 100_000)))  # fmt: skip
def test_filters_always_hold(
    brand: str | None,
    colour: str | None,
    material: str | None,
    no_brand: set[str],
    no_material: set[str],
    limit: int | None,
) -> None:
    filters = Filters(
        brand=brand, colour=colour, material=material, max_price_minor=limit,
        not_brand=tuple(no_brand), not_material=tuple(no_material),
    )  # fmt: skip
    for candidate in recommender().rank(["i1"], k=12, filters=filters).candidates:
        found = CATALOGUE.item(candidate.item_id)
        assert found.available
        assert brand in (None, found.brand)
        assert colour in (None, found.colour)
        assert found.brand not in no_brand
        assert limit is None or (found.price_minor or 0) <= limit
        assert material is None or material in (found.material, "leather")
        assert found.material not in no_material


def test_words_that_the_catalogue_does_not_know_give_way_to_those_it_does() -> None:
    known = {word for one in ITEMS for word in one.title.casefold().split()}
    assert with_synonyms("red shawl", lambda word: word in known) == "red scarf"
    assert with_synonyms("silk scarf", lambda word: word in known) == "silk scarf"
    assert with_synonyms("surfboard", lambda word: word in known) == "surfboard"
