"""Why a simulated client bought what they bought: what the simulator knows, not what a model could find out.

A cause counts by how much less the item would have been wanted, against the average item, had the cause not been
there: the choice is played again without a purchase, a favourite colour, a drift or a need.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.data.demo.authored import load_yaml
from recsys.data.demo.build_catalogue import BEAUTY, DemoCatalogue
from recsys.data.demo.choice_model import ChoiceModel, Owned
from recsys.data.demo.personas import Person
from recsys.data.demo.simulator import Course
from recsys.data.sequences import kept_purchases
from recsys.seller.evidence import LITTLE, MUCH, NOTABLE

Form = Literal[
    "taste", "colour", "drift", "pair", "next", "family", "routine", "routine_next", "brand", "novelty", "occasion",
    "repeat", "repeat_same",
]  # fmt: skip
MIN_HISTORY, MAX_HISTORY = 3, 8  # kept purchases before the item: needed, and told
N_TRAITS = 3  # the attributes that count among the strongest causes of one choice
ENOUGH = 0.4  # utility from which something is a cause worth naming
_COMPARABLE = 0.3  # and the share of the strongest cause that it must reach
_HELD_OUT = 2  # validation and test purchases
_USED_UP = BEAUTY | {"Home & travel"}
_SUITS: Mapping[str, tuple[str, ...]] = {  # which attribute and side speaks for which occasion of the catalogue
    "evening": ("evenings and ceremonies", "evenings out", "dinners and formal days"),
    "formality": ("evenings and ceremonies", "dinners and formal days", "the office and formal days"),
    "sporty": ("active days",),
    "travel": ("travel",),
    "comfort": ("weekends and home",),
}


@dataclass(frozen=True)
class Cause:
    """One cause of a choice, ready to be worded.

    Attributes:
        strength: Utility that the item owes to it.
        own, other: Kept purchases that show it, oldest first; None where the cause has none.
        trait: Column of the guided attribute that it rests on or goes with; None where there is none.
    """

    form: Form
    strength: float
    own: Owned
    other: Owned | None = None
    trait: int | None = None


@dataclass(frozen=True, eq=False)
class Choice:
    """The last training purchase of one client.

    Attributes:
        history: The last MAX_HISTORY kept purchases before it, oldest first.
        past: All purchases before it, as the simulator knew them on that day.
    """

    person: Person
    favourites: tuple[str, ...]
    row: int
    day: dt.date
    history: tuple[Owned, ...]
    past: tuple[Owned, ...]


@dataclass(frozen=True)
class _Bought:
    """A purchase as `kept_purchases` compares it, by item, with the day that it keeps for us."""

    item_id: str
    at: dt.datetime = field(compare=False)


def last_choice(person: Person, course: Course, rows: Mapping[str, int]) -> Choice | None:
    """Return the client's last training purchase, None if too few come before it.

    Args:
        rows: The row of each item id.
    """
    events = [(_Bought(event.item_id, event.at), event) for event in course.events if event.at is not None]
    kept = kept_purchases((bought, event.kind, event.quantity) for bought, event in events)
    train = kept[:-_HELD_OUT]
    if len(train) <= MIN_HISTORY:
        return None
    target = train[-1]
    past = [bought for bought, event in events if event.kind == "purchase" and bought.at < target.at]
    return Choice(
        person=person,
        favourites=course.favourites,
        row=rows[target.item_id],
        day=target.at.date(),
        history=tuple(Owned(rows[one.item_id], one.at.date()) for one in train[:-1][-MAX_HISTORY:]),
        past=tuple(Owned(rows[one.item_id], one.at.date()) for one in past),
    )


@dataclass(frozen=True)
class Speech:
    """What may be said of guided attributes.

    Attributes:
        sides: By attribute, the sides for which there are words: "1" much, "-1" little.
        unsaid: By broadest category, the attributes that nobody would speak of there.
    """

    sides: Mapping[str, Collection[str]]
    unsaid: Mapping[str, Collection[str]]


class Causes:
    """Finds the causes of choices.

    Args:
        catalogue: The items.
        model: What decided in the simulation.
        speech: What may be said of an attribute at all.
    """

    def __init__(self, catalogue: DemoCatalogue, model: ChoiceModel, speech: Speech) -> None:
        self._catalogue, self._model = catalogue, model
        self._families = np.array(model.families)
        self._complements: Mapping[str, Sequence[str]] = load_yaml("complements")
        self.sides = _sides(catalogue, model, speech)  # (N, A): 1 has much, -1 little of it, 0 not to be said

    def of(self, choice: Choice) -> list[Cause]:
        """Return the causes worth naming, strongest first; those far weaker than the strongest are left out."""
        traits = self.traits(choice)
        found = [
            *self._tastes(choice, traits),
            *self._drifts(choice, traits),
            *self._pulls(choice, traits),
            *self._colours(choice),
            *self._needs(choice, traits),
        ]
        found.sort(key=lambda cause: -cause.strength)
        return [cause for cause in found if cause.strength >= max(ENOUGH, _COMPARABLE * found[0].strength)]

    def traits(self, choice: Choice) -> list[tuple[int, float]]:
        """Return column and utility of the attributes that carried the choice most and may be said of the item."""
        gains = choice.person.taste(choice.day) * self._model.standard[choice.row]
        strongest = [int(column) for column in np.argsort(-gains)[:N_TRAITS] if gains[column] >= ENOUGH]
        return [(column, float(gains[column])) for column in strongest if self.sides[choice.row, column]]

    def _tastes(self, choice: Choice, traits: Sequence[tuple[int, float]]) -> Iterator[Cause]:
        is_new = self._families[choice.row] not in self._families[[one.row for one in choice.past]]
        for column, gain in traits:
            like, alike = self._like(choice, column), self._alike(choice, column)
            if is_new and like:
                yield Cause("novelty", gain, like[-1], like[-2] if len(like) > 1 else None, column)
            if len(alike) > 1:
                yield Cause("taste", gain, alike[-2], alike[-1], column)
            same = [one for one in alike if self.occasion(one.row, column) == self.occasion(choice.row, column)]
            if self.occasion(choice.row, column) and same:
                yield Cause("occasion", gain, same[-1], same[-2] if len(same) > 1 else None, column)

    def occasion(self, row: int, column: int) -> str:
        """Return the catalogue's occasion or season of an item where the attribute speaks for it, else ""."""
        name, facts = self._catalogue.attribute_set.names[column], self._catalogue.items[row].attributes
        if name == "warmth":
            season = facts.get("season", "")
            return season if season != "all year" else ""
        occasion = facts.get("occasion", "")
        return occasion if self.sides[row, column] == 1 and occasion in _SUITS.get(name, ()) else ""

    def _like(self, choice: Choice, column: int) -> list[Owned]:
        """Return purchases of other models on the item's side of an attribute, oldest first."""
        like = [one for one in choice.history if self.sides[one.row, column] == self.sides[choice.row, column]]
        return self._other_models(choice, like)

    def _alike(self, choice: Choice, column: int) -> list[Owned]:
        """Return those of `_like` that are worn if the item is, and are not if it is not."""
        return [one for one in self._like(choice, column) if self._is_worn(one.row) == self._is_worn(choice.row)]

    def _other_models(self, choice: Choice, owned: Iterable[Owned]) -> list[Owned]:
        """Return one purchase of every model but the item's own, the latest of each, oldest first."""
        latest = {self._catalogue.models[one.row]: one for one in owned}
        latest.pop(self._catalogue.models[choice.row], None)
        return sorted(latest.values(), key=lambda one: one.day)

    def _drifts(self, choice: Choice, traits: Sequence[tuple[int, float]]) -> Iterator[Cause]:
        """Find a drift before the day that moved a trait of the item, with a purchase on either side to show it."""
        names = self._catalogue.attribute_set.names
        tastes = choice.person.tastes
        for number, drift in enumerate(choice.person.drifts):
            if drift.at > choice.day:
                continue
            moved = (tastes[number + 1][1] - tastes[number][1]) * self._model.standard[choice.row]
            for column, _ in traits:
                side = self.sides[choice.row, column]
                leaning = self._model.standard[:, column] * side
                after = [one for one in self._alike(choice, column) if one.day >= drift.at]
                before = [one for one in choice.history if one.day < drift.at and leaning[one.row] < 0]
                before = [one for one in before if after and self._is_worn(one.row) == self._is_worn(choice.row)]
                if drift.moves.get(names[column], 0) == side and before:
                    plainest = min(before, key=lambda one: leaning[one.row])
                    yield Cause("drift", float(moved[column]), plainest, after[-1], column)

    def _pulls(self, choice: Choice, traits: Sequence[tuple[int, float]]) -> Iterator[Cause]:
        """Find what earlier purchases asked for: each is taken away in turn and the choice looked at again."""
        whole = self._wanted(choice, choice.past)
        for one in dict.fromkeys(choice.history):
            without = [past for past in choice.past if past != one]
            form = self._pull_form(choice, one)
            if form is not None:
                trait = traits[0][0] if traits else None
                yield Cause(form, whole - self._wanted(choice, without), one, None, trait)

    def _pull_form(self, choice: Choice, one: Owned) -> Form | None:
        kinds, models = self._model.types, self._catalogue.models
        is_last = one == choice.past[-1]
        if kinds[one.row] == kinds[choice.row] and self._model.lasts_days[one.row] > 0:
            other_size: Form | None = (
                "repeat" if models[one.row] != models[choice.row] else None
            )  # both sizes go by one name
            return "repeat_same" if one.row == choice.row else other_size
        if kinds[choice.row] in self._complements[str(kinds[one.row])]:
            if not self._is_worn(one.row) and not self._is_worn(choice.row):
                return "routine_next" if is_last else "routine"
            return "next" if is_last else "pair"
        same_line = self._catalogue.items[one.row].brand == self._catalogue.items[choice.row].brand
        return "brand" if is_last and same_line and kinds[one.row] != kinds[choice.row] else None

    def _colours(self, choice: Choice) -> Iterator[Cause]:
        colours = self._model.colours
        same = [one for one in choice.history if colours[one.row] == colours[choice.row] and self._is_worn(one.row)]
        same = self._other_models(choice, same)
        if colours[choice.row] in choice.favourites and same and self._is_worn(choice.row):
            without = tuple(colour for colour in choice.favourites if colour != colours[choice.row])
            gain = self._wanted(choice, choice.past) - self._wanted(replace(choice, favourites=without), choice.past)
            yield Cause("colour", gain, same[-1])

    def _is_worn(self, row: int) -> bool:
        return self._families[row] not in _USED_UP

    def _needs(self, choice: Choice, traits: Sequence[tuple[int, float]]) -> Iterator[Cause]:
        needs = choice.person.needs
        family = self._families[choice.row]
        same = self._other_models(choice, [one for one in choice.history if self._families[one.row] == family])
        if len(same) > 1:
            own, other = same[-2:]
            gain = needs[family] - float(np.mean(list(needs.values())))
            yield Cause("family", gain, own, other, traits[0][0] if traits else None)

    def _wanted(self, choice: Choice, past: Sequence[Owned]) -> float:
        """Return how much more than the average item the item was wanted, in utility."""
        utility = self._model.utility(choice.person, choice.day, past, choice.favourites)
        return float(utility[choice.row] - utility.mean())


def _sides(catalogue: DemoCatalogue, model: ChoiceModel, speech: Speech) -> NDArray[np.int64]:
    """Return, (N, A), 1 where an item may be said to have much of an attribute, -1 where little, else 0."""
    high = (model.standard >= NOTABLE) & (catalogue.scores >= MUCH)
    low = (model.standard <= -NOTABLE) & (catalogue.scores <= LITTLE)
    families = np.array(model.families)
    for column, name in enumerate(catalogue.attribute_set.names):
        silent = np.isin(families, [family for family, names in speech.unsaid.items() if name in names])
        high[:, column] &= ~silent & ("1" in speech.sides[name])
        low[:, column] &= ~silent & ("-1" in speech.sides[name])
    return high.astype(np.int64) - low.astype(np.int64)
