"""From the cells of a row to an Item, a Client or an Interaction; ValueError says why a row is not one."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from recsys.data.mapping import (
    CategoryColumn,
    ClientSource,
    InteractionFields,
    ItemSource,
    KindColumn,
    PriceColumn,
    TextColumn,
    TimeColumn,
)
from recsys.data.tables import as_utc
from recsys.data.text_files import Reject, Row
from recsys.money import exponent
from recsys.schema import Client, Interaction, Item

Cells = Mapping[str, Any]
Record = Item | Client | Interaction
Entry = tuple[int, Record] | Reject  # the line a record was on and the record, or why there is none

_PLAIN_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,15}(\.0{1,6})?")  # spreadsheets write 3 as 3.0
_YEARS = range(1900, 2101)
_TRUE, _FALSE = frozenset({"true", "yes", "y", "t"}), frozenset({"false", "no", "n", "f"})
_PATTERNS = {
    "item_id": "may have letters, digits and . _ : - only, up to 64 of them, and begins with a letter or digit",
    "image": "must be an https:// address",
    "currency": "must be a code of three capitals such as EUR",
}
_PATTERNS |= dict.fromkeys(("client_id", "associate_id"), _PATTERNS["item_id"])


def converted(rows: Iterable[Row | Reject], build: Callable[[Cells], Record]) -> Iterator[Entry]:
    """Yield the record that `build` makes of each row, or a Reject where it raises ValueError."""
    for row in rows:
        if isinstance(row, Reject):
            yield row
            continue
        try:
            yield row.line, build(row.values)
        except ValueError as error:
            yield Reject(row.line, reason_of(error))


def reason_of(error: ValueError) -> str:
    """Return why a record was refused, in one line that is safe to print."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    field = str(first["loc"][0]) if first["loc"] else "row"
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "string_pattern_mismatch":
        message = _PATTERNS.get(field, "holds control, hidden or direction-changing characters")
    elif first["type"] == "string_unicode":
        message = "holds half of a surrogate pair"
    return message if field == "row" else f"{field} {_shown(first['input'])}: {message}"


def own_form(cells: Cells, kind: type[Record]) -> Record:
    """Return the record of a row whose columns are already named as its fields; empty cells count as not given."""
    return kind.model_validate({name: value for name, value in cells.items() if value is not None})


def to_item(cells: Cells, source: ItemSource) -> Item:
    """Return the item of a row of a file whose fields are mapped."""
    fields = source.fields
    assert fields is not None  # a file in our own form is read by own_form
    price_minor, currency = _price(cells, fields.price)
    return Item(
        item_id=_identifier(cells, fields.item_id),
        title=_required(cells, fields.title),
        brand=_text(cells, fields.brand),
        category=_category(cells, fields.category),
        price_minor=price_minor,
        currency=currency,
        colour=_text(cells, fields.colour),
        material=_text(cells, fields.material),
        description=_text(cells, fields.description) or "",
        attributes=_named(cells, source.attributes),
        image=_text(cells, fields.image),
        available=_available(cells, fields.available),
    )


def to_client(cells: Cells, source: ClientSource) -> Client:
    """Return the client of a row of a file whose fields are mapped."""
    fields = source.fields
    assert fields is not None  # a file in our own form is read by own_form
    associate = fields.associate_id
    return Client(
        client_id=_identifier(cells, fields.client_id),
        name=_text(cells, fields.name),
        associate_id=_identifier(cells, associate) if associate and _text(cells, associate) else None,
        preferences=_named(cells, source.preferences),
    )


def to_interaction(cells: Cells, fields: InteractionFields) -> Interaction:
    """Return the interaction of a row."""
    return Interaction(
        client_id=_identifier(cells, fields.client_id),
        item_id=_identifier(cells, fields.item_id),
        kind=_kind(cells, fields.kind),
        at=_moment(cells, fields.at),
        position=_whole(cells, fields.position),
        quantity=1 if (quantity := _whole(cells, fields.quantity)) is None else quantity,
    )


def price_minor(value: object, currency: str, decimal: str = ".") -> int:
    """Return a price as minor units, exactly.

    Args:
        value: A number in major units, or text with digits and at most one decimal sign.
        currency: Decides how many decimals there may be.
        decimal: The decimal sign of text, "." or ",".

    Raises:
        ValueError: If it is not a number, is negative, or is finer than the currency's minor unit.
    """
    if isinstance(value, str):
        plain = value.strip()
        if decimal == ",":
            plain = plain.replace(".", "?").replace(",", ".")
        if not _PLAIN_NUMBER.fullmatch(plain):
            example = f"1234{decimal}50"
            raise ValueError(f"price {_shown(value)} must be digits with at most one {decimal!r}, such as {example}")
        amount = Decimal(plain)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    else:
        raise ValueError(f"price {_shown(value)} must be a number")
    # Bounded first: a number such as 1e999999 would be written out to its last zero below.
    if not amount.is_finite() or amount < 0 or not -30 < amount.adjusted() < 13:
        raise ValueError(f"price {_shown(value)} must be zero or more, and less than 10 ** 13")
    numerator, denominator = amount.as_integer_ratio()
    minor, rest = divmod(numerator * int(10 ** exponent(currency)), denominator)
    if rest:
        raise ValueError(f"price {_shown(value)} has more decimals than {currency} has ({exponent(currency)})")
    return minor


def _shown(value: object) -> str:
    """Return a value for an error message: ASCII, so that hidden characters show, and short."""
    text = ascii(value if isinstance(value, str) else str(value))
    return text if len(text) <= 60 else text[:56] + "...'"


def _text(cells: Cells, column: TextColumn | None) -> str | None:
    return None if column is None else _as_text(cells, column.column)


def _as_text(cells: Cells, name: str) -> str | None:
    value = cells[name]
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value != value:
        raise ValueError(f"column {name!r} holds NaN; leave it empty instead")
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if not isinstance(value, str | int | float | Decimal):
        raise ValueError(f"column {name!r} holds a {type(value).__name__}, not text")
    # One form for what looks the same, so that search and comparison meet it.
    return unicodedata.normalize("NFC", str(value)).strip() or None


def _required(cells: Cells, column: TextColumn) -> str:
    text = _text(cells, column)
    if text is None:
        raise ValueError(f"column {column.column!r} is empty; every row needs it")
    return text


def _identifier(cells: Cells, column: TextColumn) -> str:
    if isinstance(cells[column.column], bool | float | Decimal):
        raise ValueError(f"column {column.column!r} holds {cells[column.column]}; store ids as text or whole numbers")
    return _required(cells, column)


def _named(cells: Cells, names: tuple[str, ...]) -> dict[str, str]:
    found = ((name, _as_text(cells, name)) for name in names)
    return {name: text for name, text in found if text is not None}


def _category(cells: Cells, column: CategoryColumn | None) -> tuple[str, ...]:
    if column is None or cells[column.column] is None:
        return ()
    value = cells[column.column]
    if isinstance(value, list):
        parts = [_as_text({"name": part}, "name") for part in value]
    else:
        path = _text(cells, column) or ""
        parts = [part.strip() for part in path.split(column.separator)] if column.separator else [path]
    return tuple(part for part in parts if part)


def _price(cells: Cells, column: PriceColumn | None) -> tuple[int | None, str | None]:
    if column is None or cells[column.column] is None or cells[column.column] == "":
        return None, None
    currency = column.currency
    if column.currency_column is not None:
        currency = _required(cells, TextColumn(column=column.currency_column))
    assert currency is not None  # the mapping has one of the two
    return price_minor(cells[column.column], currency, column.decimal), currency


def _whole(cells: Cells, column: TextColumn | None) -> int | None:
    text = _text(cells, column)
    if text is None or column is None:
        return None
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError(f"column {column.column!r}: {_shown(text)} must be a whole number, zero or more")
    return int(text.partition(".")[0])


def _available(cells: Cells, column: TextColumn | None) -> bool:
    """Return whether an item can be had: yes and no in words, or the number of pieces in stock."""
    text = _text(cells, column)
    if text is None or column is None:
        return True
    word = text.casefold()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    if not _WHOLE_NUMBER.fullmatch(word):
        raise ValueError(f"column {column.column!r}: {_shown(text)} must be yes, no or a number of pieces")
    return int(word.partition(".")[0]) > 0


def _kind(cells: Cells, column: KindColumn | None) -> Any:
    if column is None:
        return "purchase"
    word = _required(cells, column)
    if column.values is None:
        return word.casefold()  # Interaction refuses what is no kind
    if word not in column.values:
        raise ValueError(f"column {column.column!r}: {_shown(word)} is not among the values of the mapping")
    return column.values[word]


def _moment(cells: Cells, column: TimeColumn | None) -> dt.datetime | None:
    if column is None or cells[column.column] in (None, ""):
        return None
    try:
        return parse_moment(cells[column.column], column.format)
    except ValueError as error:
        raise ValueError(f"column {column.column!r}: {error}") from error


def parse_moment(value: object, form: str | None) -> dt.datetime:
    """Return a time in UTC.

    Args:
        value: A time, a date, or text or a number in the given form; without a zone it is taken as UTC.
        form: As for strptime, or "unix" (seconds) or "unix_ms" (milliseconds), or None for ISO 8601.

    Raises:
        ValueError: If it is none, or not between the years 1900 and 2100.
    """
    try:
        moment = _as_moment(value, form)
    except (ValueError, OverflowError, OSError, ArithmeticError) as error:
        raise ValueError(f"{_shown(value)} is not a time ({form or 'ISO 8601, such as 2024-05-31T16:20'})") from error
    if moment.year not in _YEARS:
        raise ValueError(f"{_shown(value)} is not between 1900 and 2100")
    return moment


def _as_moment(value: object, form: str | None) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return as_utc(value)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC)
    if form in ("unix", "unix_ms"):
        seconds = Decimal(str(value)) / (1000 if form == "unix_ms" else 1)
        return dt.datetime.fromtimestamp(float(seconds), tz=dt.UTC)
    text = str(value).strip()
    return as_utc(dt.datetime.strptime(text, form) if form else dt.datetime.fromisoformat(text))
