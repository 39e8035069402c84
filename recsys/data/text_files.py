"""Text files from outside, read line by line in bounded memory: plain or gzip, CSV and JSON lines.

A file that is not what its name says is refused as a whole; a row that cannot be read is yielded as a Reject, and
reading goes on. Nothing here knows what the columns mean.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import stat
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn

from recsys.errors import InputError

MAX_LINE = 1 << 20  # characters; nothing a shop writes about one item comes near
_DELIMITERS = ",;\t"
_NOT_TEXT = {
    b"PK\x03\x04": "a zip archive or a workbook: unpack it or save it as CSV",
    b"PAR1": "Parquet: rename it to .parquet",
    b"SQLite": "an SQLite database: export its tables as CSV",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}

csv.field_size_limit(MAX_LINE)  # one setting for the whole process; this is its only user


@dataclass(frozen=True)
class Row:
    """One row of a file: where it begins (from 1) and its cells by column; an empty cell is None."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Reject:
    """One row that is not taken, and why."""

    line: int
    reason: str


def check_file(path: Path) -> None:
    """Raise InputError unless `path` is a readable regular file that is not empty; links are followed."""
    try:
        status = path.stat()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
        raise InputError(f"{path}: is {what}; give the name of a file")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path}: may not be read; change its permissions")
    if status.st_size == 0:
        raise InputError(f"{path}: is empty; it should hold rows")


def read_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file with their line ends, without a byte order mark.

    Raises:
        InputError: If the file is missing, empty, not text, not UTF-8, damaged, or has a line of over a megabyte.
    """
    check_file(path)
    number = 0
    try:
        with _open_bytes(path) as binary, io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as file:
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise InputError(f"{path}: line {number} is longer than {MAX_LINE:,} characters; cut it")
                if number == 1 and "\0" in line:
                    raise InputError(f"{path}: line 1 holds NUL characters, so it is not UTF-8 text; save it as UTF-8")
                yield line
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text at {_bad_byte(path)}; save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read after line {number} ({error}); make the file anew") from error


def _open_bytes(path: Path) -> io.BufferedReader:
    with path.open("rb") as file:
        head = file.read(8)
    for magic, what in _NOT_TEXT.items():
        if head.startswith(magic):
            raise InputError(f"{path}: is {what}")
    zipped = head.startswith(b"\x1f\x8b")
    if zipped != (path.suffix == ".gz"):
        raise InputError(f"{path}: {'is' if zipped else 'is not'} gzip, unlike its name; rename it")
    return io.BufferedReader(gzip.open(path)) if zipped else path.open("rb")


def _bad_byte(path: Path) -> str:
    """Say where the first byte is that is not UTF-8; the decoder's own count starts anew with every chunk."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    n_bytes = n_lines = 0
    with _open_bytes(path) as file:
        while chunk := file.read(MAX_LINE):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                before = max(error.start - held, 0)
                return f"line {n_lines + chunk[:before].count(10) + 1}, byte {n_bytes + error.start - held + 1}"
            n_bytes += len(chunk)
            n_lines += chunk.count(10)
    return f"line {n_lines + 1}, byte {n_bytes}"


def read_csv(path: Path, columns: Collection[str] | None) -> Iterator[Row | Reject]:
    """Yield the rows of a CSV file whose first line names the columns.

    Args:
        path: Separated by comma, semicolon or tab: whichever splits the header into most columns.
        columns: The columns to give, others are passed over; None for all of them.

    Raises:
        InputError: As read_lines; and if a column is missing or doubled, there is no row, or a quote never closes.
    """
    lines = read_lines(path)
    first = next(lines, "")
    delimiter = max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    records = _records(path, reader)
    header = next(records, None)
    if not isinstance(header, tuple):
        raise InputError(f"{path}: line 1 is no header; the first line must name the columns")
    names = [name.strip() for name in header[1]]
    wanted = names if columns is None else columns
    check_columns(path, names, wanted)
    places = {name: names.index(name) for name in wanted}
    n_rows = 0
    for record in records:
        n_rows += 1
        if isinstance(record, Reject):
            yield record
        elif len(record[1]) != len(names):
            yield Reject(record[0], f"has {len(record[1])} columns, the header has {len(names)}")
        else:
            yield Row(record[0], {name: record[1][place].strip() or None for name, place in places.items()})
    if n_rows == 0:
        raise InputError(f"{path}: has a header and no rows")


def _records(path: Path, reader: Any) -> Iterator[tuple[int, list[str]] | Reject]:
    """Yield each record with the line it begins on; blank lines are passed over."""
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"is not well-formed CSV ({error})"
            # After these two the rest of the file cannot be told apart from the inside of a quote.
            if "end of data" in reason or "field limit" in reason:
                raise InputError(f"{path}: line {start} {reason}: is a quote never closed?") from error
            span = f", up to line {reader.line_num}" if reader.line_num > start else ""
            yield Reject(start, reason + span)
        else:
            if cells:
                yield start, cells


def check_columns(path: Path, names: Collection[str], wanted: Iterable[str]) -> None:
    """Raise InputError unless every wanted column is there exactly once."""
    listed = list(names)
    for name in wanted:
        if listed.count(name) != 1:
            problem = "occurs twice" if name in listed else "does not exist"
            there = ", ".join(repr(column[:60]) for column in listed[:30])
            raise InputError(f"{path}: column {name!r} {problem}; the file has: {there}")


def read_jsonl(path: Path, columns: Collection[str] | None) -> Iterator[Row | Reject]:
    """Yield the rows of a file with one JSON object a line; numbers with a fraction come as Decimal.

    Args:
        path: Plain, or gzip if named .gz.
        columns: The members to give, None where an object lacks one, others are passed over; None for all of them.

    Raises:
        InputError: As read_lines; and if there is no line, or no object at all has one of the columns.
    """
    seen: dict[str, None] = {}
    n_rows = n_objects = 0
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        n_rows += 1
        try:
            values = parse_object(line)
        except ValueError as error:
            yield Reject(number, str(error))
            continue
        n_objects += 1
        if len(seen) < 1000:
            seen.update(dict.fromkeys(values))
        yield Row(number, values if columns is None else {name: values.get(name) for name in columns})
    if n_rows == 0:
        raise InputError(f"{path}: has no lines; write one JSON object a line")
    if n_objects and len(seen) < 1000:
        check_columns(path, seen, columns or ())


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object in `text`; raise ValueError saying what is wrong with it."""
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=Decimal, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON ({error.msg} at character {error.pos + 1})") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    except ArithmeticError as error:
        raise ValueError("holds a number out of range") from error
    if not isinstance(value, dict):
        raise ValueError(f"must be one JSON object, is {type(value).__name__}")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise ValueError(f"has the key {name[:40]!a} twice")
        members[name] = value
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > 100:
        raise ValueError("holds a number out of range")
    return int(digits)
