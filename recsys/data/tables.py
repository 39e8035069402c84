"""The tables of boutique.db, and how records become rows and back.

Times are ISO 8601 text in UTC with microseconds, so that text order is time order; lists and mappings are JSON text.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, Table, Text, func
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from recsys.schema import Client, Interaction, Item


class Json(TypeDecorator[Any]):
    """A value kept as compact JSON text; STRICT tables know no JSON type."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """Write a value."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Read a value."""
        return None if value is None else json.loads(value)


class Moment(TypeDecorator[dt.datetime]):
    """A time-zone aware time kept as fixed-width text in UTC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> str | None:
        """Write a time."""
        return None if value is None else as_utc(value).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, dialect: Dialect) -> dt.datetime | None:
        """Read a time."""
        return None if value is None else dt.datetime.fromisoformat(value)


def as_utc(moment: dt.datetime) -> dt.datetime:
    """Return a time in UTC; a time without zone is taken as UTC."""
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


metadata = MetaData()

items = Table(
    "items",
    metadata,
    Column("number", Integer, primary_key=True),  # catalogue order: order of first ingestion
    Column("item_id", Text, nullable=False, unique=True),
    Column("title", Text, CheckConstraint("title <> ''"), nullable=False),
    Column("brand", Text),
    Column("category", Json, nullable=False),
    Column("price_minor", Integer, CheckConstraint("price_minor >= 0")),
    Column("currency", Text, CheckConstraint("length(currency) = 3")),
    Column("colour", Text),
    Column("material", Text),
    Column("description", Text, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("image", Text),
    Column("available", Integer, CheckConstraint("available IN (0, 1)"), nullable=False),
    CheckConstraint("(price_minor IS NULL) = (currency IS NULL)"),
    sqlite_strict=True,
)

clients = Table(
    "clients",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("client_id", Text, nullable=False, unique=True),
    Column("name", Text),
    Column("associate_id", Text, index=True),
    Column("preferences", Json, nullable=False),
    Column("notes", Json, nullable=False),
    sqlite_strict=True,
)

interactions = Table(
    "interactions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("client", Integer, ForeignKey(clients.c.number), nullable=False),
    Column("item", Integer, ForeignKey(items.c.number), nullable=False),
    Column("kind", Text, CheckConstraint("kind IN ('purchase', 'view', 'wishlist', 'return')"), nullable=False),
    Column("at", Moment),
    Column("position", Integer, CheckConstraint("position >= 0")),
    Column("quantity", Integer, CheckConstraint("quantity >= 1"), nullable=False),
    CheckConstraint("at IS NOT NULL OR position IS NOT NULL"),
    sqlite_strict=True,
)

# One row for what is one event. NULLs count as different in a plain UNIQUE, hence the coalesce.
Index(
    "interactions_once",
    interactions.c.client,
    interactions.c.item,
    interactions.c.kind,
    func.coalesce(interactions.c.at, ""),
    func.coalesce(interactions.c.position, -1),
    unique=True,
)

guided_sets = Table(
    "guided_sets",
    metadata,
    Column("number", Integer, CheckConstraint("number = 1"), primary_key=True),  # a boutique has one set
    Column("attribute_set", Json, nullable=False),
    Column("scorer", Text, nullable=False),
    sqlite_strict=True,
)

guided_scores = Table(
    "guided_scores",
    metadata,
    Column("item", Integer, ForeignKey(items.c.number), primary_key=True),
    Column("scores", Json, nullable=False),  # one number for each attribute, in the set's order
    sqlite_strict=True,
)

feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("client", Integer, ForeignKey(clients.c.number), nullable=False, index=True),
    Column("item", Integer, ForeignKey(items.c.number), nullable=False),
    Column("verdict", Text, CheckConstraint("verdict IN ('like', 'dislike', 'wishlist')"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)


def item_row(item: Item) -> dict[str, Any]:
    """Return an item as a row of `items`, without its number."""
    return item.model_dump() | {"category": list(item.category), "available": int(item.available)}


def read_item(row: Mapping[Any, Any]) -> Item:
    """Return a row of `items` as an item."""
    return Item.model_validate({name: row[name] for name in Item.model_fields})


def client_row(client: Client) -> dict[str, Any]:
    """Return a client as a row of `clients`, without its number."""
    return client.model_dump() | {"notes": [note.model_dump(mode="json") for note in client.notes]}


def read_client(row: Mapping[Any, Any]) -> Client:
    """Return a row of `clients` as a client."""
    return Client.model_validate({name: row[name] for name in Client.model_fields})


def read_interaction(row: Mapping[Any, Any]) -> Interaction:
    """Return a row of `interactions` joined with its ids as an interaction."""
    return Interaction.model_validate({name: row[name] for name in Interaction.model_fields})
