"""Presses of hearts, bags and thumbs: set, taken back, once however often they arrive, and of one's own client only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Refused
from agent.floor.pressed import MARKS, press, pressed
from agent.floor.standing import standing
from recsys.errors import InputError, NotFound
from recsys.schema import Explanation
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, ServiceWorld, context

REASON = Explanation("Because of your <b>tote</b>.", (), {}, "template")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceWorld]:
    world = ServiceWorld(Path(tmp_path_factory.mktemp("pressed")))
    yield world
    world.close()


@pytest.mark.parametrize("mark", MARKS)
def test_a_press_is_set_once_and_taken_back(world: ServiceWorld, mark: str) -> None:
    for wanted in (True, True, False, False, True):
        assert press(world.shop, context(ADA), "i3", mark, [REASON], wanted=wanted) is wanted
        assert pressed(world.shop, context(ADA)).has(mark, "i3", REASON) is wanted
    assert press(world.shop, context(ADA), "i3", mark, [REASON], wanted=None) is False


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=st.lists(st.tuples(st.sampled_from(MARKS), st.booleans()), max_size=8))
def test_the_last_press_counts_and_opposites_exclude_each_other(
    world: ServiceWorld, presses: list[tuple[str, bool]]
) -> None:
    for mark, wanted in presses:
        press(world.shop, context(ADA), "i5", mark, [REASON], wanted=wanted)
        assert pressed(world.shop, context(ADA)).has(mark, "i5", REASON) is wanted
    now = pressed(world.shop, context(ADA))
    for alike in (("like", "dislike"), ("helpful", "unhelpful", "wrong")):
        assert sum(now.has(mark, "i5", REASON) for mark in alike) <= 1
    thumbs = [one for one in world.shop.opinions.all(ADA, "c1") if one.item_id == "i5"]
    assert len(thumbs) <= 1
    assert ("i5" in standing(world.shop, context(ADA)).refused) is now.has("dislike", "i5")


def test_a_wish_that_came_with_the_record_can_be_taken_back(world: ServiceWorld) -> None:
    press(world.shop, context(ADA), "i9", "wishlist", [], wanted=True)
    press(world.shop, context(ADA), "i9", "wishlist", [], wanted=False)
    assert "i9" not in pressed(world.shop, context(ADA)).marks()["wishlist"]


def test_each_judges_a_reason_for_themselves(world: ServiceWorld) -> None:
    press(world.shop, context(ASSOCIATE), "i4", "wrong", [REASON], wanted=True)
    assert pressed(world.shop, context(ASSOCIATE)).has("wrong", "i4", REASON)
    assert not pressed(world.shop, context(ADA)).has("wrong", "i4", REASON)


def test_a_reason_that_nobody_was_shown_cannot_be_judged(world: ServiceWorld) -> None:
    with pytest.raises(InputError, match="no reason"):
        press(world.shop, context(ADA), "i2", "helpful", [], wanted=True)


def test_what_there_is_not_cannot_be_pressed(world: ServiceWorld) -> None:
    with pytest.raises(NotFound, match="i99"):
        press(world.shop, context(ADA), "i99", "like", [], wanted=True)
    with pytest.raises(InputError, match="no mark"):
        press(world.shop, context(ADA), "i1", "<script>", [], wanted=True)


def test_another_associates_client_is_refused(world: ServiceWorld) -> None:
    with pytest.raises(Refused, match="your book"):
        press(world.shop, context(COLLEAGUE, "c1"), "i1", "like", [], wanted=True)
    with pytest.raises(Refused, match="your book"):
        pressed(world.shop, context(COLLEAGUE, "c1"))
