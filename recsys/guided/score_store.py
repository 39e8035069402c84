"""The score store: scores with their provenance in one Parquet file, checked when read; and as plain CSV."""

from __future__ import annotations

import csv
import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from recsys.errors import InputError
from recsys.guided.annotation import Annotation, Provenance
from recsys.guided.attributes import SCALE, AttributeSet
from recsys.guided.scorer import Scale
from recsys.guided.scores import GuidedScores

STORE_FILE = "guided_scores.parquet"
_KEY = b"clienteller.guided_scores"
_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
_AGAIN = "make it again with 'clienteller annotate'"


class _Header(BaseModel):
    """What the file says of its scores; the measured agreement is in the attribute set."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1]
    scorer: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    fingerprint: _Hash
    prompt_hash: _Hash | Literal[""]
    scale: Scale
    readings: Annotated[int, Field(ge=2)]
    attribute_set: AttributeSet
    attributes_hash: _Hash
    scored_at: dt.datetime
    n_items: Annotated[int, Field(ge=1)]


def write_store(path: Path, annotation: Annotation) -> None:
    """Write raw scores with provenance; an existing file is replaced in one step.

    Raises:
        InputError: If the file cannot be written.
    """
    source = annotation.provenance
    header = _Header(
        format=1,
        scorer=source.scorer,
        fingerprint=source.fingerprint,
        prompt_hash=source.prompt_hash,
        scale=source.scale,
        readings=source.readings,
        attribute_set=annotation.attribute_set,
        attributes_hash=source.attributes_hash,
        scored_at=source.scored_at,
        n_items=len(annotation.item_ids),
    )
    columns = {"item_id": pa.array(annotation.item_ids, pa.string())}
    columns |= {name: pa.array(annotation.raw[:, k]) for k, name in enumerate(annotation.attribute_set.names)}
    table = pa.table(columns).replace_schema_metadata({_KEY: header.model_dump_json().encode()})
    _replace(path, lambda part: pq.write_table(table, part))


def read_store(path: Path) -> Annotation:
    """Read scores with provenance.

    Raises:
        InputError: If the file cannot be read, is not a score store, or its scores and what it says of them differ.
    """
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0]}); {_AGAIN}") from error
    try:
        header = _Header.model_validate_json((table.schema.metadata or {})[_KEY])
    except KeyError:
        raise InputError(f"{path}: says nothing of where its scores come from; {_AGAIN}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: provenance, {where or 'document'}: {first['msg']}; {_AGAIN}") from error
    if problem := _problem(table, header):
        raise InputError(f"{path}: {problem}; {_AGAIN}")
    raw = np.column_stack([table.column(name).to_numpy() for name in header.attribute_set.names])
    provenance = Provenance(
        header.scorer,
        header.fingerprint,
        header.prompt_hash,
        header.scale,
        header.readings,
        header.attributes_hash,
        header.scored_at,
    )
    item_ids = tuple(table.column("item_id").to_pylist())
    return Annotation(header.attribute_set, item_ids, raw.astype(np.float32), provenance)


def _problem(table: pa.Table, header: _Header) -> str | None:
    """Say what is wrong with a table under its header, None if nothing is."""
    expected = pa.schema([("item_id", pa.string()), *((name, pa.float32()) for name in header.attribute_set.names)])
    if not table.schema.equals(expected):
        return f"has the columns {', '.join(table.schema.names)}, or of another type than {', '.join(expected.names)}"
    if table.num_rows != header.n_items:
        return f"has {table.num_rows} items where {header.n_items} were scored"
    if header.attributes_hash != header.attribute_set.scoring_hash:
        return "its attribute set is not the one that was scored"
    if any(column.null_count for column in table.columns):
        return "has empty cells"
    if len(set(table.column("item_id").to_pylist())) != table.num_rows:
        return "has an item twice"
    for name in header.attribute_set.names:
        values = table.column(name).to_numpy()
        if not np.isfinite(values).all():
            return f"column {name!r} has scores that are not numbers"
        if header.scale == "points" and (values.min() < SCALE[0] or values.max() > SCALE[1]):
            return f"column {name!r} has scores beyond {SCALE[0]} to {SCALE[1]}"
    return None


def write_scores_csv(path: Path, scores: GuidedScores) -> None:
    """Write guided scores as recsys.guided.scores.read_scores_csv reads them, three decimals.

    Raises:
        InputError: If the file cannot be written.
    """

    def write(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["item_id", *scores.attribute_set.names])
            for item_id, row in zip(scores.item_ids, scores.values.tolist(), strict=True):
                writer.writerow([item_id, *(f"{value:.3f}" for value in row)])

    _replace(path, write)


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside `path` and put it in its place: whoever reads sees the old one or the new one, whole."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        write(part)
        part.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from error
    finally:
        part.unlink(missing_ok=True)
