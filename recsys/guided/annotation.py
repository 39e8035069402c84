"""Scoring a catalogue, resumable: what is in the cache is never scored again, each batch is kept as it is done."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from recsys.errors import InputError
from recsys.guided.agreement import measure_agreement
from recsys.guided.attributes import SCALE, AttributeSet
from recsys.guided.score_cache import CacheKey, ScoreCache, missing, text_hash
from recsys.guided.scorer import Scale, Scorer, calibrate
from recsys.guided.scores import GuidedScores
from recsys.ranker import FloatArray


@dataclass(frozen=True)
class Pace:
    """How far a run is, in distinct item texts.

    Attributes:
        done: Texts with scores, those of earlier runs included.
        per_s: Texts scored a second in this run; 0 before the first batch.
    """

    done: int
    total: int
    per_s: float

    @property
    def eta_s(self) -> float | None:
        """Seconds until the end at this pace, None where none is known yet."""
        return (self.total - self.done) / self.per_s if self.per_s > 0 else None


OnPace = Callable[[Pace], None]


@dataclass(frozen=True)
class Provenance:
    """Where scores come from.

    Attributes:
        scorer: Who scored, in words that can be shown.
        fingerprint, prompt_hash, scale, readings: As the scorer says.
        attributes_hash: The attribute set's scoring hash.
        scored_at: When the run ended.
    """

    scorer: str
    fingerprint: str
    prompt_hash: str
    scale: Scale
    readings: int
    attributes_hash: str
    scored_at: dt.datetime


@dataclass(frozen=True, eq=False)
class Annotation:
    """Raw scores of items with provenance.

    Attributes:
        attribute_set: The set, carrying the agreement that the scorer's readings reached.
        item_ids: One a row of `raw`, unique.
        raw: Mean over the readings, as the scorer gave it, float32, (N, A), columns in the set's order.
    """

    attribute_set: AttributeSet
    item_ids: tuple[str, ...]
    raw: FloatArray
    provenance: Provenance

    @property
    def points(self) -> FloatArray:
        """The scores on the scale 0..9, float32, (N, A); relative ones are calibrated over these items."""
        if self.provenance.scale == "relative":
            return calibrate(self.raw)
        return self.raw

    def guided_scores(self) -> GuidedScores:
        """Return the scores as a boutique keeps them."""
        return GuidedScores(self.attribute_set, self.item_ids, self.points, self.provenance.scorer)


def annotate(
    texts: Sequence[tuple[str, str]],
    attribute_set: AttributeSet,
    scorer: Scorer,
    cache: ScoreCache,
    on_pace: OnPace | None = None,
) -> Annotation:
    """Score items, going on where an earlier run ended.

    Args:
        texts: Item id and item text; items of the same text are scored once.
        attribute_set: What to score them on.
        scorer: Who scores. What it raises ends the run; batches done before stay in the cache.
        cache: Where scores are kept.
        on_pace: Told the pace at the start and after each batch is on the disk.

    Raises:
        InputError: If there is nothing to score.
        ValueError: If the scorer breaks its promise of shape and range.
    """
    if not texts:
        raise InputError("there is no item to score: ingest a catalogue first, or choose other items")
    hashes = [text_hash(text) for _, text in texts]
    by_hash = dict(zip(hashes, (text for _, text in texts), strict=True))
    key = _key(attribute_set, scorer)
    known = cache.known(key)
    todo = missing(hashes, known)
    on_pace = on_pace or _silent
    on_pace(Pace(len(by_hash) - len(todo), len(by_hash), 0.0))
    started = time.monotonic()
    for start in range(0, len(todo), scorer.batch):
        batch = todo[start : start + scorer.batch]
        scored = _checked(scorer.score([by_hash[one] for one in batch], attribute_set), len(batch), key, scorer.scale)
        done = dict(zip(batch, scored, strict=True))
        cache.put(key, done)
        known |= done
        n_new = start + len(batch)
        pace = n_new / max(time.monotonic() - started, 1e-9)
        on_pace(Pace(len(by_hash) - len(todo) + n_new, len(by_hash), pace))
    return _annotation([item_id for item_id, _ in texts], [known[one] for one in hashes], attribute_set, scorer)


def unscored(
    texts: Sequence[tuple[str, str]], attribute_set: AttributeSet, scorer: Scorer, cache: ScoreCache
) -> list[str]:
    """Return the distinct item texts that `annotate` would give to the scorer."""
    by_hash = {text_hash(text): text for _, text in texts}
    return [by_hash[one] for one in missing(list(by_hash), cache.known(_key(attribute_set, scorer)))]


def _key(attribute_set: AttributeSet, scorer: Scorer) -> CacheKey:
    return CacheKey(attribute_set.scoring_hash, scorer.fingerprint, (scorer.readings, len(attribute_set.names)))


def _annotation(
    item_ids: Sequence[str], readings: Sequence[FloatArray], attribute_set: AttributeSet, scorer: Scorer
) -> Annotation:
    stacked = np.stack(readings)  # (N, R, A)
    measured = attribute_set.with_agreement(measure_agreement(stacked, attribute_set.names))
    provenance = Provenance(
        scorer.name,
        scorer.fingerprint,
        scorer.prompt_hash,
        scorer.scale,
        scorer.readings,
        attribute_set.scoring_hash,
        dt.datetime.now(dt.UTC).replace(microsecond=0),
    )
    return Annotation(measured, tuple(item_ids), stacked.mean(axis=1, dtype=np.float32), provenance)


def _checked(scores: FloatArray, n_texts: int, key: CacheKey, scale: Scale) -> FloatArray:
    if scores.shape != (n_texts, *key.shape):
        raise ValueError(f"scores must be {(n_texts, *key.shape)} (texts, readings, attributes), got {scores.shape}")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    if scale == "points" and (scores.min() < SCALE[0] or scores.max() > SCALE[1]):
        raise ValueError(f"points must lie on the scale {SCALE[0]} to {SCALE[1]}")
    return scores


def _silent(pace: Pace) -> None:
    """Tell nobody."""
