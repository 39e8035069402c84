"""The next-basket split by time: learn from what was bought before a moment, foretell each client's first basket after.

Leave-one-out cuts every client at another moment and needs an order of single items. Where purchases come in baskets,
all lines of one invoice at one time, neither holds: the split here is by the clock, the same for everybody.

Protocol
- A basket is everything that a client bought at exactly one time.
- Interactions before `train_until` train. A client's first basket from then on, before `validation_until`, is the
  validation basket; the first basket from `validation_until` on is the test basket. Later baskets of either period
  are never targets; those of the validation period are part of the test input, as they would be on that day.
- The input is all that the client bought before the basket's period. Clients with nothing before it are left out:
  a sequence model has nothing to go on.
- The targets are the basket's items that are not in the input, each once. Owned items are masked in every ranking, so
  a repeat purchase could only count as a miss; repeats are counted in the report instead, and a basket of nothing but
  repeats is left out. Items that nobody bought in training stay targets, also counted: the catalogue has them.
- The order within a basket means nothing, and the recorded one is often that of the catalogue (alphabetical in the
  public Online Retail data). A sequence model learns that instead of taste: a small SASRec reached a validation NDCG@10
  of .033 there with baskets in alphabetical order and .075 with the same baskets shuffled. So the items of each basket
  are put in a random order drawn from `seed`: a model that predicts item t + 1 from items 1 to t then learns to
  complete a basket within it, and to begin the next one where it ends.
- An item bought again stays in training sequences and inputs, as often as it was bought.
- A purchase counts as made, also if it was returned later: a return after the cut is not known on the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.sequences import Sequences
from recsys.data.tables import as_utc
from recsys.errors import InputError
from recsys.ranker import IntArray

TimeArray = NDArray[np.datetime64]


@dataclass(frozen=True)
class BasketCounts:
    """The first baskets of one period.

    Attributes:
        n_clients: Clients evaluated.
        n_targets: New items in their baskets, all of which are to be ranked.
        n_unseen: Targets that no training sequence holds; a ranker of ids alone cannot find them.
        n_repeats: Items in the baskets of clients with a past that they owned before; masked, hence no targets.
        n_without_input: Clients of the period who bought nothing before it; left out.
        n_only_repeats: Clients whose basket holds nothing new; left out.
    """

    n_clients: int
    n_targets: int
    n_unseen: int
    n_repeats: int
    n_without_input: int
    n_only_repeats: int

    def __str__(self) -> str:
        return (
            f"{self.n_clients:,} clients, {self.n_targets:,} new items to find ({self.n_unseen:,} never bought in "
            f"training); {self.n_repeats:,} repeats masked; left out {self.n_without_input:,} clients without a past, "
            f"{self.n_only_repeats:,} with repeats only"
        )


@dataclass(frozen=True, eq=False)
class NextBasket:
    """Training sequences, and the baskets to foretell in two later periods.

    Attributes:
        train: Sequences of internal ids, int64, oldest first, of every client who bought before `train_until`.
        validation_inputs, test_inputs: What each evaluated client bought before the period, oldest first.
        validation_targets, test_targets: The new items of each one's first basket in it: distinct, ascending, not
            empty, none of them in the input.
        validation_clients, test_clients: External ids, in the order of inputs and targets; the two periods differ.
        train_until, validation_until: Where the periods begin, in UTC.
        validation_counts, test_counts: What each period keeps and leaves out.
    """

    train: list[IntArray]
    validation_inputs: list[IntArray]
    validation_targets: list[IntArray]
    validation_clients: tuple[str, ...]
    test_inputs: list[IntArray]
    test_targets: list[IntArray]
    test_clients: tuple[str, ...]
    train_until: dt.datetime
    validation_until: dt.datetime
    validation_counts: BasketCounts
    test_counts: BasketCounts

    def lines(self) -> list[str]:
        """Return what the split holds, as lines for people."""
        total = sum(map(len, self.train))
        return [
            f"training before {self.train_until:%Y-%m-%d %H:%M}: {len(self.train):,} clients, {total:,} purchases",
            f"validation before {self.validation_until:%Y-%m-%d %H:%M}: {self.validation_counts}",
            f"test from then on: {self.test_counts}",
        ]


@dataclass(frozen=True, eq=False)
class _Period:
    inputs: list[IntArray]
    targets: list[IntArray]
    clients: tuple[str, ...]
    counts: BasketCounts


def split_times(
    times: TimeArray, train_share: float = 0.8, validation_share: float = 0.1
) -> tuple[dt.datetime, dt.datetime]:
    """Return `train_until` and `validation_until` so that the periods hold about these shares of all purchases.

    Args:
        times: When each purchase was, UTC, any order.
        train_share, validation_share: Parts of the whole, both above 0; the rest is for the test.

    Raises:
        InputError: If the shares leave nothing for the test, or the times are unknown.
    """
    if not (train_share > 0 and validation_share > 0 and train_share + validation_share < 1):
        raise InputError(f"shares {train_share} and {validation_share} must be above 0 and below 1 together")
    _check_known(times)
    ordered = np.sort(times)
    cuts = (train_share, train_share + validation_share)
    first, second = (_moment(ordered[int(cut * len(ordered))]) for cut in cuts)
    return first, second


def next_basket(
    sequences: Sequences,
    times: TimeArray,
    train_until: dt.datetime,
    validation_until: dt.datetime,
    *,
    seed: int = 0,
) -> NextBasket:
    """Split by time, as the module's protocol says.

    Args:
        sequences: What each client bought, oldest first.
        times: UTC time of each of `sequences.values`, as `Boutique.timed_purchases` gives them.
        train_until, validation_until: Where the validation and the test period begin; no zone means UTC.
        seed: Of the order of items within a basket; the same for every model that is to be compared.

    Raises:
        InputError: If a time is unknown, the periods are the wrong way round, or one of them has nobody to evaluate.
    """
    if len(times) != len(sequences.values):
        raise ValueError(f"there are {len(sequences.values)} values and {len(times)} times")
    _check_known(times)
    first, second = (np.datetime64(as_utc(moment).replace(tzinfo=None)) for moment in (train_until, validation_until))
    if not first < second:
        raise InputError(f"training ends at {first}, validation at {second}: give the earlier time first")
    everyone = list(_shuffled(sequences, times, seed))
    train = [before for items, when in everyone if len(before := items[when < first])]
    if not train:
        raise InputError(f"nobody bought before {first}: give a later time")
    seen = np.unique(np.concatenate(train))
    validation = _period(sequences.clients, everyone, first, second, seen)
    test = _period(sequences.clients, everyone, second, None, seen)
    for name, period in (("validation", validation), ("test", test)):
        if not period.clients:
            raise InputError(f"no client of the {name} period bought before and something new in it: move the times")
    return NextBasket(
        train=train,
        validation_inputs=validation.inputs,
        validation_targets=validation.targets,
        validation_clients=validation.clients,
        test_inputs=test.inputs,
        test_targets=test.targets,
        test_clients=test.clients,
        train_until=_moment(first),
        validation_until=_moment(second),
        validation_counts=validation.counts,
        test_counts=test.counts,
    )


def _shuffled(sequences: Sequences, times: TimeArray, seed: int) -> Iterator[tuple[IntArray, TimeArray]]:
    """Yield each client's items and times, oldest first, the items of a basket in the order that `seed` draws.

    The draw starts from ascending ids, so that the recorded order within a basket changes nothing.
    """
    rng = np.random.default_rng(seed)
    for start, end in zip(sequences.offsets[:-1], sequences.offsets[1:], strict=True):
        items, when = sequences.values[start:end], times[start:end]
        canonical = np.lexsort((items, when))
        drawn = np.lexsort((rng.random(len(items)), when[canonical]))
        yield items[canonical][drawn], when[canonical][drawn]


def _period(
    clients: tuple[str, ...],
    everyone: list[tuple[IntArray, TimeArray]],
    start: np.datetime64,
    end: np.datetime64 | None,
    seen: IntArray,
) -> _Period:
    """Find inputs and targets of one period, from `start` on and before `end`."""
    inputs, targets, names = [], [], []
    n_repeats = n_without_input = n_only_repeats = 0
    for client, (items, when) in zip(clients, everyone, strict=True):
        basket = _first_basket(items, when, start, end)
        past = items[when < start]
        if not len(basket):
            continue
        if not len(past):
            n_without_input += 1
            continue
        new = np.setdiff1d(basket, past)
        n_repeats += len(basket) - len(new)
        if not len(new):
            n_only_repeats += 1
            continue
        inputs.append(past)
        targets.append(new)
        names.append(client)
    n_unseen = sum(int((~np.isin(new, seen)).sum()) for new in targets)
    n_targets = sum(map(len, targets))
    counts = BasketCounts(len(names), n_targets, n_unseen, n_repeats, n_without_input, n_only_repeats)
    return _Period(inputs, targets, tuple(names), counts)


def _first_basket(items: IntArray, when: TimeArray, start: np.datetime64, end: np.datetime64 | None) -> IntArray:
    """Return the distinct items of the first basket from `start` on, none if it is not before `end`."""
    later = when[when >= start]
    if not len(later) or (end is not None and later[0] >= end):
        return np.empty(0, dtype=np.int64)
    return np.unique(items[when == later[0]])


def _check_known(times: TimeArray) -> None:
    if not len(times) or np.isnat(times).any():
        raise InputError(
            "a split by time needs the time of every purchase: this boutique knows only an order or nothing"
        )


def _moment(time: np.datetime64) -> dt.datetime:
    return dt.datetime.fromisoformat(str(time.astype("datetime64[us]"))).replace(tzinfo=dt.UTC)
