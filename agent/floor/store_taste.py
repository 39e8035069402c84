"""The taste of a whole store by quarter: the mean guided embedding of what was bought, and where it moved.

Means are in catalogue standard deviations. A quarter is compared with the same one a year before where there is one,
for seasons come back. One who bought much does not count as many: the intervals are over clients.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from agent.floor.figure_tables import FigureTable
from agent.records.figures import DatedPurchase
from agent.translatable import _
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import IdMap

N_QUARTERS = 9  # two years, and the quarter before to compare with
MIN_PURCHASES, MIN_CLIENTS = 30, 10  # a quarter with fewer is left out
ALPHA = 0.05

_Floats = NDArray[np.float64]
Quarter = tuple[int, int]
"""Year, and number from 1 to 4."""


@dataclass(frozen=True)
class Move:
    """How far an attribute's mean went between the two quarters compared; `p` after Bonferroni's correction."""

    attribute: str
    size: float
    p: float

    @property
    def tells(self) -> bool:
        """Whether it is more than chance among so many attributes would show."""
        return self.p < ALPHA


@dataclass(frozen=True, eq=False)
class StoreTaste:
    """The store's taste.

    Attributes:
        names: Attribute names in column order.
        quarters: Those with enough purchases, oldest first.
        mean, reach: Mean of each quarter and half its 95 % interval, float64, (Q, A).
        n_purchases, n_clients: Of each quarter.
        left_out: Quarters with too few purchases.
        compared: The earlier and the later quarter of `moves`; None where there are not two.
        moves: Of every attribute, the clearest first.
    """

    names: tuple[str, ...]
    quarters: tuple[Quarter, ...]
    mean: _Floats
    reach: _Floats
    n_purchases: tuple[int, ...]
    n_clients: tuple[int, ...]
    left_out: tuple[Quarter, ...]
    compared: tuple[Quarter, Quarter] | None
    moves: tuple[Move, ...]


def quarter_of(at: dt.datetime) -> Quarter:
    """Return the quarter of a moment."""
    return at.year, (at.month - 1) // 3 + 1


def first_moment(now: dt.datetime) -> dt.datetime:
    """Return the beginning of the first quarter that is shown."""
    year, number = quarter_of(now)
    quarters = 4 * year + number - 1 - (N_QUARTERS - 1)
    return dt.datetime(quarters // 4, 3 * (quarters % 4) + 1, 1, tzinfo=dt.UTC)


def store_taste(guided: GuidedEmbeddings, ids: IdMap, purchases: Sequence[DatedPurchase]) -> StoreTaste:
    """Return the taste of a store from its dated purchases."""
    bought: Mapping[Quarter, list[DatedPurchase]] = defaultdict(list)
    for one in purchases:
        bought[quarter_of(one.at)].append(one)
    enough = {
        quarter: rows
        for quarter, rows in sorted(bought.items())
        if len(rows) >= MIN_PURCHASES and len({one.client for one in rows}) >= MIN_CLIENTS
    }
    told = [_mean_and_error(guided, ids, rows) for rows in enough.values()]
    width = len(guided.names)
    mean = np.array([mean for mean, _error in told]).reshape(len(told), width)
    error = np.array([error for _mean, error in told]).reshape(len(told), width)
    compared = _compared(tuple(enough))
    return StoreTaste(
        guided.names,
        tuple(enough),
        mean,
        NormalDist().inv_cdf(1 - ALPHA / 2) * error,
        tuple(len(rows) for rows in enough.values()),
        tuple(len({one.client for one in rows}) for rows in enough.values()),
        tuple(sorted(set(bought) - set(enough))),
        compared,
        _moves(guided.names, mean, error, tuple(enough), compared),
    )


def taste_table(taste: StoreTaste) -> FigureTable:
    """Return each quarter's mean of every attribute, with half its interval."""
    rows = tuple(
        (
            f"{quarter[0]} Q{quarter[1]}",
            taste.n_purchases[k],
            taste.n_clients[k],
            name.replace("_", " "),
            round(float(taste.mean[k, column]), 3),
            round(float(taste.reach[k, column]), 3),
        )
        for k, quarter in enumerate(taste.quarters)
        for column, name in enumerate(taste.names)
    )
    columns = (_("Quarter"), _("Purchases"), _("Clients"), _("Quality"), _("Mean"), _("Give or take"))
    return FigureTable("store-taste", _("The store's taste by quarter"), columns, rows)


def _mean_and_error(guided: GuidedEmbeddings, ids: IdMap, rows: Sequence[DatedPurchase]) -> tuple[_Floats, _Floats]:
    """Return mean and standard error, float64, (A,); purchases of one client are not independent of each other."""
    values = guided.standard[[ids.to_internal(one.item_id) for one in rows]].astype(np.float64)
    mean = values.mean(axis=0)
    _known, client = np.unique([one.client for one in rows], return_inverse=True)
    n_clients = int(client.max()) + 1
    sums = np.zeros((n_clients, values.shape[1]))
    np.add.at(sums, client, values - mean)
    variance = (sums**2).sum(axis=0) / len(rows) ** 2 * n_clients / max(n_clients - 1, 1)
    return mean, np.sqrt(variance)


def _compared(quarters: Sequence[Quarter]) -> tuple[Quarter, Quarter] | None:
    if len(quarters) < 2:
        return None
    last = quarters[-1]
    year_before = (last[0] - 1, last[1])
    return (year_before if year_before in quarters else quarters[0], last)


def _moves(
    names: Sequence[str],
    mean: _Floats,
    error: _Floats,
    quarters: Sequence[Quarter],
    compared: tuple[Quarter, Quarter] | None,
) -> tuple[Move, ...]:
    if compared is None:
        return ()
    earlier, later = (quarters.index(quarter) for quarter in compared)
    found = []
    for column, name in enumerate(names):
        size = float(mean[later, column] - mean[earlier, column])
        spread = float(np.hypot(error[later, column], error[earlier, column]))
        z = abs(size) / spread if spread else 0.0
        found.append(Move(name, size, min(1.0, len(names) * 2 * (1 - NormalDist().cdf(z)))))
    return tuple(sorted(found, key=lambda move: (move.p, -abs(move.size), move.attribute)))
