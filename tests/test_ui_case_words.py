import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.drift import AttributeMove, DriftPoint
from recsys.guided.attributes import Agreement
from recsys.trajectory import follow
from tests.small_world import ATTRIBUTES, GUIDED, ITEMS
from ui import case_words
from ui.case_words import basket, brief, chance, joined, leaning, ordinal, outcome, spelled, turning


@pytest.mark.parametrize(
    ("parts", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_parts_are_joined_as_in_a_sentence(parts, words):
    assert joined(parts) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"),
     (112, "112th"), (1053, "1,053rd")],
)  # fmt: skip
def test_places_have_their_ending(number, words):
    assert ordinal(number) == words


@pytest.mark.parametrize(("number", "words"), [(0, "no"), (2, "two"), (12, "twelve"), (13, "13"), (1200, "1,200")])
def test_small_numbers_are_spelled(number, words):
    assert spelled(number) == words


@given(st.text(max_size=200))
def test_a_brief_title_is_never_long_and_a_short_one_is_untouched(title):
    assert len(brief(title, 64)) <= 65
    assert brief(title, 200) == title


def test_a_title_is_cut_at_a_words_end():
    assert brief("Seche Vite Dry Fast Top Nail Coat, 0.5 Ounce", 35) == "Seche Vite Dry Fast Top Nail Coat\u2026"


def test_a_basket_is_told_by_its_largest_departments_and_adds_up():
    assert basket([ITEMS[0]]) == "One purchase: one bags."
    assert basket(ITEMS[:7]) == "Seven purchases: four bags, three knitwear."
    assert basket(ITEMS) == "Twelve purchases: four bags, three knitwear, five other things."
    assert basket(ITEMS + ITEMS[:1]) == "13 purchases: 5 bags, 3 knitwear, 5 other things."


def test_what_stands_out_is_named_by_side():
    bought = np.array([7, 7, 8])
    minimal, formality, warmth = (
        f"{value:+.1f}".replace("-", "\u2212") for value in GUIDED.standard[bought].mean(axis=0)
    )
    assert leaning(follow(GUIDED, bought), ATTRIBUTES) == (
        f"Next to the average item, what they buy scores higher on minimal ({minimal}), "
        f"lower on formality ({formality}) and warmth ({warmth})."
    )
    assert "no quality stands out" in leaning(follow(GUIDED, np.arange(1, 13)), ATTRIBUTES)


@pytest.mark.parametrize(
    ("p_value", "words"),
    [(0.001, "one of 1,000"), (0.0004, "one of 1,000"), (0.03, "three of a hundred"), (0.37, "37 of a hundred")],
)
def test_chance_is_told_in_orders(p_value, words):
    assert chance(p_value) == f"{words} random orders"


def test_a_turn_is_told_with_what_moved():
    moves = (AttributeMove("minimal", 1, 0.84, 0.01, 5.0), AttributeMove("warmth", -1, 0.1, 0.4, 4.0))
    told = turning([DriftPoint(6, 0.004, moves, (7,))], 0.004, ATTRIBUTES)
    assert told == [
        "At purchase 7 the taste turned towards more minimal (+0.8) and less warmth. "  # no size where means disagree
        "A break this clear comes up in only four of 1,000 random orders of the same purchases."
    ]


def test_an_attribute_that_may_not_be_stated_is_not():
    disagreed = Agreement(mean=0.3, min=0.1)
    attributes = tuple(
        one.model_copy(update={"agreement": disagreed}) if one.name == "minimal" else one
        for one in ATTRIBUTES.attributes
    )
    shy = ATTRIBUTES.model_copy(update={"attributes": attributes})
    told = turning([DriftPoint(6, 0.08, (AttributeMove("minimal", 1, 0.8, 0.1, 5.0),), ())], 0.08, shy)[0]
    assert told.startswith("At purchase 7 the taste turned. A break this clear comes up in eight of a hundred")
    assert "minimal" not in leaning(follow(GUIDED, np.array([7, 7, 8])), shy)


def test_no_turn_and_too_few_purchases_are_told_apart():
    assert "Nothing shows that the taste turned" in turning([], 0.4, ATTRIBUTES)[0]
    assert "40 of a hundred" in turning([], 0.4, ATTRIBUTES)[0]
    assert "Too few purchases to tell" in turning([], None, ATTRIBUTES)[0]


@pytest.mark.parametrize(
    ("refined", "base", "verdict"),
    [(1, 1, "Both would have shown it"), (3, 9, "Both would have shown it"), (40, 50, "close"),
     (4, 80, "The refined one did better"), (900, 12, "The base did better"), (101, 5000, "Neither comes near")],
)  # fmt: skip
def test_the_verdict_follows_the_ranks(refined, base, verdict):
    assert verdict in outcome("Alba plain tote", refined, base, 12_101)


def test_what_was_owned_before_has_no_rank():
    told = outcome("Alba plain tote", float("inf"), float("inf"), 12)
    assert "bought it before" in told
    assert "inf" not in told


@given(st.floats(-9, 9))
def test_signed_values_never_use_a_hyphen(value):
    assert "-" not in case_words.signed(value) + case_words.signed_fine(value)
