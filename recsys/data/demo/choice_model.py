"""What a simulated client would choose: the utility of every item, before chance.

utility = taste . standardised guided scores          (w 1: the latent taste of the day)
        + need of the category                         (personal, and the same all year)
        + complements of what was bought lately        (a wallet after a tote; same line or colour preferred)
        - satiation                                    (another coat soon after a coat; what one owns already)
        + replenishment                                (the cream is used up: the same again, or one like it)
        + habit                                        (likeness to the last two purchases)
        + season, price fit, mild popularity           (warm things in winter; near one's level, under one's cap)
A choice is the item of the highest utility plus Gumbel noise, that is, a draw from the softmax.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.demo.authored import load_yaml
from recsys.data.demo.build_catalogue import DemoCatalogue
from recsys.data.demo.personas import FloatArray, Person

NOISE = 1.0  # scale of the Gumbel noise
_COMPLEMENT, _COMPLEMENT_DAYS = (2.2, 1.7, 1.3), 60.0  # by rank in the table; fades with time
_SAME_LINE, _SAME_COLOUR = 0.5, 0.4  # on top, for what follows the last purchase
_SATIATION, _SATIATION_DAYS = 2.4, 220.0
_OWNED, _SAME_MODEL = 9.0, 1.0
_REFILL, _REFILL_LIKE = 0.3, 1.0
_HABIT = 0.5
_SEASON = 0.6
_ABOVE, _BELOW, _OVER_CAP = 1.1, 0.35, 8.0
_FAVOURITE_COLOUR = 0.6
_POPULARITY = 0.3
_MAX_PAST = 12  # purchases remembered for complements and satiation


@dataclass(frozen=True)
class Owned:
    """Something bought and kept: the row of the item and the day."""

    row: int
    day: dt.date


class ChoiceModel:
    """Utilities of all N items for any client on any day.

    Args:
        catalogue: The items.
        seed: Draws each item's mild popularity.
    """

    def __init__(self, catalogue: DemoCatalogue, seed: int) -> None:
        scores = catalogue.scores
        self.standard: FloatArray = (scores - scores.mean(axis=0)) / scores.std(axis=0)
        self._direction = self.standard / np.linalg.norm(self.standard, axis=1, keepdims=True)
        self._warmth = self.standard[:, catalogue.attribute_set.names.index("warmth")]
        self.families = [item.category[0] for item in catalogue.items]
        self.types = np.array(catalogue.types)
        self.colours = np.array([item.colour or "" for item in catalogue.items])
        self._lines = np.array([item.brand for item in catalogue.items])
        self._models = np.array(catalogue.models)
        self._for_women = np.array([who == "women" for who in catalogue.worn_by])
        self.lasts_days = np.array(catalogue.lasts_days)
        self.prices = np.array([(item.price_minor or 0) / 100 for item in catalogue.items])
        self._level = _price_level(np.log(self.prices), self.families)
        self._popularity = np.random.default_rng([seed, 3]).normal(0.0, _POPULARITY, len(catalogue.items))
        self._complements = self._complement_bonus()

    def _complement_bonus(self) -> dict[str, FloatArray]:
        """Return, by the type bought, the bonus of every item, float64, (N,)."""
        table: dict[str, list[str]] = load_yaml("complements")
        return {
            bought: np.sum([_COMPLEMENT[rank] * (self.types == kind) for rank, kind in enumerate(follow)], axis=0)
            for bought, follow in table.items()
        }

    def utility(self, person: Person, day: dt.date, owned: Sequence[Owned], favourites: Sequence[str]) -> FloatArray:
        """Return the utility of every item, float64, (N,); what the client would never wear is far below.

        Args:
            person: The client.
            day: The day of the choice; decides the taste and the season.
            owned: What the client has bought and kept, oldest first.
            favourites: Favourite colours, as the catalogue names them.
        """
        total: FloatArray = self.standard @ person.taste(day) + self._popularity
        total = total + np.array([person.needs.get(family, -_OWNED) for family in self.families])
        total += _SEASON * _coldness(day) * self._warmth
        total += _FAVOURITE_COLOUR * np.isin(self.colours, list(favourites))
        total -= self._price_misfit(person)
        if not person.is_woman:
            total -= _OWNED * self._for_women
        for past in owned[-_MAX_PAST:]:
            total += self._after(past, (day - past.day).days)
        for past in owned[-2:]:
            total += _HABIT * (self._direction @ self._direction[past.row])
        for past in owned:
            total -= self._already(past, (day - past.day).days)
        if owned:
            total += self._matching(owned[-1])
        return total

    def _price_misfit(self, person: Person) -> FloatArray:
        off = self._level - person.spend
        over = np.maximum(0.0, np.log(self.prices / person.cap))
        misfit: FloatArray = np.where(off > 0, _ABOVE, _BELOW) * off**2 + _OVER_CAP * over
        return misfit

    def _after(self, past: Owned, days: int) -> FloatArray:
        """Return the pull of complements and the satiation that one purchase leaves after `days`."""
        kind = str(self.types[past.row])
        pull = self._complements[kind] * math.exp(-days / _COMPLEMENT_DAYS)
        lasting = float(self.lasts_days[past.row]) or _SATIATION_DAYS
        tired: FloatArray = _SATIATION * math.exp(-days / lasting) * (self.types == kind)
        due = self.lasts_days[past.row] > 0 and days > 0.7 * self.lasts_days[past.row]
        refill = _REFILL_LIKE * (self.types == kind) * due * (days < 3 * lasting)
        after: FloatArray = pull - tired + refill
        return after

    def _already(self, past: Owned, days: int) -> FloatArray:
        """Return what one purchase takes from itself and from other variants of its model."""
        loss: FloatArray = _SAME_MODEL * (self._models == self._models[past.row])
        used_up = 0 < self.lasts_days[past.row] < 1.4 * days
        loss[past.row] = -_REFILL if used_up and days < 3 * self.lasts_days[past.row] else _OWNED
        return loss

    def _matching(self, last: Owned) -> FloatArray:
        matching: FloatArray = np.where(
            self.types == self.types[last.row],
            0.0,
            _SAME_LINE * (self._lines == self._lines[last.row])
            + _SAME_COLOUR * (self.colours == self.colours[last.row]),
        )
        return matching


def _price_level(log_prices: FloatArray, families: Sequence[str]) -> FloatArray:
    """Return each log price less the median of its category."""
    names = np.array(families)
    level = np.zeros(len(names))
    for family in np.unique(names):
        members: NDArray[np.bool_] = names == family
        level[members] = log_prices[members] - np.median(log_prices[members])
    return level


def _coldness(day: dt.date) -> float:
    """Return 1 in mid January, -1 in mid July."""
    return math.cos(2 * math.pi * (day.timetuple().tm_yday - 15) / 365)
