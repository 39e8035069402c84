"""A conversation with the floor itself, without a model: each call does what the tool would, and keeps the state."""

from __future__ import annotations

from pathlib import Path

from agent.context import Actor, TurnContext
from agent.events import Card, Chips, Comparison, TextDelta, TurnEvent
from agent.floor import alike, comparing, looks, refining, suggestions, what_if
from agent.floor.shop import Shop
from agent.state import SlateState, TurnResult
from tests.desk import Desk

SHOPPER = Actor("c1", "shopper")
ASSOCIATE = Actor("a1", "associate")


class FloorTalk:
    """One thread on a shop's floor."""

    def __init__(self, shop: Shop, actor: Actor = SHOPPER, client_id: str = "c1") -> None:
        self.shop = shop
        self.context = TurnContext(actor, client_id, "t1")
        self.state = SlateState(messages=[])
        self.events: list[TurnEvent] = []

    def search(self, query: str, superlative: str = "", **wanted: object) -> TurnResult:
        wish = self.shop.wishes.read(**wanted)  # type: ignore[arg-type]
        self.events.clear()
        return self._keep(
            suggestions.search(self.shop, self.context, self.state, query, wish, superlative, self.events.append)
        )

    def recommend(self, **wanted: object) -> TurnResult:
        wish = self.shop.wishes.read(**wanted)  # type: ignore[arg-type]
        self.events.clear()
        return self._keep(suggestions.recommend(self.shop, self.context, self.state, wish, self.events.append))

    def refine(self, critique: str) -> TurnResult:
        self.events.clear()
        return self._keep(refining.refine(self.shop, self.context, self.state, critique, self.events.append))

    def similar(self, item: str) -> TurnResult:
        self.events.clear()
        return self._keep(alike.similar(self.shop, self.context, self.state, item, self.events.append))

    def look(self, item: str | None = None) -> TurnResult:
        self.events.clear()
        return self._keep(looks.complete_look(self.shop, self.context, self.state, item, self.events.append))

    def what_would_it_take(self, item: str) -> TurnResult:
        self.events.clear()
        return self._keep(what_if.what_would_it_take(self.shop, self.context, self.state, item, self.events.append))

    def compare(self, *items: str) -> TurnResult:
        self.events.clear()
        return self._keep(comparing.compare(self.shop, self.context, self.state, items, self.events.append))

    def _keep(self, result: TurnResult) -> TurnResult:
        self.state.update(result.update)  # type: ignore[typeddict-item]
        return result

    @property
    def slate(self) -> list[str]:
        return self.state["view"]["slate"] if "view" in self.state else []

    @property
    def cards(self) -> list[Card]:
        return [event for event in self.events if isinstance(event, Card)]

    @property
    def chips(self) -> tuple[str, ...]:
        return next((event.messages for event in self.events if isinstance(event, Chips)), ())

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def comparison(self) -> Comparison:
        return next(event for event in self.events if isinstance(event, Comparison))


def open_desk(folder: Path) -> Desk:
    """Open the small boutique once for a whole module: its tests only read."""
    return Desk(folder / "boutique")
