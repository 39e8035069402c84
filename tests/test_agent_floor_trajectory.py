"""A taste as it moved: what is said where little is known, and where it turned."""

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from agent.errors import Refused
from agent.floor.trajectory import N_AXES, TasteStory, steps_in_words, taste_story
from recsys.errors import NotFound
from recsys.schema import Interaction
from tests.service_world import ADA, BO, ServiceWorld, context
from tests.small_world import GUIDED
from ui.trajectory_plot import trajectory_plot

ORNATE, BARE = ("i3", "i4", "i9"), ("i1", "i7", "i8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceWorld]:
    opened = ServiceWorld(Path(tmp_path_factory.mktemp("taste")) / "boutique")
    _buys(opened, "c4", [ORNATE[number % 3] for number in range(8)] + [BARE[number % 3] for number in range(8)])
    _buys(opened, "c2", [(BARE, ORNATE)[number % 2][number % 3] for number in range(12)])
    yield opened
    opened.close()


def _buys(world: ServiceWorld, client_id: str, bought: Sequence[str]) -> None:
    begin = dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    with world.boutique.writer() as writer:
        writer.add_interactions(
            [
                Interaction(client_id=client_id, item_id=item_id, at=begin + dt.timedelta(days=20 * place))
                for place, item_id in enumerate(bought)
            ]
        )


def story(world: ServiceWorld, client_id: str, *wanted: str) -> TasteStory:
    return taste_story(world.shop, context(client_id=client_id), wanted)


def test_a_few_purchases_are_too_few_to_speak_of_a_change(world: ServiceWorld) -> None:
    told = story(world, "c1")

    assert told.sentence == "Three purchases are too few to speak of a change: 10 are needed."
    assert told.turns == ()


def test_nobody_without_purchases_has_a_taste_to_draw(world: ServiceWorld) -> None:
    told = story(world, "c3")

    assert (told.bought, told.sentence) == ((), "Nothing has been bought yet, so there is no taste to draw.")


def test_a_taste_that_wanders_is_not_said_to_have_turned(world: ServiceWorld) -> None:
    told = taste_story(world.shop, context(BO, "c2"))

    assert told.turns == ()
    assert "your 14 purchases says that the taste has changed" in told.sentence


def test_a_turn_is_told_with_when_where_to_and_by_what(world: ServiceWorld) -> None:
    told = story(world, "c4")

    turn = told.turns[-1]
    assert told.sentence.startswith("Since ")
    assert "Émile's choices have become" in told.sentence
    assert "minimal" in told.sentence
    assert told.bought[turn.index].begins
    assert any(one.bends for one in told.bought[turn.index :])
    assert not any(one.bends for one in told.bought[: turn.index])
    assert 0 < turn.by_chance <= 100  # of 1,000 orders, as the drift settings have it
    assert told.axes[0].name == "minimal"


def test_steps_add_up_to_the_taste_as_the_ranker_reads_it(world: ServiceWorld) -> None:
    told = story(world, "c4")
    sequence = world.shop.internal(world.shop.purchases(context(client_id="c4")))

    for axis in told.axes:
        total = sum(axis.step(place) for place in range(len(told.bought)))
        expected = GUIDED.taste(sequence)[GUIDED.names.index(axis.name)]
        assert np.isclose(total, expected, atol=1e-5)


def test_chosen_axes_are_shown_and_unknown_ones_left_out(world: ServiceWorld) -> None:
    assert [axis.name for axis in story(world, "c4", "warmth", "nonsense").shown] == ["warmth"]
    assert len(story(world, "c4", "nonsense").shown) == N_AXES
    assert {axis.name for axis in story(world, "c4").axes} == set(GUIDED.names)


def test_a_step_is_told_in_words_of_the_attribute(world: ServiceWorld) -> None:
    told = story(world, "c4", "minimal")

    (first,), (second,) = steps_in_words(told, 1), steps_in_words(told, 2)
    assert first == "minimal: a clear step towards what is clean-lined"  # the cashmere sweater, 7 of 9
    assert second.endswith("towards what is ornate")
    with pytest.raises(NotFound, match="there is no purchase 99"):
        steps_in_words(told, 99)


def test_nobody_sees_another_ones_taste(world: ServiceWorld) -> None:
    with pytest.raises(Refused):
        taste_story(world.shop, context(ADA, "c2"))


def test_the_drawing_has_a_column_for_each_purchase_and_words_for_who_cannot_see(world: ServiceWorld) -> None:
    told = story(world, "c4", "minimal", "warmth")

    root = ElementTree.fromstring(str(trajectory_plot(told)))

    columns = [one for one in root.iter("rect") if one.get("class") == "ct-path-column"]
    assert [one.get("data-purchase") for one in columns] == [str(number) for number in range(1, len(told.bought) + 1)]
    assert len([one for one in root.iter("circle") if one.get("class") == "ct-path-dot"]) == 2 * len(told.bought)
    assert len([one for one in root.iter("polyline")]) == 2
    assert len([one for one in root.iter("line") if one.get("class") == "ct-path-turn"]) == len(told.turns)
    assert told.sentence in (root.findtext("desc") or "")
    assert root.findtext("title") == f"The taste of Émile over {len(told.bought)} purchases"
