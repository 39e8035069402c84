"""The forms in which a boutique's data may come: which files are read, in which order, as what."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, cast

import prompts
from recsys.data.amazon import find_raw, folder_interactions, folder_items, is_folder_form, raw_interactions, raw_items
from recsys.data.fashion_reasons import ITEMS, RATINGS, fashion_interactions, fashion_items, is_fashion_folder
from recsys.data.mapping import (
    MAPPING_FILE,
    ClientSource,
    InteractionSource,
    ItemSource,
    Mapping,
    columns_of,
    read_mapping,
)
from recsys.data.readers import read_rows
from recsys.data.records import Cells, Entry, Record, converted, own_form, to_client, to_interaction, to_item
from recsys.data.text_files import check_file
from recsys.errors import InputError
from recsys.extensions import load_extensions
from recsys.guided.attributes import AttributeSet, parse_attribute_set
from recsys.schema import Client, Interaction, Item

Table = Literal["items", "clients", "interactions"]
LLM_SCORER = "large language model"


@dataclass(frozen=True)
class Load:
    """One file and the records it gives, read as they are asked for."""

    file: Path
    kind: Table
    entries: Iterable[Entry]


@dataclass(frozen=True)
class ScoresFile:
    """A file of guided scores, its attribute set and who scored."""

    file: Path
    attribute_set: AttributeSet
    scorer: str


@dataclass(frozen=True)
class Source:
    """What there is to read, items first.

    Attributes:
        form: The form's name, for the report.
        unknown_item: Why an interaction with an item that is not in the catalogue is refused.
    """

    form: str
    loads: tuple[Load, ...]
    scores: ScoresFile | None = None
    unknown_item: str = "unknown item {!a}: it is not in the catalogue"


READERS = "clienteller.catalogue_readers"
Reader = Callable[[Path], Source | None]
"""What an entry point names: given a folder it returns what there is to read, None where it is not its form."""


def find_source(folder: Path, mapping: Path | None) -> Source:
    """Recognise the form of a folder: a mapping given or found in it first, then our forms, then those of extensions.

    Raises:
        InputError: If it is no folder, or none of the forms.
    """
    if not folder.is_dir():
        what = "is not a folder; give the folder that the files are in" if folder.exists() else "does not exist"
        raise InputError(f"{folder}: {what}")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise InputError(f"{folder}: may not be read; change its permissions")
    if mapping is not None or (folder / MAPPING_FILE).exists():
        return _mapped(folder, read_mapping(mapping or folder / MAPPING_FILE))
    if is_folder_form(folder):
        return _amazon_folder(folder)
    if is_fashion_folder(folder):
        return _fashion_folder(folder)
    raw = find_raw(folder)
    if raw is not None:
        return _amazon_raw(*raw)
    for read in load_extensions(READERS).values():
        added = cast(Reader, read)(folder)
        if added is not None:
            return added
    raise InputError(
        f"{folder}: holds nothing to ingest; it needs {MAPPING_FILE} beside its files (or give --mapping), "
        "or items.csv and sequences.txt, or items.json, ratings.csv, train.json and valid.json, "
        "or the reviews and meta_... files of public Amazon data"
    )


def _mapped(folder: Path, mapping: Mapping) -> Source:
    loads: list[Load] = []
    if (items := mapping.items) is not None:
        loads.append(_load(folder, "items", items, partial(to_item, source=items), Item))
    if (clients := mapping.clients) is not None:
        loads.append(_load(folder, "clients", clients, partial(to_client, source=clients), Client))
    if (interactions := mapping.interactions) is not None:
        loads.append(_load(folder, "interactions", interactions, _interaction_of(interactions), Interaction))
    guided = mapping.guided_scores
    scores = None
    if guided is not None:
        known = guided.attributes.endswith((".yaml", ".yml"))
        attribute_set = _attribute_set(folder / guided.attributes) if known else _packaged_set(guided.attributes)
        scores = ScoresFile(folder / guided.file, attribute_set, guided.scorer)
    return Source("a mapped export", tuple(loads), scores)


def _interaction_of(section: InteractionSource) -> Callable[[Cells], Record]:
    return (
        partial(own_form, kind=Interaction)
        if section.fields is None
        else partial(to_interaction, fields=section.fields)
    )


def _load(
    folder: Path,
    table: Table,
    section: ItemSource | ClientSource | InteractionSource,
    build: Callable[[Cells], Record],
    kind: type[Record],
) -> Load:
    """Read a file through its mapping, or as it is where the section maps no fields."""
    file = folder / section.file
    if section.fields is None:
        return Load(file, table, converted(read_rows(file, None), partial(own_form, kind=kind)))
    columns = columns_of(section)
    return Load(file, table, converted(read_rows(file, columns), build))


def _packaged_set(domain: str) -> AttributeSet:
    name = f"attributes/{domain}.yaml"
    try:
        return parse_attribute_set(prompts.load(name), f"prompts/{name}")
    except (FileNotFoundError, ValueError, OSError):
        raise InputError(f"no packaged attribute set {domain!r}: name a file that ends in .yaml") from None


def _amazon_folder(folder: Path) -> Source:
    items, sequences, scores = folder / "items.csv", folder / "sequences.txt", folder / "guided_scores.csv"
    attributes = folder / "guided_attributes.yaml"
    loads = (
        Load(items, "items", folder_items(items)),
        Load(sequences, "interactions", folder_interactions(sequences)),
    )
    guided = None
    if scores.exists() or attributes.exists():  # one without the other is refused as a missing file
        guided = ScoresFile(scores, _packaged(_attribute_set(attributes)), LLM_SCORER)
    return Source("items.csv and sequences.txt", loads, guided)


def _fashion_folder(folder: Path) -> Source:
    items, ratings = folder / ITEMS, folder / RATINGS
    loads = (
        Load(items, "items", fashion_items(items)),
        Load(ratings, "interactions", fashion_interactions(ratings)),
    )
    return Source("ReasoningRec fashion", loads)


def _amazon_raw(reviews: Path, metadata: Path) -> Source:
    loads = (
        Load(metadata, "items", raw_items(reviews, metadata)),
        Load(reviews, "interactions", raw_interactions(reviews)),
    )
    return Source("raw Amazon reviews and metadata", loads, unknown_item="no metadata for asin {!a}")


def _attribute_set(path: Path) -> AttributeSet:
    check_file(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    return parse_attribute_set(text, str(path))


def _packaged(attribute_set: AttributeSet) -> AttributeSet:
    """Return the packaged set of the domain where its attributes are the same: it says more about each."""
    name = f"attributes/{attribute_set.domain}.yaml"
    if not re.fullmatch(r"attributes/[a-z_]+\.yaml", name):
        return attribute_set
    try:
        packaged = parse_attribute_set(prompts.load(name), f"prompts/{name}")
    except FileNotFoundError:
        return attribute_set
    return packaged if packaged.names == attribute_set.names else attribute_set
