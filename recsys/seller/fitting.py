"""Trains SELLER's adapter, resumable after a kill at any point, with validation loss and samples after every epoch.

Every epoch draws order, dropout and gate noise from (seed, epoch) alone and the state is written every few steps, so
a training that goes on ends where it would have ended.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from recsys.models.training_state import load_state, save_state
from recsys.seller.examples import Example
from recsys.seller.features import Features, FrozenPaths
from recsys.seller.network import Losses, SellerNetwork

WINDOW = 16  # batches among which neighbours in length are sought


@dataclass(frozen=True)
class TrainingConfig:
    """How the adapter is trained.

    Attributes:
        n_epochs: Passes over the examples; the one with the lowest validation loss is kept.
        batch: Cases a step.
        learning_rate: Highest one of the adapter's maps; it rises over the first twentieth of the steps and falls to 0.
        token_rate: Highest one of tokens that are learned as such; they are vectors of unit scale, not weights of a
            sum, and with the rate of the maps they had hardly moved after an epoch.
        clip: Largest norm of the gradient.
        save_every: Steps between two writes of the state.
    """

    n_epochs: int = 3
    batch: int = 8
    learning_rate: float = 3e-3
    token_rate: float = 0.1
    clip: float = 1.0
    save_every: int = 25
    seed: int = 0


@dataclass(frozen=True)
class Prepared:
    """Examples as tensors and token ids, made once."""

    features: Features
    shuffled: Features
    prompts: list[list[int]]
    answers: list[list[int]]

    def __len__(self) -> int:
        return len(self.prompts)


@dataclass
class Progress:
    """Counters of a training; `step` counts within the epoch, `losses` are validation losses of finished epochs."""

    epoch: int = 0
    step: int = 0
    cpu_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    def counters(self) -> dict[str, object]:
        """Return all but the weights."""
        return {name: value for name, value in vars(self).items() if name != "best"}


Report = Callable[[str], None]
Sample = Callable[[], Sequence[str]]


def prepare(network: SellerNetwork, paths: FrozenPaths, examples: Sequence[Example]) -> Prepared:
    """Run the frozen half of the encoder and the tokenizer over all examples."""
    return Prepared(
        paths.features([one.case for one in examples]),
        paths.features([one.shuffled for one in examples]),
        [network.prompt_ids(one.request) for one in examples],
        [network.answer_ids(one.text) for one in examples],
    )


def fit(
    network: SellerNetwork,
    train: Prepared,
    validation: Prepared,
    config: TrainingConfig,
    *,
    state: Path,
    run: str,
    on_progress: Report | None = None,
    sample: Sample | None = None,
) -> Progress:
    """Train the adapter in place, or go on where a killed training of the same run stopped.

    Args:
        network: Its adapter holds the weights of the best epoch afterwards.
        train: What is learned from.
        validation: Of other clients; its answer loss chooses the epoch.
        config: How.
        state: File of the training state; to be removed when the result is saved.
        run: Identifies settings and data.
        on_progress: Called with one line now and then.
        sample: Writes texts with the network as it is, shown after every epoch.
    """
    report = on_progress or (lambda line: None)
    optimizer = torch.optim.AdamW(_groups(network, config), weight_decay=0.01)
    found = load_state(state, run, network, optimizer)
    progress = Progress(**found[0], best=found[1]) if found else Progress()
    while progress.epoch < config.n_epochs:
        _train_epoch(network, optimizer, train, config, progress, state, run, report)
        loss = evaluate(network, validation, config.batch)
        if not progress.losses or loss < min(progress.losses):
            progress.best = {name: value.clone() for name, value in network.state_dict().items()}
        progress.losses.append(loss)
        progress.epoch, progress.step = progress.epoch + 1, 0
        save_state(state, run, progress.counters(), progress.best, network, optimizer)
        report(
            f"epoch {progress.epoch} of {config.n_epochs}: validation loss {loss:.3f} nats a token "
            f"(best {min(progress.losses):.3f}), {progress.cpu_seconds:.0f} CPU-seconds so far"
        )
        for text in sample() if sample is not None else ():
            report(f"  {text}")
    network.load_state_dict(progress.best)
    network.eval()
    return progress


def _groups(network: SellerNetwork, config: TrainingConfig) -> list[dict[str, Any]]:
    tokens = [network.adapter.opening, network.adapter.role]
    others = [one for one in network.parameters() if all(one is not token for token in tokens)]
    return [{"params": tokens, "highest": config.token_rate}, {"params": others, "highest": config.learning_rate}]


def evaluate(network: SellerNetwork, prepared: Prepared, batch: int) -> float:
    """Return the mean loss an answer token, in nats."""
    network.eval()
    total, n_tokens = 0.0, 0
    with torch.inference_mode():
        for rows in _by_length(prepared, batch):
            losses = _losses(network, prepared, rows)
            n = sum(len(prepared.answers[row]) for row in rows)
            total, n_tokens = total + float(losses.answer) * n, n_tokens + n
    return total / n_tokens


def _train_epoch(
    network: SellerNetwork,
    optimizer: torch.optim.Optimizer,
    train: Prepared,
    config: TrainingConfig,
    progress: Progress,
    state: Path,
    run: str,
    report: Report,
) -> None:
    batches = list(_shuffled_batches(train, config, progress.epoch))
    n_steps = len(batches) * config.n_epochs
    parameters = list(network.parameters())
    while progress.step < len(batches):
        started = time.process_time()
        done = progress.epoch * len(batches) + progress.step
        for group in optimizer.param_groups:
            group["lr"] = group["highest"] * _rate(done, n_steps)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed * 1_000_003 + done)
            network.train()
            losses = _losses(network, train, batches[progress.step])
            optimizer.zero_grad()
            losses.total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, config.clip)
        optimizer.step()
        progress.step += 1
        progress.cpu_seconds += time.process_time() - started
        if progress.step % config.save_every == 0:
            save_state(state, run, progress.counters(), progress.best, network, optimizer)
            at = f"epoch {progress.epoch + 1}, step {progress.step} of {len(batches)}"
            report(f"{at}: {losses.line()}")


def _losses(network: SellerNetwork, prepared: Prepared, rows: Sequence[int]) -> Losses:
    features, shuffled = prepared.features.take(rows), prepared.shuffled.take(rows)
    losses: Losses = network(
        features, shuffled, [prepared.prompts[row] for row in rows], [prepared.answers[row] for row in rows]
    )
    return losses


def _rate(done: int, n_steps: int) -> float:
    """Return the share of the learning rate: linear over the first twentieth, then a half cosine down to 0."""
    warm = max(1, n_steps // 20)
    return min(1.0, (done + 1) / warm) * 0.5 * (1.0 + math.cos(math.pi * done / n_steps))


def _length(prepared: Prepared, row: int) -> int:
    return len(prepared.prompts[row]) + len(prepared.answers[row])


def _by_length(prepared: Prepared, batch: int) -> Iterator[list[int]]:
    order = sorted(range(len(prepared)), key=lambda row: _length(prepared, row))
    for start in range(0, len(order), batch):
        yield order[start : start + batch]


def _shuffled_batches(prepared: Prepared, config: TrainingConfig, epoch: int) -> Iterator[list[int]]:
    """Return batches in random order, each of cases of like length, so that little is padding."""
    rng = np.random.default_rng((config.seed, epoch))
    order = rng.permutation(len(prepared)).tolist()
    batches = []
    for start in range(0, len(order), config.batch * WINDOW):
        window = sorted(order[start : start + config.batch * WINDOW], key=lambda row: _length(prepared, row))
        batches += [window[at : at + config.batch] for at in range(0, len(window), config.batch)]
    return (batches[int(place)] for place in rng.permutation(len(batches)))
