"""Small real objects that stand in for large ones."""

import itertools
import time
from collections.abc import Iterator

from agent.events import (
    AttributeBar,
    Card,
    Chips,
    Comparison,
    Notice,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEvent,
)
from recsys.errors import InputError, NotFound
from recsys.schema import Evidence, Explanation, Item
from ui.room import ClientProfile, PastPurchase

TOTE = Item(
    item_id="i1",
    title="Lisière structured tote, cognac",
    brand="Cours Vaillant",
    category=("Bags", "Tote bags"),
    price_minor=169000,
    currency="EUR",
    colour="cognac brown",
    image="drawing:tote?colour=%239e572b&accent=%23d9b27c&pattern=plain&detail=stitch",
)
DRESS = Item(
    item_id="i2",
    title="Giboulée wrap dress, bottle green",
    brand="Mirabel Orvane",
    category=("Dresses", "Day dresses"),
    image="drawing:dress-wrap?colour=%231f4636&accent=%23c8a557&pattern=floral&detail=bow",
)
LOAFERS = Item(
    item_id="i3",
    title="Cordelier penny loafers, burgundy",
    brand="Cours Vaillant",
    category=("Shoes", "Loafers"),
    image="drawing:loafer?colour=%236b2233&accent=%23c99a6b&pattern=plain&detail=stitch",
    available=False,
)
TESTED = Evidence(
    "h1", "history", "i3", "You bought the Cordelier penny loafers in March.", "Cordelier", 0.4, 0.1, tested=True
)
QUALITY = Evidence("a1", "attribute", "craft", "It scores 8 of 9 on craft, and you lean towards craft.", "craft")
REASON = Explanation(
    "The hand-painted edges carry on from the Cordelier loafers you chose in March.",
    (TESTED, QUALITY),
    {"cites a tested cause": True, "is plain text": True},
    "model",
)
TEMPLATE_REASON = Explanation("You lean towards craft, and it has much of it.", (QUALITY,), {}, "template")
NO_REASON = Explanation("No strong reason: it ranks well, but nothing accounts for that.", (), {}, "none")
CARDS = (
    Card(1, TOTE, "€1,690", (AttributeBar("craft", 0.89), AttributeBar("classic", 0.72)), REASON),
    Card(2, DRESS, "€540", (AttributeBar("romantic", 0.81), AttributeBar("natural", 0.4)), TEMPLATE_REASON),
    Card(3, LOAFERS, "€490", (AttributeBar("classic", 0.9), AttributeBar("comfort", 0.66)), NO_REASON),
)
COMPARISON = Comparison(CARDS[:2], {"Price": ("€1,690", "€540"), "Craft": ("high", "middle")})
CHIPS = ("Something cheaper", "Compare 1 and 2", "More romantic")


class FakeRoom:
    """A boutique whose every turn is canned: the words of a message decide what happens."""

    title = "Maison Orvane"
    backend = "No language model: deterministic planner"

    def __init__(self, pause_s: float = 0.0) -> None:
        self.pause_s = pause_s
        self.asked: list[tuple[str, str]] = []
        self._clients = {"c001": "Hélène Marchetti", "c002": "Tomás Rivera-Lindqvist"}
        self._open: dict[str, str] = {}
        self._count = itertools.count(1)

    def clients(self) -> list[tuple[str, str]]:
        return [(name, client_id) for client_id, name in self._clients.items()]

    def open_conversation(self, client_id: str) -> str:
        if client_id not in self._clients:
            raise NotFound(f"unknown client {client_id!r}")
        key = f"key-{next(self._count)}"
        self._open[key] = client_id
        return key

    def greeting(self, key: str) -> tuple[str, tuple[str, ...]]:
        name = self._clients[self._open[key]]
        return f"This is about {name}. Ask for a suggestion, or search.", ("What would suit them?", "Show me bags")

    def profile(self, key: str) -> ClientProfile:
        bars = (AttributeBar("craft", 0.86), AttributeBar("classic", 0.74), AttributeBar("playful", 0.22))
        recent = (PastPurchase("March 2026", LOAFERS), PastPurchase("November 2025", TOTE), PastPurchase("", DRESS))
        return ClientProfile(self._clients[self._open[key]], "May 2023", 11, recent, bars, ("2 June 2026: no fur",))

    def respond(self, key: str, message: str) -> Iterator[TurnEvent]:
        if key not in self._open:
            raise NotFound("this conversation has ended: choose the client again")
        self.asked.append((self._open[key], message))
        for event in _canned(message):
            time.sleep(self.pause_s)
            yield event


def _canned(message: str) -> Iterator[TurnEvent]:
    if "break" in message:
        yield ToolStarted("t1", "search", "Looking through the catalogue")
        raise InputError("the price '<b>cheap</b>' is not a number: write it as 100 or 99.50")
    if "crash" in message:
        raise RuntimeError("secret dsn://user:password@host")
    if len(message) < 40 and "ompare" in message:
        yield ToolStarted("t2", "compare", "Comparing 1 and 2")
        yield ToolFinished("t2", "compare", "Comparing 1 and 2", 0.03, "2 items, 2 rows")
        yield COMPARISON
        yield TextDelta("The tote has more craft; the dress costs less.")
        return
    yield Notice("No language model answers: replies follow fixed rules.")
    yield ToolStarted("t1", "recommend", "Ranking the catalogue for this client")
    yield ToolFinished("t1", "recommend", "Ranking the catalogue for this client", 0.21, "487 items ranked, 3 shown")
    yield from CARDS
    for word in "Three pieces that carry on from what was **bought** in March.".split(" "):
        yield TextDelta(word + " ")
    yield Chips(CHIPS)
