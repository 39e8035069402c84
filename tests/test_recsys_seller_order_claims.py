import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.seller.evidence import Owned
from recsys.seller.order_claims import holds, order_claims, speaks_of_order
from tests.small_world import CATALOGUE

NAMES = [item.title for item in CATALOGUE.items[:5]]
OWNED = [Owned(item, None) for item in CATALOGUE.items[:5]]


def verdict(masked: str, owned: list[Owned] = OWNED) -> bool:
    return all(holds(claim, owned) for claim in order_claims(masked, NAMES))


@pytest.mark.parametrize(
    ("masked", "is_so"),
    [
        ("first the <p0>, then the <p1>.", True),
        ("first the <p1>, then the <p0>.", False),
        ("your latest purchase, the <p4>, led here.", True),
        ("your latest purchase, the <p3>, led here.", False),
        ("after the <p1> came the <p3>.", True),
        ("after the <p3> came the <p1>.", False),
        ("since the <p0> you chose the <p2>.", True),
        ("since the <p0> you like this.", False),
        ("the <p0>, followed by the <p2>.", True),
        ("the <p2> followed the <p3>.", False),
        ("you moved from the <p1> to the <p0>.", False),
        ("from the <p1> to the <p2>, and now to this.", True),
        ("before the <p2> you bought the <p1>.", True),
        ("lately you chose the <p2> and the <p4>.", True),
        ("lately you chose the <p0>.", False),
        ("your earlier <p4> is one.", False),
        ("lately your taste turned.", False),
        ("once you had your <p3>, you chose the <p1>.", False),
    ],
)
def test_claims_are_held_against_the_purchases(masked: str, is_so: bool) -> None:
    assert speaks_of_order(masked)
    assert verdict(masked) is is_so


def test_two_purchases_of_one_day_have_no_order() -> None:
    day = [Owned(item, dt.date(2025, 1, 3)) for item in CATALOGUE.items[:5]]
    assert not verdict("first the <p0>, then the <p1>.", day)


@pytest.mark.parametrize(
    "masked", ["next to your <p0>.", "just like your <p0>.", "i would look from your <p0> to the <it>."]
)
def test_what_is_no_claim_about_order_is_none(masked: str) -> None:
    assert not speaks_of_order(masked)


@given(st.permutations(range(5)).map(lambda order: order[:2]))
def test_a_pair_is_true_in_one_direction_only(pair: list[int]) -> None:
    one, other = pair
    assert verdict(f"first the <p{one}>, then the <p{other}>.") is (one < other)
    assert verdict(f"the <p{other}> came after the <p{one}>.") is (one < other)
