"""Who the simulated clients are: identity, latent taste with its drifts, needs and budget.

A taste is a weight for each guided attribute, times the item's standardised score. It starts as a mixture of two
personas with personal noise; about half of the clients have one or two drifts, at each of which one to three named
attributes move by DRIFT in a direction that the taste did not already have.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsys.data.demo.authored import load_yaml

FloatArray = NDArray[np.float64]
Value = TypeVar("Value")

START, END = dt.date(2023, 10, 1), dt.date(2026, 10, 31)
ASSOCIATES = ("a01", "a02", "a03", "a04", "a05", "a06")
SHARE_MEN = 0.14
SHARE_ONE_DRIFT, SHARE_TWO_DRIFTS = 0.45, 0.17
DRIFT = 2.0  # utility for one standard deviation of the attribute; a persona's strongest weight is about 1.4
_STRONGEST = 2.2  # no weight of a taste goes beyond
_NEWS = 0.5  # a drift never strengthens a weight that is already this large
_DRIFT_VISITS = 6  # fewer visits leave too little on either side of a drift
_TASTE_NOISE, _NEED_NOISE, _SPEND_NOISE, _CAP_NOISE = 0.3, 0.4, 0.25, 0.2
_NOT_NAMED = -0.4  # need of a category that the first persona does not name
_PER_VISIT = 1.5  # purchases
_SHARE_NEW, _SHARE_LAPSED = 0.02, 0.15
_WOMENS_FAMILIES = ("Dresses", "Make-up")


@dataclass(frozen=True)
class Drift:
    """A change of taste: from `at` on, each named attribute is wanted more (+1) or less (-1) than before."""

    at: dt.date
    moves: Mapping[str, int]
    cause: str
    note: str


@dataclass(frozen=True, eq=False)
class Person:
    """One simulated client.

    Attributes:
        tastes: Taste vectors, float64, (A,), each with the date from which it holds, oldest first.
        needs: Utility of a category over the average, by broadest category.
        spend: Wanted price level against the middle of a category, log units.
        cap: What one piece may cost, EUR.
        visits: Days of the visits, ascending; n_purchases: how many things are bought over all of them.
    """

    client_id: str
    first_name: str
    family_name: str
    is_woman: bool
    language: str
    associate_id: str
    tastes: tuple[tuple[dt.date, FloatArray], ...]
    drifts: tuple[Drift, ...]
    needs: Mapping[str, float]
    spend: float
    cap: int
    visits: tuple[dt.date, ...]
    n_purchases: int

    def taste(self, day: dt.date) -> FloatArray:
        """Return the taste that holds on a day, float64, (A,)."""
        return [vector for start, vector in self.tastes if start <= day][-1]


def make_people(n: int, attributes: Sequence[str], seed: int) -> tuple[Person, ...]:
    """Draw `n` clients; the same seed gives the same people, each from a random stream of their own."""
    names = _full_names(n, np.random.default_rng([seed, 1]))
    tables = _Tables(load_yaml("personas"), load_yaml("drifts"), load_yaml("families"), tuple(attributes))
    return tuple(
        _person(index, name, tables, np.random.default_rng([seed, 2, index])) for index, name in enumerate(names)
    )


@dataclass(frozen=True)
class _Tables:
    """What people are drawn from: the authored tables and the attributes in column order."""

    personas: Mapping[str, Any]
    causes: Sequence[Mapping[str, Any]]
    families: Mapping[str, float]
    attributes: tuple[str, ...]

    def vector(self, weights: Mapping[str, float]) -> FloatArray:
        """Return weights by attribute name as a vector, float64, (A,)."""
        return np.array([float(weights.get(name, 0.0)) for name in self.attributes])


@dataclass(frozen=True)
class _FullName:
    first: str
    family: str
    is_woman: bool
    language: str


def _full_names(n: int, rng: np.random.Generator) -> list[_FullName]:
    people: dict[str, Any] = load_yaml("people")
    chosen: dict[tuple[str, str], _FullName] = {}
    while len(chosen) < n:
        language, is_woman = pick(list(people), rng), bool(rng.random() >= SHARE_MEN)
        table = people[language]
        family = table["family"] if is_woman else table.get("his_family", table["family"])
        first, last = pick(table["hers" if is_woman else "his"], rng), pick(family, rng)
        chosen.setdefault((first, last), _FullName(first, last, is_woman, language))
    return list(chosen.values())


def pick(values: Sequence[Value], rng: np.random.Generator) -> Value:
    """Return one of `values`, all equally likely."""
    return values[int(rng.integers(len(values)))]


def _person(index: int, name: _FullName, tables: _Tables, rng: np.random.Generator) -> Person:
    first, second = (tables.personas[key] for key in rng.choice(list(tables.personas), size=2, replace=False))
    taste = 0.75 * tables.vector(first["taste"]) + 0.45 * tables.vector(second["taste"])
    taste += rng.normal(0.0, _TASTE_NOISE, len(tables.attributes))
    n_purchases, visits = _visits(rng)
    drifts, tastes = _drifts(taste, visits, tables, rng)
    cap = (0.8 * first["cap"] + 0.2 * second["cap"]) * float(np.exp(rng.normal(0.0, _CAP_NOISE)))
    return Person(
        client_id=f"c{index + 1:03d}",
        first_name=name.first,
        family_name=name.family,
        is_woman=name.is_woman,
        language=name.language,
        associate_id=pick(ASSOCIATES, rng),
        tastes=tastes,
        drifts=drifts,
        needs=_needs(first["needs"], second["needs"], name.is_woman, tables, rng),
        spend=float(0.8 * first["spend"] + 0.2 * second["spend"] + rng.normal(0.0, _SPEND_NOISE)),
        cap=int(round(cap / 50) * 50),
        visits=visits,
        n_purchases=n_purchases,
    )


def _needs(
    first: Mapping[str, float],
    second: Mapping[str, float],
    is_woman: bool,
    tables: _Tables,
    rng: np.random.Generator,
) -> dict[str, float]:
    needs = {
        family: base
        + first.get(family, _NOT_NAMED)
        + 0.3 * second.get(family, 0.0)
        + float(rng.normal(0.0, _NEED_NOISE))
        for family, base in tables.families.items()
    }
    return {family: need for family, need in needs.items() if is_woman or family not in _WOMENS_FAMILIES}


def _visits(rng: np.random.Generator) -> tuple[int, tuple[dt.date, ...]]:
    """Draw how much is bought and on which days; most clients stay until the end, some stop coming earlier."""
    n_purchases = int(np.clip(np.round(rng.gamma(4.6, 3.05)), 6, 30)) if rng.random() >= _SHARE_NEW else 4
    n_visits = max(3, round(n_purchases / _PER_VISIT))
    span = (END - START).days
    first = int(rng.integers(0, int(span * 0.6)))
    last = span if rng.random() >= _SHARE_LAPSED else int(rng.integers(first + (span - first) // 2, span))
    days = np.sort(rng.choice(np.arange(first, last), size=n_visits, replace=False))
    return n_purchases, tuple(START + dt.timedelta(days=int(day)) for day in days)


def _drifts(
    taste: FloatArray, visits: Sequence[dt.date], tables: _Tables, rng: np.random.Generator
) -> tuple[tuple[Drift, ...], tuple[tuple[dt.date, FloatArray], ...]]:
    """Draw the drifts, between two visits each, and the tastes before, between and after them."""
    chance = rng.random()
    shares = (0.5,) if chance < SHARE_ONE_DRIFT else (0.35, 0.7) if chance < SHARE_ONE_DRIFT + SHARE_TWO_DRIFTS else ()
    drifts, tastes = list[Drift](), [(START, taste)]
    for share in shares if len(visits) >= _DRIFT_VISITS else ():
        place = int(np.clip(round((share + rng.uniform(-0.12, 0.12)) * len(visits)), 2, len(visits) - 2))
        day = visits[place] - dt.timedelta(days=(visits[place] - visits[place - 1]).days // 2)
        cause = pick([one for one in tables.causes if _is_news(one["moves"], tastes[-1][1], tables, drifts)], rng)
        drifts.append(Drift(day, cause["moves"], cause["cause"], cause["note"]))
        tastes.append((day, np.clip(tastes[-1][1] + DRIFT * tables.vector(cause["moves"]), -_STRONGEST, _STRONGEST)))
    return tuple(drifts), tuple(tastes)


def _is_news(moves: Mapping[str, int], taste: FloatArray, tables: _Tables, before: Sequence[Drift]) -> bool:
    """Whether moves take the taste somewhere it is not yet, and touch nothing that has moved already."""
    moved = {name for drift in before for name in drift.moves}
    return bool(np.max(taste * tables.vector(moves)) < _NEWS) and not moved & set(moves)
