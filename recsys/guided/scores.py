"""Guided scores: what a scorer said of each item, attribute by attribute, and the CSV file they travel in.

Knows nothing of how scores are made or stored; `recsys.guided.embedding` turns them into embeddings.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from recsys.data.text_files import read_lines
from recsys.errors import InputError, NotFound
from recsys.guided.attributes import SCALE, AttributeSet
from recsys.ranker import FloatArray, IdMap


@dataclass(frozen=True, eq=False)
class GuidedScores:
    """Raw guided attribute scores of items with provenance.

    Attributes:
        item_ids: External ids, one a row of `values`, unique.
        values: Scores on the set's scale, float32, (N, A), columns in `attribute_set.names` order.
        scorer: Who scored, in words that can be shown ("house rules 1", "large language model").
    """

    attribute_set: AttributeSet
    item_ids: tuple[str, ...]
    values: FloatArray
    scorer: str

    def __post_init__(self) -> None:
        expected = (len(self.item_ids), len(self.attribute_set.names))
        if self.values.shape != expected:
            raise ValueError(f"values must be {expected} (items, attributes), got {self.values.shape}")
        if len(self._rows) != len(self.item_ids):
            raise ValueError("item ids must be unique")

    def __len__(self) -> int:
        return len(self.item_ids)

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {item_id: row for row, item_id in enumerate(self.item_ids)}

    def row(self, item_id: str) -> FloatArray:
        """Return the scores of one item, float32, (A,); raise NotFound if it has none."""
        if item_id not in self._rows:
            raise NotFound(f"item {item_id!r} has no guided scores: score it with 'clienteller annotate'")
        row: FloatArray = self.values[self._rows[item_id]]
        return row

    def aligned(self, ids: IdMap) -> FloatArray:
        """Return the scores in the order of the catalogue.

        Items without scores get the mean of each attribute over the scored items of the catalogue, so that they
        count as neither more nor less of anything.

        Returns:
            Scores, float32, (N + 1, A), row i for internal id i; row 0 is padding and zero.
        """
        known = [(index, self._rows[name]) for index, name in enumerate(ids.external, start=1) if name in self._rows]
        result = np.zeros((len(ids) + 1, self.values.shape[1]), dtype=np.float32)
        if known:
            target, source = np.array(known, dtype=np.int64).T
            result[1:] = self.values[source].mean(axis=0)
            result[target] = self.values[source]
        return result


def read_scores_csv(path: Path, attribute_set: AttributeSet, scorer: str) -> GuidedScores:
    """Read guided scores from a CSV file with the header item_id,<attribute names>, columns in any order.

    Args:
        path: UTF-8 text, comma separated, with or without a byte order mark; gzip if named .gz.
        attribute_set: The set whose names the columns must be, all of them and no others.
        scorer: Who scored.

    Raises:
        InputError: If the file cannot be read or a value is not a number from 0 to 9; names line and column.
    """
    reader = csv.reader(read_lines(path), strict=True)
    try:
        header = next(reader, None)
        if not header:
            raise InputError(f"{path}: is empty; expected a header item_id,{','.join(attribute_set.names)}")
        id_column, columns = _columns(path, header, attribute_set)
        numbers: dict[str, list[float]] = {}
        for cells in filter(None, reader):
            place = f"{path}: line {reader.line_num}"
            if len(cells) != len(header):
                raise InputError(f"{place}: {len(cells)} columns, the header has {len(header)}")
            item_id = cells[id_column].strip()
            if not item_id or item_id in numbers:
                problem = "is already on an earlier line" if item_id else "is empty"
                raise InputError(f"{place}, column 'item_id': {item_id[:64]!a} {problem}; give each item one line")
            named = zip(attribute_set.names, columns, strict=True)
            numbers[item_id] = [_score(place, name, cells[column]) for name, column in named]
    except csv.Error as error:
        raise InputError(
            f"{path}: line {reader.line_num}: not well-formed CSV ({error}); fix it and run again"
        ) from error
    if not numbers:
        raise InputError(f"{path}: has a header and no scores; add one line for each item")
    return GuidedScores(attribute_set, tuple(numbers), np.array(list(numbers.values()), dtype=np.float32), scorer)


def _columns(path: Path, header: list[str], attribute_set: AttributeSet) -> tuple[int, list[int]]:
    """Return where the item id is, and where each attribute is, in attribute order."""
    names = [name.strip() for name in header]
    expected = ["item_id", *attribute_set.names]
    problems = [f"column {name!r} is missing" for name in expected if name not in names]
    problems += [f"column {name!r} is unknown" for name in names if name not in expected]
    problems += [f"column {name!r} occurs twice" for name in expected if names.count(name) > 1]
    if problems:
        raise InputError(f"{path}: line 1: {problems[0]}; the header must be {','.join(expected)}")
    return names.index("item_id"), [names.index(name) for name in attribute_set.names]


def _score(place: str, name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = float("nan")
    low, high = SCALE
    if not low <= value <= high:  # also refuses NaN
        raise InputError(f"{place}, column {name!r}: {cell[:40]!a} is not a number from {low} to {high}")
    return value
