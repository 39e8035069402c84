"""The clients' events: visits on which they look, wish, buy, and sometimes bring something back.

Every client has a random stream of their own, so changing one leaves the others as they were. The order matters: what
is chosen depends on what was bought before (choice_model), and on a taste that may have moved since (personas).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.data.demo.choice_model import NOISE, ChoiceModel, Owned
from recsys.data.demo.personas import END, FloatArray, Person
from recsys.schema import Interaction, InteractionKind

MAX_EVENTS = 60
RETURN_DAYS = 30
_P_VIEW_FIRST, _P_WISH, _P_WISH_COMES_TRUE = 0.4, 0.13, 0.35
_VIEWS = 0.45  # mean of other things looked at before a purchase
_P_RETURN_MISFIT, _P_RETURN = 0.35, 0.01
_MISFIT = 0.0  # below this standardised fit of taste something may come back
_P_SEVERAL = 0.15  # of soaps, candles and hand creams two or three are taken at once
_BY_THE_DOZEN = ("soap", "candle", "hand-cream", "sunscreen")


@dataclass(frozen=True)
class Returned:
    """Something brought back, and the attribute on which it missed the taste most."""

    row: int
    day: dt.date
    attribute: int
    wanted: int  # the sign of the taste on it


@dataclass(frozen=True)
class Course:
    """One client's events, in time order, and what the notes need to know of them.

    Attributes:
        bought: Kept purchases, oldest first.
        favourites: Favourite colours, as the catalogue names them.
    """

    events: tuple[Interaction, ...]
    bought: tuple[Owned, ...]
    returned: tuple[Returned, ...]
    favourites: tuple[str, ...]


def simulate(person: Person, model: ChoiceModel, item_ids: Sequence[str], seed: int) -> Course:
    """Live through all visits of one client.

    Args:
        person: The client, with visits and tastes.
        model: Utilities of all items.
        item_ids: External ids in the model's item order.
        seed: Seed of the whole boutique; the client's own stream follows from it and the client id.
    """
    return _Visitor(person, model, item_ids, np.random.default_rng([seed, 4, int(person.client_id[1:])])).course()


class _Visitor:
    """The state of one client while the visits are played through."""

    def __init__(self, person: Person, model: ChoiceModel, item_ids: Sequence[str], rng: np.random.Generator) -> None:
        self.person, self.model, self.item_ids, self.rng = person, model, item_ids, rng
        self.owned = list[Owned]()
        self.wished = list[int]()
        self.returned = list[Returned]()
        self.events = list[Interaction]()
        self.favourites = self._favourite_colours()

    def course(self) -> Course:
        for day, n_purchases in zip(self.person.visits, self._spread(), strict=True):
            self._visit(day, n_purchases)
        self._bring_back()
        events = self._at_most(MAX_EVENTS)
        return Course(events, tuple(self.owned), tuple(self.returned), self.favourites)

    def _spread(self) -> list[int]:
        """Return how many purchases fall on each visit: at least one until the last, which is never empty."""
        n_visits = len(self.person.visits)
        extra = self.rng.integers(0, n_visits, size=max(0, self.person.n_purchases - n_visits))
        counts = 1 + np.bincount(extra, minlength=n_visits)
        return [int(count) for count in counts]

    def _favourite_colours(self) -> tuple[str, ...]:
        """Draw two colours, those whose items suit the first taste being likelier."""
        fit = self.model.standard @ self.person.tastes[0][1]
        colours = sorted({colour for colour in self.model.colours.tolist() if colour})
        liking = np.array([fit[self.model.colours == colour].mean() for colour in colours])
        order = np.argsort(-(liking + self.rng.gumbel(0.0, 0.5, len(colours))))
        return tuple(colours[int(index)] for index in order[:2])

    def _visit(self, day: dt.date, n_purchases: int) -> None:
        minute = int(self.rng.integers(10 * 60, 17 * 60 + 30))
        for _ in range(n_purchases):
            utility = self.model.utility(self.person, day, self.owned, self.favourites)
            for row in self.wished:
                utility[row] += self.rng.choice([0.0, 3.0], p=[1 - _P_WISH_COMES_TRUE, _P_WISH_COMES_TRUE])
            row = self._choose(utility)
            for seen in self._looks(row, utility):
                minute = self._record(seen, "view", day, minute)
            minute = self._record(row, "purchase", day, minute)
            self.owned.append(Owned(row, day))
            self.wished = [wish for wish in self.wished if wish != row]
        if self.rng.random() < _P_WISH:
            row = self._choose(self.model.utility(self.person, day, self.owned, self.favourites))
            if row not in self.wished:
                self.wished.append(row)
                self._record(row, "wishlist", day, minute)

    def _choose(self, utility: FloatArray) -> int:
        return int(np.argmax(utility + self.rng.gumbel(0.0, NOISE, len(utility))))

    def _looks(self, chosen: int, utility: FloatArray) -> list[int]:
        """Return what is looked at before a purchase: things of the same category, often the chosen one last."""
        rivals = np.where(np.array(self.model.families) == self.model.families[chosen], utility, -np.inf)
        seen = [self._choose(rivals) for _ in range(int(self.rng.poisson(_VIEWS)))]
        seen = [row for row in dict.fromkeys(seen) if row != chosen]
        return [*seen, chosen] if self.rng.random() < _P_VIEW_FIRST else seen

    def _record(self, row: int, kind: InteractionKind, day: dt.date, minute: int) -> int:
        """Note down one event and return the minute of the day at which the next may follow."""
        at = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=minute)
        several = kind == "purchase" and str(self.model.types[row]) in _BY_THE_DOZEN and self.rng.random() < _P_SEVERAL
        quantity = int(self.rng.integers(2, 4)) if several else 1
        self.events.append(
            Interaction(
                client_id=self.person.client_id, item_id=self.item_ids[row], kind=kind, at=at, quantity=quantity
            )
        )
        return minute + int(self.rng.integers(2, 14))

    def _bring_back(self) -> None:
        """Return some of what fitted badly, within RETURN_DAYS and before the end of the records."""
        spread = self.model.standard
        for past in list(self.owned):
            taste = self.person.taste(past.day)
            fit = float(spread[past.row] @ taste / np.linalg.norm(taste))
            chance = _P_RETURN_MISFIT if fit < _MISFIT else _P_RETURN
            day = past.day + dt.timedelta(days=int(self.rng.integers(2, RETURN_DAYS)))
            if self.model.lasts_days[past.row] > 0 or self.rng.random() >= chance or day > END:
                continue
            worst = int(np.argmin(spread[past.row] * taste))
            self.returned.append(Returned(past.row, day, worst, 1 if taste[worst] > 0 else -1))
            self.owned.remove(past)
            self._record(past.row, "return", day, int(self.rng.integers(10 * 60, 18 * 60)))

    def _at_most(self, limit: int) -> tuple[Interaction, ...]:
        """Return the events in time order; of more than `limit` the oldest views are forgotten."""
        ordered = sorted(self.events, key=lambda event: (event.at, event.item_id))
        surplus = max(0, len(ordered) - limit)
        forgotten = {id(event) for event in [event for event in ordered if event.kind == "view"][:surplus]}
        return tuple(event for event in ordered if id(event) not in forgotten)
