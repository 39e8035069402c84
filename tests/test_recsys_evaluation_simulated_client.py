import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.evaluation.ranking_report import resampled_means
from recsys.evaluation.simulated_client import OUTCOMES, Hearing, Listener, Temper, simulate
from recsys.evaluation.simulation_report import NO_TEXT, compare_texts, sensitivity
from recsys.evaluation.utility_choice import World, draw_choice
from recsys.seller.evidence import said_of, short_title
from tests import small_world

ENCODER = small_world.WordEncoder()
ROWS = ENCODER.encode(["", *(item.text() for item in small_world.ITEMS)])
WORLD = World(small_world.recommender(), ENCODER, ROWS)
LISTENER = Listener(WORLD)
GUIDED = small_world.GUIDED


def choices(n=60):
    rng = np.random.default_rng(5)
    drawn = [rng.permutation(np.arange(1, 13))[:5] for _ in range(n)]
    return [
        draw_choice(WORLD.recommender, f"c{number}", items[:4], int(items[4]), rng, n_candidates=4)
        for number, items in enumerate(drawn)
    ]


CHOICES = choices()


def written(write):
    return [[write(choice, int(item)) for item in choice.candidates] for choice in CHOICES]


def honest(choice, item):
    phrases = [phrase for column in range(3) if (phrase := said_of(GUIDED, item, column))]
    return f"It is {' and '.join(phrases)}." if phrases else ""


def false_quality(choice, item):
    """Claim of it what she loves most among the qualities that it lacks."""
    taste, own = GUIDED.taste(choice.sequence), GUIDED.standard[item]
    column = int(np.argmax(np.where(own * np.sign(taste) < 0, np.abs(taste), 0.0)))
    attribute = small_world.ATTRIBUTES.attributes[column]
    return f"It is {attribute.high if taste[column] > 0 else attribute.low}, as is much of what you have chosen."


def likened(choice, item, pick):
    owned = [one for one in choice.sequence.tolist() if one != item]
    other = pick(owned, key=lambda one: float(np.linalg.norm(LISTENER.space.items[one] - LISTENER.space.items[item])))
    return f"It is just like your {short_title(small_world.ITEMS[other - 1])}."


SYSTEMS = {
    "honest": written(honest),
    "false quality": written(false_quality),
    "true likeness": written(lambda choice, item: likened(choice, item, min)),
    "false likeness": written(lambda choice, item: likened(choice, item, max)),
    "profile": written(lambda choice, item: small_world.ITEMS[item - 1].text()),
    "generic": written(lambda choice, item: "We chose this for you and hope that you enjoy it very much."),
}


def test_honest_beats_no_text_beats_persuasion():
    report = compare_texts(CHOICES, SYSTEMS, LISTENER, seed=1)
    assert report.difference("honest", NO_TEXT)["experienced"].low > 0
    assert report.difference("profile", NO_TEXT)["experienced"].low > 0
    assert report.difference(NO_TEXT, "false quality")["experienced"].low > 0
    assert report.difference("honest", "false quality")["experienced"].low > 0
    assert report.difference("true likeness", "false likeness")["experienced"].low > 0
    assert report.difference("false quality", "honest")["lured"].low > 0


def test_honest_beats_persuasion_whatever_her_temper():
    report = sensitivity(CHOICES, {name: SYSTEMS[name] for name in ("honest", "false quality")}, LISTENER, seed=1)
    for comparison in report.comparisons:
        assert comparison.difference("honest", "false quality")["experienced"].mean > 0
    assert ("honest", "false quality") not in report.flips()
    assert report.table().count("\n| ") >= len(report.tempers) == 9


def test_generic_text_is_about_no_text():
    gap = compare_texts(CHOICES, SYSTEMS, LISTENER, seed=1).difference("generic", NO_TEXT)
    assert abs(gap["experienced"].mean) < 0.02
    assert abs(gap["click_rate"].mean) < 0.02


def test_a_title_said_again_is_no_news():
    titles = written(lambda choice, item: f"{small_world.ITEMS[item - 1].title}.")
    shown = simulate(CHOICES, LISTENER.hear_all(CHOICES, titles), LISTENER.space)
    np.testing.assert_allclose(shown.experienced, simulate(CHOICES, None, LISTENER.space).experienced)


@pytest.mark.parametrize("texts", [[[""] * 4] * len(CHOICES), SYSTEMS["profile"]])
def test_no_text_and_no_trust_change_nothing(texts):
    temper = Temper(trust=0.0 if texts[0][0] else 0.5)
    shown = simulate(CHOICES, LISTENER.hear_all(CHOICES, texts), LISTENER.space, temper, 3).as_dict()
    silent = simulate(CHOICES, None, LISTENER.space, temper, 3).as_dict()
    for name in OUTCOMES:
        np.testing.assert_allclose(shown[name], silent[name])


def test_a_clients_outcome_depends_on_herself_and_the_seed_alone():
    heard = LISTENER.hear_all(CHOICES, SYSTEMS["profile"])
    everyone = simulate(CHOICES, heard, LISTENER.space, seed=3).as_dict()
    alone = simulate(CHOICES[7:8], heard[7:8], LISTENER.space, seed=3).as_dict()
    other = simulate(CHOICES, heard, LISTENER.space, seed=4).as_dict()
    assert all(everyone[name][7] == alone[name][0] for name in OUTCOMES)
    assert not np.array_equal(everyone["experienced"], other["experienced"])


def test_outcomes_add_up():
    out = simulate(CHOICES, LISTENER.hear_all(CHOICES, SYSTEMS["honest"]), LISTENER.space, seed=3)
    assert ((0 <= out.click_rate) & (out.click_rate <= 1)).all()
    assert (out.conversion + out.wrong_acceptance <= 1).all()
    assert (out.lured <= out.wrong_acceptance).all()
    assert (out.regret >= 0).all()
    assert resampled_means(out.experienced, 0).std() > 0


def test_with_full_sight_she_gets_the_best_and_text_cannot_add():
    temper = Temper(view_noise=0.0, unseen=0.0)
    silent = simulate(CHOICES, None, LISTENER.space, temper)
    np.testing.assert_allclose(silent.regret, 0.0, atol=1e-9)


@given(st.floats(0.01, 1.0), st.floats(-3, 3), st.floats(-3, 3))
def test_a_true_claim_moves_her_to_the_truth(trust, seen, truth):
    nothing = np.zeros((1, 1))
    hearing = Hearing(nothing, np.zeros(1), nothing, np.zeros(1), np.array([[truth]]))
    believed = hearing.move(np.array([[[seen]]]), trust)[0, 0, 0]
    assert abs(believed - truth) <= abs(seen - truth) + 1e-9


def test_a_description_brings_its_item_to_mind():
    item = small_world.ITEMS[4]
    picture, clarity = LISTENER.space.imagine(item.text())
    distances = np.linalg.norm(LISTENER.space.items[1:] - picture, axis=1)
    assert clarity == pytest.approx(1.0, abs=1e-3)
    assert int(distances.argmin()) == 4


@pytest.mark.parametrize("wrong", [{"trust": 1.5}, {"view_noise": -1.0}, {"n_draws": 0}])
def test_temper_is_checked(wrong):
    with pytest.raises(ValueError, match="trust"):
        Temper(**wrong)
