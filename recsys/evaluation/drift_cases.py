"""Clients with known drifts, and what it means to have found them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from recsys.data.boutique import Boutique
from recsys.data.demo import ClientTruth
from recsys.errors import InputError
from recsys.ranker import IdMap, IntArray
from recsys.trajectory import dated_sequence

WITHIN = 2  # purchases by which a drift point may miss and still count as located
QUESTIONS = ("drifted at all", f"located within {WITHIN}", "attribute named", "named and located")

Counts: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """A drift, known or claimed: position of the first purchase after it, and attribute names to +1 or -1."""

    index: int
    moves: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class DriftCase:
    """One client with what is known of them.

    Attributes:
        sequence: Internal item ids, int64, oldest first.
        known: The true drifts, oldest first.
    """

    client_id: str
    sequence: IntArray
    known: tuple[Found, ...]

    @property
    def is_development(self) -> bool:
        """Whether settings may be chosen on this client."""
        return hashlib.sha256(self.client_id.encode()).digest()[0] % 2 == 0


def cases_of(boutique: Boutique, truths: Sequence[ClientTruth], ids: IdMap) -> list[DriftCase]:
    """Join what is known of the demo boutique's clients with what its records hold of them.

    Args:
        boutique: The demo boutique, ingested.
        truths: What its simulator knows.
        ids: The catalogue's ids.

    Raises:
        InputError: If the boutique is another one.
    """
    known = {client.client_id for client in boutique.clients()}
    strangers = [truth.client_id for truth in truths if truth.client_id not in known]
    if strangers:
        raise InputError(
            f"'{boutique.path}' is not the demo boutique (it has no client {strangers[0]!r}): drifts are known of the "
            "demo's clients only; give its folder with --boutique"
        )
    return [_case(boutique, truth, ids) for truth in truths]


def _case(boutique: Boutique, truth: ClientTruth, ids: IdMap) -> DriftCase:
    item_ids, dates = dated_sequence(boutique.interactions(truth.client_id))
    sequence = np.array([ids.to_internal(item_id) for item_id in item_ids], dtype=np.int64)
    known = [
        Found(sum(day is not None and day < drift.at for day in dates), dict(drift.moves)) for drift in truth.drifts
    ]
    return DriftCase(truth.client_id, sequence, tuple(known))


def count(case: DriftCase, claims: Sequence[Found]) -> Counts:
    """Count one client's hits, claims and truths for each question, int64, (4, 3).

    Each known drift is located by the nearest claim within reach, and each claim locates one drift at most.
    """
    n_located, n_named_there = 0, 0
    free = list(claims)
    for drift in case.known:
        near = min(free, key=lambda one: abs(one.index - drift.index), default=None)
        if near is not None and abs(near.index - drift.index) <= WITHIN:
            free.remove(near)
            n_located += 1
            n_named_there += len(set(near.moves.items()) & set(drift.moves.items()))
    said = {pair for one in claims for pair in one.moves.items()}
    true = {pair for one in case.known for pair in one.moves.items()}
    flagged, drifted = bool(claims), bool(case.known)
    return np.array(
        [
            [flagged and drifted, flagged, drifted],
            [n_located, len(claims), len(case.known)],
            [len(said & true), len(said), len(true)],
            [n_named_there, len(said), len(true)],
        ],
        dtype=np.int64,
    )


def f_measure(counts: Counts, beta: float = 1.0) -> float:
    """Return the F measure of hits, claims and truths, int64, (3,); 0 where there are none of them."""
    hits, claimed, true = (float(one) for one in counts)
    below = beta**2 * true + claimed
    return (1 + beta**2) * hits / below if below else 0.0
