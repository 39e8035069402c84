"""From base embeddings to a fitted refined ranker: join, train, and choose the weights of the readable terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from recsys.models.choice import best_of
from recsys.models.encoders import SequenceConfig
from recsys.models.fitting import Plan, Progress, fit, seeded
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.ranker import FloatArray, IntArray, Ranker
from recsys.refined import refine

LATE_WEIGHTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
HOUSE_WEIGHTS = (0.5, 1.0, 2.0, 3.0)

ENOUGH_TO_LEND = 10  # purchases


@dataclass(frozen=True, eq=False)
class Ingredients:
    """What a refined ranker is made of.

    Attributes:
        base: Base item embeddings, float32, (N + 1, D); D is the width of the refined ranker too.
        standard: z-scores of guided attributes, float32, (N + 1, A).
        mixing: Whitening of the guided attributes, float32, (A, A), or None.
        houses: The number of each item's brand, int64, (N + 1,), 0 for none; None: loyalty is left out.
        frozen: Whether the guided columns stay as they were scored.
    """

    base: FloatArray
    standard: FloatArray
    mixing: FloatArray | None = None
    houses: IntArray | None = None
    frozen: bool = True


def fit_refined(
    ingredients: Ingredients,
    shape: SequenceConfig,
    train: Callable[[int], Sequence[IntArray]],
    validate: Callable[[Ranker], float],
    plan: Plan,
    *,
    seed: int,
    state_path: Path,
    run: str,
    on_progress: Callable[[str], None],
) -> tuple[RefinedRanker, Progress]:
    """Train a refined ranker; its late and house weights are 0 and wait for `choose_weights`.

    Args:
        ingredients: Base embeddings and guided attributes of the same items.
        shape: Encoder and its settings; the width is that of the base embeddings.
        train, validate, plan, seed, state_path, run, on_progress: As for `recsys.models.fitting.fit`.
    """
    config = RefinedConfig(
        **{**asdict(shape), "dim": ingredients.base.shape[1]},
        n_guided=ingredients.standard.shape[1],
        frozen=ingredients.frozen,
    )
    refined = refine(ingredients.base, ingredients.standard, ingredients.mixing)
    with seeded(seed):
        ranker = RefinedRanker.build(config, refined, mixing=ingredients.mixing, houses=ingredients.houses)
    progress = fit(ranker, train, validate, plan, seed=seed, state_path=state_path, run=run, on_progress=on_progress)
    n_bought = np.bincount(np.concatenate(train(0)), minlength=shape.n_items + 1)[1:]
    ranker.lend_to(1 + np.flatnonzero(n_bought == 0), 1 + np.flatnonzero(n_bought >= ENOUGH_TO_LEND))
    return ranker, progress


def choose_late_weight(ranker: RefinedRanker, validate: Callable[[Ranker], float]) -> tuple[RefinedRanker, float]:
    """Return the ranker with the late weight that validates best and no house weight, and its score."""
    return best_of((ranker.with_weights(weight, 0.0) for weight in LATE_WEIGHTS), validate)


def choose_house_weight(late: RefinedRanker, validate: Callable[[Ranker], float]) -> tuple[RefinedRanker, float]:
    """Return the ranker with its late weight and the house weight that validates best, and its score."""
    weight = late.config.late_weight
    return best_of((late.with_weights(weight, house) for house in (0.0, *HOUSE_WEIGHTS)), validate)


def choose_weights(
    ranker: RefinedRanker, validate: Callable[[Ranker], float], *, loyalty: bool
) -> tuple[RefinedRanker, float]:
    """Return the ranker with the late and then, if wanted, house weight that validate best, and that score."""
    late, score = choose_late_weight(ranker, validate)
    return choose_house_weight(late, validate) if loyalty else (late, score)
