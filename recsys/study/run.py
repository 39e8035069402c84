"""Runs the arms of a study, one folder each; what is finished is not run again, what was killed goes on."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from recsys.errors import NotReady
from recsys.evaluation.ranking_metrics import RankArray
from recsys.models.choice import best_of
from recsys.models.encoders import SequenceConfig
from recsys.models.fitting import Plan, fit, plan_for, seeded
from recsys.models.item_knn import fit_item_knn
from recsys.models.popularity import PopularityRanker
from recsys.models.refined_ranker import DECAY, RefinedRanker
from recsys.models.refinement import LATE_WEIGHTS, Ingredients, choose_house_weight, choose_late_weight, fit_refined
from recsys.models.sequence_ranker import SequenceRanker
from recsys.ranker import FloatArray, IntArray, Ranker
from recsys.refined import unit_rows, whitening
from recsys.study.arms import GROUPS, Arm, guided_columns, of_scorers, start_columns
from recsys.study.world import METRICS, World, with_cold_items

VERSION = 1  # raise when finished arms would come out differently
WIDTH = 128
STATE = "state.safetensors"
COLD_SHARE = 0.05
MASKED_EPOCHS = 4  # times the epochs of the others: a masked model learns from 4 of 10 purchases an epoch
TASTE_ON_BASE = ", late term only"
NO_LATE = ", no late term"
LOYAL = ", loyalty too"

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Row:
    """One measured ranker: each client's metrics, float64, (METRICS, U), its validation score and how it was made."""

    name: str
    seed: int
    values: RankArray
    validation: float
    about: dict[str, float]


class WithTaste:
    """A base ranker plus the late term alone: the client's guided embedding times the item's, no training.

    Args:
        ranker: The base.
        directions: Guided embeddings of length 1, float32, (N + 1, A).
        weight: Of the late term.
    """

    def __init__(self, ranker: Ranker, directions: FloatArray, weight: float) -> None:
        self.name = f"{ranker.name}{TASTE_ON_BASE}"
        self.n_items = ranker.n_items
        self.weight = weight
        self._ranker, self._directions = ranker, directions

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        """Return scores of all items, float32, (B, N + 1)."""
        weights = [DECAY ** np.arange(len(sequence) - 1, -1, -1.0) for sequence in sequences]
        pairs = zip(weights, sequences, strict=True)
        taste = np.stack([weight @ self._directions[sequence] for weight, sequence in pairs]).astype(np.float32)
        scores = self._ranker.score(sequences)
        scores += self.weight * unit_rows(taste) @ self._directions.T
        return scores


def run_arm(arm: Arm, world: World, seed: int, folder: Path, plan: Plan | None, say: Say) -> list[Row]:
    """Train and measure one arm with one seed, or read what an earlier run has measured.

    Args:
        arm: What to train.
        world: What on; the one with cold items if the arm wants it.
        seed: Of everything random.
        folder: Of the whole study; the arm of the plain encoder is looked for in it.
        plan: Epochs and batches; None: those that `plan_for` derives from the data, as in the product.
        say: Called with one line now and then.
    """
    plan = plan or plan_for(world.train)
    if arm.encoder == "bert4rec":
        plan = replace(plan, n_epochs=MASKED_EPOCHS * plan.n_epochs, patience=MASKED_EPOCHS * plan.patience)
    place = arm_folder(folder, arm.name, seed)
    run = _run_id(arm, world, seed, plan)
    found = read_rows(place, run)
    if found:
        say(f"{arm.name}, seed {seed}: already there")
        return found
    place.mkdir(parents=True, exist_ok=True)
    started, cpu = time.monotonic(), time.process_time()
    own = _own_embeddings(arm, world, seed, plan, folder) if arm.start == "own" else None
    job = _Job(arm, world, seed, place, plan, run, own, lambda line: say(f"[{arm.name}, seed {seed}] {line}"))
    rows = _reference(job) if arm.model != "network" else _refined(job) if arm.guided else _base(job)
    cost = {"wall_seconds": time.monotonic() - started, "cpu_seconds": time.process_time() - cpu}
    rows = [replace(row, about={**row.about, **cost}) for row in rows]
    _write_rows(place, run, world.data, rows)
    (place / STATE).unlink(missing_ok=True)
    return rows


def _own_embeddings(arm: Arm, world: World, seed: int, plan: Plan, folder: Path) -> FloatArray:
    """Return what the arm of the plain encoder has learned from the same data; raise NotReady if it is not there."""
    base = next(one for arms in GROUPS.values() for one in arms if one.name == arm.base)
    place = arm_folder(folder, base.name, seed)
    if not read_rows(place, _run_id(base, world, seed, plan)):
        raise NotReady(
            f"{arm.name!r} starts from {base.name!r} with seed {seed}, which is not finished on this data: run the "
            "group that it is in first (main, cold or encoders)"
        )
    embeddings: FloatArray = np.load(place / "embeddings.npy")
    return embeddings


def run_study(
    world: World, groups: Sequence[str], seeds: Sequence[int], folder: Path, plan: Plan | None, say: Say
) -> list[Row]:
    """Run groups of arms with several seeds, one seed of one group after another.

    Args:
        world: What on.
        groups: Names out of `GROUPS`, or "scorers".
        seeds: One run of every arm each.
        folder: Keeps what is finished.
        plan, say: As for `run_arm`.

    Returns:
        The rows of all arms, those of earlier runs too.
    """
    rows = []
    for seed in seeds:
        cold = with_cold_items(world, COLD_SHARE, seed) if "cold" in groups else None
        for group in groups:
            for arm in of_scorers(world) if group == "scorers" else GROUPS[group]:
                rows += run_arm(arm, cold if arm.cold and cold else world, seed, folder, plan, say)
    return rows


def finished_rows(folder: Path, data: str) -> list[Row]:
    """Return the rows of all finished arms of a study's folder, in the order of `GROUPS`, other scorers last.

    Args:
        folder: Of the study.
        data: Of the world; rows that were measured on other data are left out.
    """
    known = [arm.name for arms in GROUPS.values() for arm in arms]
    rows = [row for path in sorted(folder.glob("*/*/rows.json")) for row in read_rows(path.parent, data=data)]

    def place(row: Row) -> tuple[int, str, int]:
        if row.name.endswith(" as scorer"):
            return len(known), row.name, row.seed
        stems = [index for index, name in enumerate(known) if row.name.startswith(name)]
        longest = max(stems, key=lambda index: len(known[index]), default=len(known))
        return longest, row.name, row.seed

    return sorted(rows, key=place)


def arm_folder(folder: Path, name: str, seed: int) -> Path:
    """Return where one arm with one seed is kept."""
    return folder / name.replace(", ", "_").replace(" ", "-") / str(seed)


@dataclass(frozen=True, eq=False)
class _Job:
    arm: Arm
    world: World
    seed: int
    folder: Path
    plan: Plan
    run: str
    own: FloatArray | None
    say: Say

    def row(self, suffix: str, ranker: Ranker, validation: float, **about: float) -> Row:
        measured = self.world.test(ranker)
        values = np.stack([measured[metric] for metric in METRICS])
        return Row(self.arm.name + suffix, self.seed, values, validation, dict(about))


def _run_id(arm: Arm, world: World, seed: int, plan: Plan) -> str:
    used = {"scores", arm.guided or "", arm.start} & set(world.features)
    parts = [VERSION, asdict(arm), world.fingerprint(used), seed, asdict(plan)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _reference(job: _Job) -> list[Row]:
    train, n_items = job.world.train, job.world.n_items
    if job.arm.model == "popularity":
        popularity = PopularityRanker.fit(train, n_items)
        return [job.row("", popularity, job.world.validate(popularity))]
    neighbours, score = fit_item_knn(train, n_items, job.world.validate)
    chosen = {"shrinkage": neighbours.config.shrinkage, "decay": neighbours.config.decay}
    return [job.row("", neighbours, score, **chosen)]


def _base(job: _Job) -> list[Row]:
    taken = len(job.world.attribute_names)
    width = WIDTH - taken - taken % 2 if job.arm.narrow else WIDTH  # even, for two attention heads
    start = start_columns(job.arm, job.world, width, job.seed, job.own)
    with seeded(job.seed):
        config = SequenceConfig(job.world.n_items, dim=width, encoder=job.arm.encoder, max_length=job.world.max_length)
        ranker = SequenceRanker.build(config, start)
    progress = fit(
        ranker,
        job.world.drawn,
        job.world.validate,
        job.plan,
        seed=job.seed,
        state_path=job.folder / STATE,
        run=job.run,
        on_progress=job.say,
    )
    np.save(job.folder / "embeddings.npy", ranker.base_embeddings())
    rows = [job.row("", ranker, progress.best_score, best_epoch=progress.best_epoch)]
    if job.arm.start == "random" and not job.arm.narrow and not job.arm.cold:
        directions = unit_rows(job.world.features["scores"])
        late, score = best_of((WithTaste(ranker, directions, weight) for weight in LATE_WEIGHTS), job.world.validate)
        rows.append(job.row(TASTE_ON_BASE, late, score, late_weight=late.weight))
    return rows


def _refined(job: _Job) -> list[Row]:
    standard = guided_columns(job.arm, job.world, job.seed)
    base = job.own
    if base is None:
        base = start_columns(job.arm, job.world, WIDTH, job.seed, None)
    if base is None:
        base = np.random.default_rng((job.seed, 2)).normal(0, 0.02, (job.world.n_items + 1, WIDTH)).astype(np.float32)
        base[0] = 0.0
    ingredients = Ingredients(
        base,
        standard,
        mixing=whitening(standard) if job.arm.whitened else None,
        houses=job.world.houses,
        frozen=job.arm.frozen,
    )
    ranker, progress = fit_refined(
        ingredients,
        SequenceConfig(job.world.n_items, encoder=job.arm.encoder, max_length=job.world.max_length),
        job.world.drawn,
        job.world.validate,
        job.plan,
        seed=job.seed,
        state_path=job.folder / STATE,
        run=job.run,
        on_progress=job.say,
    )
    late, score = choose_late_weight(ranker, job.world.validate)
    about = {"best_epoch": progress.best_epoch, "late_weight": late.config.late_weight}
    rows = [job.row("", late, score, **about)]
    if job.arm.guided == "scores" and not job.arm.cold and job.arm.start == "own" and job.arm.n_attributes is None:
        rows.append(job.row(NO_LATE, ranker, job.world.validate(ranker), best_epoch=progress.best_epoch))
        if job.arm.frozen and not job.arm.whitened:
            rows.append(_loyal_row(job, late))
    return rows


def _loyal_row(job: _Job, late: RefinedRanker) -> Row:
    loyal, score = choose_house_weight(late, job.world.validate)
    weights = {"late_weight": loyal.config.late_weight, "house_weight": loyal.config.house_weight}
    return job.row(LOYAL, loyal, score, **weights)


def _write_rows(folder: Path, run: str, data: str, rows: Sequence[Row]) -> None:
    """Write values first and the summary last: a folder with a summary of this run is finished."""
    np.save(folder / "values.npy", np.stack([row.values for row in rows]))
    summary = {
        "run": run,
        "data": data,
        "version": VERSION,
        "rows": [{"name": r.name, "seed": r.seed, "validation": r.validation, "about": r.about} for r in rows],
    }
    unfinished = folder / "rows.json.part"
    unfinished.write_text(json.dumps(summary, indent=2), encoding="utf-8")
    os.replace(unfinished, folder / "rows.json")


def read_rows(folder: Path, run: str | None = None, data: str | None = None) -> list[Row]:
    """Return the rows of a finished arm; none where there is none, or one of another run or of other data."""
    try:
        summary = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
        values = np.load(folder / "values.npy")
    except (FileNotFoundError, ValueError):
        return []
    asked = {"run": run, "data": data, "version": VERSION}
    if len(values) != len(summary["rows"]) or any(summary.get(key) != one for key, one in asked.items() if one):
        return []
    return [Row(values=array, **row) for array, row in zip(values, summary["rows"], strict=True)]
