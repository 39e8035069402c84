"""Bounds on falls and on scores are found where they were planted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agent.settings import Settings
from recsys.data.boutique import Boutique
from recsys.data.sequences import LeaveOneOut, Sequences, leave_one_out
from recsys.errors import InputError
from recsys.evaluation.score_bounds import measure_score_bounds, read_readings
from recsys.evaluation.thresholds import ALLOWED, Falls, measure_thresholds
from recsys.models.popularity import PopularityRanker
from recsys.models.weights import save_ranker
from recsys.schema import Client, Interaction
from tests import small_world
from ui.audit_commands import thresholds

REPEAT = Path(__file__).parents[2] / "shared/data/amazon-beauty/guided_scores_repeat.csv"


def _split(n_clients: int = 30) -> LeaveOneOut:
    rng = np.random.default_rng(1)
    rows = [rng.permutation(np.arange(1, 13))[:6] for _ in range(n_clients)]
    offsets = np.arange(n_clients + 1) * 6
    clients = tuple(f"c{k}" for k in range(n_clients))
    return leave_one_out(Sequences(small_world.CATALOGUE.ids, clients, np.concatenate(rows), offsets))


def _falls(values: list[float]) -> Falls:
    falls = np.array(values)
    return Falls(np.arange(len(falls)), falls, np.ones(len(falls)))


def test_the_bound_is_just_above_the_first_fall_that_may_not_pass() -> None:
    null = _falls([k / 100 for k in range(100)])  # 0.00 .. 0.99: five of a hundred may pass, the sixth is 0.94
    assert null.bound() == pytest.approx(0.94)
    assert null.passing(null.bound()) == 5 / 100


def test_causes_below_their_control_cannot_pass() -> None:
    null = Falls(np.arange(4), np.array([5.0, 4.0, 3.0, 2.0]), np.array([-1.0, -1.0, -1.0, -1.0]))
    assert (null.bound(), null.passing(0.0)) == (0.0, 0.0)


@given(arrays(float, st.integers(1, 60), elements=st.floats(-3, 3)), st.integers(0, 2**16))
def test_at_most_the_allowed_share_passes_the_bound(falls: np.ndarray, seed: int) -> None:
    over = np.random.default_rng(seed).normal(size=len(falls))
    null = Falls(np.arange(len(falls)), falls, over)
    assert null.bound() >= 0
    assert null.passing(null.bound()) <= ALLOWED


def test_null_causes_pass_at_most_as_often_as_allowed_and_the_test_split_is_not_read() -> None:
    split = _split()
    report = measure_thresholds(small_world.recommender(), split, n_clients=30, seed=0)
    blind = LeaveOneOut(
        split.train, split.validation_inputs, split.validation_targets, [], np.array([], dtype=np.int64), split.clients
    )
    again = measure_thresholds(small_world.recommender(), blind, n_clients=30, seed=0)
    assert (again.falls, again.recommended) == (report.falls, report.recommended)
    assert {(one.cause, one.target) for one in report.falls} == {
        (cause, target)
        for cause in ("purchase", "order", "attribute", "house")
        for target in ("validation purchase", "top suggestion")
    }
    for one in report.falls:
        assert one.low <= one.high
        assert report.recommended[one.cause] >= one.measured
    assert "recommended: " in report.table()


def test_too_few_clients_are_refused() -> None:
    with pytest.raises(InputError, match="20 are needed"):
        measure_thresholds(small_world.recommender(), _split(5), n_clients=30)


def _readings(around: int, noise: int) -> np.ndarray:
    """Four readers of 60 items on three attributes; true scores 0 to 9, read wrongly only near the middle."""
    rng = np.random.default_rng(0)
    truth = np.tile(np.arange(10), 18).reshape(60, 1, 3)
    middling = np.abs(truth - 4.5) <= around
    return np.clip(np.where(middling, 4.5 + rng.integers(0, 2, (60, 4, 3)) * noise - noise / 2, truth), 0, 9)


def test_the_score_from_which_readers_agree_is_found() -> None:
    readings = _readings(around=2, noise=5).astype(np.float32)  # true 3 to 6 are read as 2 or 7 by chance
    much, little = measure_score_bounds(readings, small_world.GUIDED, today=(6.0, 3.0), notable=0.0)
    assert (much.measured, little.measured) == (8, 1)
    rows = {row.score: row for row in much.rows}
    assert rows[9].same_side == 1.0
    assert rows[7].same_side < 0.9
    assert "recommended 8" in much.table()


def test_readers_who_always_agree_allow_every_score_that_occurs_often_enough() -> None:
    readings = np.tile(np.tile(np.arange(10), 18).reshape(60, 1, 3), (1, 4, 1)).astype(np.float32)
    much, little = measure_score_bounds(readings, small_world.GUIDED, today=(6.0, 3.0), notable=-9.0)
    assert (much.measured, little.measured) == (5, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item_id,annotator,minimal,formality\na,A,1,1\n", "'warmth' is missing"),
        ("item_id,annotator,minimal,formality,warmth\na,A,1,1,12\na,B,1,1,1\n", "line 2: a score is not a number"),
        ("item_id,annotator,minimal,formality,warmth\na,A,1,1,1\na,B,1,1,1\nb,A,1,1,1\n", "'b' lacks a reader"),
        ("item_id,annotator,minimal,formality,warmth\n", "has no scores"),
        ("item_id,annotator,minimal,formality,warmth\na,A,1,1,1\n", "only one annotator"),
    ],
)
def test_readings_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "repeat.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_readings(file, small_world.ATTRIBUTES.names)


def test_readings_come_in_the_order_of_the_names(tmp_path: Path) -> None:
    file = tmp_path / "repeat.csv"
    file.write_text("item_id,annotator,warmth,minimal,formality\na,B,3,1,2\na,A,6,4,5\n")
    assert read_readings(file, small_world.ATTRIBUTES.names).tolist() == [[[4, 5, 6], [1, 2, 3]]]


@pytest.mark.skipif(not REPEAT.is_file(), reason="the repeated scores lie outside this checkout")
def test_the_real_repeat_file_can_be_read() -> None:
    names = ("prestige", "natural", "professional")
    assert read_readings(REPEAT, names).shape == (64, 4, 3)


def test_the_command_refuses_a_folder_without_a_boutique(tmp_path: Path) -> None:
    settings = Settings.from_env({"CLIENTELLER_BOUTIQUE": str(tmp_path / "none")})
    result = CliRunner().invoke(thresholds, [], obj=settings)
    assert "no boutique at" in str(result.exception)


def test_the_command_reports_falls_and_scores(tmp_path: Path) -> None:
    repeat = tmp_path / "repeat.csv"
    lines = [f"i{k},{reader},{k % 10},{k % 7},{k % 5}" for k in range(1, 13) for reader in "AB"]
    repeat.write_text("\n".join(["item_id,annotator,minimal,formality,warmth", *lines]))
    boutique = Boutique.create(tmp_path / "boutique")
    with boutique.writer() as writer:
        writer.upsert_items(small_world.ITEMS)
        writer.put_guided_scores(small_world.SCORES)
        writer.upsert_clients([Client(client_id=f"c{k}") for k in range(25)])
        writer.add_interactions(
            [
                Interaction(client_id=f"c{k}", item_id=f"i{1 + (k + 5 * place) % 12}", position=place)
                for k in range(25)
                for place in range(5)
            ]
        )
    ranker = PopularityRanker.fit(leave_one_out(boutique.sequences()).train, len(small_world.ITEMS))
    folder = boutique.path / "weights" / "popularity"
    save_ranker(ranker, folder, catalogue_fingerprint=boutique.fingerprint(), info={})
    boutique.close()
    arguments, settings = ["--clients", "25", "--repeat", str(repeat)], Settings(boutique=boutique.path)
    table, document = (CliRunner().invoke(thresholds, [*arguments, *more], obj=settings) for more in ([], ["--json"]))
    assert table.exit_code == document.exit_code == 0
    assert "25 clients, seed 0" in table.stdout
    found = json.loads(document.stdout)
    assert [one["side"] for one in found["scores"]] == ["much", "little"]
    # popularity reads no purchases, so nothing can be a cause and no bound is needed
    assert {one["true_today"] for one in found["falls"]} == {0.0}
    assert found["explained"]["purchase"] == [0.0, 0.0]
