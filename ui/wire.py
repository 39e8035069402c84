"""Items, reasons, cards and clients as typed JSON: one form for REST and MCP. Says nothing that the records do not."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.events import AttributeBar, Card, Comparison
from agent.floor.enquiries import Record
from agent.floor.trials import Trial
from recsys.schema import Client, Evidence, EvidenceKind, Explanation, Item

FactorKind = EvidenceKind
"""Why an item can match a client."""


class Wire(BaseModel):
    """Base of everything that is sent: unknown fields are refused, so a schema says all there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PriceOut(Wire):
    """A price as the catalogue has it, in minor units and as people read it."""

    minor: int
    currency: str
    text: str


class ItemOut(Wire):
    """One entry of the catalogue."""

    item_id: str
    title: str
    brand: str | None
    category: list[str] = Field(description="From the broadest to the narrowest name.")
    price: PriceOut | None
    colour: str | None
    material: str | None
    description: str
    attributes: dict[str, str]
    image: str | None = Field(description="An https address, or 'drawing:' and its specification.")
    available: bool

    @classmethod
    def of(cls, item: Item, price: str) -> ItemOut:
        """Return an item with its price as code renders it."""
        priced = item.price_minor is not None and item.currency is not None
        fields = item.model_dump(exclude={"price_minor", "currency"}) | {"category": list(item.category)}
        known = PriceOut(minor=item.price_minor or 0, currency=item.currency or "", text=price) if priced else None
        return cls(price=known, **fields)


class BarOut(Wire):
    """A guided attribute as a share of its scale."""

    label: str
    value: float = Field(ge=0, le=1)

    @classmethod
    def of(cls, bar: AttributeBar) -> BarOut:
        """Return a bar."""
        return cls(label=bar.label, value=round(min(max(bar.value, 0.0), 1.0), 4))


class EvidenceOut(Wire):
    """One fact that a reason rests on."""

    evidence_id: str
    kind: FactorKind
    subject: str
    statement: str
    tested: bool = Field(description="Whether the fact was removed and the fall of the score measured.")
    effect: float = Field(description="Fall of the standardised score without it.")
    control: float = Field(description="The same without a random other cause of its kind.")
    at: dt.date | None

    @classmethod
    def of(cls, fact: Evidence) -> EvidenceOut:
        """Return a fact."""
        told = {name: getattr(fact, name) for name in ("evidence_id", "kind", "subject", "statement", "tested", "at")}
        return cls(effect=round(fact.effect, 4), control=round(fact.control, 4), **told)


class ReasonOut(Wire):
    """Why an item was suggested; source "none" where there is no strong reason."""

    text: str
    source: Literal["model", "seller", "template", "none"]
    evidence: list[EvidenceOut]
    checks: dict[str, bool]

    @classmethod
    def of(cls, reason: Explanation) -> ReasonOut:
        """Return a reason."""
        facts = [EvidenceOut.of(fact) for fact in reason.evidence]
        return cls(text=reason.text, source=reason.source, evidence=facts, checks=dict(reason.checks))


class CardOut(Wire):
    """One item as a person sees it; `reference` is its number among those shown with it."""

    reference: int
    item: ItemOut
    bars: list[BarOut]
    reason: ReasonOut | None

    @classmethod
    def of(cls, card: Card) -> CardOut:
        """Return a card."""
        return cls(
            reference=card.reference,
            item=ItemOut.of(card.item, card.price),
            bars=[BarOut.of(bar) for bar in card.bars],
            reason=ReasonOut.of(card.reason) if card.reason is not None else None,
        )


class TrialOut(Wire):
    """What the test of a reason's cause found: the item's place in the client's ranking with and without it."""

    evidence_id: str
    place: int
    place_without: int
    n_items: int

    @classmethod
    def of(cls, trial: Trial) -> TrialOut:
        """Return a test's figures."""
        cause = trial.cause.evidence_id
        return cls(evidence_id=cause, place=trial.place, place_without=trial.place_without, n_items=trial.n_items)


class ComparisonOut(Wire):
    """Items side by side: each row has a label and one value an item."""

    cards: list[CardOut]
    rows: dict[str, list[str]]

    @classmethod
    def of(cls, comparison: Comparison) -> ComparisonOut:
        """Return a comparison."""
        rows = {label: list(values) for label, values in comparison.rows.items()}
        return cls(cards=[CardOut.of(card) for card in comparison.cards], rows=rows)


class ClientOut(Wire):
    """A client of the reader's own book."""

    client_id: str
    name: str | None
    associate_id: str | None

    @classmethod
    def of(cls, client: Client) -> ClientOut:
        """Return a client's entry in the book."""
        return cls(client_id=client.client_id, name=client.name, associate_id=client.associate_id)


class PurchaseOut(Wire):
    """One kept purchase."""

    item_id: str
    title: str
    at: dt.date | None


class NoteOut(Wire):
    """A dated remark of the staff; never sent to the client."""

    at: dt.date
    text: str


class RecordOut(Wire):
    """What is on record of a client, newest purchase first."""

    client: ClientOut
    preferences: dict[str, str]
    purchases: list[PurchaseOut]
    taste: list[BarOut]
    notes: list[NoteOut]

    @classmethod
    def of(cls, record: Record) -> RecordOut:
        """Return a record."""
        bought = [PurchaseOut(item_id=item.item_id, title=item.title, at=at) for item, at in record.purchases]
        return cls(
            client=ClientOut.of(record.client),
            preferences=dict(record.client.preferences),
            purchases=bought,
            taste=[BarOut.of(bar) for bar in record.taste],
            notes=[NoteOut(at=at, text=text) for at, text in record.notes],
        )
