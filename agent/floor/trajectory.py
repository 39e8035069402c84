"""A client's taste as it moved, ready to be drawn: one line an attribute, the purchases, where it turned, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agent.context import TurnContext
from agent.events import TasteMove
from agent.floor import client_lines, phrasing
from agent.floor.client_lines import A_LITTLE_BELOW, MUCH_FROM
from agent.floor.dossier import Dossier, read_dossier
from agent.floor.shop import Shop
from recsys.drift import DriftPoint
from recsys.errors import NotFound, NotReady
from recsys.guided.attributes import GuidedAttribute
from recsys.ranker import FloatArray
from recsys.schema import Item
from recsys.seller.titles import month
from recsys.trajectory import MIN_PURCHASES, Trajectory

N_AXES = 3  # shown until the reader chooses
_STILL = 0.05  # catalogue standard deviations: a smaller step is none to speak of
_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


@dataclass(frozen=True, eq=False)
class Axis:
    """One attribute over the purchases, in catalogue standard deviations, float32, (L,) each.

    Attributes:
        low, high: What pieces at its ends are like.
        points: What was bought.
        taste: The taste after each purchase, as the ranker weighs it: later purchases count more.
        smooth, spread: A line through the purchases around each, and how sure it is.
    """

    name: str
    label: str
    low: str
    high: str
    points: FloatArray
    taste: FloatArray
    smooth: FloatArray
    spread: FloatArray

    def step(self, place: int) -> float:
        """Return by how much a purchase moved the taste; the first one moved it from the catalogue's middle."""
        before = float(self.taste[place - 1]) if place else 0.0
        return float(self.taste[place]) - before


@dataclass(frozen=True)
class Bought:
    """One purchase on the way.

    Attributes:
        number: From 1.
        bends: Whether it is among those that show a turn most.
        begins: Whether a new taste begins with it.
    """

    number: int
    item: Item
    name: str
    at: dt.date | None
    bends: bool
    begins: bool


@dataclass(frozen=True)
class Turn:
    """Where the taste turned; `by_chance` of 1,000 random orders of the purchases show as clear a turn."""

    index: int
    move: TasteMove
    by_chance: int


@dataclass(frozen=True, eq=False)
class TasteStory:
    """A client's taste over their purchases.

    Attributes:
        sentence: What is to be said of it first, and no more than the figures bear.
        axes: All attributes, those that turned first, then those on which the line went furthest.
        chosen: Names of the axes to show.
        bought: The purchases, oldest first.
    """

    name: str
    sentence: str
    axes: tuple[Axis, ...]
    chosen: tuple[str, ...]
    bought: tuple[Bought, ...]
    turns: tuple[Turn, ...]

    @property
    def shown(self) -> tuple[Axis, ...]:
        """The chosen axes in the order of all."""
        return tuple(axis for axis in self.axes if axis.name in self.chosen)

    def purchase(self, number: int) -> Bought:
        """Return a purchase by its number; raise NotFound if there is none."""
        if not 1 <= number <= len(self.bought):
            raise NotFound(f"there is no purchase {number}: they go from 1 to {len(self.bought)}")
        return self.bought[number - 1]


def taste_story(shop: Shop, context: TurnContext, wanted: Collection[str] = ()) -> TasteStory:
    """Tell the taste of the conversation's client.

    Args:
        wanted: Names of the attributes to show; unknown ones are left out, none of them means the most telling.

    Raises:
        NotReady: If the boutique's items have no guided scores.
        Refused: If the actor may not see the client.
    """
    dossier = read_dossier(shop, context)
    path, attributes = dossier.trajectory, dossier.attributes
    if path is None or attributes is None:
        raise NotReady("no piece of this boutique has been scored yet, so there is no taste to draw")
    order = _order(path, dossier.drifts)
    axes = tuple(_axis(path, attributes.attributes[path.names.index(name)]) for name in order)
    chosen = tuple(name for name in order if name in wanted) or order[:N_AXES]
    moves = client_lines.taste_moves(dossier)
    turns = [
        Turn(drift.index, move, round(1000 * drift.p_value)) for drift, move in zip(dossier.drifts, moves, strict=True)
    ]
    return TasteStory(dossier.name, _sentence(dossier, turns), axes, chosen, _bought(dossier), tuple(turns))


def steps_in_words(story: TasteStory, number: int) -> tuple[str, ...]:
    """Say how far a purchase moved the taste on each axis shown: "a clear step towards what is clean-lined"."""
    return tuple(_step_in_words(axis, story.purchase(number).number - 1) for axis in story.shown)


def _step_in_words(axis: Axis, place: int) -> str:
    step = axis.step(place)
    towards = axis.high if step > 0 else axis.low
    end = f"towards what is {towards}"
    if abs(step) < _STILL:
        return f"{axis.label}: hardly any step"
    size = (
        "a small step" if abs(step) < A_LITTLE_BELOW else "a great step" if abs(step) >= MUCH_FROM else "a clear step"
    )
    return f"{axis.label}: {size} {end}"


def _order(path: Trajectory, drifts: Sequence[DriftPoint]) -> tuple[str, ...]:
    turned = [move.attribute for drift in reversed(drifts) for move in drift.moves]
    return tuple(dict.fromkeys([*turned, *path.most_moved(len(path.names))]))


def _axis(path: Trajectory, attribute: GuidedAttribute) -> Axis:
    column = path.names.index(attribute.name)
    low, high = (phrasing.quality(attribute, sign) or phrasing.comparative(attribute, sign) for sign in (-1.0, 1.0))
    rows = (path.points, path.path, path.smooth, path.spread)
    return Axis(attribute.name, attribute.label, low, high, *(values[:, column] for values in rows))


def _bought(dossier: Dossier) -> tuple[Bought, ...]:
    bends = {place for drift in dossier.drifts for place in drift.bent_by}
    begins = {drift.index for drift in dossier.drifts}
    return tuple(
        Bought(place + 1, one.item, one.name, one.at, place in bends, place in begins)
        for place, one in enumerate(dossier.owned)
    )


def _sentence(dossier: Dossier, turns: Sequence[Turn]) -> str:
    """Say what is known of a change of taste, honestly where it is little."""
    count, whose = len(dossier.owned), "your" if dossier.is_reader else f"{dossier.name}'s"
    if count < MIN_PURCHASES:
        purchases = "purchase is" if count == 1 else "purchases are"
        if count == 0:
            return "Nothing has been bought yet, so there is no taste to draw."
        return f"{_COUNTS[count]} {purchases} too few to speak of a change: {MIN_PURCHASES} are needed."
    if not turns:
        return (
            f"Nothing in {whose} {count} purchases says that the taste has changed: "
            "they could as well stand in any other order."
        )
    turn = turns[-1]
    at = dossier.owned[turn.index].at
    since = f"Since {month(at)}" if at else f"From the {_ordinal(turn.index + 1)} purchase on"
    become = f"{since} {whose} choices have become {phrasing.enumerate_words(turn.move.moves)}"
    return f"{become}; {turn.move.purchases[0]} shows it most." if turn.move.purchases else f"{become}."


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
