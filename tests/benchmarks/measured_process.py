"""What every measured system does alike: read its task, keep to one thread, count CPU-seconds, write its result.

Imports numpy only at the top, because the peers run it in environments of their own.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tests.benchmarks.split_files import IntArray, Split, read_split

RESULT, TOP = "measured.json", "top50.npy"
N_SPEED, N_QUALITY = 10, 50  # items asked for when speed is measured, and when quality is

Model = TypeVar("Model")


@dataclass(frozen=True)
class Task:
    """What one process is to do.

    Attributes:
        system: Its name in the table.
        split: Folder of the split files.
        out: Folder for the result.
        budget: CPU-seconds of training.
        cut: Whether training ends with the budget, within an epoch; else the epoch that exceeds it is finished.
        seed: Of weights, order and dropout.
    """

    system: str
    split: Path
    out: Path
    budget: float
    cut: bool
    seed: int


@dataclass
class EpochClock:
    """Counts the CPU-seconds of epochs against a budget.

    Attributes:
        budget: CPU-seconds.
        cut: Whether an epoch may be left where the budget is used up; else it is finished, and one is always made.
        epochs: CPU-seconds of each epoch done.
        share: How much of the last epoch was done, in (0, 1].
    """

    budget: float
    cut: bool = False
    epochs: list[float] = field(default_factory=list)
    share: float = 1.0
    _started: float = 0.0

    def start(self) -> None:
        """Begin an epoch."""
        self._started = cpu_seconds()

    def must_leave(self) -> bool:
        """Return whether the epoch that is running must be left."""
        return self.cut and self.spent + cpu_seconds() - self._started >= self.budget

    def end(self, share: float = 1.0) -> None:
        """End an epoch of which so much was done."""
        self.epochs.append(cpu_seconds() - self._started)
        self.share = share
        done = f"{self.n_epochs:.2f} epochs" if share < 1 else f"epoch {len(self.epochs)}"
        say(f"{done}: {self.epochs[-1]:.1f} CPU-seconds, {self.spent:.1f} of {self.budget:.0f} spent")

    @property
    def n_epochs(self) -> float:
        """Epochs done, the last one perhaps in part."""
        return len(self.epochs) - 1 + self.share if self.epochs else 0.0

    @property
    def spent(self) -> float:
        """CPU-seconds of all epochs."""
        return sum(self.epochs)

    @property
    def is_used_up(self) -> bool:
        """Whether no further epoch may begin; the first one always may."""
        return bool(self.epochs) and self.spent >= self.budget


@dataclass(frozen=True)
class Training:
    """What a training took.

    Attributes:
        epoch_cpu_seconds: CPU-seconds of an epoch, validation excluded, mean over epochs.
        cpu_seconds: Of the whole training, validation excluded.
        n_epochs: Epochs done, the last one perhaps in part.
        budget_limited: Whether the budget ended it rather than its own rule.
        settings: What the model was built and trained with.
    """

    epoch_cpu_seconds: float
    cpu_seconds: float
    n_epochs: float
    budget_limited: bool
    settings: dict[str, Any]

    @classmethod
    def of(cls, clock: EpochClock, settings: dict[str, Any]) -> Training:
        """Describe a training that the clock ended."""
        return cls(clock.spent / clock.n_epochs, clock.spent, clock.n_epochs, True, settings)


def cpu_seconds() -> float:
    """Return the CPU-seconds of this process so far, user and system, all threads."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def say(line: str) -> None:
    """Report progress."""
    sys.stderr.write(line + "\n")


def run(
    train: Callable[[Task, Split], tuple[Model, Training]],
    recommend: Callable[[Model, Sequence[IntArray], int], IntArray],
    packages: Sequence[str],
) -> None:
    """Train, recommend to every test client, and write the measurements; the whole of a measured process.

    Args:
        train: Returns a model and what its training took.
        recommend: Returns the best k items that each sequence does not hold, int64, (E, k), best first, 0 for none.
        packages: Distributions whose versions are noted.
    """
    import torch

    task = _task()
    torch.set_num_threads(1)
    torch.manual_seed(task.seed)
    split = read_split(task.split)
    model, training = train(task, split)
    started = cpu_seconds()
    recommend(model, split.test_inputs, N_SPEED)
    scoring = cpu_seconds() - started
    np.save(task.out / TOP, recommend(model, split.test_inputs, N_QUALITY))
    measured = {
        "settings": training.settings,
        "n_epochs": training.n_epochs,
        "cpu_seconds_per_epoch": training.epoch_cpu_seconds,
        "training_cpu_seconds": training.cpu_seconds,
        "budget_limited": training.budget_limited,
        "users_per_cpu_second": len(split.test_inputs) / scoring,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in ("torch", *packages)},
    }
    (task.out / RESULT).write_text(json.dumps(measured, indent=2))


def _task() -> Task:
    parser = argparse.ArgumentParser()
    parser.add_argument("system")
    parser.add_argument("split", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--budget", type=float, required=True)
    parser.add_argument("--cut", action="store_true")
    parser.add_argument("--seed", type=int, required=True)
    return Task(**vars(parser.parse_args()))
