"""Our own SASRec and refined SASRec, measured through the public functions that the product itself uses.

They are trained as `clienteller train` does, to the end of their own plan: the budget does not cut them. Refined
starts from the base, so its training counts both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from recsys.data.boutique import Boutique
from recsys.errors import NotReady
from recsys.models.training import TrainingReport, train_rankers
from recsys.models.weights import load_ranker, read_config
from recsys.ranker import Ranker
from tests.benchmarks.measured_process import Task, Training, run, say
from tests.benchmarks.split_files import IntArray, Split, batches_by_length

BATCH = 512
RANKERS = {"clienteller-sasrec": "sasrec", "clienteller-refined": "refined"}


def train(task: Task, split: Split) -> tuple[Ranker, Training]:
    """Train the ranker, and what it starts from, and load the saved weights."""
    boutique = Boutique.open(task.split.parent / "boutique")
    name, weights, fingerprint = RANKERS[task.system], task.out / "weights", boutique.fingerprint()
    reports = train_rankers(
        boutique.sequences(),
        boutique.guided_scores(),
        weights,
        catalogue_fingerprint=fingerprint,
        seed=task.seed,
        which=[name],
        on_progress=say,
    )
    boutique.close()
    for report in reports:
        if report.skipped:
            raise NotReady(f"{report.name}: {report.skipped}")
    saved = read_config(weights / name)
    settings = saved["config"] | {key: saved["info"][key] for key in ("plan", "report") if key in saved["info"]}
    return load_ranker(weights / name, catalogue_fingerprint=fingerprint), _training(name, reports, settings)


def _training(name: str, reports: Sequence[TrainingReport], settings: dict[str, object]) -> Training:
    own = next(report for report in reports if report.name == name)
    return Training(
        epoch_cpu_seconds=own.cpu_seconds_per_epoch,
        cpu_seconds=sum(report.cpu_seconds_per_epoch * report.n_epochs for report in reports),
        n_epochs=sum(report.n_epochs for report in reports),
        budget_limited=False,
        settings=settings,
    )


def recommend(ranker: Ranker, sequences: Sequence[IntArray], k: int) -> IntArray:
    """Score every item, mask what the sequence holds, take the best k."""
    top = np.zeros((len(sequences), k), dtype=np.int64)
    for chosen in batches_by_length(sequences, BATCH):
        owned = [sequences[index] for index in chosen]
        scores = ranker.score(owned)
        for row, sequence in zip(scores, owned, strict=True):
            row[sequence] = -np.inf
        top[chosen] = torch.from_numpy(scores).topk(k).indices.numpy()
    return top


if __name__ == "__main__":
    run(train, recommend, ["clienteller", "numpy"])
