"""The wish list and the basket of a client."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from agent.context import Actor
from agent.records.access import client_number, item_number, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import saved
from recsys.data.tables import clients, interactions, items

Place = Literal["wishlist", "basket"]


@dataclass(frozen=True)
class SavedItem:
    """An item in a place, and since when."""

    item_id: str
    place: Place
    at: dt.datetime | None


class SavedItems:
    """Reads and writes wish lists and baskets for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def put(self, actor: Actor, client_id: str, item_id: str, place: Place, *, key: str, at: dt.datetime) -> None:
        """Put an item in a place; one that is there stays as it is."""
        self._write(actor, client_id, item_id, place, "kept", key, at)

    def remove(self, actor: Actor, client_id: str, item_id: str, place: Place, *, key: str, at: dt.datetime) -> None:
        """Take an item out of a place."""
        self._write(actor, client_id, item_id, place, "removed", key, at)

    def all(self, actor: Actor, client_id: str) -> list[SavedItem]:
        """Return what is on the wish list and in the basket, oldest first, without wishes bought since.

        Wishes that came with the client's record count as well, unless they were removed here.
        """
        with self._database.read() as connection:
            number = client_number(connection, actor, client_id)
            here = select(items.c.item_id, saved.c.place, saved.c.state, saved.c.at).join_from(saved, items)
            rows = connection.execute(here.where(saved.c.client == number).order_by(saved.c.at)).all()
            history = select(items.c.item_id, interactions.c.kind, interactions.c.at).join_from(interactions, items)
            history = history.join(clients, interactions.c.client == clients.c.number)
            history = history.where(clients.c.number == number, visible(actor))
            order = (interactions.c.at, interactions.c.position, interactions.c.number)
            past = connection.execute(history.order_by(*order)).all()
        changed = {item_id for item_id, place, _, _ in rows if place == "wishlist"}
        found = still_wished(((item_id, kind, at) for item_id, kind, at in past), changed)
        return found + [SavedItem(item_id, place, at) for item_id, place, state, at in rows if state == "kept"]

    def _write(
        self, actor: Actor, client_id: str, item_id: str, place: Place, state: str, key: str, at: dt.datetime
    ) -> None:
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "item": item_number(connection, item_id),
                "place": place,
                "state": state,
                "at": at,
            }
            statement = sqlite.insert(saved).values(row)
            change = {"state": state, "key": key, "at": at}
            statement = statement.on_conflict_do_update(
                index_elements=["client", "item", "place"], set_=change, where=saved.c.state != state
            )
            connection.execute(statement)


def still_wished(past: Iterable[tuple[str, str, dt.datetime | None]], changed: Container[str]) -> list[SavedItem]:
    """Return the wishes that came with a client's record and were not bought since.

    Args:
        past: Item, kind and time of everything on record of the client, oldest first.
        changed: Items whose wish was put down or removed here, which counts instead.
    """
    wished: dict[str, dt.datetime | None] = {}
    for item_id, kind, at in past:
        if kind == "wishlist" and item_id not in changed:
            wished[item_id] = at
        elif kind == "purchase":
            wished.pop(item_id, None)
    return [SavedItem(item_id, "wishlist", at) for item_id, at in wished.items()]
