"""Simulated shoppers who look for one hidden item: a vague wish first, then hints that are true of it.

A shopper knows the target only as a person would recognise it on a card, by title, colour and price. The control gives
hints of another item, drawn by chance, while it looks for the same target. What the shoppers said is checked apart,
in target_check, from their sentences alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

import numpy as np

from agent.context import Actor
from agent.events import Card
from agent.journeys.stage import Stage
from agent.journeys.target_check import Checked, check_search
from agent.journeys.target_report import TargetReport
from agent.journeys.world import World
from agent.settings import Settings
from recsys.errors import InputError
from recsys.money import format_price
from recsys.schema import Item

MAX_TURNS = 6
MAX_HINTS = 3
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Look:
    """One turn of a search: the sentence, the slate before it and what it brought."""

    sentence: str
    before: tuple[str, ...]
    shown: tuple[str, ...]


@dataclass
class Search:
    """One shopper's search.

    Attributes:
        accepted: The id of the item that the shopper took for the target, "" if they gave up.
    """

    client_id: str
    target: str
    hinted: str
    looks: list[Look] = field(default_factory=list)
    accepted: str = ""

    @property
    def hit_at(self) -> int | None:
        """The turn in which the target was accepted, None if never."""
        return len(self.looks) if self.accepted == self.target else None


def simulate_shoppers(settings: Settings, *, n_clients: int, seed: int, on_progress: Progress) -> TargetReport:
    """Let shoppers search, each once with true hints and once as the control.

    Args:
        settings: Of the boutique and the chat model; the boutique itself is not touched.
        n_clients: How many clients to draw; each looks for one item.
        seed: Of the draws.
        on_progress: Told one line for each client.

    Raises:
        InputError: If the boutique has no guided scores or no clients with purchases.
    """
    with tempfile.TemporaryDirectory(prefix="journeys-") as folder:
        stage = Stage(settings, Path(folder) / "boutique")
        try:
            return search_on(stage, n_clients=n_clients, seed=seed, on_progress=on_progress)
        finally:
            stage.close()


def search_on(stage: Stage, *, n_clients: int, seed: int, on_progress: Progress) -> TargetReport:
    """Let shoppers search on a stage that stands.

    Raises:
        InputError: If the boutique has no guided scores or no clients with purchases.
    """
    told: dict[str, list[Checked]] = {"hints": [], "control": []}
    pairs = _drawn(stage.world, n_clients, np.random.default_rng(seed))
    for number, (client_id, target, decoy) in enumerate(pairs, start=1):
        for name, hinted in (("hints", target), ("control", decoy)):
            search = _search(stage, Search(client_id, target, hinted))
            told[name].append(check_search(search, stage.world))
        on_progress(f"{number} of {len(pairs)}: {client_id} looked for {target}")
    return TargetReport(stage.assistant.backend.label, seed, told["hints"], told["control"], MAX_TURNS)


def _drawn(world: World, n_clients: int, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """Return (client, target, item of the control's hints); the target is nothing that the client has."""
    if world.scores is None:
        raise InputError("the hints are made of guided attributes: score the items with 'clienteller annotate' first")
    clients = sorted(client_id for client_id in world.clients if world.bought(client_id))
    if not clients:
        raise InputError("the boutique has no client with purchases: ingest purchases first")
    offered = [item.item_id for item in world.catalogue.items if item.available and item.category]
    pairs = []
    for client_id in rng.permutation(clients)[:n_clients]:
        open_ids = [one for one in offered if one not in world.bought(str(client_id))]
        target, decoy = rng.choice(open_ids, size=2, replace=False)
        pairs.append((str(client_id), str(target), str(decoy)))
    return pairs


def _search(stage: Stage, search: Search) -> Search:
    shopper = _Shopper(stage.world, search)
    actor = Actor(search.client_id, "shopper")
    conversation = stage.assistant.conversation(actor, search.client_id)
    shown: tuple[str, ...] = ()
    for turn in range(MAX_TURNS):
        sentence = shopper.wish() if turn == 0 else shopper.hints(shown)
        cards = [event for event in conversation.respond(sentence) if isinstance(event, Card)]
        before, shown = shown, tuple(card.item.item_id for card in cards) or shown
        search.looks.append(Look(sentence, before, tuple(card.item.item_id for card in cards)))
        search.accepted = shopper.accepted(cards)
        if search.accepted:
            break
    return search


class _Shopper:
    """What the shopper says. `hinted` is the item that the hints are true of: the target, or the control's."""

    def __init__(self, world: World, search: Search) -> None:
        self._world = world
        self._hinted = world.catalogue.item(search.hinted)
        target = world.catalogue.item(search.target)
        self._looks_like = (target.title, target.colour, format_price(target.price_minor, target.currency))
        self._said: set[str] = set()

    def wish(self) -> str:
        """Return the first message: the broadest category and nothing else."""
        return f"I am looking for something in {self._hinted.category[0]}"

    def hints(self, shown: Sequence[str]) -> str:
        """Return one sentence with at most three hints: a fact, the price, the qualities furthest off."""
        items = [self._world.catalogue.item(one) for one in shown]
        fact = self._fact()
        relative = [*self._price_hint(items), *self._quality_hints(shown)]
        parts = ([fact] if fact else []) + relative[: MAX_HINTS - (1 if fact else 0)]
        return f"I would rather see {', '.join(parts)}" if parts else "I would rather see others"

    def accepted(self, cards: Sequence[Card]) -> str:
        """Return the id of the card that looks like the target, "" if none does."""
        for card in cards:
            if (card.item.title, card.item.colour, card.price) == self._looks_like:
                return card.item.item_id
        return ""

    def _fact(self) -> str:
        """Return the next fact not told yet: the narrowest category, the colour, the brand."""
        item = self._hinted
        facts = [item.category[-1], f"something in {item.colour}" if item.colour else ""]
        facts.append(f"something by {item.brand}" if item.brand else "")
        for fact in facts:
            if fact and fact not in self._said:
                self._said.add(fact)
                return fact
        return ""

    def _price_hint(self, items: Sequence[Item]) -> list[str]:
        prices = [item.price_minor for item in items if item.price_minor is not None]
        own = self._hinted.price_minor
        if own is None or not prices or own == median(prices):
            return []
        return ["cheaper" if own < median(prices) else "more expensive"]

    def _quality_hints(self, shown: Sequence[str]) -> list[str]:
        """Return the qualities in which the item lies furthest from those on show, in standard deviations."""
        scores = self._world.scores
        if scores is None or not shown:
            return []
        own = scores.values[self._world.catalogue.ids.to_internal(self._hinted.item_id) - 1]
        rows = [self._world.catalogue.ids.to_internal(one) - 1 for one in shown]
        spread = np.maximum(scores.values.std(axis=0), 1e-6)
        off = (own - np.array([fmean(column) for column in scores.values[rows].T])) / spread
        found = []
        for column in np.argsort(-np.abs(off)):
            attribute = scores.attribute_set.attributes[int(column)]
            phrases = attribute.more if off[column] > 0 else attribute.less
            if abs(off[column]) > 0.5 and phrases:
                found.append(phrases[0])
        return found[:MAX_HINTS]
