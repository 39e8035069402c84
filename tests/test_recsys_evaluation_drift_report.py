import json

import numpy as np
import pytest

from recsys.data.boutique import Boutique
from recsys.data.demo import load_truth, open_source
from recsys.data.ingest import ingest
from recsys.errors import InputError
from recsys.evaluation.drift_cases import DriftCase, Found, cases_of, count, f_measure
from recsys.evaluation.drift_report import by_halves, choose_settings, evaluate_drifts
from recsys.ranker import IdMap
from tests.small_world import GUIDED

ORNATE, BARE = [4, 9, 3, 4, 9, 3, 4], [7, 8, 1, 7, 8, 1, 7]


def case(client_id="c1", sequence=(), *known):
    return DriftCase(client_id, np.array(sequence, dtype=np.int64), known)


def test_hits_are_counted_question_by_question():
    known = case("c1", range(1, 13), Found(5, {"minimal": 1, "warmth": -1}), Found(10, {"formality": 1}))
    claims = [Found(7, {"minimal": 1, "formality": 1})]
    counts = count(known, claims)
    assert counts.tolist() == [
        [1, 1, 1],  # a drift was claimed, and there is one
        [1, 1, 2],  # 7 is within two of 5; 10 was missed
        [2, 2, 3],  # both names are true of the client
        [1, 2, 3],  # but formality moved elsewhere
    ]


@pytest.mark.parametrize(
    ("claims", "located"),
    [([], 0), ([Found(8, {})], 0), ([Found(3, {})], 1), ([Found(4, {}), Found(6, {})], 1), ([Found(7, {})], 1)],
)
def test_one_drift_is_located_once_and_within_reach_only(claims, located):
    counts = count(case("c1", range(1, 13), Found(5, {})), claims)
    assert counts[1].tolist() == [located, len(claims), 1]


def test_a_wrong_direction_is_no_hit():
    counts = count(case("c1", range(1, 13), Found(5, {"warmth": -1})), [Found(5, {"warmth": 1})])
    assert counts[:, 0].tolist() == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("counts", "beta", "expected"),
    [((2, 4, 3), 1.0, 4 / 7), ((2, 4, 3), 0.5, 1.25 * 2 / (0.25 * 3 + 4)), ((0, 0, 0), 1.0, 0.0)],
)
def test_the_f_measure_is_the_weighed_mean_of_precision_and_recall(counts, beta, expected):
    assert f_measure(np.array(counts), beta) == pytest.approx(expected)


def test_halves_claim_the_middle_where_some_attribute_differs_enough():
    moved = case("c1", ORNATE + BARE)
    assert [one.index for one in by_halves(GUIDED, 0.5, 1, moved)] == [7]
    assert by_halves(GUIDED, 0.5, 1, moved)[0].moves == {"minimal": 1}
    assert len(by_halves(GUIDED, 0.5, 2, moved)[0].moves) == 2
    assert by_halves(GUIDED, 9.0, 1, moved) == []
    assert by_halves(GUIDED, 0.0, 1, case("c1", [4])) == []


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(0)
    drifted = [case(f"d{n}", ORNATE + BARE, Found(7, {"minimal": 1, "formality": -1})) for n in range(12)]
    steady = [case(f"s{n}", rng.integers(1, 13, size=12)) for n in range(12)]
    return [*drifted, *steady, case("short", [1, 2, 3])]


@pytest.fixture(scope="module")
def report(cases):
    return evaluate_drifts(cases, GUIDED)


def test_the_halves_share_no_client_and_never_change(cases):
    halves = [one.is_development for one in cases]
    assert 0 < sum(halves) < len(cases)
    assert halves == [case(one.client_id).is_development for one in cases]


def test_planted_drifts_are_found_and_the_baselines_are_beside_them(report):
    ours = report.test.methods["drift points"]
    assert ours["drifted at all"].recall.mean == 1.0
    assert ours["located within 2"].recall.mean == 1.0
    assert ours["attribute named"].precision.mean > 0.5
    assert report.test.methods["always, in the middle"]["drifted at all"].recall.mean == 1.0
    assert report.test.methods["never"]["drifted at all"].f1.mean == 0.0
    assert ours["drifted at all"].f1.mean >= report.test.methods["always, in the middle"]["drifted at all"].f1.mean
    assert ours["drifted at all"].f1.low <= ours["drifted at all"].f1.mean <= ours["drifted at all"].f1.high


def test_bands_count_every_client_once(report):
    assert sum(row.n_clients for row in report.test.bands) == report.test.n_clients
    assert sum(row.n_drifted for row in report.test.bands) == report.test.n_drifted


def test_the_table_and_the_document_hold_both_halves(report):
    table = report.table()
    assert "development:" in table
    assert "test:" in table
    assert "| never" in table
    assert json.loads(json.dumps(report.as_dict()))["test"]["n_clients"] == report.test.n_clients


def test_settings_are_chosen_on_the_development_half_only(cases, report):
    development = [one for one in cases if one.is_development]
    assert choose_settings(development, GUIDED, 0) == report.settings


def test_one_half_alone_is_refused(cases):
    with pytest.raises(ValueError, match="do not make two halves"):
        evaluate_drifts([one for one in cases if one.is_development], GUIDED)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "boutique"
    ingest(open_source(), folder)
    return Boutique.open(folder)


def test_every_demo_client_is_a_case_with_the_drifts_where_they_happened(demo):
    ids = IdMap(item.item_id for item in demo.items())
    found = cases_of(demo, load_truth(), ids)
    assert len(found) == 400
    for truth, one in zip(load_truth(), found, strict=True):
        assert [ids.to_external(int(index)) for index in one.sequence] == list(demo.sequence(truth.client_id))
        assert [known.moves for known in one.known] == [drift.moves for drift in truth.drifts]
        assert all(0 <= known.index <= len(one.sequence) for known in one.known)


def test_another_boutique_is_refused(tmp_path):
    with pytest.raises(InputError, match="not the demo boutique"):
        cases_of(Boutique.create(tmp_path / "other"), load_truth(), IdMap([]))
