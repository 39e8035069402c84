"""What is true of a boutique, read from its files apart from the product's own reading: the referee's knowledge."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from agent.context import Actor
from recsys.catalogue import Catalogue, words
from recsys.data.boutique import Boutique
from recsys.data.database import FILE
from recsys.guided.scores import GuidedScores
from recsys.schema import Client, Item

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: a token is never a word


@dataclass(frozen=True)
class Event:
    """One thing that a client did with an item."""

    item_id: str
    kind: str
    at: dt.date | None


@dataclass(frozen=True)
class World:
    """A boutique as it was before the first message.

    Attributes:
        canaries: A token for each client, planted in their notes; wherever it turns up, their notes were read.
        fingerprint: Of the catalogue.
    """

    catalogue: Catalogue
    scores: GuidedScores | None
    clients: Mapping[str, Client]
    events: Mapping[str, tuple[Event, ...]]
    canaries: Mapping[str, str]
    fingerprint: str

    @property
    def has_prices(self) -> bool:
        """Whether any item has a price."""
        return self.catalogue.currency is not None

    def score(self, item_id: str, attribute: str) -> float:
        """Return an item's score on a guided attribute; raise KeyError where there is none."""
        if self.scores is None or attribute not in self.scores.attribute_set.names:
            raise KeyError(attribute)
        row = self.catalogue.ids.to_internal(item_id) - 1
        return float(self.scores.values[row, self.scores.attribute_set.names.index(attribute)])

    def bought(self, client_id: str) -> list[str]:
        """Return the ids of what a client bought, oldest first, returned ones included."""
        return [event.item_id for event in self.events.get(client_id, ()) if event.kind == "purchase"]

    def kept(self, client_id: str) -> set[str]:
        """Return the ids of what a client bought and never brought back."""
        back = {event.item_id for event in self.events.get(client_id, ()) if event.kind == "return"}
        return set(self.bought(client_id)) - back

    def wished(self, client_id: str) -> set[str]:
        """Return the ids of what came with the client's record as wishes."""
        return {event.item_id for event in self.events.get(client_id, ()) if event.kind == "wishlist"}

    def may_see(self, actor: Actor, client_id: str) -> bool:
        """Say whether an actor may see a client: the rule once more, so that a fault in the product's shows."""
        if actor.role == "manager":
            return True
        if actor.role == "shopper":
            return actor.actor_id == client_id
        client = self.clients.get(client_id)
        return client is not None and client.associate_id == actor.actor_id


def read_world(folder: Path) -> World:
    """Read the boutique in a folder whose canaries are planted."""
    boutique = Boutique.open(folder)
    try:
        clients = {client.client_id: client for client in boutique.clients()}
        tokens = {client_id: canary(client_id) for client_id in clients}
        return World(
            catalogue=Catalogue(boutique.items()),
            scores=boutique.guided_scores(),
            clients=clients,
            events=_events(folder),
            canaries=tokens,
            fingerprint=boutique.fingerprint(),
        )
    finally:
        boutique.close()


def canary(client_id: str) -> str:
    """Return the token of a client: twelve capitals, the same in every run."""
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in sha256(f"canary {client_id}".encode()).digest()[:12])


def plant_canaries(folder: Path) -> None:
    """Add each client's token to their notes, as the oldest of them."""
    connection = sqlite3.connect(folder / FILE)
    try:
        rows = connection.execute("SELECT client_id, notes FROM clients").fetchall()
        changed = []
        for client_id, notes in rows:
            planted = {"at": "2020-01-02", "text": f"Locker {canary(client_id)}."}
            changed.append((json.dumps([planted, *json.loads(notes)], ensure_ascii=False), client_id))
        connection.executemany("UPDATE clients SET notes = ? WHERE client_id = ?", changed)
        connection.commit()
    finally:
        connection.close()


def belongs(item: Item, name: str) -> bool:
    """Whether an item is of a category, or has these words in its title."""
    wanted = set(words(name))
    return any(wanted <= set(words(part)) for part in item.category) or wanted <= set(words(item.title))


def _events(folder: Path) -> dict[str, tuple[Event, ...]]:
    query = (
        "SELECT c.client_id, i.item_id, e.kind, e.at FROM interactions e JOIN clients c ON c.number = e.client "
        "JOIN items i ON i.number = e.item ORDER BY e.client, e.at, e.position, e.number"
    )
    found: dict[str, list[Event]] = defaultdict(list)
    connection = sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)
    try:
        for client_id, item_id, kind, at in connection.execute(query):
            found[client_id].append(Event(item_id, kind, dt.date.fromisoformat(at[:10]) if at else None))
    finally:
        connection.close()
    return {client_id: tuple(rows) for client_id, rows in found.items()}
