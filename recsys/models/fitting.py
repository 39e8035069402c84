"""Fits a sequence network to training sequences and keeps the weights of its best validation score."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from recsys.models.batches import causal_batches, masked_batches
from recsys.models.sequence_ranker import SequenceRanker
from recsys.models.softmax_loss import linear_cross_entropy, matmul_dtype
from recsys.models.training_state import load_state, save_state
from recsys.ranker import IntArray, Ranker

MAX_BATCH, MIN_BATCH = 128, 16
STEPS = 2100  # steps after which Amazon Beauty is at its best validation score
MIN_EPOCHS, MAX_EPOCHS = 12, 60


@dataclass
class Progress:
    """Counters of a training. `epoch` is the number of finished epochs, `best_epoch` counts from 1."""

    epoch: int = 0
    best_epoch: int = 0
    best_score: float = -1.0
    cpu_seconds: float = 0.0
    best: dict[str, Tensor] = field(default_factory=dict)

    def counters(self) -> dict[str, float]:
        """Return all but the weights."""
        return {name: value for name, value in vars(self).items() if name != "best"}


@dataclass(frozen=True)
class Plan:
    """How to train: sequences a batch, epochs at most, epochs without a better validation score before stopping."""

    batch: int
    n_epochs: int
    patience: int
    learning_rate: float = 2e-3


def plan_for(train: Sequence[IntArray]) -> Plan:
    """Derive a plan from the number of sequences: small boutiques get small batches and more epochs.

    128 sequences a batch and about 12 epochs for 20,000 sequences or more; 16 a batch and 60 epochs for 400.
    """
    n_sequences = sum(len(sequence) > 0 for sequence in train)
    batch = min(MAX_BATCH, max(MIN_BATCH, 1 << max(n_sequences // 32, 1).bit_length()))
    steps_per_epoch = max(1, math.ceil(n_sequences / batch))
    n_epochs = min(MAX_EPOCHS, max(MIN_EPOCHS, STEPS // steps_per_epoch))
    return Plan(batch, n_epochs, patience=max(5, n_epochs // 4))


@contextmanager
def seeded(*seeds: int) -> Iterator[np.random.Generator]:
    """Give torch a random state derived from `seeds`, and put the old one back afterwards."""
    rng = np.random.default_rng(seeds)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**62)))
        yield rng


def fit(
    ranker: SequenceRanker,
    train: Callable[[int], Sequence[IntArray]],
    validate: Callable[[Ranker], float],
    plan: Plan,
    *,
    seed: int,
    state_path: Path,
    run: str,
    on_progress: Callable[[str], None] | None = None,
) -> Progress:
    """Train a ranker's network in place, or go on where a killed training of the same run stopped.

    Args:
        ranker: An untrained ranker; holds the weights of the best epoch afterwards.
        train: Sequences to learn from in each epoch, counted from 0; the same ones every time, unless their order
            is in part unknown and drawn anew.
        validate: Scores a ranker on purchases that are not in `train`, higher is better; never on the test ones.
        plan: Batch, epochs, patience, learning rate.
        seed: Of order and dropout.
        state_path: File of the training state; written after every epoch; to be removed when the result is saved.
        run: Identifies settings and data.
        on_progress: Called with one line after every epoch.

    Returns:
        The counters at the end.
    """
    network = ranker.network
    optimizer = torch.optim.Adam(network.parameters(), lr=plan.learning_rate, betas=(0.9, 0.98))
    found = load_state(state_path, run, network, optimizer)
    progress = Progress(**found[0], best=found[1]) if found else Progress()
    while progress.epoch < plan.n_epochs and progress.epoch - progress.best_epoch < plan.patience:
        started = time.process_time()
        loss = _train_epoch(ranker, optimizer, train(progress.epoch), plan, seed, progress.epoch)
        progress.cpu_seconds += time.process_time() - started
        score = validate(ranker)
        progress.epoch += 1
        if score > progress.best_score:
            progress.best_score, progress.best_epoch = score, progress.epoch
            progress.best = {name: value.clone() for name, value in network.state_dict().items()}
        save_state(state_path, run, progress.counters(), progress.best, network, optimizer)
        if on_progress:
            on_progress(
                f"{ranker.name}: epoch {progress.epoch} of at most {plan.n_epochs}, loss {loss:.3f}, "
                f"validation NDCG@10 {score:.4f} (best {progress.best_score:.4f}), "
                f"{progress.cpu_seconds / progress.epoch:.1f} CPU-seconds an epoch"
            )
    network.load_state_dict(progress.best)
    return progress


def _train_epoch(
    ranker: SequenceRanker,
    optimizer: torch.optim.Optimizer,
    train: Sequence[IntArray],
    plan: Plan,
    seed: int,
    epoch: int,
) -> float:
    """Run one epoch and return its mean loss a position."""
    ranker.network.train()
    dtype = matmul_dtype()
    total, n_positions = 0.0, 0
    with seeded(seed, epoch) as rng:
        of = masked_batches if ranker.config.encoder == "bert4rec" else causal_batches
        batches = list(of(train, plan.batch, ranker.config.max_length, rng))
        for step, (inputs, targets, last) in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = plan.learning_rate * _rate(epoch + step / len(batches), plan.n_epochs)
            loss, n_real = _loss(ranker, inputs, targets, last, dtype)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(loss.detach()) * n_real
            n_positions += n_real
    return total / max(n_positions, 1)


def _rate(epochs_done: float, n_epochs: int) -> float:
    """Return the share of the learning rate: linear over the first epoch, a half cosine down to 0 over all."""
    return min(1.0, epochs_done + 0.01) * 0.5 * (1.0 + math.cos(math.pi * epochs_done / n_epochs))


def _loss(
    ranker: SequenceRanker, inputs: Tensor, targets: Tensor, last: Tensor, dtype: torch.dtype
) -> tuple[Tensor, int]:
    """Return the loss over the real positions of a batch, and their number."""
    real = targets > 0
    queries = ranker.network(inputs, last)[real]
    return linear_cross_entropy(queries, ranker.network.items.embeddings(), targets[real], dtype), len(queries)
