"""Clients' sequences as arrays of internal item ids, and the leave-one-out split of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from recsys.ranker import IdMap, IntArray

Entry = TypeVar("Entry", bound=Hashable)

MIN_EVALUATED = 3  # one item to start from, one to validate on, one to test on


@dataclass(frozen=True, eq=False)
class Sequences:
    """All clients' sequences, end to end.

    Attributes:
        items: All items of the catalogue, in catalogue order, also those that nobody bought.
        clients: External client ids, one a sequence.
        values: Internal item ids (1..N), int64, (total,), oldest first within each client.
        offsets: int64, (len(clients) + 1,); client u's sequence is values[offsets[u]:offsets[u + 1]].
    """

    items: IdMap
    clients: tuple[str, ...]
    values: IntArray
    offsets: IntArray

    def __post_init__(self) -> None:
        if len(self.offsets) != len(self.clients) + 1 or self.offsets[0] != 0 or self.offsets[-1] != len(self.values):
            raise ValueError("offsets must start at 0, end at len(values) and have one entry more than clients")

    def __len__(self) -> int:
        return len(self.clients)

    def of(self, index: int) -> IntArray:
        """Return the sequence of the client at `index` (0-based), int64, oldest first."""
        if not 0 <= index < len(self.clients):
            raise IndexError(f"there are {len(self.clients)} sequences, no index {index}")
        return self.values[self.offsets[index] : self.offsets[index + 1]]


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """The leave-one-out split: each client's last item is the test, the one before it the validation.

    Attributes:
        train: One sequence for every client; the last two items are held out where there are at least three.
        validation_inputs, test_inputs: Sequences of the evaluated clients, without and with the validation item.
        validation_targets, test_targets: Internal item ids, int64, (E,).
        clients: External ids of the E evaluated clients, those with at least three items.
    """

    train: list[IntArray]
    validation_inputs: list[IntArray]
    validation_targets: IntArray
    test_inputs: list[IntArray]
    test_targets: IntArray
    clients: tuple[str, ...]


def leave_one_out(sequences: Sequences) -> LeaveOneOut:
    """Split every sequence; clients with fewer than three items train whole and are in no evaluation."""
    everyone = [sequences.of(index) for index in range(len(sequences))]
    evaluated = [index for index, sequence in enumerate(everyone) if len(sequence) >= MIN_EVALUATED]
    long = [everyone[index] for index in evaluated]
    return LeaveOneOut(
        train=[sequence[:-2] if len(sequence) >= MIN_EVALUATED else sequence for sequence in everyone],
        validation_inputs=[sequence[:-2] for sequence in long],
        validation_targets=np.array([sequence[-2] for sequence in long], dtype=np.int64),
        test_inputs=[sequence[:-1] for sequence in long],
        test_targets=np.array([sequence[-1] for sequence in long], dtype=np.int64),
        clients=tuple(sequences.clients[index] for index in evaluated),
    )


def kept_purchases(rows: Iterable[tuple[Entry, str, int]]) -> list[Entry]:
    """Return the items of purchases that no later return took back, in order.

    A return takes back the latest purchase of its item before it, piece by piece; a purchase stays in the sequence
    while at least one piece of it is kept. Returns of what was never bought, views and wishes have no effect.

    Args:
        rows: Item, kind and quantity of one client's interactions, oldest first.
    """
    bought: list[tuple[Entry, int]] = []  # item, pieces kept
    where: dict[Entry, list[int]] = {}
    for item, kind, quantity in rows:
        if kind == "purchase":
            where.setdefault(item, []).append(len(bought))
            bought.append((item, quantity))
        elif kind == "return":
            for index in reversed(where.get(item, [])):
                taken = min(bought[index][1], quantity)
                bought[index] = (bought[index][0], bought[index][1] - taken)
                quantity -= taken
    return [item for item, kept in bought if kept]
