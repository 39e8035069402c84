import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.guided.embedding import GuidedEmbeddings
from recsys.schema import Filters
from recsys.steering import MAX_MOVE, Critique, combine, parse_critique, steer
from tests.small_world import ATTRIBUTES, CATALOGUE, GUIDED, recommender

moves_strategy = st.dictionaries(st.sampled_from(ATTRIBUTES.names), st.floats(-2, 2, width=16), max_size=3)
history = st.lists(st.sampled_from(CATALOGUE.ids.external), max_size=5)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("cheaper please", Critique(price="cheaper")),
        ("something less expensive", Critique(price="cheaper")),
        ("a bit more exclusive", Critique(price="dearer")),
        ("under 300", Critique(max_price=300.0)),
        ("over €1,200", Critique(min_price=1200.0)),
        ("more minimal", Critique(moves={"minimal": 1.0})),
        ("less formal, and warmer", Critique(moves={"formality": -1.0, "warmth": 1.0})),
        ("not so dressier", Critique(moves={"formality": -1.0})),
        ("too ornate", Critique(moves={"minimal": 1.0})),
        ("less ornate please", Critique(moves={"minimal": 1.0})),
        ("too formal, more casual", Critique(moves={"formality": -1.0})),
        ("more ornate", Critique(moves={"minimal": -1.0})),
        ("in navy", Critique(colour="navy")),
        ("only scarves", Critique(category="Scarves")),
        ("another brand", Critique(others_in=("brand",))),
        ("not this brand, and a different colour", Critique(others_in=("brand", "colour"))),
        ("anything but Duna", Critique(not_brand=("Duna",))),
        ("no Duna please", Critique(not_brand=("Duna",))),
        ("no Duna or Alba, in navy", Critique(not_brand=("Duna", "Alba"), colour="navy")),
        ("not wool", Critique(not_material=("wool",))),
        ("without leather", Critique(not_material=("leather",))),
        ("other than red", Critique(not_colour=("red",))),
        ("another colour than red", Critique(not_colour=("red",))),
        ("not red but black", Critique(not_colour=("red",), colour="black")),
        ("no more scarves", Critique(not_category=("Scarves",))),
        ("I don't want silk, cheaper please", Critique(not_material=("silk",), price="cheaper")),
        ("wool-free", Critique(not_material=("wool",))),
        ("not only Duna", Critique(brand="Duna")),
        ("in silk", Critique(material="silk")),
        ("in size 38", Critique(size="38")),
        ("a medium size M", Critique(size="m")),
        ("more and less formal", Critique(cancelled=("formality",))),
        ("warmer, but cooler", Critique(cancelled=("warmth",))),
        ("cheaper and more expensive", Critique(cancelled=("price",))),
        ("warmer and cooler, but simpler", Critique(moves={"minimal": 1.0}, cancelled=("warmth",))),
        ("not more formal", Critique(moves={"formality": -1.0})),
        ("something by duna", Critique(brand="Duna")),
        ("undo that", Critique(undo=True)),
        ("show me something else", Critique(others=True)),
        ("cheaper and simpler", Critique(moves={"minimal": 1.0}, price="cheaper")),
        ("hmm", Critique()),
        ("", Critique()),
    ],
)
def test_a_critique_is_read_as_people_mean_it(said: str, expected: Critique) -> None:
    assert parse_critique(said, ATTRIBUTES, CATALOGUE) == expected


def test_without_attributes_a_critique_still_filters() -> None:
    assert parse_critique("simpler, in navy", None, CATALOGUE) == Critique(colour="navy")


@given(st.text(max_size=200))
def test_any_text_is_read_without_failing(said: str) -> None:
    parse_critique(said, ATTRIBUTES, CATALOGUE)


def _slate_mean(history: list[str], moves: dict[str, float], name: str) -> float:
    ranking = recommender().rank(history, k=3, moves=moves, filters=Filters(only_available=False))
    rows = [CATALOGUE.ids.to_internal(one.item_id) for one in ranking.candidates]
    return float(GUIDED.standard[rows, GUIDED.names.index(name)].mean())


@given(history, moves_strategy, st.sampled_from(ATTRIBUTES.names), st.floats(0.0, 2.0, width=16))
def test_raising_an_axis_never_lowers_the_slates_mean_on_it(
    history: list[str], moves: dict[str, float], name: str, raised: float
) -> None:
    more = {**moves, name: moves.get(name, 0.0) + raised}
    assert _slate_mean(history, more, name) >= _slate_mean(history, moves, name) - 1e-4


@given(history, moves_strategy)
def test_moving_there_and_back_restores_the_exact_ranking(history: list[str], moves: dict[str, float]) -> None:
    there = combine({}, moves)
    back = combine(there, {name: -move for name, move in there.items()})
    before = recommender().rank(history, k=12)
    assert recommender().rank(history, k=12, moves=back).candidates == before.candidates


@given(st.lists(moves_strategy, max_size=6))
def test_moves_stay_within_their_bound(changes: list[dict[str, float]]) -> None:
    total: dict[str, float] = {}
    for change in changes:
        total = combine(total, change)
    assert all(0 < abs(move) <= MAX_MOVE for move in total.values())


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(KeyError, match="colourfulness"):
        recommender().rank([], k=3, moves={"colourfulness": 1.0})


def test_scores_are_untouched_without_moves() -> None:
    scores = recommender().scores([np.array([1, 2])])
    assert scores[0, 0] == -np.inf
    assert scores[0, 1:].mean() == pytest.approx(0.0, abs=1e-6)
    assert scores[0, 1:].std() == pytest.approx(1.0, abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.floats(0.0, 3.0, width=16), st.floats(-3.0, 3.0, width=16))
def test_for_any_scores_a_longer_move_never_lowers_the_slates_mean(
    seed: int, k: int, longer: float, other: float
) -> None:
    rng = np.random.default_rng(seed)
    standard = np.clip(rng.normal(size=(41, len(ATTRIBUTES.names))), -3, 3).astype(np.float32)
    guided = GuidedEmbeddings(ATTRIBUTES, standard, standard, "chance")
    scores = rng.normal(size=41).astype(np.float32)
    name, beside = ATTRIBUTES.names[0], ATTRIBUTES.names[1]
    means = []
    for move in (0.0, longer, 2 * longer):
        steered = steer(scores, guided, {name: move, beside: other})[1:]
        means.append(float(standard[1:][np.argsort(-steered, kind="stable")[:k], 0].mean()))
    assert means[0] <= means[1] + 1e-4
    assert means[1] <= means[2] + 1e-4


@given(history, st.lists(moves_strategy, min_size=1, max_size=4))
def test_undoing_step_by_step_restores_every_ranking_on_the_way(
    history: list[str], changes: list[dict[str, float]]
) -> None:
    past = [dict[str, float]()]
    for change in changes:
        past.append(combine(past[-1], change))
    seen = [recommender().rank(history, k=12, moves=moves).candidates for moves in past]
    for moves, before in zip(reversed(past), reversed(seen), strict=True):
        assert recommender().rank(history, k=12, moves=moves).candidates == before
