"""What every scorer of guided attributes offers, and how relative scores become points of the scale.

A scorer reads texts; it knows neither items nor where scores are kept (`recsys.guided.annotation` does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np

from recsys.errors import InputError
from recsys.guided.attributes import SCALE, AttributeSet, Phrases
from recsys.ranker import FloatArray

Scale = Literal["points", "relative"]
MIDDLE, SPREAD = 4.5, 2.0  # mean and standard deviation of calibrated scores


class Scorer(Protocol):
    """Scores item texts on guided attributes.

    Attributes:
        name: Who scores, in words that can be shown ("sentence encoder all-MiniLM-L6-v2").
        fingerprint: 16 hex digits over all that decides a score besides the text and the attribute set.
        prompt_hash: 16 hex digits over the prompts it uses, "" where it uses none; part of the fingerprint.
        scale: "points" where scores are on the set's scale already, "relative" where only their order and
            distances mean something and they are calibrated over the scored catalogue.
        batch: Texts to give in one call; what an interruption may lose.
        readings: Independent scorings of each text, whose correlation is the agreement; at least 2.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def prompt_hash(self) -> str: ...  # noqa: D102
    @property
    def scale(self) -> Scale: ...  # noqa: D102
    @property
    def batch(self) -> int: ...  # noqa: D102
    @property
    def readings(self) -> int: ...  # noqa: D102

    def score(self, texts: Sequence[str], attribute_set: AttributeSet) -> FloatArray:
        """Return the scores of each reading, float32, (B, readings, A), finite, columns in the set's order."""
        ...


def fingerprint(*parts: object) -> str:
    """Return 16 hex digits that change with any of the parts (JSON values)."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()[:16]


def calibrate(values: FloatArray) -> FloatArray:
    """Return relative scores as points: each attribute with mean 4.5 and standard deviation 2, clipped to 0..9.

    Args:
        values: Relative scores of a catalogue, float32, (N, A). An attribute on which all are equal gets the mean.
    """
    spread = values.std(axis=0)
    standard = (values - values.mean(axis=0)) / np.where((np.ptp(values, axis=0) > 0) & (spread > 0), spread, 1.0)
    low, high = SCALE
    return np.asarray(np.clip(MIDDLE + SPREAD * standard, low, high), dtype=np.float32)


def poles_of(attribute_set: AttributeSet) -> list[tuple[Phrases, Phrases]]:
    """Return the low and high phrases of each attribute.

    Raises:
        InputError: If an attribute has none.
    """
    missing = [one.name for one in attribute_set.attributes if one.poles is None]
    if missing:
        raise InputError(
            f"attribute set {attribute_set.label!r}: no poles for {', '.join(missing)}; this scorer compares texts "
            "with poles: add 'poles: {low: [...], high: [...]}' with two or more phrases each, or score with 'chat'"
        )
    return [(one.poles.low, one.poles.high) for one in attribute_set.attributes if one.poles is not None]


def as_data(text: str) -> str:
    """Return text from outside without the signs that could end its own delimiters, on one line."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())
