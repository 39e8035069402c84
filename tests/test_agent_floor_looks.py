from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.floor.alike import likeness
from agent.floor.ranked import ranked
from agent.floor.shop import Shop
from agent.floor.standing import standing
from agent.floor.what_if import ways
from recsys.errors import NotFound
from tests.floor_talk import ASSOCIATE, FloorTalk, open_desk
from tests.small_world import CATALOGUE, GUIDED, TasteRanker


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    desk = open_desk(Path(tmp_path_factory.mktemp("looks")))
    yield desk.shop
    desk.close()


@pytest.fixture
def talk(shop: Shop) -> FloorTalk:
    talk = FloorTalk(shop)
    talk.recommend()
    return talk


def kinds(item_ids: list[str]) -> list[str]:
    return [CATALOGUE.item(one).category[0] for one in item_ids]


def test_a_look_is_of_other_kinds_and_no_kind_twice(talk: FloorTalk) -> None:
    item = talk.slate[0]
    result = talk.look("1")
    assert result.outcome == "shown"
    assert 2 <= len(talk.slate) <= 3
    assert CATALOGUE.item(item).category[0] not in kinds(talk.slate)
    assert len(set(kinds(talk.slate))) == len(talk.slate)


def test_without_an_item_it_completes_the_latest_purchase(talk: FloorTalk) -> None:
    talk.look()
    assert talk.state["view"]["look"] == "i7"
    assert "Cirro fine tee" in talk.text


def test_the_places_that_are_said_are_those_of_the_ranking(talk: FloorTalk) -> None:
    result = talk.look()
    ranker = talk.shop.recommender
    with_it, without = ranker.scores([np.array([1, 2, 7]), np.array([1, 2])])
    facts = [fact for fact in result.evidence if fact.evidence_id.startswith("l")]
    assert len(facts) == len(talk.slate)
    for fact, item_id in zip(facts, talk.slate, strict=True):
        row = CATALOGUE.ids.to_internal(item_id)
        before, after = (int((scores[1:] > scores[row]).sum()) + 1 for scores in (without, with_it))
        assert f"from place {before} to {after} of 12" in fact.statement
        assert (f"from place {before} to {after} of 12" in talk.text) is (after < before)


def test_a_look_can_be_refined_and_undone(talk: FloorTalk) -> None:
    talk.look()
    look = list(talk.slate)
    talk.refine("under 300")
    assert all((CATALOGUE.item(one).price_minor or 0) <= 30_000 for one in talk.slate)
    assert "Knitwear" not in kinds(talk.slate)
    talk.refine("undo")
    assert talk.slate == look


def test_a_client_without_purchases_is_asked_which_item(shop: Shop) -> None:
    result = FloorTalk(shop, ASSOCIATE, "c3").look()
    assert result.outcome == "not possible"


def test_what_is_similar_was_not_shown_and_is_not_owned(talk: FloorTalk) -> None:
    shown = list(talk.slate)
    result = talk.similar("2")
    assert result.outcome == "shown"
    assert not set(talk.slate) & {*shown, "i1", "i2", "i7"}


def test_the_nearest_in_the_guided_space_comes_first(shop: Shop) -> None:
    talk = FloorTalk(shop, ASSOCIATE, "c3")
    talk.search("cashmere sweater")
    talk.similar("1")
    assert talk.slate[0] == "i10"  # the wool scarf: as plain, as relaxed, as warm


def test_an_item_that_was_bought_can_be_meant_by_its_title(talk: FloorTalk) -> None:
    talk.similar("slim clutch")
    assert talk.state["view"]["like"] == "i2"
    with pytest.raises(NotFound, match="no item '9' is on show"):
        talk.similar("9")


def test_likeness_names_what_is_alike_and_where_each_differs(shop: Shop) -> None:
    # the wool scarf has 6, 4, 8 on minimal, formality, warmth; the sweater 7, 4, 8; the cardigan 3, 3, 9
    said = likeness(shop, "i10", ["i5", "i6"])
    assert said.startswith("Like the Duna wool scarf: warm.")
    assert "the first is" not in said.casefold()
    assert likeness(shop, "i10", ["i12"]).endswith("The first is lighter.")


def test_what_is_first_needs_nothing(talk: FloorTalk) -> None:
    talk.what_would_it_take("1")
    assert "is first already" in talk.text


@pytest.mark.parametrize("query", ["", "scarf", "bag", "look"])
def test_what_it_takes_puts_the_item_first_when_it_is_done(shop: Shop, query: str) -> None:
    talk = FloorTalk(shop)
    if query == "look":
        talk.look()
    else:
        talk.search(query)
    for position, item_id in enumerate(talk.slate[1:], start=2):
        view, known = talk.state["view"], standing(shop, talk.context)
        purchases = shop.purchases(talk.context)
        ranking = ranked(shop, purchases, known, view, 12, every_piece=True)
        found = ways(shop, purchases, known, view, ranking, item_id)
        talk.what_would_it_take(str(position))
        assert f"is at place {position} of" in talk.text
        assert all(way.words in talk.text for way in found)
        for way in found:
            assert ranked(shop, purchases, known, way.view, 1).candidates[0].item_id == item_id
            assert max((abs(move) for move in way.view["moves"].values()), default=0) <= 3
        assert found or "No change" in talk.text


def test_the_associate_is_told_of_them_and_the_shopper_of_you(shop: Shop) -> None:
    said = {}
    for actor in (ASSOCIATE, None):
        talk = FloorTalk(shop, actor) if actor else FloorTalk(shop)
        talk.recommend()
        talk.compare("1", "2")
        said[actor] = f"{talk.text} {' '.join(talk.comparison.rows)}"
    assert "For them" in said[ASSOCIATE]
    assert "you" not in said[ASSOCIATE].split()
    assert "For you" in said[None]


def test_rows_come_by_what_weighs_for_the_client_and_places_are_true(talk: FloorTalk) -> None:
    talk.compare("1", "2")
    taste = GUIDED.taste(np.array([1, 2, 7]))
    rows = [CATALOGUE.ids.to_internal(item_id) for item_id in talk.slate[:2]]
    weights = np.abs(taste) * np.ptp(GUIDED.standard[rows], axis=0)
    expected = [GUIDED.attribute_set.attributes[int(column)].label.capitalize() for column in np.argsort(-weights)]
    qualities = [label for label in talk.comparison.rows if label.casefold() in GUIDED.names]
    assert qualities == expected
    scores = talk.shop.recommender.scores([np.array([1, 2, 7])])[0]
    places = tuple(f"place {int((scores[1:] > scores[row]).sum()) + 1} of 12" for row in rows)
    assert talk.comparison.rows["For you"] == places


def test_the_verdict_is_the_rankings(talk: FloorTalk) -> None:
    talk.refine("in navy")
    talk.recommend()
    talk.compare("1", "3")
    scores = talk.shop.recommender.scores([np.array([1, 2, 7])])[0]
    first, third = (scores[CATALOGUE.ids.to_internal(talk.slate[at])] for at in (0, 2))
    assert ("For you, the first" in talk.text) is bool(first >= third - 0.1)


def test_two_items_of_the_same_score_are_said_to_suit_equally(shop: Shop) -> None:
    assert isinstance(shop.recommender.ranker, TasteRanker)
    talk = FloorTalk(shop, ASSOCIATE, "c3")  # no purchases: every score is the same
    talk.recommend()
    talk.compare("1", "2")
    assert talk.text == ""
    assert "For them" not in talk.comparison.rows


def test_chips_come_from_the_axes_that_split_the_slate_most(talk: FloorTalk) -> None:
    rows = GUIDED.standard[[CATALOGUE.ids.to_internal(item_id) for item_id in talk.slate]]
    widest = GUIDED.attribute_set.attributes[int(np.argmax(rows.std(axis=0)))].more[0]
    assert widest.capitalize() in talk.chips
