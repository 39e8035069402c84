import pytest

from agent.journeys.target_check import check_search
from agent.journeys.target_item import Look, Search
from agent.journeys.target_report import TargetReport
from tests.played import WORLD

FIRST = "I am looking for something in Bags"


def search(*sentences: str, target: str = "i2", accepted: str = "", shown: tuple[str, ...] = ("i3", "i4")) -> Search:
    looks, before = [], ()
    for sentence in sentences:
        looks.append(Look(sentence, before, shown))
        before = shown
    return Search("c1", target, target, looks, accepted)


@pytest.mark.parametrize(
    ("hints", "n_hints", "n_contradicted"),
    [
        ("Clutches, cheaper, more minimal", 4, 0),  # with the category of the first sentence
        ("Totes, cheaper", 3, 1),
        ("something in black, more expensive", 3, 1),
        ("something by Borea", 2, 1),
        ("less minimal, warmer", 3, 2),  # it is as warm as those on show, no warmer
        ("others", 1, 0),
    ],
)
def test_each_hint_is_held_to_the_catalogue(hints: str, n_hints: int, n_contradicted: int) -> None:
    checked = check_search(search(FIRST, f"I would rather see {hints}"), WORLD)
    assert (checked.n_hints, len(checked.contradicted), checked.unread) == (n_hints, n_contradicted, ())


def test_words_that_are_no_hint_are_counted() -> None:
    assert check_search(search("I am looking for something purple"), WORLD).unread == ("purple",)


def test_a_wrong_item_and_an_overlooked_target_are_the_shoppers_errors() -> None:
    assert check_search(search(FIRST, accepted="i3"), WORLD).wrong_item
    assert check_search(search(FIRST, shown=("i2",)), WORLD).overlooked
    right = check_search(search(FIRST, shown=("i2",), accepted="i2"), WORLD)
    assert (right.hit_at, right.wrong_item, right.overlooked) == (1, False, False)


def test_hits_are_counted_by_turn_beside_the_control() -> None:
    hit = check_search(search(FIRST, "I would rather see Clutches", shown=("i2",), accepted="i2"), WORLD)
    missed = check_search(search(FIRST), WORLD)
    report = TargetReport("a model", 0, [hit, missed], [missed, missed], max_turns=3)
    found = report.as_dict()
    assert found["hints"]["hit_at"] == {"1": 0.0, "2": 1 / 2, "3": 1 / 2}
    assert found["hints"]["mean_turns_to_hit"] == 2
    assert found["control"] == {"hit_at": {"1": 0.0, "2": 0.0, "3": 0.0}, "mean_turns_to_hit": None}
    assert found["simulator_errors"]["hints"] == 3
    assert "true hints" in report.table()
