"""The rule of who sees whom, as SQL, and how rows are written once. Every repository builds on this module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Table, false, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.errors import Refused
from agent.policy import GUEST, unknown_client
from recsys.data.tables import clients, items
from recsys.errors import NotFound


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on `clients` that leaves those whom the actor may see; the same rule as the policy's."""
    match actor.role:
        case "shopper":
            return clients.c.client_id == actor.actor_id
        case "associate":
            return clients.c.associate_id == actor.actor_id
        case "manager":
            return ~is_guest(clients.c.client_id)
    return false()  # a role from outside that we do not know sees nobody


def is_guest(column: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that an id is a guest's, letter for letter: LIKE would take "Guest:1" for one, too."""
    return func.substr(column, 1, len(GUEST)) == GUEST


def client_number(connection: Connection, actor: Actor, client_id: str) -> int:
    """Return the row number of a client whom the actor may see.

    Raises:
        Refused: If there is none; the text does not tell whether the client exists.
    """
    query = select(clients.c.number).where(clients.c.client_id == client_id, visible(actor))
    number = connection.execute(query).scalar()
    if number is None:
        raise Refused(unknown_client(client_id))
    return int(number)


def item_number(connection: Connection, item_id: str) -> int:
    """Return the row number of an item; raise NotFound if the catalogue has no such id."""
    number = connection.execute(select(items.c.number).where(items.c.item_id == item_id)).scalar()
    if number is None:
        raise NotFound(f"unknown item {item_id!r}: it is not in the catalogue; search the catalogue for its id")
    return int(number)


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Write a row unless its key is there already; return whether it is new."""
    statement = sqlite.insert(table).on_conflict_do_nothing(index_elements=["key"])
    return connection.execute(statement, dict(row)).rowcount == 1
