"""What is held about one suggestion: purchases as they can be spoken of, and the facts that a reason may rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.schema import Evidence, Interaction, Item
from recsys.seller.titles import short_title
from recsys.trajectory import dated_sequence


@dataclass(frozen=True)
class Purchase:
    """One purchase of the client; `at` is None where the source has only an order."""

    item_id: str
    at: dt.date | None


def purchases_of(interactions: Sequence[Interaction]) -> list[Purchase]:
    """Return a client's kept purchases, oldest first.

    Args:
        interactions: Everything on record of one client, oldest first.
    """
    item_ids, dates = dated_sequence(interactions)
    return [Purchase(item_id, date) for item_id, date in zip(item_ids, dates, strict=True)]


@dataclass(frozen=True)
class Owned:
    """One kept purchase as it can be spoken of; `at` is None where the source has only an order."""

    item: Item
    at: dt.date | None

    @property
    def name(self) -> str:
        """The name by which a person would call it."""
        return short_title(self.item)


@dataclass(frozen=True)
class EvidenceSet:
    """Everything that may be said about one suggestion, strongest cause of each kind first.

    Attributes:
        links: Id of a fact shared with a purchase to the id of that purchase's fact.
        order_matters: Whether words of sequence are earned.
        owned: All kept purchases of the client, oldest first, also those that are no cause.
    """

    item: Item
    evidence: tuple[Evidence, ...]
    links: Mapping[str, str]
    order_matters: bool
    owned: tuple[Owned, ...] = ()

    @property
    def causes(self) -> tuple[Evidence, ...]:
        """The facts whose removal was shown to lower the score."""
        return tuple(fact for fact in self.evidence if fact.is_cause)

    def of_kind(self, kind: str) -> tuple[Evidence, ...]:
        """The tested causes of one kind, strongest first."""
        return tuple(fact for fact in self.causes if fact.kind == kind)

    @property
    def traits(self) -> tuple[Evidence, ...]:
        """The causes that are a quality of the item and of the client's taste, strongest first."""
        return tuple(fact for fact in self.of_kind("attribute") if fact.evidence_id not in self.links)

    def shared_with(self, bought: Evidence) -> Evidence | None:
        """Return what the item shares with a purchase: a tested quality, else a catalogue fact, else None."""
        return next((one for one in self.evidence if self.links.get(one.evidence_id) == bought.evidence_id), None)

    def best_purchases(self, *, only_with_quality: bool = False) -> tuple[Evidence, ...]:
        """The purchases of which most can be said: a shared tested quality is worth most, then a shared fact."""
        history = self.of_kind("history")
        with_quality = tuple(fact for fact in history if (one := self.shared_with(fact)) and one.is_cause)
        if with_quality or only_with_quality:
            return with_quality
        return tuple(fact for fact in history if self.shared_with(fact)) or history

    def to_say(self) -> tuple[Evidence, ...]:
        """Return the few facts worth saying: a wish met, one purchase with what it shares, one trait of the taste.

        Where there is none of them, loyalty to the house and the order of purchases carry the reason.
        """
        requests = self.of_kind("request")[:1]
        best = self.best_purchases(only_with_quality=bool(requests))[:1]
        bought = [one for fact in best for one in (fact, self.shared_with(fact)) if one is not None]
        said = [*requests, *bought]
        keys = {fact.key for fact in said}
        traits = [fact for fact in self.traits if fact.key not in keys][: max(0, 3 - len(said))][:1]
        return (*said, *traits) or (*self.of_kind("house"), *self.of_kind("order"))[:1]
