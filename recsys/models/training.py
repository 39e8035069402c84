"""Trains the rankers of a boutique and saves them; what is finished already is not trained again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from recsys.data.sequences import LeaveOneOut, Sequences, leave_one_out
from recsys.errors import ClientellerError, InputError
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.scores import GuidedScores
from recsys.models.fitting import Plan, fit, plan_for, seeded, validation_score
from recsys.models.item_knn import ItemKNNConfig, ItemKNNRanker
from recsys.models.popularity import PopularityRanker
from recsys.models.refined_sasrec import RefinedSASRec, RefinedSASRecConfig
from recsys.models.sasrec import SASRec, SASRecConfig
from recsys.models.weights import SavedRanker, load_ranker, read_config, save_ranker
from recsys.ranker import FloatArray
from recsys.refined import refine

ALL = ("popularity", "item_knn", "sasrec", "refined")
VERSION = 1  # raise when a change of the training makes older weights worth replacing
SHRINKAGES = (5.0, 10.0, 20.0, 40.0)
DECAYS = (0.5, 0.7)
LATE_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)


@dataclass(frozen=True)
class TrainingReport:
    """What became of one ranker.

    Attributes:
        validation_ndcg_at_10: Of the weights that were kept; None if it was skipped.
        best_epoch, n_epochs: 0 for rankers that are not trained in epochs.
        cpu_seconds_per_epoch: Without validation.
        seconds: Wall time of the call that finished it, validation included.
        reused: Whether finished weights of the same data, settings and seed were found.
        skipped: Why it was not trained, in words, or "".
    """

    name: str
    validation_ndcg_at_10: float | None = None
    best_epoch: int = 0
    n_epochs: int = 0
    cpu_seconds_per_epoch: float = 0.0
    seconds: float = 0.0
    reused: bool = False
    skipped: str = ""


def train_rankers(
    sequences: Sequences,
    guided: GuidedScores | None,
    folder: Path,
    *,
    catalogue_fingerprint: str,
    seed: int = 0,
    which: Collection[str] = ALL,
    on_progress: Callable[[str], None] | None = None,
) -> list[TrainingReport]:
    """Train rankers on each client's sequence without its last two items, and save each in its own folder.

    The validation item chooses settings and weights; the test item is not looked at. A ranker of the same data,
    settings and seed that is already there is kept, and a training that was killed goes on where it stopped.

    Args:
        sequences: All clients' sequences.
        guided: Guided scores of the items; without them "refined" is skipped.
        folder: Each ranker is saved in `folder / name`.
        catalogue_fingerprint: Identifies the catalogue; checked when the weights are loaded.
        seed: Of initial weights, order and dropout.
        which: Names out of `ALL`. "refined" starts from "sasrec", which is then trained too.
        on_progress: Called with one line now and then.

    Returns:
        One report for each ranker trained, reused or skipped, in the order of `ALL`.

    Raises:
        InputError: If a name is unknown, or no client has the three items that validation needs.
    """
    unknown = sorted(set(which) - set(ALL))
    if unknown:
        raise InputError(f"unknown ranker {unknown[0]!r}: choose from {', '.join(ALL)}")
    split = leave_one_out(sequences)
    if not split.clients:
        raise InputError("no client has three purchases or more: there is nothing to validate on; ingest more of them")
    boutique = _Boutique(
        split=split,
        n_items=len(sequences.items),
        standard=None if guided is None else GuidedEmbeddings.from_scores(guided, sequences.items).standard,
        folder=folder,
        catalogue_fingerprint=catalogue_fingerprint,
        seed=seed,
        plan=plan_for(split.train),
        on_progress=on_progress or _silent,
    )
    needed = set(which) | ({"sasrec"} if "refined" in which and guided is not None else set())
    return [_train_or_reuse(boutique, name) for name in ALL if name in needed]


@dataclass(frozen=True, eq=False)
class _Boutique:
    """What one call of `train_rankers` works on. `standard` holds z-scores, float32, (N + 1, A), or None."""

    split: LeaveOneOut
    n_items: int
    standard: FloatArray | None
    folder: Path
    catalogue_fingerprint: str
    seed: int
    plan: Plan
    on_progress: Callable[[str], None]


def _silent(line: str) -> None:
    """Take no notice."""


def _train_or_reuse(boutique: _Boutique, name: str) -> TrainingReport:
    started = time.monotonic()
    if name == "refined" and boutique.standard is None:
        skipped = "there are no guided scores; score the items with 'clienteller annotate', then train again"
        boutique.on_progress(f"refined: skipped, {skipped}")
        return TrainingReport(name, skipped=skipped)
    folder, run = boutique.folder / name, _run_id(boutique, name)
    report = _finished(boutique, folder, run)
    if report is None:
        folder.mkdir(parents=True, exist_ok=True)
        ranker, report = _train(boutique, name, run)
        report = replace(report, seconds=time.monotonic() - started)
        info = {"run": run, "seed": boutique.seed, "plan": asdict(boutique.plan), "report": asdict(report)}
        save_ranker(ranker, folder, catalogue_fingerprint=boutique.catalogue_fingerprint, info=info)
    boutique.on_progress(f"{name}: done, validation NDCG@10 {report.validation_ndcg_at_10:.4f}")
    return report


def _run_id(boutique: _Boutique, name: str) -> str:
    """Identify data, settings and seed of one training."""
    parts = [f"{VERSION} {name} {boutique.seed} {boutique.n_items} {boutique.plan}".encode()]
    parts += [sequence.tobytes() + b"|" for sequence in boutique.split.train]
    parts.append(boutique.split.validation_targets.tobytes())
    if name == "refined" and boutique.standard is not None:
        parts.append(boutique.standard.tobytes())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _finished(boutique: _Boutique, folder: Path, run: str) -> TrainingReport | None:
    """Return the report of a finished training of this very run whose weights can be loaded, else None."""
    try:
        info = read_config(folder)["info"]
        if info["run"] != run:
            return None
        load_ranker(folder, catalogue_fingerprint=boutique.catalogue_fingerprint)
    except (ClientellerError, KeyError):
        return None
    return replace(TrainingReport(**info["report"]), reused=True)


def _train(boutique: _Boutique, name: str, run: str) -> tuple[SavedRanker, TrainingReport]:
    if name == "popularity":
        popularity = PopularityRanker.fit(boutique.split.train, boutique.n_items)
        return popularity, TrainingReport(name, validation_score(popularity, boutique.split))
    if name == "item_knn":
        return _train_item_knn(boutique)
    if name == "sasrec":
        return _train_sasrec(boutique, run)
    return _train_refined(boutique, run)


def _train_item_knn(boutique: _Boutique) -> tuple[ItemKNNRanker, TrainingReport]:
    """Choose shrinkage and decay on validation."""
    best: tuple[float, ItemKNNRanker] | None = None
    for shrinkage, decay in product(SHRINKAGES, DECAYS):
        ranker = ItemKNNRanker.fit(boutique.split.train, ItemKNNConfig(boutique.n_items, shrinkage, decay))
        score = validation_score(ranker, boutique.split)
        if best is None or score > best[0]:
            best = score, ranker
    assert best is not None
    return best[1], TrainingReport("item_knn", best[0])


def _train_sasrec(boutique: _Boutique, run: str) -> tuple[SASRec, TrainingReport]:
    with seeded(boutique.seed):
        ranker = SASRec.build(SASRecConfig(boutique.n_items))
    return ranker, _fit(boutique, ranker, run)


def _train_refined(boutique: _Boutique, run: str) -> tuple[RefinedSASRec, TrainingReport]:
    """Start from the base's embeddings, train like the base, then choose the late weight on validation."""
    assert boutique.standard is not None
    base = load_ranker(boutique.folder / "sasrec", catalogue_fingerprint=boutique.catalogue_fingerprint)
    assert isinstance(base, SASRec)
    config = RefinedSASRecConfig(**asdict(base.config), n_guided=boutique.standard.shape[1])
    with seeded(boutique.seed):
        ranker = RefinedSASRec.build(config, refine(base.base_embeddings(), boutique.standard))
    report = _fit(boutique, ranker, run)
    bought = np.concatenate(boutique.split.train)
    ranker.score_by_guided_alone(np.setdiff1d(np.arange(1, boutique.n_items + 1), bought))
    scores = {weight: validation_score(ranker.with_late_weight(weight), boutique.split) for weight in LATE_WEIGHTS}
    best = max(scores, key=lambda weight: scores[weight])
    boutique.on_progress(f"refined: late weight {best:g} of {dict(scores)}")
    return ranker.with_late_weight(best), replace(report, validation_ndcg_at_10=scores[best])


def _fit(boutique: _Boutique, ranker: SASRec, run: str) -> TrainingReport:
    state_path = boutique.folder / ranker.name / "training.safetensors"
    progress = fit(
        ranker,
        boutique.split,
        boutique.plan,
        seed=boutique.seed,
        state_path=state_path,
        run=run,
        on_progress=boutique.on_progress,
    )
    seconds = progress.cpu_seconds / progress.epoch
    return TrainingReport(ranker.name, progress.best_score, progress.best_epoch, progress.epoch, seconds)
