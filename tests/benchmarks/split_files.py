"""The leave-one-out split as plain files, read by every system alike.

Imports numpy only, because the peers read it in environments of their own. Items are the internal ids 1..N.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TRAIN, INPUTS, TARGETS, FACTS, TEXTS = "train.txt", "test_inputs.txt", "test_targets.txt", "split.json", "texts.npy"

IntArray = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """What a system may train on, and what it is asked.

    Attributes:
        n_items: N, all items of the catalogue.
        train: One sequence for every client, oldest first.
        test_inputs: E sequences whose next item is asked for; they hold the validation item as their last.
        fingerprint: 16 hex digits that change with the split.
    """

    n_items: int
    train: list[IntArray]
    test_inputs: list[IntArray]
    fingerprint: str


def write_split(
    folder: Path, n_items: int, train: Sequence[IntArray], test_inputs: Sequence[IntArray], test_targets: IntArray
) -> None:
    """Write a split; `split.json` comes last, so that a killed run leaves none that looks whole."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        TRAIN: "".join(_line(sequence) for sequence in train),
        INPUTS: "".join(_line(sequence) for sequence in test_inputs),
        TARGETS: "".join(f"{target}\n" for target in test_targets),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    fingerprint = hashlib.sha256("\0".join([str(n_items), *texts.values()]).encode()).hexdigest()[:16]
    (folder / FACTS).write_text(json.dumps({"n_items": n_items, "fingerprint": fingerprint}))


def read_split(folder: Path) -> Split:
    """Read a split back, without the test targets: a system has no business with them."""
    facts = json.loads((folder / FACTS).read_text())
    return Split(facts["n_items"], _sequences(folder / TRAIN), _sequences(folder / INPUTS), facts["fingerprint"])


def read_targets(folder: Path) -> IntArray:
    """Return the test targets, int64, (E,)."""
    return np.array([int(line) for line in (folder / TARGETS).read_text().splitlines()], dtype=np.int64)


def batches_by_length(sequences: Sequence[IntArray], size: int) -> list[IntArray]:
    """Return the indices of the sequences in batches of like length, so that little padding is computed."""
    order = np.argsort([len(sequence) for sequence in sequences], kind="stable")
    return [order[start : start + size] for start in range(0, len(order), size)]


def _line(sequence: IntArray) -> str:
    return " ".join(map(str, sequence)) + "\n"


def _sequences(path: Path) -> list[IntArray]:
    return [np.array(line.split(), dtype=np.int64) for line in path.read_text().splitlines()]
