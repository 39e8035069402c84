"""Reader of the XRec project's public test set and of its own predictions: books with references written by an LLM.

A folder holds test.jsonl (uid, iid, title, user_summary, item_summary, explanation) and xrec_predictions.jsonl
(prediction, reference), whose lines stand in another order and name no case: the reference tells which one it is.
Both are Apache-2.0; nothing of them is in this package.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys.data.text_files import parse_object, read_lines
from recsys.errors import InputError

TEST, PREDICTIONS = "test.jsonl", "xrec_predictions.jsonl"
_TEST_KEYS = ("title", "user_summary", "item_summary", "explanation")


@dataclass(frozen=True)
class XRecCase:
    """One client and book of the test set.

    Attributes:
        client_profile: What an LLM wrote of the client's reviews.
        item_profile: What an LLM wrote of the book's readers.
        reference: What an LLM wrote of this client's review of this book.
        prediction: XRec's explanation, as released.
    """

    client_id: str
    item_id: str
    title: str
    client_profile: str
    item_profile: str
    reference: str
    prediction: str

    @property
    def item_text(self) -> str:
        """The book's title and profile."""
        return f"{self.title}. {self.item_profile}"


def read_xrec(folder: Path) -> tuple[XRecCase, ...]:
    """Read the cases of a folder, in the order of its test set.

    Raises:
        InputError: If a file is missing or damaged, a line lacks a field, or a case has no prediction.
    """
    predictions = _predictions(folder / PREDICTIONS)
    return tuple(_case(folder, number, row, predictions) for number, row in _rows(folder / TEST, _TEST_KEYS))


def _predictions(path: Path) -> dict[str, deque[str]]:
    """Return the predictions by their reference; where one reference occurs twice, in the order of the file."""
    found: dict[str, deque[str]] = defaultdict(deque)
    for _, row in _rows(path, ("prediction", "reference")):
        found[row["reference"]].append(row["prediction"].strip())
    return found


def _case(folder: Path, number: int, row: dict[str, Any], predictions: dict[str, deque[str]]) -> XRecCase:
    if not predictions.get(row["explanation"]):
        raise InputError(
            f"{folder / TEST}, line {number}: {folder / PREDICTIONS} has no prediction with this reference; "
            "take both files from the same release"
        )
    return XRecCase(
        client_id=_id(folder, number, row, "uid"),
        item_id=_id(folder, number, row, "iid"),
        title=row["title"],
        client_profile=row["user_summary"],
        item_profile=row["item_summary"],
        reference=row["explanation"],
        prediction=predictions[row["explanation"]].popleft(),
    )


def _id(folder: Path, number: int, row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InputError(f"{folder / TEST}, line {number}: {key!r} must be an id, a whole number or a text")
    return str(value)


def _rows(path: Path, text_keys: tuple[str, ...]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the line numbers and objects of a file; each object has a text under every key."""
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = parse_object(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: {error}; take the file from the release anew") from error
        if bad := [key for key in text_keys if not isinstance(row.get(key), str)]:
            raise InputError(
                f"{path}, line {number}: {bad[0]!r} must be a text; every line needs {', '.join(text_keys)}"
            )
        yield number, row
