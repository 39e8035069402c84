import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intent.spoken import (
    Prices,
    content_words,
    mask,
    means_all,
    names_amount,
    occurs,
    read_colour,
    read_name,
    read_prices,
    read_references,
    without_name,
)

SHOWN = ("Structured leather tote", "Woven crossbody", "Suede hobo bag", "Small top-handle bag")


@pytest.mark.parametrize(
    ("message", "low", "high"),
    [
        ("silk scarves under 300", None, 300),
        ("nothing above €1,200", None, 1200),
        ("1.2k max please", None, 1200),
        ("a coat between 500 and 900", 500, 900),
        ("900 - 500", 500, 900),
        ("at least 2.000", 2000, None),
        ("80.50 or less", None, 80.5),
        ("over 200 but below 400", 200, 400),
        ("compare 1 and 3", None, None),
        ("size 38 to 40, under 200", None, 200),
        ("in size 38", None, None),
        ("number 2", None, None),
    ],
)
def test_reads_price_bounds(message: str, low: float | None, high: float | None) -> None:
    assert read_prices(message) == Prices(low, high)


@given(st.text(max_size=200))
def test_any_text_reads_as_bounds(message: str) -> None:
    prices = read_prices(message)
    assert all(bound is None or bound >= 0 for bound in (prices.low, prices.high))


@given(st.integers(min_value=20, max_value=99_999))
def test_a_bound_survives_however_it_is_written(amount: int) -> None:
    for said in (f"under {amount}", f"up to €{amount:,}", f"{amount} max", f"at most {amount} euros"):
        assert read_prices(said).high == amount


@pytest.mark.parametrize(
    ("message", "numbers"),
    [
        ("why the second one?", [2]),
        ("compare 3 and the 1st", [3, 1]),
        ("the last one", [4]),
        ("the first two", [1, 2]),
        ("the hobo or the crossbody", [3, 2]),
        ("the tote she bought last year", [1]),
        ("the bag", []),
        ("number 9", []),
        ("something under 300", []),
    ],
)
def test_reads_which_items_are_meant(message: str, numbers: list[int]) -> None:
    assert read_references(message, SHOWN) == numbers


def test_without_items_nothing_is_meant() -> None:
    assert read_references("the first two, or the tote", ()) == []


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("sunglases pls", "sunglasses"),
        ("any bag", "bags"),
        ("nothing from Corvane", None),
        ("anything but corvane", None),
        ("something by corvane", "Corvane"),
        ("Halden & Rye in camel", "Halden & Rye"),
        ("boats", None),
    ],
)
def test_reads_names_of_the_catalogue(message: str, name: str | None) -> None:
    assert read_name(message, ["bags", "boots", "sunglasses", "Corvane", "Halden & Rye"]) == name


def test_reads_colours_whole_or_by_one_word() -> None:
    assert read_colour("a dusty pink scarf", ["dusty pink", "navy"]) == "dusty pink"
    assert read_colour("a pink scarf", ["dusty pink", "navy"]) == "pink"
    assert read_colour("a turquoise scarf", ["dusty pink", "navy"]) is None


def test_short_words_must_occur_as_they_are() -> None:
    assert not occurs("hats", "what shall I wear")
    assert occurs("hats", "a hat")
    assert occurs("necklaces", "a neclace in gold")


def test_an_amount_in_words_is_noticed() -> None:
    assert names_amount("not above two hundred")
    assert not names_amount("not above 200")


def test_content_words_describe_an_item() -> None:
    assert content_words("do you have any silk scarves under €300?") == "silk scarves"
    assert content_words("what have you got for me?") == ""


def test_a_name_is_taken_out() -> None:
    assert without_name("Halden & Rye coats", "Halden & Rye") == "coats"
    assert without_name("Corvane's belts", "Corvane") == "belts"


def test_several_items_can_be_meant_without_naming_them() -> None:
    assert means_all("compare them")
    assert means_all("both, please")
    assert not means_all("compare the hobo")


def test_masking_leaves_what_does_not_depend_on_the_shop() -> None:
    assert mask("is the hobo by Corvane under 900", SHOWN, ["Corvane"]) == "is the item by that brand under 100"
    assert mask("why 2", SHOWN, []) == "why number 1"
