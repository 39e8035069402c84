"""Everything that is read across the clients of one reader's book, each table once."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from agent.context import Actor, TurnContext
from agent.floor.shop import Shop
from agent.floor.standing import standing
from agent.policy import require
from agent.records.facts import Fact
from agent.records.saved import SavedItem
from agent.records.service_book import Contact, FollowUp, ServiceBook, by_client
from recsys.ranker import IntArray
from recsys.reverse_ranking import Kept
from recsys.schema import Client
from recsys.seller.facts import Owned, Purchase, purchases_of

STALE_AFTER = dt.timedelta(days=60)


@dataclass(frozen=True)
class Entry:
    """One client of the book with what is on record of them.

    Attributes:
        purchases: Kept purchases, oldest first.
        sequence: Their internal item ids, int64.
    """

    client: Client
    purchases: tuple[Purchase, ...]
    sequence: IntArray
    facts: tuple[Fact, ...]
    wishes: tuple[SavedItem, ...]
    follow_ups: tuple[FollowUp, ...]
    contacts: tuple[Contact, ...]

    @property
    def client_id(self) -> str:
        """The client's id."""
        return self.client.client_id

    @property
    def name(self) -> str:
        """What the client is called."""
        return self.client.called

    @property
    def last_contact(self) -> dt.date | None:
        """When the house was last in touch, None if that is not on record."""
        return self.contacts[-1].at.date() if self.contacts else None


@dataclass(frozen=True)
class WholeBook:
    """A reader's book.

    Attributes:
        newest: Time of the boutique's newest interaction, None where none has a time.
    """

    clients: tuple[Entry, ...]
    newest: dt.datetime | None

    def today(self, clock: dt.datetime) -> tuple[dt.date, bool]:
        """Return the day to count from, and whether it is the newest record's instead of the clock's.

        Where the records end long before the clock's day, everybody would seem to have stayed away: then the last
        recorded day counts as today.
        """
        if self.newest is not None and clock - self.newest > STALE_AFTER:
            return self.newest.date(), True
        return clock.date(), False


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking the growing book again and again, which takes longer than reading it.

    Nothing made here refers to itself, so what is let go is freed all the same.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_no_collection()
def read_book(shop: Shop, context: TurnContext) -> WholeBook:
    """Read the book of who asks; raise Refused for a shopper, who has none."""
    require(context.actor, "look_up")
    actor, service = context.actor, ServiceBook(shop.boutique)
    history = shop.book.all_interactions(actor)
    facts, wishes = service.facts(actor), service.wishes(actor, history)
    follow_ups, contacts = by_client(service.follow_ups(actor)), by_client(service.contacts(actor))
    clients = []
    for client in shop.book.clients(actor):
        name = client.client_id
        purchases = tuple(purchases_of(history.get(name, ())))
        clients.append(
            Entry(
                client=client,
                purchases=purchases,
                sequence=shop.internal(purchases),
                facts=tuple(facts.get(name, ())),
                wishes=tuple(wishes.get(name, ())),
                follow_ups=tuple(follow_ups.get(name, ())),
                contacts=tuple(contacts.get(name, ())),
            )
        )
    return WholeBook(tuple(clients), service.newest())


def owned_by(shop: Shop, entry: Entry) -> tuple[Owned, ...]:
    """Return a client's kept purchases as they can be spoken of, oldest first."""
    return tuple(Owned(shop.catalogue.item(one.item_id), one.at) for one in entry.purchases)


def kept_in_mind(shop: Shop, actor: Actor, clients: Sequence[Entry]) -> Mapping[int, Kept]:
    """Return what holds in every ranking for those clients who said anything, by position."""
    spoken = ServiceBook(shop.boutique).speakers(actor) | {one.client_id for one in clients if one.facts}
    found = {}
    for position, one in enumerate(clients):
        if one.client_id in spoken:
            known = standing(shop, TurnContext(actor, one.client_id, ""))
            refused = [shop.catalogue.ids.to_internal(item_id) for item_id in known.refused]
            found[position] = Kept(known.moves, frozenset(refused))
    return found
