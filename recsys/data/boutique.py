"""A boutique: the folder with the truth about its catalogue, clients, interactions and guided scores.

`boutique.db` is the truth; `weights/` and `index/` beside it can be made again. This module reads and opens it for the
boutique's own work (training, measuring); whoever acts for a person goes through `agent.records`, which asks who.
`recsys.data.writer` writes batches, `recsys.data.tables` holds the schema.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, func, select

from recsys.data import tables
from recsys.data.database import FILE, Database
from recsys.data.sequences import Sequences, kept_purchases
from recsys.data.writer import BoutiqueWriter
from recsys.errors import InputError, NotFound, NotReady
from recsys.guided.attributes import AttributeSet
from recsys.guided.scores import GuidedScores
from recsys.ranker import IdMap
from recsys.schema import Client, Interaction, Item


class Boutique:
    """One boutique's folder, opened. Any thread may read; one at a time writes.

    Attributes:
        path: The folder.
        database: Its connections, for the records of clients.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = Database(path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Open the boutique in the folder `path`, making folder (mode 0700) and database (0600) if missing.

        Raises:
            InputError: If the folder cannot be made, or its database is damaged, not ours or of a newer version.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path / FILE, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise InputError(f"'{path}' cannot hold a boutique ({error.strerror}): choose another folder") from error
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the boutique in the folder `path`.

        Raises:
            NotReady: If there is none.
            InputError: If its database is damaged, not ours, or of a newer schema version.
        """
        if not (path / FILE).is_file() or (path / FILE).stat().st_size == 0:
            raise NotReady(
                f"no boutique at '{path}': run 'clienteller --boutique {path} ingest DATA' or 'clienteller demo' first"
            )
        return cls(path)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    # Catalogue

    def items(self) -> list[Item]:
        """Return the catalogue in its order, that of first ingestion."""
        return [
            tables.read_item(row) for row in self.database.rows(select(tables.items).order_by(tables.items.c.number))
        ]

    def item(self, item_id: str) -> Item:
        """Return one item; raise NotFound if the catalogue has no such id."""
        for row in self.database.rows(select(tables.items).where(tables.items.c.item_id == item_id)):
            return tables.read_item(row)
        raise NotFound(f"unknown item {item_id!r}: it is not in the catalogue; search the catalogue for its id")

    def n_items(self) -> int:
        """Return how many items the catalogue has."""
        return self._count(tables.items.c.number)

    def guided_scores(self) -> GuidedScores | None:
        """Return the guided scores in catalogue order, None where there are none."""
        stored = next(iter(self.database.rows(select(tables.guided_sets))), None)
        if stored is None:
            return None
        scores, items = tables.guided_scores, tables.items
        query = select(items.c.item_id, scores.c.scores).join_from(scores, items).order_by(items.c.number)
        rows = self.database.rows(query)
        attribute_set = AttributeSet.model_validate(stored["attribute_set"])
        values = np.array([row["scores"] for row in rows], dtype=np.float32).reshape(len(rows), -1)
        return GuidedScores(attribute_set, tuple(row["item_id"] for row in rows), values, stored["scorer"])

    def fingerprint(self) -> str:
        """Return 16 hex digits that change with the ids or the order of the items: the stamp of weights."""
        ids = self.database.rows(select(tables.items.c.item_id).order_by(tables.items.c.number))
        return _digest(row["item_id"] for row in ids)

    def text_fingerprint(self) -> str:
        """Return 16 hex digits that change with item ids, item texts or guided scores: the stamp of the index."""
        scores = self.guided_scores()
        parts: list[object] = [[item.item_id, item.text()] for item in self.items()]
        if scores is not None:
            parts += [scores.attribute_set.names, scores.scorer, scores.item_ids, scores.values.tolist()]
        return _digest(parts)

    # Clients

    def client(self, client_id: str) -> Client:
        """Return one client; raise NotFound if there is no such id."""
        for row in self.database.rows(select(tables.clients).where(tables.clients.c.client_id == client_id)):
            return tables.read_client(row)
        raise NotFound(f"unknown client {client_id!r}: there is none of this id; list them with 'clienteller clients'")

    def clients(self, associate_id: str | None = None) -> list[Client]:
        """Return all clients, or those of one associate, in the order of first ingestion."""
        query = select(tables.clients).order_by(tables.clients.c.number)
        if associate_id is not None:
            query = query.where(tables.clients.c.associate_id == associate_id)
        return [tables.read_client(row) for row in self.database.rows(query)]

    def n_clients(self) -> int:
        """Return how many clients there are."""
        return self._count(tables.clients.c.number)

    # Interactions

    def interactions(self, client_id: str) -> list[Interaction]:
        """Return one client's interactions of every kind, oldest first; raise NotFound for an unknown client."""
        self.client(client_id)
        query = in_time_order(tables.clients.c.client_id == client_id)
        return [tables.read_interaction(row) for row in self.database.rows(query)]

    def n_interactions(self) -> int:
        """Return how many interactions there are, of every kind."""
        return self._count(tables.interactions.c.number)

    def sequence(self, client_id: str) -> tuple[str, ...]:
        """Return the items of one client's kept purchases, oldest first; raise NotFound for an unknown client."""
        rows = [(row.item_id, row.kind, row.quantity) for row in self.interactions(client_id)]
        return tuple(kept_purchases(rows))

    def sequences(self) -> Sequences:
        """Return the sequences of all clients with at least one kept purchase, as arrays of internal item ids."""
        table = tables.interactions
        with self.database.read() as connection:
            ids = IdMap(connection.execute(select(tables.items.c.item_id).order_by(tables.items.c.number)).scalars())
            numbers = connection.execute(select(tables.items.c.number).order_by(tables.items.c.number)).scalars()
            internal = {number: index for index, number in enumerate(numbers, start=1)}
            query = (
                select(tables.clients.c.client_id, table.c.item, table.c.kind, table.c.quantity)
                .join_from(table, tables.clients)
                .where(table.c.kind.in_(["purchase", "return"]))
                .order_by(table.c.client, *_TIME_ORDER)
            )
            bought = {
                client_id: [internal[number] for number in kept_purchases(row[1:] for row in rows)]
                for client_id, rows in groupby(connection.execute(query), key=itemgetter(0))
            }
        bought = {client_id: sequence for client_id, sequence in bought.items() if sequence}
        lengths = [0, *(len(sequence) for sequence in bought.values())]
        values = np.array([index for sequence in bought.values() for index in sequence], dtype=np.int64)
        return Sequences(ids, tuple(bought), values, np.cumsum(lengths, dtype=np.int64))

    def sold_items(self) -> frozenset[str]:
        """Return the ids of the items that were ever bought, also those returned later."""
        bought = select(tables.interactions.c.item).where(tables.interactions.c.kind == "purchase")
        rows = self.database.rows(select(tables.items.c.item_id).where(tables.items.c.number.in_(bought)))
        return frozenset(row["item_id"] for row in rows)

    def timed_purchases(self) -> tuple[Sequences, NDArray[np.datetime64]]:
        """Return all purchases, also those returned later, as sequences, and when each of their values was.

        Returns:
            The sequences of all clients with a purchase, and UTC times, datetime64[us], one for each of their values;
            NaT where only an order is known.
        """
        table = tables.interactions
        query = (
            select(tables.clients.c.client_id, tables.items.c.item_id, table.c.at)
            .join_from(table, tables.clients)
            .join(tables.items)
            .where(table.c.kind == "purchase")
            .order_by(table.c.client, *_TIME_ORDER)
        )
        with self.database.read() as connection:
            ids = IdMap(connection.execute(select(tables.items.c.item_id).order_by(tables.items.c.number)).scalars())
            rows = connection.execute(query).all()
        lengths = Counter(client_id for client_id, _, _ in rows)
        values = np.array([ids.to_internal(item_id) for _, item_id, _ in rows], dtype=np.int64)
        naive = [at and at.replace(tzinfo=None) for _, _, at in rows]  # numpy knows no zones
        offsets = np.cumsum([0, *lengths.values()], dtype=np.int64)
        return Sequences(ids, tuple(lengths), values, offsets), np.array(naive, dtype="datetime64[us]")

    # Transactions

    @contextmanager
    def writer(self) -> Iterator[BoutiqueWriter]:
        """Give a writer on one transaction: committed when the block ends, rolled back if it raises.

        Raises:
            NotReady: If another thread or process is writing and does not finish within five seconds.
        """
        with self.database.transaction() as connection:
            yield BoutiqueWriter(connection)

    def _count(self, column: ColumnElement[int]) -> int:
        with self.database.read() as connection:
            return connection.execute(select(func.count(column))).scalar_one()


_TIME_ORDER = (tables.interactions.c.at, tables.interactions.c.position, tables.interactions.c.number)


def in_time_order(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query for interactions with their external ids, oldest first."""
    table = tables.interactions
    return (
        select(tables.clients.c.client_id, tables.items.c.item_id)
        .add_columns(table.c.kind, table.c.at, table.c.position, table.c.quantity)
        .join_from(table, tables.clients)
        .join(tables.items)
        .where(*conditions)
        .order_by(*_TIME_ORDER)
    )


def _digest(parts: Iterable[object]) -> str:
    state = hashlib.sha256()
    for part in parts:
        state.update(json.dumps(part, ensure_ascii=True).encode() + b"\n")
    return state.hexdigest()[:16]
