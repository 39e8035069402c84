import numpy as np
import pytest

from recsys.evaluation.text_claims import ClaimReader
from tests import small_world

READER = ClaimReader(small_world.CATALOGUE, small_world.ATTRIBUTES)
TOTE, QUILTED, SWEATER, TEE, WOOL_SCARF = 1, 3, 5, 7, 10
SEQUENCE = np.array([TOTE, QUILTED, SWEATER], dtype=np.int64)


@pytest.mark.parametrize(
    ("text", "qualities"),
    [
        ("It is warm, as is much of what you have chosen.", {("warmth", 1)}),
        ("Clean-lined and dressed-up.", {("minimal", 1), ("formality", 1)}),
        ("It is ornate.", {("minimal", -1)}),
        ("It is not warm.", set()),
        ("You will love it.", set()),
        ("", set()),
    ],
)
def test_a_quality_is_claimed_by_its_phrase_and_not_by_its_denial(text, qualities):
    found = READER.read(text, SEQUENCE, TEE).qualities
    assert {(small_world.ATTRIBUTES.names[column], side) for column, side in found} == qualities


@pytest.mark.parametrize(
    ("text", "likened", "named"),
    [
        ("Like your Cirro cashmere sweater, it is warm.", {SWEATER}, set()),
        ("Suggested because of your Cirro cashmere sweater.", set(), {SWEATER}),
        ("Your Cirro cashmere sweater is from Knitwear, and so is this.", {SWEATER}, set()),
        ("It goes with the Alba plain tote. It is like your Borea quilted bag.", {QUILTED}, {TOTE}),
        ("The Cirro fine tee goes with your Cirro cashmere sweater.", set(), {SWEATER}),
        ("You would like it with your Alba plain tote.", set(), {TOTE}),
        ("Alba's plain tote wants company.", set(), {TOTE}),
        ("The Duna wool scarf is warm.", set(), set()),  # never bought
        ("A bag you will like.", set(), set()),
    ],
)
def test_purchases_are_named_or_likened(text, likened, named):
    found = READER.read(text, SEQUENCE, TEE)
    assert (set(found.likened), set(found.named)) == (likened, named)


def test_the_items_own_name_is_no_purchase():
    found = READER.read("The Cirro cashmere sweater is warm.", np.array([SWEATER, TOTE]), SWEATER)
    assert not found.likened
    assert not found.named
    assert found.rest == "The is warm."  # she has read the title already


def test_the_rest_is_about_the_item():
    found = READER.read(
        "Like your Cirro cashmere sweater, it is warm.", SWEATER * np.ones(1, dtype=np.int64), WOOL_SCARF
    )
    assert "cashmere" not in found.rest
    assert found.rest.endswith("it is warm.")
