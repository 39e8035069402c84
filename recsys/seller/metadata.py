"""Which catalogue facts matter for which kind of item, measured on purchases, and an item's text with only those.

A fact matters where two purchases of one client agree on it more often than purchases of two clients do, both in the
same category. Nothing here lists what matters: an item code never repeats, so it drops out by itself. Our reading of
"metadata filtered to what is relevant"; the measure is ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from recsys.catalogue import Catalogue
from recsys.evaluation.markdown import markdown_table
from recsys.ranker import IntArray
from recsys.schema import Item

REACH = 5  # purchases of one client at most this many steps apart are compared
MARGIN = 1.2  # a field is kept where clients surely agree with themselves a fifth more often than with each other
MIN_PAIRS, MIN_CLIENTS = 200, 50  # below either, a category speaks through a broader one
N_RESAMPLES = 500
LOWEST = 2.5  # percentile of the resampled lifts
N_FACTS = 6  # facts in a text at most
MAX_FACT = 60  # characters; longer values are advice and care, no quality
PRICE = "price level"
_LEVELS = ("lowest", "low", "middle", "high", "highest")
_WHOLE = ""  # the name of the whole catalogue among the groups

_Counts = NDArray[np.int64]
_Shares = NDArray[np.float64]


class FieldLift(BaseModel):
    """How one field of a group fared.

    Attributes:
        n_pairs: Pairs of purchases of one client in which both items have the field.
        observed: Share of them that agree.
        expected: The same share over pairs of two different clients in the same category.
        lift: observed / expected, 0 where nobody ever agrees.
        low: Lower end of its 95 % bootstrap interval over clients.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    n_pairs: int
    observed: float
    expected: float
    lift: float
    low: float

    @property
    def kept(self) -> bool:
        """Whether the field matters in its group."""
        return self.low > MARGIN


class FieldRelevance(BaseModel):
    """The measured relevance of catalogue fields; holds no client data, saved as JSON beside the weights.

    Attributes:
        groups: Category path joined by " > " (the whole catalogue: "") to its fields, most relevant first.
        price_bounds: Broadest category (all: "") to the four bounds between five price levels, minor units.
        currency: Of the bounds; None where nothing is priced.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    groups: dict[str, tuple[FieldLift, ...]]
    price_bounds: dict[str, tuple[float, ...]]
    currency: str | None

    def group(self, item: Item) -> str:
        """Return the narrowest measured group that the item belongs to."""
        return next(name for name in _paths(item) if name in self.groups)

    def kept(self, item: Item) -> tuple[str, ...]:
        """Return the item's fields that matter for its category and that it has, most relevant first."""
        has = self._facts(item)
        return tuple(one.field for one in self.groups[self.group(item)] if one.kept and one.field in has)

    def text(self, item: Item) -> str:
        """Return the title and the facts that matter, most relevant first; facts that the title says are left out."""
        facts, title = self._facts(item), item.title.casefold()
        told = [f"{name}: {facts[name]}" for name in self.kept(item) if facts[name].casefold() not in title]
        return ". ".join([item.title, *[fact for fact in told if len(fact) <= MAX_FACT][:N_FACTS]])

    def table(self) -> str:
        """Return a Markdown table: what is kept of each group, and what is not, with lift and its lower bound."""
        header = ["category", "pairs", "kept: lift (at least)", "not kept"]
        rows = [
            [
                name or "all others",
                f"{max((one.n_pairs for one in fields), default=0):,}",
                ", ".join(f"{one.field} {one.lift:.1f} ({one.low:.1f})" for one in fields if one.kept) or "-",
                ", ".join(f"{one.field} {one.lift:.1f}" for one in fields if not one.kept) or "-",
            ]
            for name, fields in sorted(self.groups.items())
        ]
        return "\n".join(markdown_table(header, rows))

    def _facts(self, item: Item) -> Mapping[str, str]:
        return _facts(item, self.price_bounds, self.currency)


def measure_relevance(catalogue: Catalogue, sequences: Sequence[IntArray], *, seed: int = 0) -> FieldRelevance:
    """Measure which fields matter for which category.

    The pairs are purchases of one client, at most REACH steps apart, of different items of one broadest category. A
    group is the first or the first two names of the category path, whichever is narrower and has enough pairs; what
    is too small even so is covered by the whole catalogue, still compared within broadest categories.

    Args:
        catalogue: All items.
        sequences: Clients' TRAINING sequences of internal item ids, int64, oldest first.
        seed: Of the bootstrap's resampling.
    """
    currency = catalogue.currency
    bounds = _price_bounds(catalogue.items, currency)
    facts = [_facts(item, bounds, currency) for item in catalogue.items]
    fields = sorted({name for one in facts for name in one})
    codes = np.stack([_codes([one.get(name) for one in facts]) for name in fields]) if fields else np.empty((0, 0))
    purchases = _Purchases.of(sequences)
    paths = [_paths(item) for item in catalogue.items]
    broad = _codes([path[-2] if len(path) > 1 else None for path in paths])
    rng = np.random.default_rng(seed)
    groups: dict[str, tuple[FieldLift, ...]] = {}
    for name in sorted({name for path in paths for name in path}):
        inside = np.array([False, *(name in path for path in paths)])
        part = purchases.within(inside, broad)
        if name != _WHOLE and (len(part.first) < MIN_PAIRS or len(np.unique(part.pair_client)) < MIN_CLIENTS):
            continue
        lifts = [_lift(field, row, part, broad, rng) for field, row in zip(fields, codes, strict=True)]
        groups[name] = tuple(sorted((one for one in lifts if one.n_pairs), key=lambda one: (-one.low, one.field)))
    return FieldRelevance(groups=groups, price_bounds=bounds, currency=currency)


@dataclass(frozen=True, eq=False)
class _Purchases:
    """Purchases and pairs of them as parallel arrays, int64.

    Attributes:
        item, client: Of each purchase, (P,).
        first, second, pair_client: The items of each pair and whose they are, (Q,).
    """

    item: _Counts
    client: _Counts
    first: _Counts
    second: _Counts
    pair_client: _Counts

    @classmethod
    def of(cls, sequences: Sequence[IntArray]) -> _Purchases:
        item = np.concatenate([np.empty(0, dtype=np.int64), *sequences])
        client = np.repeat(np.arange(len(sequences)), [len(one) for one in sequences])
        first, second, owner = [item[:0]], [item[:0]], [item[:0]]
        for step in range(1, REACH + 1):
            pair = (client[step:] == client[:-step]) & (item[step:] != item[:-step])
            first.append(item[:-step][pair])
            second.append(item[step:][pair])
            owner.append(client[step:][pair])
        return cls(item, client, np.concatenate(first), np.concatenate(second), np.concatenate(owner))

    def within(self, inside: NDArray[np.bool_], broad: _Counts) -> _Purchases:
        """Return the purchases of the items marked, and the pairs of them within one broadest category."""
        bought = inside[self.item] & (broad[self.item] >= 0)
        both = inside[self.first] & inside[self.second]
        both &= (broad[self.first] == broad[self.second]) & (broad[self.first] >= 0)
        return _Purchases(
            self.item[bought], self.client[bought], self.first[both], self.second[both], self.pair_client[both]
        )


def _lift(field: str, codes: _Counts, part: _Purchases, broad: _Counts, rng: np.random.Generator) -> FieldLift:
    """Measure one field of one group; `codes` is int64, (N + 1,), -1 where an item lacks the field."""
    known = (codes[part.first] >= 0) & (codes[part.second] >= 0)
    n_pairs = int(known.sum())
    if not n_pairs:
        return FieldLift(field=field, n_pairs=0, observed=0.0, expected=0.0, lift=0.0, low=0.0)
    agree = (codes[part.first] == codes[part.second])[known]
    clients, whose = np.unique(part.pair_client[known], return_inverse=True)
    chance = _chance(codes, part, broad)[broad[part.first[known]]]
    per_client = np.stack([np.bincount(whose, weights, len(clients)) for weights in (agree, chance)])  # (2, U)
    observed, expected = agree.mean(), chance.mean()
    if expected <= 0:
        return FieldLift(field=field, n_pairs=n_pairs, observed=float(observed), expected=0.0, lift=0.0, low=0.0)
    drawn = np.empty((N_RESAMPLES, 2))
    for row in drawn:
        row[:] = per_client @ np.bincount(rng.integers(0, len(clients), len(clients)), minlength=len(clients))
    lifts = drawn[:, 0] / np.maximum(drawn[:, 1], 1e-12)
    return FieldLift(
        field=field,
        n_pairs=n_pairs,
        observed=round(float(observed), 5),
        expected=round(float(expected), 5),
        lift=round(float(observed / expected), 3),
        low=round(float(np.percentile(lifts, LOWEST)), 3),
    )


def _chance(codes: _Counts, part: _Purchases, broad: _Counts) -> _Shares:
    """Return how often purchases of two clients agree, for each broadest category, float64, (categories,).

    Exact over all pairs of different clients and different items, so popular items count by their purchases.
    """
    known = codes[part.item] >= 0
    item, client = part.item[known], part.client[known]
    category = broad[item]
    n_categories = int(broad.max()) + 1
    same_item = _across(category, item, client, n_categories)
    pairs = _across(category, category, client, n_categories) - same_item
    agreeing = _across(category, codes[item], client, n_categories) - same_item
    return np.asarray(np.where(pairs > 0, agreeing / np.maximum(pairs, 1), 0.0), dtype=np.float64)


def _across(category: _Counts, key: _Counts, client: _Counts, n_categories: int) -> _Shares:
    """Count ordered pairs of purchases with equal keys and different clients, for each category."""
    total = np.zeros(n_categories)
    for columns, sign in (((category, key), 1), ((category, key, client), -1)):
        rows, counts = np.unique(np.stack(columns), axis=1, return_counts=True)
        total += sign * np.bincount(rows[0], counts.astype(np.float64) ** 2, n_categories)
    return total


def _codes(values: Sequence[str | None]) -> _Counts:
    """Number the values, equal but for case alike, -1 for None; int64, (N + 1,), row 0 is padding and -1."""
    known: dict[str, int] = {}
    coded = [-1 if value is None else known.setdefault(value.casefold(), len(known)) for value in values]
    return np.array([-1, *coded], dtype=np.int64)


def _paths(item: Item) -> tuple[str, ...]:
    """Return the names of the groups an item may belong to, narrowest first, the whole catalogue last."""
    return tuple(dict.fromkeys([" > ".join(item.category[:2]), " > ".join(item.category[:1]), _WHOLE]))


def _facts(item: Item, bounds: Mapping[str, Sequence[float]], currency: str | None) -> Mapping[str, str]:
    """Return the item's catalogue facts by field name; a further attribute never hides a field of the catalogue."""
    facts: dict[str, Any] = {name: value for name, value in item.attributes.items() if value}
    facts |= {"brand": item.brand, "colour": item.colour, "material": item.material}
    facts["category"] = item.category[-1] if item.category else None
    if item.price_minor is not None and item.currency == currency:
        edges = bounds.get(" > ".join(item.category[:1])) or bounds[_WHOLE]
        facts[PRICE] = _LEVELS[int(np.searchsorted(edges, item.price_minor, side="right"))]
    return {name: value for name, value in facts.items() if value}


def _price_bounds(items: Sequence[Item], currency: str | None) -> dict[str, tuple[float, ...]]:
    """Return the fifths of prices within each broadest category that has enough priced items, and over all."""
    prices: dict[str, list[int]] = defaultdict(list)
    for item in items:
        if item.price_minor is not None and item.currency == currency:
            for name in {" > ".join(item.category[:1]), _WHOLE}:
                prices[name].append(item.price_minor)
    shares = [k / len(_LEVELS) for k in range(1, len(_LEVELS))]
    found = {name: tuple(float(edge) for edge in np.quantile(paid, shares)) for name, paid in sorted(prices.items())}
    return {name: edges for name, edges in found.items() if name == _WHOLE or all(a < b for a, b in pairwise(edges))}
