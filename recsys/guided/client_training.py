"""Tuning the client scorer: recommendation loss and format loss, items frozen, resumable after a kill at any point.

Guided embedding refinement (arXiv 2504.11658), our reading: the language model's scores of a client are compared with
the frozen guided embeddings of all items, the next purchase is to win, and the answer is to stay a digit.

Two things are kept on disk while it runs: what the never-adapted layers made of each prompt, which is the larger part
of the work, and every few steps the state of the training. Each epoch draws its order from (seed, epoch) alone, so a
training that goes on ends where it would have ended, but for the last digit, in which processor kernels may differ.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from recsys.errors import ClientellerError, InputError
from recsys.guided.client_prompts import ClientHistories
from recsys.guided.client_scorer import CONFIG, ClientScorer, length_batches, load_scorer, save_scorer
from recsys.ranker import FloatArray, IntArray

READ_BATCH = 8  # prompts read between two writes
N_CALIBRATING = 256  # clients that show the centre and spread of untuned scores
_WINDOW = 8  # batches among which neighbours in length are sought

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainingConfig:
    """How the scorer is tuned.

    Attributes:
        n_epochs: Passes over the examples; the one with the lowest recommendation loss on other clients is kept.
        batch: Clients a step.
        learning_rate: Highest one of the adapters; it rises over the first tenth of the steps and falls to zero.
        format_weight: Of the format loss; the recommendation loss has 1.
        choosing_share: Share of the clients that choose the epoch instead of being learned from.
        save_every: Steps between two writes of the state.
        seed: Of the adapters' start and of the order.
    """

    n_epochs: int = 3
    batch: int = 8
    learning_rate: float = 1e-3
    format_weight: float = 1.0
    choosing_share: float = 0.1
    save_every: int = 20
    seed: int = 0


@dataclass
class _Progress:
    """Counters of a training; `losses` are those of the choosing clients, before training and after each epoch."""

    step: int = 0
    cpu_seconds: float = 0.0
    losses: list[float] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingReport:
    """How a training went.

    Attributes:
        n_clients: Learned from.
        n_choosing: Other clients, who chose the epoch.
        losses: Recommendation loss of the choosing clients in nats, untuned first, then after each epoch.
        best_epoch: The kept one; 0 is the untuned model.
        cpu_seconds: Of the steps, reading of prompts not included.
    """

    n_clients: int
    n_choosing: int
    losses: tuple[float, ...]
    best_epoch: int
    cpu_seconds: float


def train_scorer(
    scorer: ClientScorer,
    histories: ClientHistories,
    item_directions: FloatArray,
    clients: Sequence[int],
    folder: Path,
    config: TrainingConfig,
    on_progress: Progress | None = None,
) -> TrainingReport:
    """Tune a scorer in place and save it.

    Each client gives one example: the last purchase of the training prefix, from the titles of those before it.

    Args:
        scorer: Untuned, made with `config.seed`.
        histories: Training prefixes.
        item_directions: Guided embeddings of length 1, float32, (N + 1, A), row 0 padding; frozen.
        clients: Places of the clients to learn from, each with two or more purchases in the training prefix.
        folder: Where the scorer is saved, and where an interrupted training goes on.
        config: How.
        on_progress: Called with what is done, how many of it, and their total.

    Raises:
        InputError: If there are too few clients to learn from.
    """
    clients = [client for client in clients if len(histories.prefix(client)) > 1]
    n_choosing = max(1, round(config.choosing_share * len(clients)))
    if len(clients) - n_choosing < config.batch:
        raise InputError(f"{len(clients)} clients are too few to tune a scorer: give more than {config.batch + 1}")
    lists = [scorer.prompt(histories.titles(client, len(histories.prefix(client)) - 1)) for client in clients]
    targets = torch.tensor([int(histories.prefix(client)[-1]) for client in clients])
    digest = hashlib.sha256(np.ascontiguousarray(item_directions).tobytes()).hexdigest()
    run = _digest([scorer.identity(), asdict(config), lists, targets.tolist(), digest])
    finished = _finished(scorer, folder, run)
    if finished is not None:
        return finished
    read = read_prompts(scorer, lists, folder / "read", on_progress)
    training = _Training(scorer, read, targets, torch.from_numpy(item_directions), n_choosing, config)
    report = training.run(folder / "state.safetensors", run, on_progress)
    save_scorer(scorer, folder, {"training": asdict(config), "report": asdict(report), "run": run})
    shutil.rmtree(folder / "read", ignore_errors=True)
    (folder / "state.safetensors").unlink(missing_ok=True)
    return report


def _finished(scorer: ClientScorer, folder: Path, run: str) -> TrainingReport | None:
    """Load a finished training of this very run into the scorer and return its report, None where there is none."""
    try:
        info = json.loads((folder / CONFIG).read_bytes())["info"]
        if info["run"] != run:
            return None
        load_scorer(scorer, folder)
        return TrainingReport(**{**info["report"], "losses": tuple(info["report"]["losses"])})
    except (FileNotFoundError, ValueError, KeyError, ClientellerError):
        return None


class _Training:
    """One training: its examples, optimizer and counters. The first `n_choosing` clients choose."""

    def __init__(
        self,
        scorer: ClientScorer,
        read: list[Tensor],
        targets: Tensor,
        items: Tensor,
        n_choosing: int,
        config: TrainingConfig,
    ) -> None:
        self.scorer, self.read, self.targets, self.items, self.config = scorer, read, targets, items, config
        self.choosing, self.learning = np.arange(n_choosing), np.arange(n_choosing, len(read))
        learned = scorer.trainable()
        scale = learned.pop("log_scale")
        rates = [{"params": list(learned.values()), "base": config.learning_rate}]
        rates.append({"params": [scale], "base": 10 * config.learning_rate})  # one number, far from where it ends
        self.optimizer = torch.optim.AdamW(rates, lr=config.learning_rate, weight_decay=0.0)
        self.per_epoch = -(-len(self.learning) // config.batch)
        self.progress = _Progress()

    def run(self, state: Path, run: str, on_progress: Progress | None) -> TrainingReport:
        """Train from the start or from the saved state; the scorer ends with its best weights."""
        self._restore(state, run)
        if not self.progress.losses:
            self.scorer.calibrate([self.read[index] for index in self.learning[:N_CALIBRATING]])
            self._choose()
        n_steps = self.per_epoch * self.config.n_epochs
        while self.progress.step < n_steps:
            epoch, place = divmod(self.progress.step, self.per_epoch)
            started = time.process_time()
            self._step(self._batches(epoch)[place], self.progress.step / n_steps)
            self.progress.step += 1
            if place + 1 == self.per_epoch:
                self._choose()
            self.progress.cpu_seconds += time.process_time() - started
            if place + 1 == self.per_epoch or self.progress.step % self.config.save_every == 0:
                self._save(state, run)
            if on_progress is not None:
                on_progress("tuning steps", self.progress.step, n_steps)
        self.scorer.put(self.progress.best)
        losses = tuple(self.progress.losses)
        best = int(np.argmin(losses))
        return TrainingReport(len(self.learning), len(self.choosing), losses, best, self.progress.cpu_seconds)

    def _step(self, chosen: IntArray, done: float) -> None:
        rate = min(1.0, done / 0.1 + 0.05) * (1.0 - done)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * rate
        recommendation, form = self._losses(chosen)
        (recommendation + self.config.format_weight * form).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(self.scorer.trainable().values()), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _losses(self, chosen: IntArray) -> tuple[Tensor, Tensor]:
        """Return recommendation and format loss, means over the chosen examples, in nats."""
        expected, log_mass = self.scorer([self.read[index] for index in chosen])
        scores = self.scorer.log_scale.exp() * self.scorer.directions(expected) @ self.items[1:].T
        return functional.cross_entropy(scores, self.targets[chosen] - 1), -log_mass.mean()

    def _choose(self) -> None:
        """Measure the choosing clients and keep the weights if they are the best so far."""
        with torch.no_grad():
            batches = [self.choosing[start : start + 16] for start in range(0, len(self.choosing), 16)]
            losses = [self._losses(chosen)[0].item() * len(chosen) for chosen in batches]
        self.progress.losses.append(sum(losses) / len(self.choosing))
        if self.progress.losses[-1] == min(self.progress.losses):
            self.progress.best = self.scorer.arrays()

    def _batches(self, epoch: int) -> list[IntArray]:
        """Return the batches of one epoch in their order, neighbours in length together."""
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(self.learning)
        batches: list[IntArray] = []
        for start in range(0, len(order), _WINDOW * self.config.batch):
            window = order[start : start + _WINDOW * self.config.batch]
            near = window[np.argsort([len(self.read[index]) for index in window], kind="stable")]
            batches += [near[first : first + self.config.batch] for first in range(0, len(near), self.config.batch)]
        return [batches[place] for place in rng.permutation(len(batches))]

    def _save(self, path: Path, run: str) -> None:
        """Replace the state file; the old one stays until the new one is whole."""
        counters = {name: value for name, value in asdict(self.progress).items() if name != "best"}
        tensors = {f"current.{name}": value for name, value in self.scorer.arrays().items()}
        tensors |= {f"best.{name}": value for name, value in self.progress.best.items()}
        for index, moments in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in moments.items()}
        save_whole(path, tensors, {"run": run, "counters": json.dumps(counters)})

    def _restore(self, path: Path, run: str) -> None:
        """Go on from the state file if it is of this very run."""
        found = _load_whole(path)
        if found is None or found[1].get("run") != run:
            return
        tensors, metadata = found
        groups: dict[str, dict[str, Tensor]] = {"current": {}, "best": {}, "optimizer": {}}
        for name, value in tensors.items():
            group, _, rest = name.partition(".")
            groups[group][rest] = value
        self.scorer.put(groups["current"])
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in groups["optimizer"].items():
            index, _, moment = name.partition(".")
            moments.setdefault(int(index), {})[moment] = value
        self.optimizer.load_state_dict({"state": moments, "param_groups": self.optimizer.state_dict()["param_groups"]})
        self.progress = _Progress(**json.loads(metadata["counters"]), best=groups["best"])


def read_prompts(
    scorer: ClientScorer, lists: Sequence[Sequence[int]], folder: Path, on_progress: Progress | None = None
) -> list[Tensor]:
    """Run prompts through the never-adapted layers, going on where an interrupted reading stopped.

    Each prompt has a file named after it, so that other comparisons and trainings in this folder find it again.

    Args:
        scorer: Tuned or not: the layers are the same.
        lists: B token lists from `scorer.prompt`.
        folder: Where hidden states are kept; made if missing, and the caller's to delete.
        on_progress: Called with what is done, how many of it, and their total.

    Returns:
        Hidden states, one (T, H) a prompt, in the order of `lists`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result: list[Tensor] = [torch.empty(0)] * len(lists)
    paths = [folder / f"{_digest([scorer.identity(), prompt])}.safetensors" for prompt in lists]
    for number, chosen in enumerate(length_batches(lists, READ_BATCH)):
        found = [_load_whole(paths[index]) for index in chosen]
        kept = [one[0]["read"] for one in found if one is not None]
        # All of a batch or none: in bfloat16 the last digits of a state depend on what it was computed with.
        states = kept if len(kept) == len(chosen) else scorer.read([lists[index] for index in chosen])
        for index, state in zip(chosen, states, strict=True):
            result[index] = state
            if len(kept) < len(chosen):
                save_whole(paths[index], {"read": state}, {})
        if on_progress is not None:
            on_progress("prompts read", min((number + 1) * READ_BATCH, len(lists)), len(lists))
    return result


def save_whole(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors; a reader sees the old file or the new one."""
    unfinished = path.with_suffix(".part")
    save_file({name: value.detach().clone().contiguous() for name, value in tensors.items()}, unfinished, metadata)
    os.replace(unfinished, path)


def _load_whole(path: Path) -> tuple[dict[str, Tensor], dict[str, str]] | None:
    """Return tensors and metadata, or None where there is no readable file."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, str] = file.metadata() or {}
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118 (not a mapping)
    except (FileNotFoundError, SafetensorError):
        return None


def _digest(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
