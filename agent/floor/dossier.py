"""Everything on record of one client, read once, and the figures that follow from it. No words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from agent.context import TurnContext
from agent.floor.shop import Shop
from agent.records.facts import Fact
from agent.records.look_books import LookBooks, StoredLookBook
from agent.records.messages import ContactDecision, may_contact
from agent.records.opinions import Feedback, ReasonFeedback
from agent.records.saved import SavedItem
from agent.records.service_book import Consent, Contact, FollowUp, ServiceBook
from recsys.drift import DriftPoint, find_drifts
from recsys.guided.attributes import AttributeSet
from recsys.ranker import IntArray
from recsys.recommender import Recommender
from recsys.schema import Client, Interaction
from recsys.seller.facts import Owned, Purchase, purchases_of
from recsys.trajectory import Trajectory, follow

_CLIENTS_KEPT = 4096  # clients whose drift points are kept until they buy again


@dataclass(frozen=True)
class Remark:
    """A note of the staff, from the client's record or written here; `author` is "" where the record names none."""

    at: dt.date
    text: str
    author: str = ""


@dataclass(frozen=True)
class Dossier:
    """One client.

    Attributes:
        owned: Kept purchases, oldest first.
        returned: What was brought back, oldest first.
        is_reader: Whether the client reads it themselves.
        remarks, follow_ups, look_books: Empty for a reader who is not staff.
        contact: Whether the client may be written to now; None for a reader who is not staff.
        trajectory: The path of the taste; None where the boutique has no guided scores.
        drifts: Where it turned.
        attributes: The guided attributes with their phrases.
    """

    client: Client
    is_reader: bool
    owned: tuple[Owned, ...]
    returned: tuple[Owned, ...]
    saved: tuple[SavedItem, ...]
    opinions: tuple[Feedback, ...]
    of_reasons: tuple[ReasonFeedback, ...]
    facts: tuple[Fact, ...]
    remarks: tuple[Remark, ...]
    follow_ups: tuple[FollowUp, ...]
    look_books: tuple[StoredLookBook, ...]
    contacts: tuple[Contact, ...]
    consents: tuple[Consent, ...]
    contact: ContactDecision | None
    taste_words: tuple[str, ...]
    trajectory: Trajectory | None
    drifts: tuple[DriftPoint, ...]
    attributes: AttributeSet | None

    @property
    def name(self) -> str:
        """What the client is called; who is here without a name reads "You", not the number of the record."""
        return self.client.called if self.client.name or not self.is_reader else "You"


def read_dossier(shop: Shop, context: TurnContext) -> Dossier:
    """Read everything on record of the conversation's client that the actor may know.

    Raises:
        Refused: If the actor may not see the client.
    """
    actor, client = context.actor, shop.client(context)
    client_id, staff, service = client.client_id, actor.role != "shopper", ServiceBook(shop.boutique)
    history = shop.book.interactions(actor, client_id)
    purchases = purchases_of(history)
    came = [Remark(note.at, note.text) for note in client.notes]
    notes = service.notes(actor, client_id) if staff else []
    written = [Remark(note.at.date(), note.text, note.author) for note in notes]
    trajectory, drifts = taste_path(shop.recommender, purchases)
    return Dossier(
        client=client,
        is_reader=not staff,
        owned=tuple(Owned(shop.catalogue.item(one.item_id), one.at) for one in purchases),
        returned=tuple(_returned(shop, history)),
        saved=tuple(shop.saved.all(actor, client_id)),
        opinions=tuple(shop.opinions.all(actor, client_id)),
        of_reasons=tuple(shop.opinions.of_reasons(actor, client_id)),
        facts=tuple(shop.facts.all(actor, client_id)),
        remarks=tuple(sorted([*came, *written], key=lambda one: one.at)) if staff else (),
        follow_ups=tuple(service.follow_ups(actor, client_id)) if staff else (),
        look_books=tuple(LookBooks(shop.boutique).all(actor, client_id)) if staff else (),
        contacts=tuple(service.contacts(actor, client_id)),
        consents=tuple(service.consents(actor, client_id)),
        contact=may_contact(shop.boutique, actor, client_id, None, shop.clock()) if staff else None,
        taste_words=shop.taste_words(purchases),
        trajectory=trajectory,
        drifts=drifts,
        attributes=shop.recommender.guided.attribute_set if shop.recommender.guided is not None else None,
    )


def taste_path(
    recommender: Recommender, purchases: Sequence[Purchase]
) -> tuple[Trajectory | None, tuple[DriftPoint, ...]]:
    """Follow a client's taste and find where it turned, as `clienteller taste` does."""
    if recommender.guided is None:
        return None, ()
    sequence = recommender.internal([one.item_id for one in purchases])
    return follow(recommender.guided, sequence, [one.at for one in purchases]), drifts_of(recommender, sequence)


def drifts_of(recommender: Recommender, sequence: IntArray) -> tuple[DriftPoint, ...]:
    """Return the drift points of a sequence; the same sequence is not tested twice."""
    return _drifts(recommender, tuple(int(item) for item in sequence))


@lru_cache(maxsize=_CLIENTS_KEPT)
def _drifts(recommender: Recommender, sequence: tuple[int, ...]) -> tuple[DriftPoint, ...]:
    if recommender.guided is None:
        return ()
    return find_drifts(recommender.guided, np.array(sequence, dtype=np.int64))


def usual_price(owned: Sequence[Owned]) -> tuple[int, int, str] | None:
    """Return between which prices the middle half of the priced purchases lies, in minor units, and their currency.

    Fewer than four priced purchases of one currency tell of no habit: None.
    """
    currencies = {one.item.currency for one in owned if one.item.currency}
    prices = sorted(one.item.price_minor for one in owned if one.item.price_minor is not None)
    if len(prices) < 4 or len(currencies) != 1:
        return None
    return prices[len(prices) // 4], prices[(3 * len(prices)) // 4], currencies.pop()


def budget_of(client: Client, facts: Sequence[Fact], shop: Shop) -> int | None:
    """Return the highest price a piece that the record or a remembered fact names as the budget, in minor units."""
    said = [value for name, value in client.preferences.items() if "budget" in name.casefold()]
    said += [fact.value for fact in facts if "budget" in fact.subject.casefold()]
    amounts = [amount for text in said for amount in _amounts(text)]
    return shop.wishes.minor(amounts[-1]) if amounts else None


def _amounts(text: str) -> list[float]:
    found = [part.strip(".,").replace(",", "") for part in text.split()]
    return [float(part) for part in found if part.replace(".", "", 1).isdecimal()]


def days_of(owned: Sequence[Owned]) -> list[dt.date]:
    """Return the different days on which something was bought, oldest first."""
    return sorted({one.at for one in owned if one.at is not None})


def _returned(shop: Shop, history: Sequence[Interaction]) -> list[Owned]:
    rows = [row for row in history if row.kind == "return"]
    return [Owned(shop.catalogue.item(row.item_id), row.at.date() if row.at else None) for row in rows]
