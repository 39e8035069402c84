"""The benchmark driver's own functions, and our side of it on a small boutique; no peer is installed."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest

from recsys.data.boutique import Boutique
from recsys.data.sequences import leave_one_out
from recsys.evaluation.ranking_metrics import ndcg_at_k
from recsys.evaluation.ranking_report import rank_targets
from tests.benchmarks import clienteller_rankers, run
from tests.benchmarks.comparison import check_lists, quality, ranks_in, table
from tests.benchmarks.environments import run_child
from tests.benchmarks.measured_process import EpochClock, Task, Training
from tests.benchmarks.prepare import prepare
from tests.benchmarks.split_files import INPUTS, TARGETS, batches_by_length, read_split, read_targets, write_split

N_ITEMS = 60


def arrays(*rows):
    return [np.array(row, dtype=np.int64) for row in rows]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A prepared data set of clients who walk round a circle of items."""
    folder = tmp_path_factory.mktemp("benchmark")
    source = folder / "source"
    source.mkdir()
    rng = np.random.default_rng(0)
    with (source / "items.csv").open("w", newline="") as file:
        rows = [(index, f"A{index}", f"Item {index}", "Alba", "Bags") for index in range(N_ITEMS)]
        csv.writer(file).writerows([("item_id", "asin", "title", "brand", "categories"), *rows])
    starts, lengths = rng.integers(0, N_ITEMS, 80), rng.integers(3, 9, 80)
    lines = [
        " ".join(map(str, [f"c{client}", *((start + np.arange(length)) % N_ITEMS)]))
        for client, (start, length) in enumerate(zip(starts, lengths, strict=True))
    ]
    (source / "sequences.txt").write_text("\n".join(lines) + "\n")
    prepare(source, folder, with_texts=False)
    return folder


def test_split_files_hold_the_leave_one_out_split(folder):
    boutique = Boutique.open(folder / "boutique")
    expected = leave_one_out(boutique.sequences())
    boutique.close()
    split = read_split(folder / "split")
    assert split.n_items == N_ITEMS
    assert [list(row) for row in split.train] == [list(row) for row in expected.train]
    assert [list(row) for row in split.test_inputs] == [list(row) for row in expected.test_inputs]
    assert list(read_targets(folder / "split")) == list(expected.test_targets)


def test_fingerprint_changes_with_the_split(tmp_path):
    for name, target in (("one", 3), ("same", 3), ("other", 4)):
        write_split(tmp_path / name, 5, arrays([1]), arrays([1, 2]), np.array([target]))
    one, same, other = (read_split(tmp_path / name).fingerprint for name in ("one", "same", "other"))
    assert one == same != other
    assert (tmp_path / "one" / INPUTS).read_text() == "1 2\n"
    assert (tmp_path / "other" / TARGETS).read_text() == "4\n"


def test_batches_hold_every_sequence_once_in_order_of_length():
    batches = batches_by_length(arrays([1, 2, 3], [1], [1, 2], [1]), 2)
    assert [list(batch) for batch in batches] == [[1, 3], [2, 0]]


def test_ranks_and_quality_by_hand():
    top = np.array([[4, 5, 6], [7, 4, 0], [1, 2, 3]])
    targets = np.array([4, 4, 9])
    assert list(ranks_in(top, targets)) == [1, 2, np.inf]
    assert quality(top, targets) == pytest.approx(
        {"recall@10": 2 / 3, "ndcg@10": (1 + 1 / np.log2(3)) / 3, "mrr@10": (1 + 1 / 2) / 3}
    )


def test_an_empty_place_is_never_a_hit():
    assert list(ranks_in(np.zeros((1, 3), dtype=np.int64), np.array([2]))) == [np.inf]


@pytest.mark.parametrize(
    ("top", "message"),
    [
        ([[3, 3]], "client 0: an item twice"),
        ([[3, 1]], "client 0: an item that was owned"),
        ([[3, 6]], r"beyond 0\.\.5"),
        ([[3, 4], [3, 4]], "2 lists for 1 clients"),
    ],
)
def test_unfair_lists_are_refused(top, message):
    with pytest.raises(ValueError, match=message):
        check_lists(np.array(top), arrays([1, 2]), 5)


def test_short_lists_are_fair():
    check_lists(np.array([[3, 0, 0]]), arrays([1, 2]), 5)


def test_clock_always_lets_one_epoch_begin_and_stops_after_the_one_that_exceeds():
    clock = EpochClock(budget=10)
    spent = []
    for seconds in (6, 6, 6):
        if clock.is_used_up:
            break
        clock.epochs.append(seconds)
        spent.append(clock.spent)
    assert spent == [6, 12]
    assert clock.n_epochs == 2
    assert not EpochClock(budget=0).is_used_up


def test_only_a_cut_leaves_an_epoch_and_the_cost_of_a_whole_one_is_derived():
    whole, cut = EpochClock(budget=0), EpochClock(budget=0, cut=True)
    whole.start()
    cut.start()
    assert not whole.must_leave()
    assert cut.must_leave()
    cut.end(share=0.25)
    cut.epochs[-1] = 5.0
    training = Training.of(cut, {})
    assert (training.n_epochs, training.cpu_seconds, training.epoch_cpu_seconds) == (0.25, 5.0, 20.0)


@pytest.mark.parametrize(
    ("n_epochs", "budget", "expected"),
    [(1, 1, True), (1, 100, True), (1, 101, False), (2, 100, False), (2, 101, True), (2, 201, False)],
)
def test_an_earlier_result_serves_every_budget_that_ends_at_the_same_epoch(n_epochs, budget, expected):
    part = {"training_cpu_seconds": 100.0 * n_epochs, "cpu_seconds_per_epoch": 100.0, "n_epochs": n_epochs}
    limited = part | {"budget_limited": True, "cut": False, "budget_cpu_seconds": 1}
    assert run.ends_alike(limited, budget, cut=False) is expected
    assert not run.ends_alike(limited, budget, cut=True)
    assert run.ends_alike(part | {"budget_limited": False}, budget, cut=False)


def test_a_cut_training_serves_its_own_budget_only():
    part = {"training_cpu_seconds": 5.0, "cpu_seconds_per_epoch": 20.0, "n_epochs": 0.25, "budget_limited": True}
    part |= {"cut": True, "budget_cpu_seconds": 5}
    assert run.ends_alike(part, 5, cut=True)
    assert not run.ends_alike(part, 4, cut=True)
    assert not run.ends_alike(part, 5, cut=False)


def test_budget_is_what_our_ranker_needed_up_to_its_best_score():
    part = {"settings": {"report": {"best_epoch": 13}}, "cpu_seconds_per_epoch": 9.9}
    assert run.budget_after(part) == 130
    assert run.budget_after(None) == run.USUAL_BUDGET


def test_systems_run_in_one_order_and_unknown_ones_are_named():
    assert [system.name for system in run.chosen_systems("cornac-sasrec, clienteller-sasrec")] == [
        "clienteller-sasrec",
        "cornac-sasrec",
    ]
    with pytest.raises(click.BadParameter, match="unknown system 'recbole'"):
        run.chosen_systems("recbole")


@pytest.mark.parametrize("system", run.SYSTEMS.values(), ids=lambda system: system.name)
def test_every_system_has_its_script_and_pinned_requirements(system):
    here = Path(run.__file__).parent
    assert (here / system.script).is_file()
    if system.package:
        lines = (here / f"requirements-{system.package}.txt").read_text().split()
        assert lines
        assert all("==" in line for line in lines)


def test_table_shows_ratios_to_our_base():
    base = {
        "system": "clienteller-sasrec", "recall@10": 0.08, "ndcg@10": 0.05, "mrr@10": 0.04, "n_epochs": 16.0,
        "budget_limited": False, "cpu_seconds_per_epoch": 10.0, "training_cpu_seconds": 160.0,
        "users_per_cpu_second": 9000.0, "peak_mb": 500.0,
    }  # fmt: skip
    slow = base | {"system": "slow", "budget_limited": True, "cpu_seconds_per_epoch": 400.0, "ndcg@10": 0.01}
    lines = table([base, slow]).splitlines()
    assert "| 10.0 " in lines[2]
    assert "x)" not in lines[2]
    assert "400.0 (40x)" in lines[3]
    assert "0.0100 (0.2x)" in lines[3]
    assert "16 (budget)" in lines[3]
    assert "x)" not in table([slow])


def test_our_lists_give_the_ranks_of_the_product(folder, tmp_path):
    split = read_split(folder / "split")
    task = Task("clienteller-sasrec", folder / "split", tmp_path, budget=1.0, cut=False, seed=0)
    ranker, training = clienteller_rankers.train(task, split)
    assert training.n_epochs >= 1
    assert training.cpu_seconds == pytest.approx(training.n_epochs * training.epoch_cpu_seconds)
    top = clienteller_rankers.recommend(ranker, split.test_inputs, 20)
    check_lists(top, split.test_inputs, split.n_items)
    targets = read_targets(folder / "split")
    expected = rank_targets(ranker, split.test_inputs, targets)
    assert list(ndcg_at_k(ranks_in(top, targets), 20)) == pytest.approx(list(ndcg_at_k(expected, 20)), abs=1e-6)


def test_a_child_is_measured_and_its_failure_is_raised():
    usage = run_child(sys.executable, "split_files.py", [])
    assert 0 < usage.cpu_seconds <= usage.wall_seconds + 1
    assert usage.peak_mb > 10
    with pytest.raises(subprocess.CalledProcessError, match="non-zero exit status"):
        run_child(sys.executable, "no_such_script.py", [])


def test_document_says_what_was_measured_on_what(folder):
    bench = run.Bench(folder, folder, None, 0, cut=False, again=False)
    document = json.loads(json.dumps(run.document(bench, "small", [])))
    assert document["data"] == {
        "name": "small", "split": read_split(folder / "split").fingerprint, "n_items": N_ITEMS, "n_clients": 80
    }  # fmt: skip
    assert document["machine"].keys() == {"processor", "cores", "memory_gb", "system"}
