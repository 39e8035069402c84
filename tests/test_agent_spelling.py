import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.intent.spelling import Spelling, encoder_words
from agent.intent.vocabulary import Vocabulary
from tests.small_world import WordEncoder

KNOWN = ("have", "the", "one", "for", "great", "rome", "friend")
SHOP = ("black", "green", "sunglasses", "scarves")
ASKED = {"first": 9, "cheaper": 7, "recommend": 5, "great": 2, "wishlist": 4, "time": 3, "which": 3, "with": 9}
SMALL = Spelling(KNOWN, SHOP, ASKED)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("do u have blakc sunglases", "do u have black sunglasses"),
        ("cheper pls", "cheaper pls"),
        ("the frist one", "the first one"),
        ("reccomend sth, grean", "recommend sth, green"),  # the boutique's word before another as near
        ("my wishlsit", "my wishlist"),
        ("last tiem", "last time"),
        ("wich one", "which one"),
    ],
)
def test_misspelt_words_become_the_nearest_known_ones(written: str, meant: str) -> None:
    assert SMALL.corrected(written) == meant


@pytest.mark.parametrize(
    "message",
    [
        "for Frist and Grean",  # names
        "Mrs frist",
        "a client called grean",
        "the greens, greener than green",  # other endings
        "je cherche une robe blanck",
        "culottes",
        "",
    ],
)
def test_names_endings_and_other_languages_stay(message: str) -> None:
    assert SMALL.corrected(message) == message


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*KNOWN, *SHOP, *ASKED]), max_size=12))
def test_a_message_of_known_words_never_changes(words: list[str]) -> None:
    message = " ".join(words)
    assert SMALL.corrected(message) == message


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80))
def test_putting_right_twice_changes_nothing_more(message: str) -> None:
    once = SMALL.corrected(message)
    assert SMALL.corrected(once) == once


@pytest.mark.parametrize("word", ["loafers", "tote", "culottes", "cheapest", "allergies", "invoice", "parka", "latex"])
def test_rare_words_are_not_taken_for_slips(word: str) -> None:
    words = Vocabulary(("bags", "coats"), (), ("black",), WordEncoder())
    assert words.spelling.corrected(f"show me a {word}") == f"show me a {word}"


def test_the_encoder_knows_common_words_whole_and_no_slips() -> None:
    assert {"black", "cheaper", "first"} <= encoder_words()
    assert not {"blakc", "cheper", "frist"} & encoder_words()
