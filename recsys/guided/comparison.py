"""How well scorers order items as a reference does: Spearman's rank correlation, attribute by attribute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from recsys.errors import InputError
from recsys.guided.annotation import Annotation
from recsys.guided.scores import GuidedScores

_FEWEST = 10


@dataclass(frozen=True)
class ScorerRow:
    """One scorer against the reference.

    Attributes:
        kind: Its short name, the head of its column.
        rho: Spearman's rank correlation by attribute; 0 where the scorer or the reference tells no items apart.
        agreement: The scorer's agreement with itself by attribute.
        s_per_item: Wall-clock seconds an item took in this run, None where all were scored before.
    """

    kind: str
    scorer: str
    rho: dict[str, float]
    agreement: dict[str, float]
    s_per_item: float | None

    @property
    def mean_rho(self) -> float:
        """Mean over the attributes."""
        return float(np.mean(list(self.rho.values())))


@dataclass(frozen=True)
class Comparison:
    """All scorers on one sample of items."""

    n_items: int
    seed: int
    rows: tuple[ScorerRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what --json prints."""
        rows = [{**asdict(row), "mean_rho": row.mean_rho} for row in self.rows]
        return {"n_items": self.n_items, "seed": self.seed, "scorers": rows}

    def table(self) -> str:
        """Return the table that people read: rank correlation, and in brackets the scorer's own agreement."""
        names = list(self.rows[0].rho)
        first = max(len(name) for name in [*names, "seconds per item"])
        lines = [f"Spearman's rho to the reference (own agreement), {self.n_items} items, seed {self.seed}"]
        lines.append(_line("", first, [f"{row.kind}       " for row in self.rows]))
        for name in names:
            lines.append(_line(name, first, [f"{row.rho[name]:.2f} ({row.agreement[name]:.2f})" for row in self.rows]))
        lines.append(_line("mean", first, [f"{row.mean_rho:.2f}       " for row in self.rows]))
        times = ["cached" if row.s_per_item is None else f"{row.s_per_item:.3f}" for row in self.rows]
        lines.append(_line("seconds per item", first, [f"{cell}       " for cell in times]))
        return "\n".join([*lines, *(f"{row.kind}: {row.scorer}" for row in self.rows)])


def sample_ids(item_ids: Sequence[str], reference: GuidedScores, size: int, seed: int) -> list[str]:
    """Return a fixed sample of the items that the reference scored, in the order in which they were drawn.

    A smaller sample of the same seed is the beginning of a larger one, so what an interrupted run has scored can be
    compared as it is.

    Raises:
        InputError: If there are fewer than ten of them.
    """
    scored = set(reference.item_ids)
    shared = [item_id for item_id in item_ids if item_id in scored]
    if min(len(shared), size) < _FEWEST:
        raise InputError(
            f"{min(len(shared), size)} items to compare on: the reference must score {_FEWEST} or more items of this "
            "catalogue, and --sample be as large"
        )
    chosen = np.random.default_rng(seed).permutation(len(shared))[:size]
    return [shared[index] for index in chosen]


def compare(kind: str, annotation: Annotation, reference: GuidedScores, s_per_item: float | None) -> ScorerRow:
    """Correlate a scorer's items with the same items of the reference.

    Args:
        kind: The scorer's short name.
        annotation: Its scores.
        reference: Scores of at least these items on the same attributes.
        s_per_item: Seconds an item took, None if unknown.
    """
    rows = np.stack([reference.row(item_id) for item_id in annotation.item_ids])
    rho, agreement = {}, {}
    for column, attribute in enumerate(annotation.attribute_set.attributes):
        rho[attribute.name] = _spearman(annotation.raw[:, column], rows[:, column])
        agreement[attribute.name] = attribute.agreement.mean if attribute.agreement else 0.0
    return ScorerRow(kind, annotation.provenance.scorer, rho, agreement, s_per_item)


def _spearman(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return round(float(spearmanr(one, other).statistic), 4)


def _line(head: str, first: int, cells: Sequence[str]) -> str:
    return " ".join([f"{head:{first}}", *(f"{cell:>19}" for cell in cells)]).rstrip()
