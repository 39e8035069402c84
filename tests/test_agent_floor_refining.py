from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.floor.shop import Shop
from tests.floor_talk import FloorTalk, open_desk
from tests.small_world import CATALOGUE, GUIDED

CRITIQUES = (
    "cheaper",
    "more minimal",
    "less formal",
    "no Duna",
    "in navy",
    "under 700",
    "warmer",
    "without silk",
    "others",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    desk = open_desk(Path(tmp_path_factory.mktemp("refining")))
    yield desk.shop
    desk.close()


@pytest.fixture
def talk(shop: Shop) -> FloorTalk:
    talk = FloorTalk(shop)
    talk.recommend()
    return talk


@pytest.mark.parametrize(
    ("critique", "field", "value"),
    [
        ("anything but Duna", "brand", "Duna"),
        ("no Duna please", "brand", "Duna"),
        ("not wool", "material", "wool"),
        ("without leather", "material", "calfskin"),
        ("other than navy", "colour", "navy"),
        ("nothing in red", "colour", "red"),
    ],
)
def test_what_is_ruled_out_never_comes(talk: FloorTalk, critique: str, field: str, value: str) -> None:
    for _ in range(3):
        result = talk.refine(critique)
        assert value not in [getattr(CATALOGUE.item(one), field) for one in result.references]


def test_what_was_shown_on_the_way_does_not_come_again(talk: FloorTalk) -> None:
    seen = list(talk.slate)
    while talk.refine("show me more").outcome == "shown":
        assert not set(seen) & set(talk.slate)
        seen += talk.slate
    assert len(seen) == len(set(seen)) == 8  # twelve, less three owned and one not available


def test_cheaper_is_cheaper_than_the_slates_median(talk: FloorTalk) -> None:
    median = np.median([CATALOGUE.item(one).price_minor or 0 for one in talk.slate])
    assert talk.refine("cheaper").outcome == "shown"
    assert all((CATALOGUE.item(one).price_minor or 0) < median for one in talk.slate)


def test_another_brand_leaves_the_brands_on_show(talk: FloorTalk) -> None:
    brands = {CATALOGUE.item(one).brand for one in talk.slate}
    talk.refine("another brand")
    assert talk.slate
    assert not brands & {CATALOGUE.item(one).brand for one in talk.slate}


def test_contradictions_are_said_to_cancel_and_change_nothing(talk: FloorTalk) -> None:
    before = dict(talk.state["view"])
    result = talk.refine("more and less formal")
    assert "cancel each other out" in result.spoken
    assert result.outcome == "not possible"
    assert talk.state["view"] == before


def test_half_a_contradiction_still_does_the_other_half(talk: FloorTalk) -> None:
    result = talk.refine("warmer and cooler, in navy")
    assert "cancel each other out" in result.spoken
    assert {CATALOGUE.item(one).colour for one in talk.slate} == {"navy"}


def test_what_leaves_nothing_is_named_and_the_slate_stays(talk: FloorTalk) -> None:
    before = dict(talk.state["view"])
    result = talk.refine("under 5")
    assert result.outcome == "nothing more"
    assert '"up to €5" that leaves none' in result.spoken
    assert talk.state["view"] == before


def test_as_far_as_it_goes_is_said(talk: FloorTalk) -> None:
    talk.state["view"]["moves"] = {"warmth": 3.0}
    assert "Already as far as it goes: warmer." in talk.refine("warmer").spoken


def test_something_unheard_of_is_answered_with_what_can_be_done(talk: FloorTalk) -> None:
    result = talk.refine("blah blah")
    assert result.outcome == "not possible"
    assert "I can make them: cheaper" in result.spoken


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(critiques=st.lists(st.sampled_from(CRITIQUES), min_size=1, max_size=4))
def test_undo_restores_every_slate_exactly(shop: Shop, critiques: list[str]) -> None:
    talk = FloorTalk(shop)
    talk.recommend()
    views = [dict(talk.state["view"])]
    for critique in critiques:
        if talk.refine(critique).outcome == "shown":
            views.append(dict(talk.state["view"]))
    for expected in reversed(views[:-1]):
        result = talk.refine("undo")
        assert talk.state["view"] == expected
        assert [card.item.item_id for card in talk.cards] == expected["slate"] == list(result.references)
    assert talk.refine("undo").outcome == "not possible"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(GUIDED.names), first=st.floats(0, 1.5, width=16), more=st.floats(0, 1.5, width=16))
def test_raising_an_axis_never_lowers_the_slates_mean_on_it(shop: Shop, name: str, first: float, more: float) -> None:
    column = GUIDED.names.index(name)
    means = []
    for move in (first, first + more):
        found = shop.recommender.rank(["i1", "i2"], k=3, moves={name: move}).candidates
        rows = [CATALOGUE.ids.to_internal(one.item_id) for one in found]
        means.append(float(GUIDED.standard[rows, column].mean()))
    assert means[1] >= means[0] - 1e-4


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(critiques=st.lists(st.sampled_from(CRITIQUES), min_size=1, max_size=4))
def test_conditions_once_made_hold_until_they_are_undone(shop: Shop, critiques: list[str]) -> None:
    talk = FloorTalk(shop)
    talk.recommend()
    kept: set[str] = set()
    for critique in critiques:
        if talk.refine(critique).outcome == "shown":
            kept.add(critique)
        items = [CATALOGUE.item(one) for one in talk.slate]
        assert "no Duna" not in kept or all(item.brand != "Duna" for item in items)
        assert "without silk" not in kept or all(item.material != "silk" for item in items)
        assert "in navy" not in kept or all(item.colour == "navy" for item in items)
        assert "under 700" not in kept or all((item.price_minor or 0) <= 70_000 for item in items)
