import json
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from recsys.data.sequences import Sequences, leave_one_out
from recsys.errors import InputError, NotReady
from recsys.models.fitting import Plan
from recsys.ranker import IdMap
from recsys.study.arms import ABLATIONS, GROUPS, Arm, guided_columns, of_scorers, start_columns
from recsys.study.report import report_study, write_report
from recsys.study.run import Row, WithTaste, finished_rows, run_arm, run_study
from recsys.study.world import METRICS, World, _leave_one_out, _one_hot, parse_scores, with_cold_items

N_ITEMS, N_CLIENTS, N_ATTRIBUTES = 40, 60, 4
PLAN = Plan(batch=16, n_epochs=2, patience=2)


def walks():
    """Clients who walk round a circle of items."""
    rng = np.random.default_rng(0)
    rows = [(start + np.arange(6)) % N_ITEMS + 1 for start in rng.integers(0, N_ITEMS, N_CLIENTS)]
    return Sequences(
        IdMap(f"i{index}" for index in range(N_ITEMS)),
        tuple(f"c{index}" for index in range(N_CLIENTS)),
        np.concatenate(rows),
        np.arange(N_CLIENTS + 1) * 6,
    )


def small_world():
    rng = np.random.default_rng(1)
    table = rng.normal(size=(N_ITEMS + 1, N_ATTRIBUTES)).astype(np.float32)
    sentence = rng.normal(size=(N_ITEMS + 1, 200)).astype(np.float32)
    table[0] = sentence[0] = 0.0
    sequences = walks()
    train, validate, test, about = _leave_one_out(leave_one_out(sequences))
    return World(
        "circle",
        N_ITEMS,
        train,
        {"scores": table, "category": table[:, ::-1].copy(), "sentence": sentence, "poles": table * 2},
        tuple("abcd"),
        np.zeros(N_ITEMS + 1, dtype=np.int64),
        validate,
        test,
        about,
        "d1",
        sequences,
    )


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return folder, run_study(small_world(), ["main", "scorers"], [0, 1], folder, PLAN, lambda line: None)


def test_a_study_has_a_row_for_every_ranker_and_seed(study):
    names = {row.name for row in study[1]}
    assert names >= {arm.name for arm in GROUPS["main"]} | {"sasrec, late term only", "sasrec refined, poles as scorer"}
    assert {(row.name, row.seed) for row in study[1]} == {(name, seed) for name in names for seed in (0, 1)}
    assert all(row.values.shape == (len(METRICS), N_CLIENTS) for row in study[1])


def test_a_finished_study_is_read_not_run_again_and_prints_the_same_table(study):
    folder, rows = study
    lines = []
    again = run_study(small_world(), ["main", "scorers"], [0, 1], folder, PLAN, lines.append)
    assert all(line.endswith("already there") for line in lines)
    assert len(lines) == 2 * 5
    first, second = report_study("circle", rows, "x"), report_study("circle", again, "x")
    assert first.table() == second.table()
    assert {row.name for row in finished_rows(folder, "d1")} == {row.name for row in rows}


def test_the_same_seed_in_another_folder_gives_the_same_figures(study, tmp_path):
    rows = run_arm(Arm("sasrec"), small_world(), 1, tmp_path, PLAN, lambda line: None)
    before = {(row.name, row.seed): row for row in study[1]}
    for row in rows:
        np.testing.assert_array_equal(row.values, before[row.name, 1].values)


def test_another_plan_is_another_run(study):
    lines = []
    other = Plan(batch=16, n_epochs=1, patience=1)
    run_arm(Arm("sasrec", start="random"), small_world(), 0, study[0] / "other", other, lines.append)
    assert any("epoch 1" in line for line in lines)


@pytest.mark.parametrize(
    "arm", [*GROUPS["references"], *ABLATIONS, GROUPS["encoders"][0], GROUPS["encoders"][6]], ids=lambda arm: arm.name
)
def test_every_arm_runs(arm, study):
    if arm.encoder == "bert4rec":
        run_arm(GROUPS["encoders"][4], small_world(), 0, study[0], PLAN, lambda line: None)
    rows = run_arm(arm, small_world(), 0, study[0], PLAN, lambda line: None)
    assert rows[0].name == arm.name
    assert np.isfinite(rows[0].values).all()


def test_cold_items_are_in_no_training_or_input_and_are_all_targets():
    world = small_world()
    seen = []

    class Spy:
        name, n_items = "spy", N_ITEMS

        def score(self, sequences):
            seen.extend(sequences)
            return np.zeros((len(sequences), N_ITEMS + 1), dtype=np.float32)

    cold_world = with_cold_items(world, 0.25, seed=3)
    warm = set(np.concatenate(cold_world.train).tolist())
    measures = cold_world.test(Spy())
    inputs = set(np.concatenate(seen).tolist())
    assert len(set(range(1, N_ITEMS + 1)) - warm) >= 10
    assert inputs <= warm
    targets = leave_one_out(walks()).test_targets
    assert len(measures["mrr"]) == sum(int(target) not in warm for target in targets) > 0


def test_cold_items_need_single_targets():
    world = small_world()
    by_time = World(**{**vars(world), "sequences": None})
    with pytest.raises(InputError, match="leave-one-out"):
        with_cold_items(by_time, 0.1, 0)


def test_permuted_rows_are_the_same_rows_of_other_items():
    world = small_world()
    permuted = guided_columns(Arm("x", guided="permuted"), world, 0)
    assert sorted(map(tuple, permuted[1:])) == sorted(map(tuple, world.features["scores"][1:]))
    assert not np.array_equal(permuted, world.features["scores"])
    assert not permuted[0].any()


def test_fewer_attributes_are_columns_of_the_scores_drawn_by_seed():
    world = small_world()
    drawn = [guided_columns(Arm("x", guided="scores", n_attributes=2), world, seed) for seed in range(6)]
    columns = {tuple(column) for table in drawn for column in table.T}
    assert columns == {tuple(column) for column in world.features["scores"].T}


@pytest.mark.parametrize("start", ["svd", "sentence"])
def test_starts_have_the_width_asked_for(start):
    world = small_world()
    columns = start_columns(Arm("x", start=start), world, 16, 0, None)
    assert columns.shape == (N_ITEMS + 1, 16)
    assert not columns[0].any()
    np.testing.assert_array_equal(columns, start_columns(Arm("x", start=start), world, 16, 0, None))


def test_late_term_alone_is_the_base_at_weight_zero():
    class Base:
        name, n_items = "base", N_ITEMS

        def score(self, sequences):
            return np.ones((len(sequences), N_ITEMS + 1), dtype=np.float32)

    directions = np.eye(N_ITEMS + 1, dtype=np.float32)
    rows = [np.array([3, 5])]
    assert np.array_equal(WithTaste(Base(), directions, 0.0).score(rows), Base().score(rows))
    gain = WithTaste(Base(), directions, 3.0).score(rows)[0] - 1
    assert gain[[3, 5]] == pytest.approx([3 / 5**0.5, 6 / 5**0.5])
    assert np.count_nonzero(gain) == 2


def rows_of(name, values, seed=0):
    return Row(name, seed, np.tile(np.array(values, dtype=np.float64), (len(METRICS), 1)), 0.1, {})


def test_gains_are_paired_and_relative_to_the_base():
    base, better = [0.1, 0.2, 0.3, 0.4] * 50, [0.2, 0.3, 0.4, 0.5] * 50
    report = report_study("x", [rows_of("sasrec", base), rows_of("sasrec refined", better)], "y")
    plain, refined = report.rows
    assert plain.over_base is None
    gain = refined.over_base["ndcg@10"]
    assert (gain.mean, gain.low, gain.high) == pytest.approx((0.4, 0.4, 0.4))  # .1 / .25 for every client
    assert refined.over_second_pass is None


def test_seeds_are_averaged_before_clients_are_resampled():
    rows = [rows_of("sasrec", [0.0, 0.4], 0), rows_of("sasrec", [0.4, 0.0], 1)]
    rows += [rows_of("sasrec refined", [0.2, 0.6], 0), rows_of("sasrec refined", [0.6, 0.2], 1)]
    report = report_study("x", rows, "y")
    assert report.rows[1].over_base["mrr"].mean == pytest.approx(1.0)
    assert report.rows[1].metrics["mrr"] == pytest.approx(0.4)
    assert report.rows[1].seeds == (0, 1)


def test_a_report_is_written_as_json_and_two_plots(study, tmp_path):
    report = report_study("circle", study[1], "about")
    write_report(report, tmp_path)
    document = json.loads((tmp_path / "circle.json").read_text())
    assert [row["name"] for row in document["rows"]] == [row.name for row in report.rows]
    for plot in ("gains", "encoders"):
        root = ET.parse(tmp_path / f"circle-{plot}.svg").getroot()
        assert root.tag.endswith("svg")
        assert "sasrec refined" in "".join(root.itertext()) or plot == "encoders"


def test_one_hot_categories_keep_the_most_frequent_names():
    table = _one_hot([("Hair", "Shampoo"), ("Hair", "Mask"), ("Skin", "Mask")], 2)
    assert table.shape == (4, 2)
    assert np.array_equal(np.sign(table[1:, 0]), [1, 1, -1])  # "Hair" and "Mask" occur twice, "Hair" first
    assert not table[0].any()


@pytest.mark.parametrize("pair", ["poles", "scores=x.csv", "a b=x.csv", "=x.csv"])
def test_scores_are_given_by_a_new_name(pair):
    with pytest.raises(InputError, match="NAME=FILE"):
        parse_scores([pair])


def test_other_scorers_have_an_arm_each():
    assert [arm.guided for arm in of_scorers(small_world())] == ["poles"]


def test_a_gain_over_a_reference_that_finds_nothing_is_told_as_such():
    rows = [rows_of("sasrec", [0.0, 0.0]), rows_of("sasrec refined", [0.2, 0.6])]
    report = report_study("x", rows, "y")
    assert report.rows[1].over_base == {}
    assert "from nothing" in report.table()


def test_rows_of_other_data_are_left_out_of_a_report(study):
    assert finished_rows(study[0], "other") == []


def test_other_data_is_another_run(study, tmp_path):
    lines = []
    changed = World(**{**vars(small_world()), "data": "d2"})
    run_arm(Arm("sasrec"), changed, 0, study[0] / "copy", PLAN, lines.append)
    run_arm(Arm("sasrec"), small_world(), 0, study[0] / "copy", PLAN, lines.append)
    assert sum("epoch 1 of" in line for line in lines) == 2


def test_a_refined_arm_without_its_base_says_what_to_run(tmp_path):
    with pytest.raises(NotReady, match=r"starts from 'sasrec' with seed 0.*run the group"):
        run_arm(GROUPS["main"][2], small_world(), 0, tmp_path, PLAN, lambda line: None)
