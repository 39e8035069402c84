"""RecTools' UniSRecModel over frozen text embeddings, measured.

The texts are title, brand and category path, embedded by the product's own all-MiniLM-L6-v2. Settings: RecTools'
defaults (softmax, PCA adaptor with its feed-forward head, 2 blocks, 1 head, dropout .1 and .2, AdamW), our width of
128 and 50 items, and a learning rate of 1e-3 in place of 1e-4, because only an epoch or two fit the budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from rectools.fast_transformers import UniSRecModel

from tests.benchmarks.measured_process import EpochClock, Task, Training, run
from tests.benchmarks.rectools_sasrec import MANY_EPOCHS, StopWhenUsedUp
from tests.benchmarks.split_files import TEXTS, IntArray, Split, batches_by_length

SETTINGS: dict[str, Any] = {
    "loss": "softmax", "n_factors": 128, "n_blocks": 2, "n_heads": 1, "dropout": 0.1, "session_max_len": 50,
    "lr": 1e-3, "batch_size": 128, "adaptor_type": "pca", "use_adaptor_ffn": True, "optimizer": "adamw",
}  # fmt: skip
BATCH = 512


class BudgetedUniSRec(UniSRecModel):
    """UniSRecModel whose trainer also watches the clock; its public interface takes no callbacks."""

    clock: EpochClock

    def _make_trainer(self, max_epochs: int, val_dl: Any = None) -> pl.Trainer:
        trainer = super()._make_trainer(max_epochs, val_dl)
        trainer.callbacks.append(StopWhenUsedUp(self.clock))
        return trainer


def train(task: Task, split: Split) -> tuple[UniSRecModel, Training]:
    """Train until the budget is used up."""
    pl.seed_everything(task.seed)
    texts = torch.from_numpy(np.load(task.split / TEXTS))
    model = BudgetedUniSRec(texts, **SETTINGS, epochs=MANY_EPOCHS, device="cpu")
    model.clock = EpochClock(task.budget, task.cut)
    lengths = torch.tensor([len(sequence) for sequence in split.train])
    model.fit(
        torch.repeat_interleave(torch.arange(len(split.train)), lengths),
        torch.from_numpy(np.concatenate(split.train)),
        torch.from_numpy(np.concatenate([np.arange(len(sequence)) for sequence in split.train])),
    )
    return model, Training.of(model.clock, SETTINGS)


def recommend(model: UniSRecModel, sequences: Sequence[IntArray], k: int) -> IntArray:
    """Ask batch by batch for as many items more as the batch's sequences hold, and leave those out.

    `predict_topk` filters nothing by itself.
    """
    top = np.zeros((len(sequences), k), dtype=np.int64)
    for chosen in batches_by_length(sequences, BATCH):
        owned = [sequences[index] for index in chosen]
        _, found = model.predict_topk(_inputs(model, owned), k + max(len(sequence) for sequence in owned))
        for row, sequence, items in zip(chosen, owned, found.numpy(), strict=True):
            top[row] = items[~np.isin(items, sequence)][:k]
    return top


def _inputs(model: UniSRecModel, sequences: Sequence[IntArray]) -> torch.Tensor:
    """Return internal ids padded on the left, int64, (B, session_max_len)."""
    length = SETTINGS["session_max_len"]
    padded = np.zeros((len(sequences), length), dtype=np.int64)
    for row, sequence in zip(padded, sequences, strict=True):
        recent = sequence[-length:]
        row[length - len(recent) :] = recent
    ids = torch.from_numpy(padded)
    return torch.where(ids > 0, model.map_item_ids(ids), 0)


if __name__ == "__main__":
    run(train, recommend, ["rectools", "pytorch-lightning", "numpy"])
