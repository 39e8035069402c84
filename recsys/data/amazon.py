"""Readers of public Amazon data: the folder form of the Beauty 5-core, and the raw review files of 2014 and 2023.

These data are what they are, so texts are cleaned instead of refused: entities are resolved, hidden characters and
surplus space removed, long texts cut. Metadata of 2014 comes as Python literals in place of JSON.
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recsys.data.records import Cells, Entry, converted, parse_moment, price_minor
from recsys.data.text_files import Reject, Row, parse_object, read_csv, read_lines
from recsys.errors import InputError
from recsys.schema import Interaction, Item

_ITEM_COLUMNS = ("item_id", "asin", "title", "brand", "categories")
_RAW_NAME = re.compile(r".+\.jsonl?(\.gz)?")
_MAX_LITERAL = 200_000  # characters; the parser of literals is slow and deep
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def is_folder_form(folder: Path) -> bool:
    """Whether the folder holds sequences.txt and an items.csv with our header."""
    items = folder / "items.csv"
    if not items.is_file() or not (folder / "sequences.txt").is_file():
        return False
    with items.open("rb") as file:
        return file.readline(200).decode("utf-8-sig", "replace").strip() == ",".join(_ITEM_COLUMNS)


def folder_items(path: Path) -> Iterator[Entry]:
    """Yield the items of items.csv; the ASIN becomes an attribute, long titles are cut.

    An item without a title is called "Untitled" and its narrowest category.
    """
    return converted(read_csv(path, _ITEM_COLUMNS), _folder_item)


def _folder_item(cells: Cells) -> Item:
    category = tuple(name for name in (cells["categories"] or "").split(" > ") if name)
    return Item(
        item_id=cells["item_id"] or "",
        title=_clean(cells["title"], 500) or f"Untitled {category[-1] if category else 'item'}",
        brand=cells["brand"],
        category=category,
        attributes={"asin": cells["asin"]} if cells["asin"] else {},
    )


def folder_interactions(path: Path) -> Iterator[Entry]:
    """Yield the purchases of sequences.txt: each line a client id, then item ids, oldest first."""
    return converted(_sequence_rows(path), lambda cells: Interaction(**cells))


def _sequence_rows(path: Path) -> Iterator[Row | Reject]:
    for number, line in enumerate(read_lines(path), start=1):
        client_id, *bought = line.split() or [""]
        if client_id and not bought:
            yield Reject(number, f"client {client_id[:64]!a} has no items; write the client id, then item ids")
        for position, item_id in enumerate(bought):
            yield Row(number, {"client_id": client_id, "item_id": item_id, "position": position})


def find_raw(folder: Path) -> tuple[Path, Path] | None:
    """Return the reviews file and the metadata file of a raw folder, None if it is not one.

    Raises:
        InputError: If the folder holds several of either.
    """
    files = sorted(path for path in folder.iterdir() if _RAW_NAME.fullmatch(path.name) and path.is_file())
    metadata = [path for path in files if path.name.startswith("meta_")]
    reviews = [path for path in files if path not in metadata]
    if not metadata or not reviews:
        return None
    if len(metadata) > 1 or len(reviews) > 1:
        names = ", ".join(path.name for path in files[:6])
        raise InputError(f"{folder}: holds several review or metadata files ({names}); keep one pair in a folder")
    return reviews[0], metadata[0]


def raw_items(reviews: Path, metadata: Path) -> Iterator[Entry]:
    """Yield the items of the metadata file that occur in the reviews file; the others are passed over."""
    occurring = {_asin(row.values) for row in _raw_rows(reviews) if isinstance(row, Row)}
    wanted = (row for row in _raw_rows(metadata) if isinstance(row, Reject) or _asin(row.values) in occurring)
    return converted(wanted, _raw_item)


def raw_interactions(reviews: Path) -> Iterator[Entry]:
    """Yield the reviews as purchases, at the time of the review."""
    return converted(_raw_rows(reviews), _raw_interaction)


def _raw_rows(path: Path) -> Iterator[Row | Reject]:
    for number, line in enumerate(read_lines(path), start=1):
        try:
            yield Row(number, parse_object(line))
        except ValueError as error:
            values = _parse_literal(line)
            yield Reject(number, str(error)) if values is None else Row(number, values)


def _parse_literal(line: str) -> dict[str, Any] | None:
    """Return the Python dict literal on a line, None if there is none; only literals, nothing is run."""
    if not line.startswith("{'") or len(line) > _MAX_LITERAL:
        return None
    try:
        value = ast.literal_eval(line.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else None


def _asin(cells: Cells) -> object:
    asin = cells.get("parent_asin") or cells.get("asin")
    return asin if isinstance(asin, str) else None


def _raw_item(cells: Cells) -> Item:
    title = _clean(cells.get("title"), 500)
    if not title:
        raise ValueError("no title")
    minor = _raw_price(cells.get("price"))
    return Item.model_validate(
        {
            "item_id": _asin(cells),
            "title": title,
            "brand": _clean(cells.get("brand") or cells.get("store"), 500) or None,
            "category": _raw_category(cells.get("categories")),
            "price_minor": minor,
            "currency": None if minor is None else "USD",
            "description": _clean(cells.get("description") or cells.get("features"), 10_000),
            "image": _raw_image(cells),
        }
    )


def _clean(value: object, length: int) -> str:
    """Return a text, or texts in a list one after the other, in one line without entities and hidden characters."""
    if isinstance(value, list):
        value = " ".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return " ".join(_HIDDEN.sub(" ", html.unescape(value)).split())[:length].strip()


def _raw_price(value: object) -> int | None:
    """Return a price in cents; None for the words and spans that stand in its place in some rows."""
    try:
        return (
            None if value is None else price_minor(value.removeprefix("$") if isinstance(value, str) else value, "USD")
        )
    except ValueError:
        return None


def _raw_category(value: object) -> tuple[str, ...]:
    """Return the first category path: 2014 has a list of paths, 2023 one path."""
    path = value[0] if isinstance(value, list) and value and isinstance(value[0], list) else value
    names = [_clean(name, 500) for name in path] if isinstance(path, list) else []
    return tuple(name for name in names if name)


def _raw_image(cells: Cells) -> str | None:
    images = cells.get("images")
    first = images[0] if isinstance(images, list) and images else {}
    address = cells.get("imUrl") or (first.get("large") if isinstance(first, dict) else None)
    if not isinstance(address, str):
        return None
    address = re.sub(r"^http://", "https://", address)  # the same pictures are served under both
    return address if re.fullmatch(r"https://\S{1,1900}", address) else None


def _raw_interaction(cells: Cells) -> Interaction:
    is_2014 = "unixReviewTime" in cells
    at = parse_moment(cells["unixReviewTime"], "unix") if is_2014 else parse_moment(cells.get("timestamp"), "unix_ms")
    client_id = cells.get("reviewerID") or cells.get("user_id")
    return Interaction.model_validate({"client_id": client_id, "item_id": _asin(cells), "at": at})
