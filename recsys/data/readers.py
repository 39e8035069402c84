"""Rows of any file that a mapping may name: CSV, JSON lines and Parquet behind one function."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.data.text_files import Reject, Row, check_columns, check_file, read_csv, read_jsonl
from recsys.errors import InputError

_BATCH_ROWS = 2000


def read_rows(path: Path, columns: Collection[str] | None) -> Iterator[Row | Reject]:
    """Yield the rows of a file in its order, in bounded memory.

    Args:
        path: Named .csv, .jsonl (both also .gz) or .parquet.
        columns: The columns to give, others are passed over; None for all of them.

    Yields:
        A Row, or a Reject for a row that cannot be read. Cells are text in CSV, else what the format knows.

    Raises:
        InputError: If the file as a whole cannot be used.
    """
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".csv"):
        yield from read_csv(path, columns)
    elif name.endswith(".jsonl"):
        yield from read_jsonl(path, columns)
    elif path.name.lower().endswith(".parquet"):
        yield from read_parquet(path, columns)
    else:
        raise InputError(f"{path}: unknown kind of file; it must be named .csv, .jsonl, .csv.gz, .jsonl.gz or .parquet")


def read_parquet(path: Path, columns: Collection[str] | None) -> Iterator[Row]:
    """Yield the rows of a Parquet file; `line` counts rows from 1.

    Raises:
        InputError: If the file is missing, damaged, has no rows, or lacks a column.
    """
    check_file(path)
    number = 0
    try:
        with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as file:
            wanted = list(file.schema_arrow.names if columns is None else columns)
            check_columns(path, file.schema_arrow.names, wanted)
            for batch in file.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
                for values in _plain(batch).to_pylist():
                    number += 1
                    yield Row(number, values)
    except (pa.ArrowException, OSError, ValueError) as error:
        detail = str(error).splitlines()[0][:200]
        raise InputError(f"{path}: not a readable Parquet file after row {number} ({detail}); make it anew") from error
    if number == 0:
        raise InputError(f"{path}: has columns and no rows")


def _plain(batch: pa.RecordBatch) -> pa.Table:
    """Bring types without an exact Python counterpart to one: 19.99 of 32 bits is text, nanoseconds microseconds."""
    table = pa.Table.from_batches([batch])
    for place, field in enumerate(table.schema):
        if pa.types.is_float32(field.type) or pa.types.is_float16(field.type):
            table = table.set_column(place, field.name, table.column(place).cast(pa.string()))
        elif pa.types.is_timestamp(field.type) and field.type.unit == "ns":
            micro = pa.timestamp("us", field.type.tz)
            table = table.set_column(place, field.name, table.column(place).cast(micro, safe=False))
    return table
