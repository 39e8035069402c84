"""cornac's SASRec with cross-entropy over shared negatives, measured.

Settings: cornac's defaults (2 blocks, 1 head, dropout .2, 50 items, 2048 negatives shared by a batch of 512, sampled
by popularity to the power .5, learning rate 1e-3), with our width of 128, which is also the best of its own tuning on
Amazon Beauty.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from cornac.data import SequentialDataset
from cornac.models import SASRec

from tests.benchmarks.measured_process import EpochClock, Task, Training, run
from tests.benchmarks.split_files import IntArray, Split

SETTINGS: dict[str, Any] = {
    "loss": "ce", "embedding_dim": 128, "num_blocks": 2, "num_heads": 1, "dropout": 0.2, "max_len": 50,
    "learning_rate": 1e-3, "batch_size": 512, "n_sample": 2048, "sample_alpha": 0.5,
}  # fmt: skip
MANY_EPOCHS = 1000
SESSIONS_A_LOOK = 16  # between looks at the clock


class UsedUp(Exception):
    """The budget is used up."""


class CountedSessions(OrderedDict[int, Any]):
    """The sessions of one epoch: cornac looks each up once, in its own order."""

    def __init__(self, sessions: Mapping[int, Any], clock: EpochClock) -> None:
        super().__init__(sessions)
        self.clock = clock
        self.n_read = 0

    def __getitem__(self, session: int) -> Any:
        """Return a session's rows, or raise UsedUp where the epoch must be left."""
        if self.n_read % SESSIONS_A_LOOK == SESSIONS_A_LOOK - 1 and self.clock.must_leave():
            self.clock.end(self.n_read / len(self))
            raise UsedUp
        self.n_read += 1
        return super().__getitem__(session)


class BudgetedDataset(SequentialDataset):
    """Training data that ends the training: cornac asks for `sessions` once, when an epoch begins."""

    clock: EpochClock | None = None
    is_running = False

    @property
    def sessions(self) -> Any:
        """Close the last epoch and let the next one begin, or raise UsedUp."""
        if self.clock is None:
            return super().sessions
        if self.is_running:
            self.clock.end()
        if self.clock.is_used_up:
            raise UsedUp
        self.is_running = True
        self.clock.start()
        return CountedSessions(super().sessions, self.clock)


def train(task: Task, split: Split) -> tuple[SASRec, Training]:
    """Train until the budget is used up; the model holds the last epoch's weights."""
    rows = [
        (client, client, int(item), step)
        for client, sequence in enumerate(split.train)
        for step, item in enumerate(sequence)
    ]
    every_item = {item: item - 1 for item in range(1, split.n_items + 1)}
    dataset = BudgetedDataset.build(rows, fmt="USIT", global_iid_map=every_item, seed=task.seed)
    dataset.clock = EpochClock(task.budget, task.cut)
    model = SASRec(**SETTINGS, n_epochs=MANY_EPOCHS, seed=task.seed)
    try:
        model.fit(dataset)
    except UsedUp:
        pass
    return model, Training.of(dataset.clock, SETTINGS)


def recommend(model: SASRec, sequences: Sequence[IntArray], k: int) -> IntArray:
    """Rank for one client after another, which is how cornac works, among the items that it does not own."""
    top = np.zeros((len(sequences), k), dtype=np.int64)
    for row, sequence in enumerate(sequences):
        is_new = np.ones(model.total_items, dtype=bool)
        is_new[sequence - 1] = False
        ranked, _ = model.rank(row, np.flatnonzero(is_new), k=k, history_items=list(sequence - 1))
        top[row] = ranked[:k] + 1
    return top


if __name__ == "__main__":
    run(train, recommend, ["cornac", "numpy"])
