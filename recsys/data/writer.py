"""Writing into a boutique inside one transaction: items, clients, interactions and guided scores, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from recsys.data import service_tables, tables
from recsys.errors import NotFound
from recsys.guided.scores import GuidedScores
from recsys.schema import Client, Interaction, Item

_IDS_PER_QUERY = 500  # SQLite's oldest limit on parameters is 999


class Counts(NamedTuple):
    """What a batch did to the boutique."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class BoutiqueWriter:
    """One open write transaction; made by Boutique.writer(), which commits it or rolls it back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._items = self._numbers(tables.items, tables.items.c.item_id)
        self._clients = self._numbers(tables.clients, tables.clients.c.client_id)

    def _numbers(self, table: Table, column: Any) -> dict[str, int]:
        return {name: number for name, number in self._connection.execute(select(column, table.c.number))}

    def knows_item(self, item_id: str) -> bool:
        """Whether the catalogue has the item, counting what this transaction added."""
        return item_id in self._items

    @property
    def n_items(self) -> int:
        """Items of the catalogue, counting what this transaction added."""
        return len(self._items)

    def upsert_items(self, batch: Sequence[Item]) -> Counts:
        """Add items or replace what is stored of them; of one id given twice the last counts."""
        rows = {item.item_id: tables.item_row(item) for item in batch}
        return self._upsert(tables.items, "item_id", rows, self._items)

    def upsert_clients(self, batch: Sequence[Client]) -> Counts:
        """Add clients or replace what is stored of them; of one id given twice the last counts.

        Whoever changed hands here stays with whom they were given to, whatever the source says.
        """
        rows = {client.client_id: tables.client_row(client) for client in batch}
        for client_id, associate in self._handed_over(rows).items():
            rows[client_id]["associate_id"] = associate
        return self._upsert(tables.clients, "client_id", rows, self._clients)

    def _handed_over(self, client_ids: Iterable[str]) -> dict[str, str | None]:
        """Return who looks after those of some clients who changed hands in this boutique."""
        table, handovers, found = tables.clients, service_tables.handovers, dict[str, str | None]()
        given = select(table.c.client_id, table.c.associate_id).where(table.c.number.in_(select(handovers.c.client)))
        for chunk in _chunks(list(client_ids), _IDS_PER_QUERY):
            found.update(
                (name, associate)
                for name, associate in self._connection.execute(given.where(table.c.client_id.in_(chunk)))
            )
        return found

    def add_interactions(self, batch: Sequence[Interaction]) -> Counts:
        """Add interactions that are not there yet; clients not known yet are added with their id alone.

        The same client, item, kind, time and position are the same event: it is kept as it was first given.

        Raises:
            NotFound: If an item is not in the catalogue; then nothing of the batch is added.
        """
        for interaction in batch:
            self._item(interaction.item_id)
        unknown = dict.fromkeys(row.client_id for row in batch if row.client_id not in self._clients)
        self.upsert_clients([Client(client_id=client_id) for client_id in unknown])
        before = self._last_number(tables.interactions)
        if batch:
            statement = sqlite.insert(tables.interactions).on_conflict_do_nothing()
            self._connection.execute(statement, [self._row(interaction) for interaction in batch])
        new = self._last_number(tables.interactions) - before  # rows are only ever appended
        return Counts(new=new, unchanged=len(batch) - new)

    def put_guided_scores(self, scores: GuidedScores) -> Counts:
        """Store guided scores; those of another scorer or of other attributes are dropped first.

        Raises:
            NotFound: If an item is not in the catalogue; then nothing is changed.
        """
        numbers = [self._item(item_id) for item_id in scores.item_ids]
        self._put_attribute_set(scores)
        table = tables.guided_scores
        stored = {number: values for number, values in self._connection.execute(select(table.c.item, table.c.scores))}
        rows = {
            number: [float(value) for value in values] for number, values in zip(numbers, scores.values, strict=True)
        }
        changed = {number: row for number, row in rows.items() if stored.get(number) != row}
        if changed:
            statement = sqlite.insert(table)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["item"], set_={"scores": statement.excluded.scores}),
                [{"item": number, "scores": row} for number, row in changed.items()],
            )
        new = len(changed.keys() - stored.keys())
        return Counts(new, len(changed) - new, len(rows) - len(changed))

    def _put_attribute_set(self, scores: GuidedScores) -> None:
        """Store the set and who scored; drop the scores that do not belong to them."""
        table = tables.guided_sets
        stored = self._connection.execute(select(table)).mappings().one_or_none()
        row = {"number": 1, "attribute_set": scores.attribute_set.model_dump(mode="json"), "scorer": scores.scorer}
        if stored is not None:
            names = tuple(attribute["name"] for attribute in stored["attribute_set"]["attributes"])
            if (names, stored["scorer"]) != (scores.attribute_set.names, scores.scorer):
                self._connection.execute(delete(tables.guided_scores))
        if stored is None or dict(stored) != row:
            self._connection.execute(delete(table))
            self._connection.execute(insert(table), row)

    def _item(self, item_id: str) -> int:
        try:
            return self._items[item_id]
        except KeyError:
            raise NotFound(f"unknown item {item_id!r}: add it to the catalogue before what refers to it") from None

    def _row(self, interaction: Interaction) -> dict[str, Any]:
        return {
            "client": self._clients[interaction.client_id],
            "item": self._items[interaction.item_id],
            "kind": interaction.kind,
            "at": interaction.at,
            "position": interaction.position,
            "quantity": interaction.quantity,
        }

    def _upsert(self, table: Table, key: str, rows: Mapping[str, dict[str, Any]], known: dict[str, int]) -> Counts:
        stored = self._stored(table, key, [name for name in rows if name in known])
        new = [row for name, row in rows.items() if name not in known]
        changed = [row for name, row in rows.items() if name in stored and stored[name] != row]
        if new:
            numbered = [{**row, "number": number} for number, row in enumerate(new, self._last_number(table) + 1)]
            self._connection.execute(insert(table), numbered)
            known.update({row[key]: row["number"] for row in numbered})
        if changed:
            statement = update(table).where(table.c[key] == bindparam("wanted"))
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in changed[0] if name != key}
            self._connection.execute(
                statement.values(values),
                [{"wanted": row[key]} | {f"new_{name}": row[name] for name in values} for row in changed],
            )
        return Counts(len(new), len(changed), len(rows) - len(new) - len(changed))

    def _last_number(self, table: Table) -> int:
        return cast(int, self._connection.execute(select(func.max(table.c.number))).scalar() or 0)

    def _stored(self, table: Table, key: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        columns = [column for column in table.c if column.name != "number"]
        found: dict[str, dict[str, Any]] = {}
        for chunk in _chunks(names, _IDS_PER_QUERY):
            query = select(*columns).where(table.c[key].in_(chunk))
            found |= {row[key]: dict(row) for row in self._connection.execute(query).mappings()}
        return found


def _chunks(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
