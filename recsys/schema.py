"""The words of the domain as types: items, clients, interactions, rankings, evidence, explanations.

Everything that enters from a file is validated here (pydantic, extra fields forbidden); what the code itself makes
is a frozen dataclass. This module imports nothing heavy and nothing of ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

# Control characters, bidirectional overrides, zero-width and tag characters never belong in shop data: they hide
# text from the person who reads it and not from the model that does.
VISIBLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]*$"

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=VISIBLE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000, pattern=VISIBLE)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_CODES = frozenset(("asin", "ean", "gtin", "isbn", "sku"))  # identify, describe nothing
InteractionKind = Literal["purchase", "view", "wishlist", "return"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Record):
    """One entry of the catalogue.

    Attributes:
        category: Path from the broadest to the narrowest name, for example ("Bags", "Tote bags").
        price_minor: Price in minor units of `currency` (cents), None where the source has no price.
        attributes: Further catalogue facts by name (season, care, occasion, silhouette, pattern, ...).
        image: An https address, or "drawing:" and a drawing's specification, or None.
    """

    item_id: Identifier
    title: Name
    brand: Name | None = None
    category: tuple[Name, ...] = ()
    price_minor: Annotated[int, Field(ge=0, le=10**12)] | None = None
    currency: Currency | None = None
    colour: Name | None = None
    material: Name | None = None
    description: Text = ""
    attributes: dict[Name, Text] = Field(default_factory=dict)
    image: Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https://|drawing:)\S+$")] | None = None
    available: bool = True

    @model_validator(mode="after")
    def _price_has_currency(self) -> Self:
        if (self.price_minor is None) != (self.currency is None):
            raise ValueError("price_minor and currency go together: give both or neither")
        return self

    def text(self) -> str:
        """Return the item's catalogue text for encoders and scorers: what it is, without price or ids."""
        facts = [self.brand, " > ".join(self.category), self.colour, self.material, self.description]
        facts += [f"{name}: {value}" for name, value in sorted(self.attributes.items()) if name not in _CODES]
        return ". ".join([self.title, *(fact for fact in facts if fact)])


class Note(_Record):
    """A dated remark of the boutique's staff about a client."""

    at: dt.date
    text: Text


class Client(_Record):
    """One customer of the boutique, and the associate who looks after them."""

    client_id: Identifier
    name: Name | None = None
    associate_id: Identifier | None = None
    preferences: dict[Name, Text] = Field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def called(self) -> str:
        """What the staff call the client: the name, else "Client 17"."""
        return called(self.name, self.client_id)


def called(name: str | None, client_id: str) -> str:
    """Return what the staff call a client, by whatever of the record is at hand."""
    return name or f"Client {client_id}"


class Interaction(_Record):
    """One (client, item) row in time; `position` orders rows of one client where no time is known."""

    client_id: Identifier
    item_id: Identifier
    kind: InteractionKind = "purchase"
    at: dt.datetime | None = None
    position: Annotated[int, Field(ge=0)] | None = None
    quantity: Annotated[int, Field(ge=1, le=100_000)] = 1

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.at is None and self.position is None:
            raise ValueError("give a time (at) or an order (position): a sequence needs one of them")
        return self


class Filters(_Record):
    """What a candidate must satisfy; None means "any". The one filter language of ranking and vector search.

    Attributes:
        category: A name that must occur anywhere in the item's category path, case folded.
        colour, material: Words that must all occur in the item's colour or material, case folded.
        season: A word of the item's season; what is for all year suits every season.
        size: One of the sizes that the item comes in.
        not_brand, not_colour, not_material, not_category: What the item must not have, by the same rules.
    """

    category: str | None = None
    brand: str | None = None
    colour: str | None = None
    material: str | None = None
    season: str | None = None
    size: str | None = None
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    not_brand: tuple[str, ...] = ()
    not_colour: tuple[str, ...] = ()
    not_material: tuple[str, ...] = ()
    not_category: tuple[str, ...] = ()
    only_available: bool = True


@dataclass(frozen=True)
class Candidate:
    """An item in a ranking. `score` is unitless, higher is better, comparable within one ranking only."""

    item_id: str
    score: float


@dataclass(frozen=True)
class Ranking:
    """Ordered candidates, best first, and what was asked for."""

    candidates: tuple[Candidate, ...]
    ranker: str
    moves: Mapping[str, float] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)


EvidenceKind = Literal["history", "attribute", "house", "order", "request", "field"]


@dataclass(frozen=True)
class Evidence:
    """One fact that an explanation may rest on.

    Attributes:
        evidence_id: A letter and a running number, unique within one explanation: h history, a attribute, b house,
            o order, r request, f field, l a piece of a look; s1 is what the item shares with the purchase of h1.
        kind: "house" is loyalty to the item's brand, "order" that the purchases came in this order; both are tested
            causes like purchases and attributes. "field" is a catalogue fact, which the ranker does not read.
        subject: The item id of a history item, the ids of an order's items with a space between, the name of an
            attribute or catalogue field, the brand of a house, or what was asked for.
        statement: The fact as a sentence to the client, true by construction.
        key: The words of the statement by which a text is seen to rely on it ("clean-lined and quiet").
        effect: Fall of the target's standardised score when this cause is removed from the ranker's input.
        control: The same fall when a random other cause of its kind is removed (mean over those).
        at: When it happened, where known.
        tested: False where the ranker does not see this fact, so it may support but not carry a reason.
    """

    evidence_id: str
    kind: EvidenceKind
    subject: str
    statement: str
    key: str
    effect: float = 0.0
    control: float = 0.0
    at: dt.date | None = None
    tested: bool = False

    @property
    def is_cause(self) -> bool:
        """Whether removing it lowers the score more than removing a random other cause does."""
        return self.tested and self.effect > max(self.control, 0.0)


ExplanationStyle = Literal["feature", "style", "occasion", "sequence"]
"""What a reason leads with: what item and purchase share, the client's taste, what it is for, the purchases' order."""


@dataclass(frozen=True)
class Explanation:
    """The reason shown for one (client, item).

    Attributes:
        text: One or two sentences for the client.
        evidence: The facts it rests on, cited ones only.
        checks: Name of each check and whether the text passed it.
        source: Who wrote the text: a chat model, SELLER's local generator, the template, or nobody ("none": no strong
            reason).
        ledger: Each sentence of the text with the ids of the evidence that it rests on.
    """

    text: str
    evidence: tuple[Evidence, ...]
    checks: Mapping[str, bool]
    source: Literal["model", "seller", "template", "none"]
    ledger: tuple[tuple[str, tuple[str, ...]], ...] = ()
