"""RecTools' SASRecModel with full softmax, measured.

Settings: those of RecTools' own Amazon Beauty benchmark (1 block, 1 head, dropout .2, 50 items), our width of 128,
softmax in place of 256 sampled negatives, and a learning rate of 3e-3 in place of 1e-3, because only an epoch or two
fit the budget. Batch size and optimiser are its defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytorch_lightning as pl
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

from tests.benchmarks.measured_process import EpochClock, Task, Training, run
from tests.benchmarks.split_files import IntArray, Split

SETTINGS: dict[str, Any] = {
    "loss": "softmax", "n_factors": 128, "n_blocks": 1, "n_heads": 1, "dropout_rate": 0.2, "session_max_len": 50,
    "lr": 3e-3, "batch_size": 128,
}  # fmt: skip
MANY_EPOCHS = 1000


class StopWhenUsedUp(pl.Callback):
    """Ends a training when the clock says so."""

    def __init__(self, clock: EpochClock) -> None:
        self.clock = clock
        self.share = 0.0

    def __deepcopy__(self, memo: dict[int, Any]) -> StopWhenUsedUp:
        """Stay the same object: RecTools copies the trainer, and the clock is read afterwards."""
        return self

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        self.clock.start()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Leave the epoch where the clock says so."""
        self.share = (batch_idx + 1) / trainer.num_training_batches
        trainer.should_stop = self.clock.must_leave()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Stop the clock, and the training where the budget is used up."""
        self.clock.end(self.share)
        trainer.should_stop = self.clock.is_used_up


def dataset_of(sequences: Sequence[IntArray]) -> Dataset:
    """Return sequences as RecTools wants them: one row an interaction, users numbered in order."""
    lengths = [len(sequence) for sequence in sequences]
    steps = np.concatenate([np.arange(length) for length in lengths])
    rows = {
        Columns.User: np.repeat(np.arange(len(sequences)), lengths),
        Columns.Item: np.concatenate(sequences),
        Columns.Weight: 1.0,
        Columns.Datetime: pd.Timestamp("2020-01-01") + pd.to_timedelta(steps, unit="D"),
    }
    return Dataset.construct(pd.DataFrame(rows))


def train(task: Task, split: Split) -> tuple[SASRecModel, Training]:
    """Train until the budget is used up."""
    pl.seed_everything(task.seed)
    clock = EpochClock(task.budget, task.cut)

    def trainer() -> pl.Trainer:
        return pl.Trainer(
            max_epochs=MANY_EPOCHS, min_epochs=0, callbacks=[StopWhenUsedUp(clock)], accelerator="cpu", logger=False,
            enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip

    model = SASRecModel(**SETTINGS, get_trainer_func=trainer)
    model.fit(dataset_of(split.train))
    return model, Training.of(clock, SETTINGS)


def recommend(model: SASRecModel, sequences: Sequence[IntArray], k: int) -> IntArray:
    """Ask for everybody's recommendations in one call, what was bought filtered by RecTools."""
    users = np.arange(len(sequences))
    dataset = dataset_of(sequences)
    found = model.recommend(users, dataset, k=k, filter_viewed=True, on_unsupported_targets="ignore")
    top = np.zeros((len(sequences), k), dtype=np.int64)
    top[found[Columns.User].to_numpy(), found[Columns.Rank].to_numpy() - 1] = found[Columns.Item].to_numpy()
    return top


if __name__ == "__main__":
    run(train, recommend, ["rectools", "pytorch-lightning", "numpy", "pandas"])
