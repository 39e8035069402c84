"""Training of the adapter: it learns, keeps its best, and goes on after a kill."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import torch

from recsys.seller.features import N_LATEST
from recsys.seller.fitting import Prepared, TrainingConfig, evaluate, fit, prepare
from tests.tiny_seller import frozen_paths, phrasebook_lessons, tiny_network

CONFIG = TrainingConfig(n_epochs=2, batch=4, learning_rate=0.01, save_every=3)
RUN = "the run"


class Killed(BaseException):
    """Stands for a process that ends in the middle."""


def lessons(network, paths) -> tuple[Prepared, Prepared]:
    return prepare(network, paths, phrasebook_lessons(24)), prepare(network, paths, phrasebook_lessons(8, seed=9))


def train(state: Path, config: TrainingConfig = CONFIG, run: str = RUN, on_progress=None, sample=None):
    paths = frozen_paths()
    network = tiny_network(paths)
    progress = fit(
        network, *lessons(network, paths), config, state=state, run=run, on_progress=on_progress, sample=sample
    )
    return network, progress


def same(first, second) -> bool:
    other = second.state_dict()
    return all(torch.allclose(value, other[name], rtol=0, atol=1e-5) for name, value in first.state_dict().items())


def test_the_loss_of_other_clients_falls_and_the_best_epoch_is_kept(tmp_path: Path) -> None:
    paths = frozen_paths()
    untrained = tiny_network(paths)
    train_part, validation = lessons(untrained, paths)
    before = evaluate(untrained, validation, 4)
    lines: list[str] = []
    config = replace(CONFIG, n_epochs=4, learning_rate=0.1)
    network, progress = train(tmp_path / "state", config, on_progress=lines.append, sample=lambda: ["a sample"])
    assert len(progress.losses) == 4
    assert min(progress.losses) < before - 0.3
    assert abs(evaluate(network, validation, 4) - min(progress.losses)) < 1e-4
    assert abs(evaluate(network, validation, 3) - min(progress.losses)) < 1e-3  # whatever the batch
    assert sum("validation loss" in line for line in lines) == lines.count("  a sample") == 4
    assert not network.training


def test_a_worse_epoch_is_not_kept(tmp_path: Path) -> None:
    paths = frozen_paths()
    network = tiny_network(paths)
    train_part, validation = lessons(network, paths)
    epochs: list[int] = []

    def spoil() -> list[str]:
        """Write a sample after each epoch; after the second one, break what was learned."""
        epochs.append(len(epochs) + 1)
        if len(epochs) == 2:
            with torch.no_grad():
                network.adapter.norm.weight.mul_(50.0)
        return []

    config = replace(CONFIG, n_epochs=3)
    progress = fit(network, train_part, validation, config, state=tmp_path / "state", run=RUN, sample=spoil)
    assert progress.losses[2] > min(progress.losses) + 0.005
    assert abs(evaluate(network, validation, 4) - min(progress.losses)) < 1e-4


def test_a_killed_process_leaves_what_the_next_one_goes_on_from(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from tests.test_recsys_seller_fitting import train
        def kill(line):
            if line.startswith("epoch 2, step 3 "):
                os.kill(os.getpid(), signal.SIGKILL)
        train(Path({str(tmp_path / "cut")!r}), on_progress=kill)
    """)
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "cut").is_file()
    lines: list[str] = []
    whole, first = train(tmp_path / "whole")
    rest, second = train(tmp_path / "cut", on_progress=lines.append)
    assert not any(line.startswith("epoch 1") for line in lines)
    assert same(whole, rest)
    assert (
        first.losses == second.losses
        or max(abs(a - b) for a, b in zip(first.losses, second.losses, strict=True)) < 1e-4
    )


def test_a_training_cut_off_between_two_writes_ends_the_same(tmp_path: Path) -> None:
    def cut(line: str) -> None:
        if line.startswith("epoch 1 of"):
            raise Killed

    try:
        train(tmp_path / "cut", on_progress=cut)
    except Killed:
        pass
    assert same(train(tmp_path / "whole")[0], train(tmp_path / "cut")[0])


def test_the_state_of_another_run_is_ignored(tmp_path: Path) -> None:
    train(tmp_path / "state", replace(CONFIG, n_epochs=1), run="another")
    lines: list[str] = []
    network, progress = train(tmp_path / "state", on_progress=lines.append)
    assert lines[0].startswith("epoch 1, step 3")
    assert same(network, train(tmp_path / "fresh")[0])
    assert len(progress.losses) == CONFIG.n_epochs


def test_a_finished_run_only_gives_back_its_weights(tmp_path: Path) -> None:
    network, _ = train(tmp_path / "state")
    lines: list[str] = []
    again, progress = train(tmp_path / "state", on_progress=lines.append)
    assert lines == []
    assert len(progress.losses) == CONFIG.n_epochs
    assert same(network, again)


def test_gates_do_not_collapse_onto_one_expert(tmp_path: Path) -> None:
    paths = frozen_paths()
    network, _ = train(tmp_path / "state", replace(CONFIG, n_epochs=4))
    features = lessons(network, paths)[1].features
    with torch.inference_mode():
        soft = network.adapter(features)
    for path, gates in soft.gates.items():
        fed = gates.sum(dim=-1) > 0
        shares = gates[fed & soft.present].mean(dim=0)
        assert abs(float(shares.sum()) - 1.0) < 1e-4
        assert float(shares.max()) < 0.9, (path, shares)
        assert float(gates[fed & soft.present].std(dim=0).max()) > 0.01, "the gate has learned nothing"
    assert soft.present[:, -N_LATEST:].any()
