import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.data.sequences import Sequences
from recsys.errors import InputError
from recsys.guided.client_prompts import ClientHistories
from recsys.guided.client_scorer import AdapterConfig, ClientScorer, load_scorer
from recsys.guided.client_training import TrainingConfig, TrainingReport, read_prompts, train_scorer
from recsys.refined import unit_rows
from tests.small_world import ATTRIBUTES, CATALOGUE, GUIDED, ITEMS
from tests.tiny_language_model import tiny_language_model

DIRECTIONS = unit_rows(GUIDED.standard)
CONFIG = TrainingConfig(n_epochs=3, batch=4, learning_rate=0.02, save_every=3)
N_CLIENTS = 30


def histories() -> ClientHistories:
    """Half of the clients go from bag to bag, half from knitwear to knitwear; the last two are held out."""
    rng = np.random.default_rng(0)
    bought = [rng.choice([1, 2, 3, 4] if client % 2 else [5, 6, 7, 10], 6) for client in range(N_CLIENTS)]
    offsets = np.arange(0, 6 * N_CLIENTS + 1, 6)
    clients = tuple(f"c{client}" for client in range(N_CLIENTS))
    return ClientHistories(Sequences(CATALOGUE.ids, clients, np.concatenate(bought), offsets), [i.title for i in ITEMS])


def untuned(seed: int = 0) -> ClientScorer:
    config = AdapterConfig(rank=4, n_layers=2)
    return ClientScorer(*tiny_language_model(), ATTRIBUTES, config, language_model_version="tiny@1", seed=seed)


def train(folder: Path, config: TrainingConfig = CONFIG, on_progress=None) -> tuple[ClientScorer, TrainingReport]:
    scorer = untuned(config.seed)
    clients = range(N_CLIENTS)
    return scorer, train_scorer(scorer, histories(), DIRECTIONS, clients, folder, config, on_progress)


def same(first: ClientScorer, second: ClientScorer) -> bool:
    """Whether two scorers have learned the same, but for the last digit, in which processor kernels may differ."""
    other = second.arrays()
    return all(torch.allclose(value, other[name], rtol=0, atol=1e-4) for name, value in first.arrays().items())


class Killed(BaseException):
    """Stands for a process that ends in the middle."""


def test_training_lowers_the_loss_of_other_clients_and_leaves_only_the_scorer(tmp_path: Path) -> None:
    scorer, report = train(tmp_path)
    assert (report.n_clients, report.n_choosing) == (27, 3)
    assert len(report.losses) == 1 + CONFIG.n_epochs
    assert min(report.losses[1:]) < report.losses[0]
    assert report.losses[report.best_epoch] == min(report.losses)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "adapters.safetensors"}
    other = untuned()
    info = load_scorer(other, tmp_path)
    assert info["report"]["best_epoch"] == report.best_epoch
    assert info["training"]["seed"] == 0
    for name, value in scorer.arrays().items():
        torch.testing.assert_close(other.arrays()[name], value, rtol=0, atol=0)


def test_the_same_seed_gives_the_same_weights_and_another_one_does_not(tmp_path: Path) -> None:
    first, again = train(tmp_path / "a")[0], train(tmp_path / "b")[0]
    other = train(tmp_path / "c", replace(CONFIG, seed=1))[0]
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize("stop", [("prompts read", 16), ("tuning steps", 1), ("tuning steps", 8), ("tuning steps", 14)])
def test_a_training_that_was_cut_off_ends_with_the_same_weights(tmp_path: Path, stop: tuple[str, int]) -> None:
    whole = train(tmp_path / "whole")[0]

    def cut(what: str, done: int, total: int) -> None:
        if (what, done) == stop:
            raise Killed

    with pytest.raises(Killed):
        train(tmp_path / "cut", on_progress=cut)
    steps: list[int] = []
    rest, _ = train(tmp_path / "cut", on_progress=lambda what, done, total: steps.append(done) if "step" in what else 0)
    assert same(whole, rest)
    if stop == ("tuning steps", 14):
        assert steps[0] == 15  # the end of the second epoch was written: 7 steps each


def test_a_killed_process_leaves_what_the_next_one_goes_on_from(tmp_path: Path) -> None:
    program = textwrap.dedent(f"""
        import os, signal
        from pathlib import Path
        from tests.test_recsys_guided_client_training import train
        def kill(what, done, total):
            if what == "tuning steps" and done == 10:
                os.kill(os.getpid(), signal.SIGKILL)
        train(Path({str(tmp_path / "cut")!r}), on_progress=kill)
    """)
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "cut" / "state.safetensors").is_file()
    assert same(train(tmp_path / "whole")[0], train(tmp_path / "cut")[0])


def test_prompts_are_read_once(tmp_path: Path) -> None:
    scorer = untuned()
    lists = [scorer.prompt(histories().titles(client)) for client in range(10)]
    first = read_prompts(scorer, lists, tmp_path)
    scorer.read = None  # type: ignore[assignment]  # reading again would fail
    again = read_prompts(scorer, lists, tmp_path)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_a_damaged_read_is_made_again(tmp_path: Path) -> None:
    scorer = untuned()
    lists = [scorer.prompt(histories().titles(client)) for client in range(3)]
    first = read_prompts(scorer, lists, tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:20])
    again = read_prompts(scorer, lists, tmp_path)
    assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))


def test_too_few_clients_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="4 clients are too few"):
        train_scorer(untuned(), histories(), DIRECTIONS, range(4), tmp_path, CONFIG)
