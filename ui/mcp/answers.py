"""What the MCP tools return. Every figure, price and date in it is rendered by code from the records."""

from __future__ import annotations

from pydantic import Field

from agent.events import Card
from agent.floor.enquiries import Finds
from ui.wire import BarOut, FactorKind, ItemOut, ReasonOut, TrialOut, Wire


class Product(Wire):
    """One entry of the catalogue; `reference` is the id by which the other tools know it."""

    reference: str
    item: ItemOut
    attributes: list[BarOut] = Field(description="Its most marked qualities, as shares of their scales.")

    @classmethod
    def of(cls, card: Card) -> Product:
        """Return an item of the catalogue."""
        bars = [BarOut.of(bar) for bar in card.bars]
        return cls(reference=card.item.item_id, item=ItemOut.of(card.item, card.price), attributes=bars)


class Products(Wire):
    """Items that answer a query, best first, without a client's taste."""

    query: str
    carried: bool = Field(description="Whether the boutique carries anything that answers the words.")
    missing: list[str] = Field(description="What no item of the catalogue has, for example 'brand Gucci'.")
    unkept: list[str] = Field(description="What the catalogue says nothing about, for example 'season'.")
    products: list[Product]

    @classmethod
    def of(cls, query: str, finds: Finds) -> Products:
        """Return what a search brought."""
        return cls(
            query=query,
            carried=finds.carried,
            missing=list(finds.missing),
            unkept=list(finds.unkept),
            products=[Product.of(card) for card in finds.cards],
        )


class Match(Wire):
    """An item for a client, and what it rests on."""

    product: Product
    match_factors: list[FactorKind] = Field(
        description="Kinds of evidence found; none where there is no strong reason."
    )
    reason: ReasonOut | None

    @classmethod
    def of(cls, card: Card) -> Match:
        """Return an item with its reason."""
        facts = card.reason.evidence if card.reason is not None else ()
        factors = list(dict.fromkeys(fact.kind for fact in facts))
        told = ReasonOut.of(card.reason) if card.reason is not None else None
        return cls(product=Product.of(card), match_factors=factors, reason=told)


class Recommendations(Wire):
    """The best items for a client, best first."""

    client_id: str
    moves: dict[str, float]
    matches: list[Match]


class ExplanationOfItem(Wire):
    """Why an item suits a client, and what the test of the strongest cause found."""

    client_id: str
    match: Match
    trial: TrialOut | None


class SideBySide(Wire):
    """Items side by side for a client: each row has a label and one value an item, in the order of the references."""

    client_id: str
    references: list[str]
    rows: dict[str, list[str]]
