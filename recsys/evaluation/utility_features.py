"""Texts as numbers: how one sits between the client's purchases, her taste and the item it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.evaluation.text_claims import ClaimReader, TextClaims
from recsys.evaluation.utility_choice import Choice, Texts, Values, World, check_aligned

FEATURES = ("likeness to purchases", "claims that fit the taste", "likeness to the item", "purchases named", "length")


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """The texts of U choices of C candidates.

    Attributes:
        columns: float64, (U, C, len(FEATURES)). NaN in the likenesses where there is no text.
        rows: Encoded texts, float32, (U, C, D); zero where there is no text.
        claims: Side of each quality claimed, float64, (U, C, A): -1, 0 or +1.
    """

    columns: Values
    rows: Values
    claims: Values


def read_features(choices: Sequence[Choice], texts: Texts, world: World, reader: ClaimReader) -> TextFeatures:
    """Turn the texts of all choices into numbers; nothing here knows which candidate is the true one.

    Args:
        choices: U choices, all of C candidates.
        texts: A text for each candidate of each choice.
        world: Encodes the texts.
        reader: Reads their claims.
    """
    check_aligned(choices, texts)
    n_attributes = len(world.guided.names)
    n_candidates = len(choices[0].candidates)
    rows = world.encode([text for some in texts for text in some]).reshape(len(choices), n_candidates, -1)
    columns = np.zeros((len(choices), n_candidates, len(FEATURES)))
    claims = np.zeros((len(choices), n_candidates, n_attributes))
    for u, (choice, some) in enumerate(zip(choices, texts, strict=True)):
        bought, taste = _bought(choice, world), world.guided.taste(choice.sequence)
        for c, (text, item) in enumerate(zip(some, choice.candidates, strict=True)):
            heard = reader.read(text, choice.sequence, int(item))
            for column, side in heard.qualities:
                claims[u, c, column] = side
            fit = float(np.mean([side * taste[column] for column, side in heard.qualities] or [0.0]))
            row = rows[u, c]
            likenesses = (row @ bought, row @ world.item_rows[item]) if text.strip() else (np.nan, np.nan)
            columns[u, c] = (likenesses[0], fit, likenesses[1], _n_named(heard), np.log1p(len(text.split())))
    return TextFeatures(columns, rows.astype(np.float64), claims)


def _n_named(heard: TextClaims) -> int:
    return len(heard.likened) + len(heard.named)


def _bought(choice: Choice, world: World) -> Values:
    """Return the unit mean of her purchases' catalogue texts, later ones counting more, (D,)."""
    if len(choice.sequence) == 0:
        return np.zeros(world.item_rows.shape[1])
    mean = world.guided.recency(len(choice.sequence)) @ world.item_rows[choice.sequence]
    return np.asarray(mean / (np.linalg.norm(mean) or 1.0), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Scaling:
    """Mean and spread of columns as seen on the validation clients.

    Attributes:
        mean, spread: float64, (F,).
    """

    mean: Values
    spread: Values

    @classmethod
    def fit(cls, columns: Values) -> Scaling:
        """Measure columns, (..., F); NaN is left out, and a column without spread keeps its scale."""
        flat = columns.reshape(-1, columns.shape[-1])
        known = ~np.isnan(flat)
        n = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, flat, 0.0).sum(axis=0) / n
        spread = np.sqrt((np.where(known, flat - mean, 0.0) ** 2).sum(axis=0) / n)
        return cls(mean, np.where(spread > 1e-9, spread, 1.0))

    def apply(self, columns: Values) -> Values:
        """Return columns in standard deviations, (..., F); NaN becomes 0: no text speaks neither for nor against."""
        return np.nan_to_num((columns - self.mean) / self.spread)
