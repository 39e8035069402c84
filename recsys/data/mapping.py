"""The mapping file clienteller.yaml: which file of a shop's export holds what, under which column names.

```yaml
items:
  file: products.csv
  fields:
    item_id: sku
    title: name
    brand: label
    category: {column: path, separator: " > "}
    price: {column: price, currency: EUR}          # or currency_column: ..., and decimal: "," for 1234,50
  attributes: [season, care]
clients:
  file: clients.csv
  fields: {client_id: id, name: full_name, associate_id: advisor}
  preferences: [size, style]
interactions:
  file: sales.parquet
  fields:
    client_id: customer
    item_id: sku
    at: {column: sold_at, format: "%d/%m/%Y %H:%M"}  # or unix, unix_ms; without a format ISO 8601
    kind: {column: type, values: {SALE: purchase, REFUND: return}}
    quantity: qty
guided_scores: {file: scores.csv, attributes: guided_attributes.yaml, scorer: our stylists}
```

A section without `fields` names a file that is already in our own form: the field names of Item, Client or Interaction
(`recsys.schema`), prices in minor units. `attributes: boutique` without a file ending names a packaged set.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from recsys.data.text_files import check_file
from recsys.errors import InputError
from recsys.schema import Currency, InteractionKind

MAPPING_FILE = "clienteller.yaml"
_MAX_BYTES = 1 << 20


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts:
        raise ValueError("must name a file inside the folder of the data")
    return name


def _as_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


FileName = Annotated[str, AfterValidator(_inside)]
ColumnName = Annotated[str, Field(min_length=1)]
ColumnNames = tuple[ColumnName, ...]


class TextColumn(_Strict):
    """A column taken as it stands; written as its bare name."""

    column: ColumnName


class CategoryColumn(TextColumn):
    """A category path: one name, names between separators, or a list in formats that have lists."""

    separator: Annotated[str, Field(min_length=1)] | None = None


class PriceColumn(TextColumn):
    """A price in major units, in one currency or in that of another column."""

    currency: Currency | None = None
    currency_column: ColumnName | None = None
    decimal: Literal[".", ","] = "."

    @model_validator(mode="after")
    def _has_one_currency(self) -> Self:
        if (self.currency is None) == (self.currency_column is None):
            raise ValueError("give currency or currency_column, one of them")
        return self


class TimeColumn(TextColumn):
    """A time; `format` as in strptime, or "unix" or "unix_ms", or ISO 8601 without one. No zone means UTC."""

    format: str | None = None


class KindColumn(TextColumn):
    """The kind of an interaction; `values` translates the shop's words."""

    values: dict[str, InteractionKind] | None = None


Text = Annotated[TextColumn, BeforeValidator(_as_column)]
Category = Annotated[CategoryColumn, BeforeValidator(_as_column)]
Time = Annotated[TimeColumn, BeforeValidator(_as_column)]
Kind = Annotated[KindColumn, BeforeValidator(_as_column)]


class ItemFields(_Strict):
    """Where each field of an item is."""

    item_id: Text
    title: Text
    brand: Text | None = None
    category: Category | None = None
    price: PriceColumn | None = None
    colour: Text | None = None
    material: Text | None = None
    description: Text | None = None
    image: Text | None = None
    available: Text | None = None


class ItemSource(_Strict):
    """The file of the catalogue; `attributes` are columns kept as further facts under their own names."""

    file: FileName
    fields: ItemFields | None = None
    attributes: ColumnNames = ()

    @model_validator(mode="after")
    def _names_fields(self) -> Self:
        if self.fields is None and self.attributes:
            raise ValueError("attributes go with fields: a file in our own form has them already")
        return self


class ClientFields(_Strict):
    """Where each field of a client is."""

    client_id: Text
    name: Text | None = None
    associate_id: Text | None = None


class ClientSource(_Strict):
    """The file of the clients; `preferences` are columns kept under their own names."""

    file: FileName
    fields: ClientFields | None = None
    preferences: ColumnNames = ()

    @model_validator(mode="after")
    def _names_fields(self) -> Self:
        if self.fields is None and self.preferences:
            raise ValueError("preferences go with fields: a file in our own form has them already")
        return self


class InteractionFields(_Strict):
    """Where each field of an interaction is; without a kind it is a purchase, without a quantity one piece."""

    client_id: Text
    item_id: Text
    at: Time | None = None
    position: Text | None = None
    kind: Kind | None = None
    quantity: Text | None = None

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.at is None and self.position is None:
            raise ValueError("give at (a time) or position (an order): sequences need one of them")
        return self


class InteractionSource(_Strict):
    """The file of the purchases and other interactions."""

    file: FileName
    fields: InteractionFields | None = None


class GuidedSource(_Strict):
    """The file of guided scores, the file of their attribute set, and who scored."""

    file: FileName
    attributes: FileName
    scorer: Annotated[str, Field(min_length=1, max_length=100)]


class Mapping(_Strict):
    """The whole mapping; sections that a source does not have are left out."""

    items: ItemSource | None = None
    clients: ClientSource | None = None
    interactions: InteractionSource | None = None
    guided_scores: GuidedSource | None = None

    @model_validator(mode="after")
    def _has_a_section(self) -> Self:
        if not any((self.items, self.clients, self.interactions, self.guided_scores)):
            raise ValueError("has no section: give items, clients, interactions or guided_scores")
        return self


def columns_of(section: BaseModel) -> tuple[str, ...]:
    """Return the columns of the file that a section names, each once, in its order."""
    found: dict[str, None] = {}
    for name, value in section:
        if isinstance(value, BaseModel):
            found |= dict.fromkeys(columns_of(value))
        elif name in ("column", "currency_column") and value is not None:
            found[value] = None
        elif name in ("attributes", "preferences"):
            found |= dict.fromkeys(value)
    return tuple(found)


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        InputError: If it cannot be read or is not a mapping; names the entry.
    """
    check_file(path)
    if path.stat().st_size > _MAX_BYTES:
        raise InputError(f"{path}: is larger than a mapping can be ({_MAX_BYTES:,} bytes)")
    try:
        return Mapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        if first["type"] == "extra_forbidden":
            raise InputError(f"{path}: {where} is not an entry of a mapping; check its spelling and place") from error
        raise InputError(f"{path}: {where}: {first['msg']}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:  # ValueError: a date such as 2024-13-40
        raise InputError(f"{path}: not YAML ({' '.join(str(error).split())[:200]})") from error
