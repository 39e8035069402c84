import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.errors import InputError
from recsys.seller.gate_report import BAND, CATEGORY, REASON, Suggestions, report_gates
from recsys.seller.gate_weights import ExpertRole
from recsys.seller.weighed_suggestions import draw_histories

TOKENS = ("client", "item", "purchase 1", "purchase 2")
BEHAVIOUR, SEMANTICS = (0, 2, 3), (1, 2, 3)


def weighed(logits=None, n_clients=60, n_experts=3, seed=0):
    """Three suggestions a client with noisy gates, shifted by `logits` for every third suggestion, of bags."""
    rng = np.random.default_rng(seed)
    n = 3 * n_clients
    is_bag = np.arange(n) % 3 == 0
    gates = {}
    for path, fed in (("behaviour", BEHAVIOUR), ("semantics", SEMANTICS)):
        raw = rng.normal(0, 0.5, (n, len(TOKENS), n_experts))
        if path == "behaviour":
            raw[is_bag] += np.zeros(n_experts) if logits is None else logits
        weights = np.exp(raw) / np.exp(raw).sum(axis=-1, keepdims=True)
        gates[path] = np.where(np.isin(np.arange(len(TOKENS)), fed)[None, :, None], weights, 0.0)
    present = np.ones((n, len(TOKENS)), dtype=bool)
    present[: n // 2, 3] = False
    return Suggestions(
        tokens=TOKENS,
        clients=np.repeat(np.arange(n_clients), 3),
        kinds={
            REASON: ["style"] * n,
            CATEGORY: ["Bags" if one else "Shoes" for one in is_bag],
            BAND: ["many" if client % 2 else "few" for client in np.repeat(np.arange(n_clients), 3)],
        },
        gates=gates,
        present=present,
    )


def test_an_expert_is_named_for_the_kind_that_it_serves_and_for_no_other():
    report = report_gates(weighed(logits=np.array([2.0, 0.0, 0.0])))
    named = {(one.path, one.expert, one.group): one.difference for one in report.differences if one.is_named}
    assert named["behaviour", 1, "Bags"] > 0.2 > 0 > named["behaviour", 1, "Shoes"]
    assert {group for _, _, group in named} == {"Bags", "Shoes"}
    assert {path for path, _, _ in named} == {"behaviour"}
    roles = {(role.path, role.expert): role for role in report.roles()}
    assert roles["behaviour", 1].words() == "items of Bags"
    assert roles["behaviour", 2].items == ("Shoes",)
    assert roles["semantics", 1].words() == "nothing stands out"


def test_chance_is_rarely_named():
    named = [
        any(one.is_named for one in report_gates(weighed(n_clients=40, seed=seed), seed).differences)
        for seed in range(30)
    ]
    assert sum(named) <= 6


def test_shares_are_means_over_the_tokens_that_stand_for_something():
    one = weighed(n_clients=20)
    report = report_gates(one)
    fed = one.present[:, :, None] & (one.gates["behaviour"] > 0)
    mean = (one.gates["behaviour"] * fed).sum(axis=1) / fed.sum(axis=1)
    assert report.paths[0].shares == pytest.approx(mean.mean(axis=0), abs=1e-4)
    assert list(report.paths[0].tokens) == ["client", "purchase 1", "purchase 2"]
    assert list(report.paths[1].tokens) == ["item", "purchase 1", "purchase 2"]
    last = one.gates["semantics"][one.present[:, 3], 3].mean(axis=0)
    assert report.paths[1].tokens["purchase 2"] == pytest.approx(last, abs=1e-4)
    bags = next(found for found in report.differences if found.group == "Bags")
    assert (bags.n, bags.share) == (20, pytest.approx(mean[::3, 0].mean(), abs=1e-4))


@settings(max_examples=25, deadline=None)
@given(arrays(np.float64, (36, 4, 3), elements=st.floats(-8, 8)))
def test_shares_add_up_and_entropies_are_shares_of_the_largest(raw):
    weights = np.exp(raw) / np.exp(raw).sum(axis=-1, keepdims=True)
    one = replace(weighed(n_clients=12), gates={"behaviour": weights, "semantics": weights})
    for use in report_gates(one).paths:
        assert sum(use.shares) == pytest.approx(1.0, abs=1e-3)
        assert 0 <= use.decision <= use.balance + 1e-3 <= 1 + 2e-3


def test_a_collapse_onto_one_expert_is_seen():
    collapsed = report_gates(weighed_as(np.array([0.97, 0.02, 0.01]))).paths[0]
    assert collapsed.is_collapsed
    assert collapsed.balance < 0.2
    even = report_gates(weighed_as(np.full(3, 1 / 3))).paths[0]
    assert (even.is_collapsed, even.balance, even.decision) == (False, 1.0, 1.0)


def test_gates_that_weigh_all_alike_serve_nobody_more():
    report = report_gates(weighed_as(np.array([0.5, 0.25, 0.25])))
    assert not any(one.is_named for one in report.differences)
    assert {one.difference for one in report.differences} == {0.0}


def test_a_single_expert_has_nothing_to_collapse_from():
    report = report_gates(weighed_as(np.ones(1)))
    assert [use.is_collapsed for use in report.paths] == [False, False]
    assert "a single expert: there is nothing to choose" in report.table()


def weighed_as(weights):
    one = weighed(n_clients=20, n_experts=len(weights))
    fed = {path: (gates > 0).any(axis=-1, keepdims=True) for path, gates in one.gates.items()}
    return replace(one, gates={path: weights * of for path, of in fed.items()})


def test_kinds_of_few_clients_are_left_out_and_too_few_clients_refused():
    one = weighed(n_clients=20)
    rare = ["Hats" if client < 9 else "Bags" for client in one.clients]
    report = report_gates(replace(one, kinds={**one.kinds, CATEGORY: rare}))
    assert report.left_out == (f"{CATEGORY} Hats",)
    assert "Hats" not in {found.group for found in report.differences}
    with pytest.raises(InputError, match="over 9 clients says nothing: 10 are the least"):
        report_gates(weighed(n_clients=9))


def test_the_report_is_the_same_each_time_and_prints_as_table_and_json():
    one = weighed(logits=np.array([2.0, 0.0, 0.0]))
    first, second = report_gates(one, 3), report_gates(one, 3)
    assert first.as_dict() == second.as_dict()
    document = json.loads(json.dumps(first.as_dict()))
    assert document["roles"][0]["items"] == ["Bags"]
    assert document["paths"][0]["is_collapsed"] is False
    table = first.table()
    assert table == second.table()
    assert "| item of Bags " in table
    assert "behaviour, expert 1: items of Bags" in table
    assert "not collapsed" in table


def test_a_role_is_said_in_words():
    role = ExpertRole("behaviour", 2, 0.3, ("up to 4 purchases",), ("Bags", "Shoes"), ("style",))
    assert role.words() == "clients with up to 4 purchases; items of Bags, Shoes; reasons led by style"


@pytest.fixture(scope="module")
def boutique(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "boutique"
    ingest(open_source(), folder)
    return Boutique.open(folder)


def test_clients_are_drawn_by_seed_without_the_given_ones(boutique):
    first, again, other = (draw_histories(boutique, 20, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert len(first) == 20
    everyone = boutique.sequences().clients
    assert len(draw_histories(boutique, 10_000, 0, without=everyone[:5])) == len(everyone) - 5
    for purchases in first:
        dates = [one.at for one in purchases if one.at is not None]
        assert dates == sorted(dates)
