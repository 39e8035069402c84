import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.intent.arguments import merge, read_arguments, unread
from agent.intent.vocabulary import Vocabulary
from tests.small_world import WordEncoder
from tests.tool_signatures import signatures

WORDS = Vocabulary(("bags", "coats", "scarves"), ("Corvane", "Bexley"), ("navy", "camel"), WordEncoder())
SEARCH = ("query", "category", "brand", "colour", "min_price", "max_price")
RECOMMEND = ("category", "colour", "max_price")
SHOWN = ("Leather tote, Corvane, bags", "Silk square, Bexley, scarves")
TOOLS = {tool.name: tuple(tool.args) for tool in signatures()}


def read(known: tuple[str, ...], message: str, shown: tuple[str, ...] = SHOWN, before: str = "") -> dict[str, object]:
    return read_arguments(known, message, shown, WORDS, before)


def called(tool: str, message: str, shown: tuple[str, ...] = SHOWN, before: str = "") -> dict[str, object]:
    return read_arguments(TOOLS[tool], message, shown, WORDS, before, tool)


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
        ("why the second?", "2", ["2"]),
        ("tote or square", None, ["1", "2"]),
        ("compare them", None, ["1", "2"]),
        ("number two please", "2", ["2"]),
        ("the totte", "1", ["1"]),
        ("the Bexley one", "2", ["2"]),
        ("the scarf", "2", ["2"]),
        ("what would it take for the tote to come first", "1", ["1"]),
        ("why isn't 2 number one", "2", ["2"]),
        ("that one", None, None),
    ],
)
def test_references_are_numbers_of_items_shown(message: str, item: str | None, items: list[str] | None) -> None:
    assert read(("item", "items"), message) == {
        name: value for name, value in (("item", item), ("items", items)) if value is not None
    }


def test_what_was_meant_just_before_is_meant_by_it() -> None:
    assert called("save_item", "put it in my basket", before="why the second?") == {"item": "2", "place": "basket"}
    assert called("save_item", "put it in my basket", before="hello") == {"place": "basket"}


def test_a_comparison_without_two_items_is_of_all() -> None:
    assert called("compare", "which is better") == {"items": ["1", "2"]}
    assert called("make_look_book", "a look-book please") == {}


def test_a_piece_that_is_not_on_show_is_named_by_its_title() -> None:
    assert called("clients_for_item", "who would like the Alba coat?") == {"item": "Alba coat"}
    assert called("remove_saved", "take the camel coat off my wish list", ()) == {
        "item": "camel coat",
        "place": "wishlist",
    }


def test_the_only_item_is_meant_without_a_reference() -> None:
    assert read(("item",), "why that one", ("Leather tote",)) == {"item": "1"}


@pytest.mark.parametrize(
    ("tool", "message", "expected"),
    [
        (
            "search_catalogue",
            "the warmest coat",
            {"query": "coat", "category": "coats", "superlative": "warmest"},
        ),
        (
            "search_catalogue",
            "linen coats for summer in size m",
            {"query": "linen coats summer", "category": "coats", "material": "linen", "season": "summer", "size": "M"},
        ),
        ("search_catalogue", "bags, anything but Corvane", {"query": "bags", "category": "bags"}),
        ("record_feedback", "cannot stand the tote", {"item": "1", "verdict": "dislike"}),
        ("rate_reason", "reason 2 is wrong", {"item": "2", "verdict": "wrong"}),
        ("rate_reason", "reason 1 is vague", {"item": "1", "verdict": "unhelpful"}),
        ("save_item", "i'll take the tote", {"item": "1", "place": "basket"}),
        ("save_item", "bookmark 2", {"item": "2", "place": "wishlist"}),
        ("remember_fact", "remember that my shoe size is 39", {"fact": "my shoe size is 39"}),
        ("remember_fact", "no wool for me, keep that in mind", {"fact": "no wool for me"}),
        ("forget_fact", "please forget my shoe size", {"fact": "shoe size"}),
        ("forget_fact", "remove the fact that she dislikes wool", {"fact": "she dislikes wool"}),
        ("forget_fact", "oublie ma pointure", {"fact": "shoe size"}),
        ("add_note", "note that she moves in spring", {"text": "she moves in spring"}),
        ("add_note", "add a note: husband's name is Peter", {"text": "husband's name is Peter"}),
        ("add_note", "he likes tea, note it", {"text": "he likes tea"}),
        ("add_note", "add a note", {}),
        ("decide_proposals", "accept the first two", {"decision": "accept", "which": "1, 2"}),
        ("decide_proposals", "don't change her taste", {"decision": "reject"}),
        ("add_follow_up", "remind me in two weeks to call her", {"what": "call her", "due": "in two weeks"}),
        ("add_follow_up", "follow up on 2 March about the hat", {"what": "follow up about the hat", "due": "2 march"}),
        ("add_follow_up", "I promised to call her in two weeks", {"what": "call her", "due": "in two weeks"}),
        ("add_follow_up", "remind me to call her", {"what": "call her"}),
        ("find_clients", "who bought a tote but no belt", {"bought": "tote", "not_bought": "belt"}),
        ("find_clients", "find clients who like silk", {"query": "silk"}),
        ("find_clients", "who hasn't bought anything for six months?", {"query": "no purchase for six months"}),
        ("find_clients", "who bought something in the last year", {"query": "a purchase within a year"}),
        ("find_clients", "who has not bought shoes in the last 6 months", {"not_bought": "shoes"}),
        ("find_clients", "look up mrs Laurent", {"query": "laurent"}),
        (
            "draft_message",
            "email her about both, in French",
            {"items": ["1", "2"], "language": "French", "channel": "e-mail"},
        ),
        ("draft_message", "a bit warmer", {"tone": "warmer"}),
        ("draft_message", "too stiff", {"tone": "less formal"}),
        ("draft_message", "write to the client", {}),
        ("refine", "moins cher", {"critique": "cheaper"}),
        ("refine", "no Corvane please", {"critique": "no Corvane please"}),
    ],
)  # fmt: skip
def test_arguments_are_read_by_rules(tool: str, message: str, expected: dict[str, object]) -> None:
    assert called(tool, message) == expected


@pytest.mark.parametrize(
    "message", ["no Corvane please", "anything but Corvane", "not from Corvane", "without Corvane"]
)
def test_what_is_ruled_out_is_no_filter(message: str) -> None:
    assert "brand" not in called("search_catalogue", f"a bag, {message}")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120), st.sampled_from(sorted(TOOLS)))
def test_any_message_is_read_for_any_tool(message: str, tool: str) -> None:
    assert set(called(tool, message)) <= set(TOOLS[tool])


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
