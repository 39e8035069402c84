import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intent.wishes import Wishes, best_name
from recsys.catalogue import Catalogue
from recsys.schema import Filters, Item
from tests.small_world import CATALOGUE, GUIDED, WordEncoder

WISHES = Wishes(CATALOGUE, GUIDED, WordEncoder())
PRICELESS = Wishes(Catalogue([Item(item_id="x", title="Soap", brand="Alba", category=("Soaps",))]), None, WordEncoder())


def test_the_parts_of_a_request_become_filters() -> None:
    wish = WISHES.read(category="scarf", brand="duna", colour="NAVY", material="wool", max_price=200)
    assert wish.filters == Filters(
        category="Scarves", brand="Duna", colour="navy", material="wool", max_price_minor=20_000
    )
    assert (wish.words, wish.missing, wish.unkept) == ("", (), ())


def test_what_no_item_has_is_missing_and_an_unknown_kind_is_searched_for() -> None:
    wish = WISHES.read(category="surfboards", brand="Gucci", colour="turquoise")
    assert wish.missing == (("brand", "Gucci"), ("colour", "turquoise"))
    assert wish.words == "surfboards"


def test_what_the_catalogue_says_nothing_of_is_searched_for_or_not_kept() -> None:
    wish = PRICELESS.read(colour="red", material="silk", season="winter", size="38", max_price=20)
    assert wish.words == "red silk"
    assert wish.unkept == ("season", "size", "price")
    assert wish.filters == Filters()


def test_other_spellings_are_known() -> None:
    grey = Wishes(Catalogue([Item(item_id="x", title="Hat", colour="dove grey")]), None, WordEncoder())
    assert grey.read(colour="gray").filters.colour == "grey"


@pytest.mark.parametrize(
    ("said", "expected", "rest"),
    [
        ("silk scarf", Filters(category="Scarves", material="silk"), ""),
        ("red bag by Borea", Filters(category="Bags", brand="Borea", colour="red"), "by"),
        ("scarf with flowers", Filters(category="Scarves"), "with flowers"),
        ("something nice", Filters(), "something nice"),
    ],
)
def test_names_in_a_text_become_filters(said: str, expected: Filters, rest: str) -> None:
    assert WISHES.implied(said) == expected
    assert WISHES.narrowed(Filters(), said) == (expected, rest)


def test_a_filter_that_is_set_is_not_changed_by_the_words() -> None:
    assert WISHES.narrowed(Filters(category="Dresses"), "bag")[0].category == "Dresses"


def test_gold_is_a_colour_or_a_material_as_the_items_of_the_kind_have_it() -> None:
    rings = [Item(item_id=f"r{one}", title="Ring", category=("Rings",), material="gold") for one in range(2)]
    sandals = Item(item_id="s", title="Sandals", category=("Sandals",), colour="gold", material="leather")
    wishes = Wishes(Catalogue([*rings, sandals]), None, WordEncoder())
    assert wishes.implied("gold ring") == Filters(category="Rings", material="gold")
    assert wishes.implied("gold sandals") == Filters(category="Sandals", colour="gold")


def test_a_word_after_the_thing_names_no_kind() -> None:
    gowns = Item(item_id="g", title="Gown", category=("Evening gowns",))
    wishes = Wishes(Catalogue([gowns]), None, WordEncoder())
    assert wishes.implied("something for the evening") == Filters()
    assert wishes.implied("gown for the evening") == Filters(category="Evening gowns")


def test_qualities_name_no_thing() -> None:
    assert WISHES.names_quality("simpler")
    assert not WISHES.names_quality("scarf")
    assert WISHES.wished_moves("something simpler and warmer") == {"minimal": 1.0, "warmth": 1.0}
    assert PRICELESS.wished_moves("simpler") == {}


def test_a_name_is_found_exactly_before_in_part() -> None:
    assert best_name("bags", ["Tote bags", "Bags"]) == "Bags"
    assert best_name("totes", ["Tote bags"]) == "Tote bags"
    assert best_name("", ["Bags"]) is None


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_words_are_read(said: str, other: str) -> None:
    WISHES.read(category=said, brand=other, colour=said, material=other, season=said, size=other)
    WISHES.narrowed(Filters(), said)
    WISHES.critique(said)
    WISHES.superlative(said)
