"""Sliders: the same operation as a critique, monotone, undoable; the axes that are offered; newcomers."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.context import Actor
from agent.events import Card, Chips
from agent.floor import axes, introducing, slates, steering
from agent.floor.shop import Shop
from agent.intent.wishes import Wishes
from agent.state import TurnResult, View, empty_view
from recsys.artifacts import load_catalogue
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.errors import InputError
from recsys.models.item_knn import ItemKNNConfig, ItemKNNRanker
from recsys.recommender import Recommender
from recsys.seller.explainer import Explainer
from recsys.vector_store import VectorStore
from tests.floor_talk import FloorTalk, open_desk
from tests.service_world import without_waiting
from tests.small_world import CATALOGUE, GUIDED, WordEncoder

STANDS = st.sampled_from([n / 2 for n in range(-6, 7)])
FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    desk = open_desk(Path(tmp_path_factory.mktemp("steering")))
    yield desk.shop
    desk.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = Path(tmp_path_factory.mktemp("demo")) / "boutique"
    ingest(open_source(), folder)
    boutique = Boutique.open(folder)
    without_waiting(boutique)
    catalogue, guided = load_catalogue(boutique)
    sequences = boutique.sequences()
    ranker = ItemKNNRanker.fit([sequences.of(n) for n in range(len(sequences))], ItemKNNConfig(n_items=len(catalogue)))
    ranked, store = Recommender(catalogue, ranker, guided), VectorStore(folder / "index")
    yield Shop(boutique, ranked, store, Wishes(catalogue, guided, WordEncoder()), Explainer(ranked))
    store.close()
    boutique.close()


@pytest.fixture
def talk(shop: Shop) -> FloorTalk:
    talk = FloorTalk(shop)
    talk.recommend()
    return talk


def steer(talk: FloorTalk, moves: Mapping[str, float]) -> TurnResult:
    talk.events.clear()
    result = steering.steer(talk.shop, talk.context, talk.state, moves, talk.events.append)
    talk.state.update(result.update)  # type: ignore[typeddict-item]
    return result


def mean_of(talk: FloorTalk, name: str) -> float:
    guided = talk.shop.recommender.guided
    assert guided is not None
    rows = talk.shop.recommender.internal(talk.slate)
    return float(guided.standard[rows, guided.names.index(name)].mean())


def test_a_slider_and_a_critique_are_one_operation(shop: Shop, talk: FloorTalk) -> None:
    asked = FloorTalk(shop)
    asked.recommend()
    asked.refine("more minimal")
    talk.state["view"]["without"] = list(talk.slate)  # a critique brings nothing that was on show

    steer(talk, {"minimal": 1.0})

    assert talk.state["view"]["moves"] == asked.state["view"]["moves"] == {"minimal": 1.0}
    assert talk.slate == asked.slate


@FEW
@given(
    name=st.sampled_from(GUIDED.names),
    others=st.dictionaries(st.sampled_from(GUIDED.names), STANDS),
    ends=st.tuples(STANDS, STANDS),
)
def test_raising_an_axis_never_lowers_the_slates_mean_of_it(
    shop: Shop, name: str, others: dict[str, float], ends: tuple[float, float]
) -> None:
    talk = FloorTalk(shop)
    talk.recommend()
    steer(talk, others | {name: min(ends)})
    before = mean_of(talk, name)
    steer(talk, others | {name: max(ends)})
    assert mean_of(talk, name) >= before - 1e-6


@FEW
@given(data=st.data())
def test_raising_an_axis_never_lowers_the_mean_in_the_demo_boutique(demo: Shop, data: st.DataObject) -> None:
    guided = demo.recommender.guided
    assert guided is not None
    client_id = data.draw(st.sampled_from([one.client_id for one in demo.boutique.clients()[:30]]))
    names = st.sampled_from(guided.names)
    name, others = data.draw(names), data.draw(st.dictionaries(names, STANDS, max_size=3))
    low, high = sorted(data.draw(st.tuples(STANDS, STANDS)))
    talk = FloorTalk(demo, Actor(client_id, "shopper"), client_id)
    talk.recommend()
    steer(talk, others | {name: low})
    before = mean_of(talk, name)
    steer(talk, others | {name: high})
    assert mean_of(talk, name) >= before - 1e-6


@FEW
@given(turns=st.lists(st.dictionaries(st.sampled_from(GUIDED.names), STANDS), min_size=1, max_size=5))
def test_undo_shows_exactly_what_was_before(shop: Shop, turns: list[dict[str, float]]) -> None:
    talk = FloorTalk(shop)
    talk.recommend()
    views = [talk.state["view"]]
    for moves in turns:
        steer(talk, moves)
        views.append(talk.state["view"])
    for view in reversed(views[:-1]):
        result = slates.undo(shop, talk.context, talk.state, talk.events.append)
        talk.state.update(result.update)  # type: ignore[typeddict-item]
        assert talk.state["view"] == view


def test_reset_brings_back_the_slate_of_the_beginning(shop: Shop, talk: FloorTalk) -> None:
    begun = talk.slate
    talk.refine("more formal")
    steer(talk, {"formality": 3.0, "warmth": -2.0})
    result = steering.reset(shop, talk.context, talk.state, talk.events.append)
    talk.state.update(result.update)  # type: ignore[typeddict-item]
    assert talk.slate == begun
    assert talk.state["view"]["moves"] == {}


def test_sliders_say_exactly_what_holds(talk: FloorTalk) -> None:
    steer(talk, {"minimal": 2.0, "warmth": 0.0, "formality": -9.0})
    assert talk.state["view"]["moves"] == {"minimal": 2.0, "formality": -3.0}
    steer(talk, {"warmth": 0.5})
    assert talk.state["view"]["moves"] == {"warmth": 0.5}


def test_a_move_ends_an_order_over_everything(talk: FloorTalk) -> None:
    talk.search("", "cheapest")
    assert talk.state["view"]["superlative"] == "cheapest"
    steer(talk, {"warmth": 1.0})
    assert talk.state["view"]["superlative"] == ""


@pytest.mark.parametrize(
    ("moves", "match"), [({"nonsense": 1.0}, "no slider"), ({"minimal": float("nan")}, "no number")]
)
def test_what_is_no_slider_moves_nothing(talk: FloorTalk, moves: dict[str, float], match: str) -> None:
    begun = talk.state["view"]
    with pytest.raises(InputError, match=match):
        steer(talk, moves)
    assert talk.state["view"] == begun


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (0.0, ""),
        (0.5, "a little more minimal"),
        (1.0, "more minimal"),
        (-1.0, "less minimal"),
        (1.5, "clearly more minimal"),
        (2.0, "clearly more minimal"),
        (-3.0, "very much less minimal"),
    ],
)
def test_a_move_in_words(move: float, said: str) -> None:
    assert axes.in_words(GUIDED.attribute_set.attributes[0], move) == said


def test_the_thread_keeps_what_a_hand_changed(shop: Shop) -> None:
    change = partial(steering.change_in_words, shop)
    assert change({}, {"minimal": 0.5}) == "A little more minimal (+0.5)"
    assert change({"minimal": 2.0, "warmth": 1.0}, {"warmth": -1.0}) == "Minimal as it was, lighter (-1)"
    assert change({"warmth": 1.0}, {"warmth": 1.0}) == "The sliders as they were"


def test_chips_leave_out_an_axis_at_its_end(shop: Shop) -> None:
    view = View(**{**empty_view(), "slate": ["i8", "i10"]})  # differ in warmth, minimal, formality: 4, 3, 0 steps
    assert axes.chips(shop, view, {}, n=3)[0] == "Warmer"
    pushed = View(**{**view, "moves": {"warmth": 3.0}})
    assert "Warmer" not in axes.chips(shop, pushed, pushed["moves"], n=3)
    warmest = View(**{**empty_view(), "slate": ["i6", "i6"]})  # 9 of 9: there is only the other way
    assert "Lighter" in axes.chips(shop, warmest, {}, n=3)
    assert axes.chips(shop, View(**{**view, "slate": ["i8"]}), {}) == ()


@FEW
@given(moves=st.dictionaries(st.sampled_from(GUIDED.names), STANDS))
def test_every_chip_moves_the_slate_where_it_says(shop: Shop, moves: dict[str, float]) -> None:
    talk = FloorTalk(shop)
    talk.recommend()
    steer(talk, moves)
    for chip in axes.chips(shop, talk.state["view"], talk.state["view"]["moves"], n=3):
        asked = shop.wishes.critique(chip).moves
        assert len(asked) == 1
        assert all(abs(talk.state["view"]["moves"].get(name, 0.0)) < 3.0 for name in asked)


def test_a_slider_that_is_moved_stays_in_sight(shop: Shop, talk: FloorTalk) -> None:
    steer(talk, {"formality": 1.0})
    assert "formality" in axes.offered(shop, talk.context, talk.state["view"], n=1)
    assert len(axes.offered(shop, talk.context, empty_view(), n=2)) == 2


def test_a_newcomer_who_asks_for_nothing_sees_different_directions(shop: Shop) -> None:
    talk = FloorTalk(shop, Actor("c3", "shopper"), "c3")
    result = talk.recommend()
    assert "I do not know your taste yet" in result.spoken
    assert len(set(talk.slate)) == 3
    for card in talk.cards:
        assert card.reason is not None
        assert card.reason.source == "none"  # nothing was tested: nobody's taste chose it
        for fact in card.reason.evidence:
            row = CATALOGUE.ids.to_internal(card.item.item_id)
            assert f"{GUIDED.raw[row, GUIDED.names.index(fact.subject)]:.0f} of 9" in fact.statement
            assert not fact.is_cause


def test_a_newcomer_who_says_a_wish_gets_the_wish_as_reason(shop: Shop) -> None:
    talk = FloorTalk(shop, Actor("c3", "shopper"), "c3")
    talk.recommend()
    steer(talk, {"warmth": 1.0})
    first = talk.cards[0]
    assert first.reason is not None
    assert first.reason.source == "template"
    assert any(fact.kind == "request" and fact.is_cause for fact in first.reason.evidence)
    assert first.bars[0].label == "warmth"  # what was asked for stands on the card


def test_reasons_after_a_slider_are_those_that_were_shown(talk: FloorTalk) -> None:
    steer(talk, {"warmth": 1.0})
    shown = [card.reason.text for card in talk.events if isinstance(card, Card) and card.reason]
    assert [one["text"] for one in talk.state["view"]["reasons"]] == shown
    assert sum(isinstance(event, Chips) for event in talk.events) == 1


def test_first_wishes_are_read_as_they_are_meant(demo: Shop) -> None:
    said = introducing.starters(demo, 3)
    assert len(said) == 3
    for wish in said:
        assert len(demo.wishes.wished_moves(wish)) == 2
    assert np.unique(said).size == 3
