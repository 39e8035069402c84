import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.catalogue import words
from recsys.keyword_search import KeywordSearch
from recsys.schema import Filters
from tests.small_world import CATALOGUE

SEARCH = KeywordSearch(CATALOGUE)
EVERYTHING = np.array([False] + [True] * len(CATALOGUE))


def titles(rows: list[int]) -> list[str]:
    return [CATALOGUE.items[row - 1].title for row in rows]


def test_an_item_that_holds_both_words_comes_before_those_with_one() -> None:
    found = titles(SEARCH.nearest(words("silk scarf"), 20, EVERYTHING))
    assert found[0] == "Duna printed silk scarf"
    assert {"Duna linen scarf", "Duna wool scarf", "Borea jewelled clutch", "Erle evening gown"} <= set(found)


def test_stems_and_plurals_meet() -> None:
    assert "Duna wool scarf" in titles(SEARCH.nearest(("scarves",), 5, EVERYTHING))
    assert titles(SEARCH.nearest(("printing",), 5, EVERYTHING)) == ["Duna printed silk scarf"]


def test_only_allowed_items_are_found_and_no_more_than_asked() -> None:
    allowed = CATALOGUE.mask(Filters(colour="navy"))
    assert titles(SEARCH.nearest(("scarf",), 5, allowed)) == ["Duna wool scarf"]
    assert len(SEARCH.nearest(("scarf",), 2, EVERYTHING)) == 2


def test_coverage_is_the_share_of_the_words_and_rarer_words_count_more() -> None:
    shares = SEARCH.coverage(("silk", "scarf"))
    both, one = shares[9], shares[8]
    assert both == pytest.approx(1.0)
    assert 0 < one < 1
    unknown = SEARCH.coverage(("surfboard", "scarf"))
    assert unknown.max() < 0.5  # what no item has weighs most
    assert SEARCH.coverage(()).max() == 0


def test_only_title_and_kind_count_where_that_is_asked() -> None:
    assert CATALOGUE.items[3].material == "silk"
    assert SEARCH.coverage(("silk",))[4] == pytest.approx(1.0)
    assert SEARCH.coverage(("silk",), named_only=True)[4] == 0


@given(st.text(max_size=60))
def test_no_input_is_a_syntax_error(said: str) -> None:
    SEARCH.nearest([said], 3, EVERYTHING)
    SEARCH.nearest(words(said), 3, EVERYTHING)
    SEARCH.coverage([said])


@pytest.mark.parametrize(
    "said", ['"', '" OR 1', "NEAR(", "title:", "*", "a AND", "{title} : x", "^", "-", "''; DROP TABLE items"]
)
def test_the_languages_own_signs_are_words_like_others(said: str) -> None:
    assert isinstance(SEARCH.nearest([said], 3, EVERYTHING), list)
    assert len(SEARCH.nearest(("scarf",), 9, EVERYTHING)) == 3
