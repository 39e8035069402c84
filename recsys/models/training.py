"""Trains the rankers of a boutique and saves them; what is finished already is not trained again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from recsys.data.boutique import Boutique
from recsys.data.sequences import LeaveOneOut, Sequences, leave_one_out
from recsys.errors import ClientellerError, InputError
from recsys.evaluation.ranking_metrics import ndcg_at_k
from recsys.evaluation.ranking_report import rank_targets
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.scores import GuidedScores
from recsys.models.encoders import SequenceConfig
from recsys.models.fitting import Plan, Progress, fit, plan_for, seeded
from recsys.models.houses import house_numbers
from recsys.models.item_knn import fit_item_knn
from recsys.models.popularity import PopularityRanker
from recsys.models.refined_ranker import RefinedRanker
from recsys.models.refinement import Ingredients, choose_weights, fit_refined
from recsys.models.sequence_ranker import SequenceRanker
from recsys.models.weights import SavedRanker, load_ranker, read_config, save_ranker
from recsys.ranker import FloatArray, IntArray, Ranker

ALL = ("popularity", "item_knn", "sasrec", "refined")
VERSION = 2  # raise when a change of the training makes older weights worth replacing
STATE = "training.safetensors"


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


def train_boutique(
    boutique: Boutique, folder: Path, *, seed: int = 0, on_progress: Callable[[str], None] | None = None
) -> list[TrainingReport]:
    """Train all rankers on a boutique's records; see `train_rankers`."""
    return train_rankers(
        boutique.sequences(),
        boutique.guided_scores(),
        folder,
        catalogue_fingerprint=boutique.fingerprint(),
        houses=house_numbers(item.brand for item in boutique.items()),
        seed=seed,
        on_progress=on_progress,
    )


def train_rankers(
    sequences: Sequences,
    guided: GuidedScores | None,
    folder: Path,
    *,
    catalogue_fingerprint: str,
    houses: IntArray | None = None,
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
        houses: The number of each item's brand, int64, (N + 1,), 0 for none; None: loyalty to a house is left out.
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
    task = _Task(
        split=split,
        n_items=len(sequences.items),
        standard=None if guided is None else GuidedEmbeddings.from_scores(guided, sequences.items).standard,
        folder=folder,
        catalogue_fingerprint=catalogue_fingerprint,
        houses=houses,
        seed=seed,
        plan=plan_for(split.train),
        on_progress=on_progress or _silent,
    )
    needed = set(which) | ({"sasrec"} if "refined" in which and guided is not None else set())
    return [_train_or_reuse(task, name) for name in ALL if name in needed]


@dataclass(frozen=True, eq=False)
class _Task:
    """What one call of `train_rankers` works on. `standard` holds z-scores, float32, (N + 1, A), or None."""

    split: LeaveOneOut
    n_items: int
    standard: FloatArray | None
    folder: Path
    catalogue_fingerprint: str
    houses: IntArray | None
    seed: int
    plan: Plan
    on_progress: Callable[[str], None]

    def validate(self, ranker: Ranker) -> float:
        """Return NDCG@10 on the validation split, all items ranked."""
        ranks = rank_targets(ranker, self.split.validation_inputs, self.split.validation_targets)
        return float(ndcg_at_k(ranks, 10).mean())


def _silent(line: str) -> None:
    """Take no notice."""


def _train_or_reuse(task: _Task, name: str) -> TrainingReport:
    started = time.monotonic()
    if name == "refined" and task.standard is None:
        skipped = "there are no guided scores; score the items with 'clienteller annotate', then train again"
        task.on_progress(f"refined: skipped, {skipped}")
        return TrainingReport(name, skipped=skipped)
    folder, run = task.folder / name, _run_id(task, name)
    report = _finished(task, folder, run)
    if report is None:
        folder.mkdir(parents=True, exist_ok=True)
        ranker, report = _train(task, name, run)
        report = replace(report, seconds=time.monotonic() - started)
        info = {"run": run, "seed": task.seed, "plan": asdict(task.plan), "report": asdict(report)}
        save_ranker(ranker, folder, catalogue_fingerprint=task.catalogue_fingerprint, info=info)
        (folder / STATE).unlink(missing_ok=True)
    task.on_progress(f"{name}: done, validation NDCG@10 {report.validation_ndcg_at_10:.4f}")
    return report


def _run_id(task: _Task, name: str) -> str:
    """Identify data, settings and seed of one training."""
    parts = [f"{VERSION} {name} {task.seed} {task.n_items} {task.plan}".encode()]
    parts += [sequence.tobytes() + b"|" for sequence in task.split.train]
    parts.append(task.split.validation_targets.tobytes())
    if name == "refined" and task.standard is not None:
        parts.append(task.standard.tobytes())
        parts.append(b"" if task.houses is None else task.houses.tobytes())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _finished(task: _Task, folder: Path, run: str) -> TrainingReport | None:
    """Return the report of a finished training of this very run whose weights can be loaded, else None."""
    try:
        info = read_config(folder)["info"]
        if info["run"] != run:
            return None
        load_ranker(folder, catalogue_fingerprint=task.catalogue_fingerprint)
    except (ClientellerError, KeyError):
        return None
    return replace(TrainingReport(**info["report"]), reused=True)


def _train(task: _Task, name: str, run: str) -> tuple[SavedRanker, TrainingReport]:
    if name == "popularity":
        popularity = PopularityRanker.fit(task.split.train, task.n_items)
        return popularity, TrainingReport(name, task.validate(popularity))
    if name == "item_knn":
        neighbours, score = fit_item_knn(task.split.train, task.n_items, task.validate)
        return neighbours, TrainingReport(name, score)
    if name == "sasrec":
        return _train_sasrec(task, run)
    return _train_refined(task, run)


def _train_sasrec(task: _Task, run: str) -> tuple[SequenceRanker, TrainingReport]:
    with seeded(task.seed):
        ranker = SequenceRanker.build(SequenceConfig(task.n_items))
    progress = fit(
        ranker,
        lambda epoch: task.split.train,
        task.validate,
        task.plan,
        seed=task.seed,
        state_path=task.folder / "sasrec" / STATE,
        run=run,
        on_progress=task.on_progress,
    )
    return ranker, _report("sasrec", progress)


def _train_refined(task: _Task, run: str) -> tuple[RefinedRanker, TrainingReport]:
    """Start from the base's embeddings, train like the base, then choose the readable terms' weights on validation."""
    assert task.standard is not None
    base = load_ranker(task.folder / "sasrec", catalogue_fingerprint=task.catalogue_fingerprint)
    assert isinstance(base, SequenceRanker)
    ranker, progress = fit_refined(
        Ingredients(base.base_embeddings(), task.standard, houses=task.houses),
        base.config,
        lambda epoch: task.split.train,
        task.validate,
        task.plan,
        seed=task.seed,
        state_path=task.folder / "refined" / STATE,
        run=run,
        on_progress=task.on_progress,
    )
    ranker, score = choose_weights(ranker, task.validate, loyalty=task.houses is not None)
    chosen = ranker.config
    task.on_progress(f"refined: late weight {chosen.late_weight:g}, house weight {chosen.house_weight:g}")
    return ranker, replace(_report("refined", progress), validation_ndcg_at_10=score)


def _report(name: str, progress: Progress) -> TrainingReport:
    seconds = progress.cpu_seconds / progress.epoch
    return TrainingReport(name, progress.best_score, progress.best_epoch, progress.epoch, seconds)
