import pytest

from agent.intent.arguments import merge, read_arguments, unread, verdict
from agent.intent.vocabulary import Vocabulary
from tests.small_world import WordEncoder

WORDS = Vocabulary(("bags", "coats", "scarves"), ("Corvane", "Bexley"), ("navy", "camel"), WordEncoder())
SEARCH = ("query", "category", "brand", "colour", "min_price", "max_price")
RECOMMEND = ("category", "colour", "max_price")
SHOWN = ("Leather tote", "Silk square")


def read(known: tuple[str, ...], message: str, shown: tuple[str, ...] = SHOWN) -> dict[str, object]:
    return read_arguments(known, message, shown, WORDS)


def test_a_search_is_read_from_its_words() -> None:
    assert read(SEARCH, "have you got navy coats by Bexley, 200 to 400?") == {
        "query": "navy coats",
        "category": "coats",
        "brand": "Bexley",
        "colour": "navy",
        "min_price": 200,
        "max_price": 400,
    }


def test_only_what_the_tool_takes_is_returned() -> None:
    assert read(RECOMMEND, "a bag by Corvane under 900") == {"category": "bags", "max_price": 900}


@pytest.mark.parametrize(
    ("message", "item", "items"),
    [
        ("why the second?", "2", None),
        ("tote or square", None, ["1", "2"]),
        ("compare them", None, ["1", "2"]),
        ("that one", None, None),
    ],
)
def test_references_are_numbers_of_items_shown(message: str, item: str | None, items: list[str] | None) -> None:
    assert read(("item", "items"), message) == {
        name: value for name, value in (("item", item), ("items", items)) if value is not None
    }


def test_the_only_item_is_meant_without_a_reference() -> None:
    assert read(("item",), "why that one", ("Leather tote",)) == {"item": "1"}


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("put it on my wish list", "wishlist"),
        ("she doesn't like it", "dislike"),
        ("i love it too", "like"),
        ("too bright", "dislike"),
        ("a tote", None),
    ],
)
def test_reads_a_verdict_only_where_it_is_plain(message: str, found: str | None) -> None:
    assert verdict(message) == found


def test_a_short_message_leaves_nothing_to_write() -> None:
    message = "silk scarves under 300"
    assert unread(SEARCH, ("query",), message, read(SEARCH, message)) == []


def test_a_long_message_leaves_the_query_to_the_model() -> None:
    message = "good evening, my niece gets married in a castle and I dream of something with feathers"
    assert unread(SEARCH, ("query",), message, read(SEARCH, message)) == ["query"]


def test_amounts_in_words_and_unknown_kinds_are_left_to_the_model() -> None:
    message = "earrings for her, not above two hundred"
    assert unread(RECOMMEND, (), message, read(RECOMMEND, message)) == ["category", "colour", "max_price"]


def test_an_argument_that_no_rule_knows_is_left_to_the_model() -> None:
    assert unread(("occasion",), (), "a dinner", {}) == ["occasion"]


def test_what_a_model_makes_up_is_dropped() -> None:
    written = {"category": "coats", "colour": "lavender", "occasion": "dinner"}
    assert merge({"max_price": 90}, written, "something for a dinner", WORDS) == {"max_price": 90, "occasion": "dinner"}


def test_a_kind_that_the_message_holds_is_kept() -> None:
    assert merge({}, {"category": "coats"}, "a coat for her", WORDS) == {"category": "coats"}


def test_a_brand_is_filtered_by_and_not_searched_for() -> None:
    merged = merge({"brand": "Corvane"}, {"query": "Corvane"}, "do you stock Corvane handbags", WORDS)
    assert merged == {"brand": "Corvane", "query": "handbags"}
