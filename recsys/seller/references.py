"""Reference explanations: what somebody who knew would have said, to learn from and to compare with.

One JSON object a line. A reference stands for one purchase that was made: the client's purchases before it, the item,
the text, and what the text relies on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from recsys.data.text_files import parse_object, read_lines
from recsys.errors import InputError
from recsys.schema import VISIBLE, Identifier

Split = Literal["train", "valid", "test"]
Angle = Literal["brand", "need", "novelty", "occasion", "repeat", "routine", "style"]
SPLITS: tuple[Split, ...] = get_args(Split)
ANGLES: tuple[Angle, ...] = get_args(Angle)

_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, pattern=VISIBLE)]
_MAX_HISTORY = 10_000
_SHOWN = 60  # characters of a refused value that a message repeats


class Reference(BaseModel):
    """One explanation that a model may learn from or be compared with.

    Attributes:
        split: Which part it belongs to; every client is in one part only.
        user: Client id.
        history: Item ids bought before the target, oldest first.
        target: The item explained.
        text: One or two sentences to the client.
        cites: Items of the history that the text relies on.
        attributes: Guided attributes that the text relies on.
        angle: What the text leads with.
        order: Whether the text relies on the order of the purchases.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    split: Split
    user: Identifier
    history: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=_MAX_HISTORY)]
    target: Identifier
    text: _Text
    cites: tuple[Identifier, ...]
    attributes: tuple[_Name, ...]
    angle: Angle
    order: bool

    @model_validator(mode="after")
    def _relies_on_what_is_there(self) -> Self:
        for cited in self.cites:
            if cited not in self.history:
                raise ValueError(f"cites {cited!r}, which is not in history; cite only items of the history")
        for name, values in (("cites", self.cites), ("attributes", self.attributes)):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names something twice; name it once")
        return self


def read_references(path: Path) -> list[Reference]:
    """Read a file of references, line by line.

    Raises:
        InputError: If the file cannot be read, holds no reference, or a line is not one (names the line, the member
            and what is allowed); if a client's target occurs twice, or a client is in two splits.
    """
    found: list[Reference] = []
    first_lines: dict[tuple[str, str], int] = {}
    split_of: dict[str, tuple[Split, int]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        reference = _parse(path, number, line)
        first = first_lines.setdefault((reference.user, reference.target), number)
        if first != number:
            pair = f"user {reference.user!r} with target {reference.target!r}"
            raise InputError(f"{path}: line {number}: {pair} is on line {first} already; keep one of the two")
        split, seen = split_of.setdefault(reference.user, (reference.split, number))
        if split != reference.split:
            raise InputError(
                f"{path}: line {number}: user {reference.user!r} is in split {reference.split!r}, on line {seen} in "
                f"{split!r}; a client must be in one split only"
            )
        found.append(reference)
    if not found:
        raise InputError(f"{path}: holds no reference; write one JSON object a line")
    return found


def reference_lines(references: Iterable[Reference]) -> str:
    """Return references in the form that `read_references` reads."""
    return "".join(json.dumps(one.model_dump(mode="json"), ensure_ascii=False) + "\n" for one in references)


def _parse(path: Path, number: int, line: str) -> Reference:
    try:
        # Strict JSON mode: a list may stand for a tuple, but "3" never for a number nor "yes" for true.
        return Reference.model_validate_json(json.dumps(parse_object(line), default=str), strict=True)
    except ValidationError as error:
        raise InputError(f"{path}: line {number}: {_reason(error)}") from error
    except ValueError as error:
        raise InputError(f"{path}: line {number}: {error}") from error


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{where[:_SHOWN]!a} is not a member of a reference; allowed are {', '.join(Reference.model_fields)}"
    if first["type"] == "missing":
        return f"{where} is missing; a reference has {', '.join(Reference.model_fields)}"
    message = first["msg"].removeprefix("Value error, ")
    return message if not where else f"{where} {str(first['input'])[:_SHOWN]!a}: {message}"
