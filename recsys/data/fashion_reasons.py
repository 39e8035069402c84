"""Reader of the public ReasoningRec fashion set: a small boutique, and reasons that a language model wrote for it.

The set is MIT-licensed, its items and ratings are of the public Amazon reviews; nothing of it is in this package.
A folder holds items.json, ratings.csv, train.json and valid.json. Every rating is a purchase on its day, whatever its
stars: the set says what was bought, and that a client was displeased does not undo the purchase. Descriptions are
summaries of reviews. From the reasons only those for items that the client was expected to like become references;
the wording is carried over to the client by rule, and what the rules do not cover is dropped and counted.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recsys.data.fashion_wording import Refused, to_client
from recsys.data.records import Cells, Entry, converted, parse_moment, price_minor
from recsys.data.text_files import Row, check_file, read_csv
from recsys.errors import InputError
from recsys.schema import Interaction, Item
from recsys.seller.references import Reference, Split

ITEMS, RATINGS = "items.json", "ratings.csv"
REASONS = ("train.json", "valid.json")
_COLUMNS = ("item", "user", "rating", "timestamp")
_MAX_BYTES = 64 << 20
_SHARE_TRAIN, _SHARE_VALID = 0.8, 0.1
_BOUGHT = re.compile(r"^\s*(?:Liked|Disliked) (.+?)(?: Brand: .*?)?(?: Price: .*?)? Description:", re.MULTILINE)
_TARGET = re.compile(r"next target item - (.+?)(?: Brand: .*?)?(?: Price: .*?)? Description:")


@dataclass(frozen=True)
class FashionReferences:
    """References from the reasons, and what became of every row.

    Attributes:
        n_rows: Rows of both files of reasons.
        dropped: Rows left out, by reason.
        n_titles, n_matched: Titles named in the rows that were looked up, and those found in the catalogue.
    """

    references: tuple[Reference, ...]
    n_rows: int
    dropped: Mapping[str, int]
    n_titles: int
    n_matched: int


def is_fashion_folder(folder: Path) -> bool:
    """Whether the folder holds the set's items, ratings and reasons."""
    ratings = folder / RATINGS
    if not all((folder / name).is_file() for name in (ITEMS, RATINGS, *REASONS)):
        return False
    with ratings.open("rb") as file:
        return file.readline(200).decode("utf-8-sig", "replace").strip() == ",".join(_COLUMNS)


def fashion_items(path: Path) -> Iterator[Entry]:
    """Yield the items of items.json; the number of an entry stands in place of a line."""
    table = _document(path, dict)
    rows = (
        Row(number, {**(value if isinstance(value, dict) else {}), "item_id": key})  # one that is none has no title
        for number, (key, value) in enumerate(table.items(), start=1)
    )
    return converted(rows, _item)


def fashion_interactions(path: Path) -> Iterator[Entry]:
    """Yield the ratings of ratings.csv as purchases on their day."""
    return converted(read_csv(path, _COLUMNS), _interaction)


def read_fashion_references(folder: Path, seed: int) -> FashionReferences:
    """Turn the reasons into references.

    Args:
        folder: The folder of the set.
        seed: Draws the split of the clients: 80 % train, 10 % valid, 10 % test.

    Raises:
        InputError: If a file is missing or is not what the set holds.
    """
    reader = _Reader(folder)
    found = [reference for name in REASONS for reference in reader.read(folder / name)]
    splits = _splits(sorted({one.user for one in found}), np.random.default_rng([seed, 8]))
    references = tuple(one.model_copy(update={"split": splits[one.user]}) for one in found)
    return FashionReferences(references, reader.n_rows, dict(reader.dropped), reader.n_titles, reader.n_matched)


def _splits(users: Sequence[str], rng: np.random.Generator) -> dict[str, Split]:
    n_train, n_valid = round(_SHARE_TRAIN * len(users)), round(_SHARE_VALID * len(users))
    order = [users[int(index)] for index in rng.permutation(len(users))]
    train: dict[str, Split] = dict.fromkeys(order[:n_train], "train")
    valid: dict[str, Split] = dict.fromkeys(order[n_train : n_train + n_valid], "valid")
    test: dict[str, Split] = dict.fromkeys(order[n_train + n_valid :], "test")
    return train | valid | test


class _Reader:
    """Knows the catalogue and who bought what, and keeps count."""

    def __init__(self, folder: Path) -> None:
        self.n_rows = self.n_titles = self.n_matched = 0
        self.dropped = Counter[str]()
        self._items = {record.item_id: record for record in _records(fashion_items(folder / ITEMS), Item)}
        self._with_title = defaultdict[str, set[str]](set)
        for item in self._items.values():
            self._with_title[item.title].add(item.item_id)
        self._bought = defaultdict[str, list[str]](list)  # client id to item ids
        self._buyers = defaultdict[str, set[str]](set)
        for record in _records(fashion_interactions(folder / RATINGS), Interaction):
            self._bought[record.client_id].append(record.item_id)
            self._buyers[record.item_id].add(record.client_id)
        self._told = set[tuple[str, str]]()

    def read(self, path: Path) -> Iterator[Reference]:
        """Yield the references of one file, all in the split train for now."""
        for number, row in enumerate(_document(path, list), start=1):
            if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in ("input", "output")):
                raise InputError(
                    f"{path}: row {number} is no object with the texts input and output; get the file anew"
                )
            self.n_rows += 1
            try:
                yield self._reference(row["input"], row["output"])
            except Refused as refused:
                self.dropped[str(refused)] += 1

    def _reference(self, prompt: str, answer: str) -> Reference:
        if not re.match(r"\s*Prediction:\s*Yes\b", answer):
            raise Refused("prediction is not Yes")
        user, history, target = self._purchases(prompt)
        wording = to_client(answer, self._items[target], [self._items[one] for one in history])
        if (user, target) in self._told:
            raise Refused("client and target occur twice")
        self._told.add((user, target))
        return Reference(
            split="train",
            user=user,
            history=tuple(history),
            target=target,
            text=wording.text,
            cites=wording.cites,
            attributes=(),
            angle=wording.angle,
            order=False,
        )

    def _purchases(self, prompt: str) -> tuple[str, list[str], str]:
        """Return client, history and target of a row: the one client who bought things of all these titles."""
        target = _TARGET.search(prompt)
        if target is None:
            raise Refused("no target title")
        before = prompt[: target.start()]
        titles = [_clean(title) for title in _BOUGHT.findall(before)]
        if not titles:
            raise Refused("no history")
        titles.append(_clean(target[1]))
        found = [title for title in titles if title in self._with_title]
        self.n_titles, self.n_matched = self.n_titles + len(titles), self.n_matched + len(found)
        if len(found) < len(titles):
            raise Refused("a title is not in the catalogue")
        clients = set.intersection(*({c for i in self._with_title[t] for c in self._buyers[i]} for t in set(titles)))
        if len(clients) != 1:
            raise Refused("no client bought all of it" if not clients else "several clients bought all of it")
        client = clients.pop()
        ids = [next(one for one in self._bought[client] if one in self._with_title[title]) for title in titles]
        return client, ids[:-1], ids[-1]


def _records(entries: Iterator[Entry], kind: type[Any]) -> Iterator[Any]:
    """Yield the records, passing over rows that are none: ingestion reports those."""
    for entry in entries:
        if isinstance(entry, tuple) and isinstance(entry[1], kind):
            yield entry[1]


def _document(path: Path, kind: type[Any]) -> Any:
    """Return the one JSON document of a file."""
    check_file(path)
    if path.stat().st_size > _MAX_BYTES:
        raise InputError(f"{path}: is larger than {_MAX_BYTES >> 20} MB; the public file is far smaller")
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # ValueError: neither UTF-8 nor JSON
        raise InputError(f"{path}: is not JSON in UTF-8 ({error}); get the file anew") from error
    if not isinstance(value, kind):
        raise InputError(f"{path}: must hold one JSON {'object' if kind is dict else 'array'}; get the file anew")
    return value


def _item(cells: Cells) -> Item:
    title = _clean(cells.get("title"))
    if not title:
        raise ValueError("no title")
    price = _price(cells.get("price"))
    return Item(
        item_id=cells["item_id"],
        title=title[:500],
        brand=_clean(cells.get("brand"))[:500] or None,
        price_minor=price,
        currency=None if price is None else "USD",
        description=_clean(cells.get("description")).removeprefix("Product Description: ")[:10_000],
    )


def _price(value: object) -> int | None:
    """Return a price in cents; None for the spans over sizes that most rows have."""
    try:
        return price_minor(value.removeprefix("$"), "USD") if isinstance(value, str) else None
    except ValueError:
        return None


def _clean(value: object) -> str:
    """Return a text in one line without characters that cannot be seen."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())


def _interaction(cells: Cells) -> Interaction:
    return Interaction.model_validate(
        {"client_id": cells["user"], "item_id": cells["item"], "at": parse_moment(cells["timestamp"], "unix")}
    )
