"""The systems that SELLER is compared with: what of its inputs each one reads, and what it trains.

All trained systems have the same frozen language model, the same request and the same examples, and are trained
equally long. XRec-like: vectors of ids without a sequence through the adapter. PEPLER-like: a learned vector for each
item. Random vectors: fixed ones for each case that say nothing. The rest are ablations of SELLER itself.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from recsys.seller.examples import Example
from recsys.seller.features import Features

BEHAVIOUR = ("user", "item", "states", "bought", "falls", "gaps", "whole")
SEMANTICS = ("item_meaning", "bought_meaning", "pool", "item_guided", "bought_guided", "parts")
_KEPT = ("target", "present", "pooled")

Change = Callable[[Features], Features]


@dataclass(frozen=True)
class System:
    """One trained system.

    Attributes:
        change: What becomes of the encoder's inputs.
        shuffles: Whether it gets every history in another order.
        n_experts: Experts a path; 1 is one linear map.
        learns_items: Whether it learns a vector for each item.
    """

    name: str
    change: Change
    shuffles: bool = False
    n_experts: int = 4
    learns_items: bool = False

    def inputs(self, examples: Sequence[Example]) -> list[Example]:
        """Return the examples as this system gets them."""
        if not self.shuffles:
            return list(examples)
        return [Example(one.shuffled_request, one.shuffled, one.text, one.request, one.case) for one in examples]


def without(names: Sequence[str]) -> Change:
    """Return a change that sets inputs to zero."""

    def change(features: Features) -> Features:
        return replace(features, **{name: torch.zeros_like(getattr(features, name)) for name in names})

    return change


def only_ids(features: Features) -> Features:
    """Leave the mean vector of the latest purchases and the vector of the item: a client without a sequence."""
    n_bought = features.present.sum(dim=1, keepdim=True).clamp(min=1)
    mean = features.bought.sum(dim=1) / n_bought
    return replace(without((*BEHAVIOUR, *SEMANTICS))(features), user=mean, item=features.item)


def random_vectors(features: Features) -> Features:
    """Replace every input by standard normal values, fixed for each (item, latest purchases) in whatever batch."""
    changed = without(("gaps",))(features)
    rows: dict[str, list[Tensor]] = {}
    names = [one.name for one in fields(Features) if one.name not in (*_KEPT, "gaps")]
    for row in range(len(features)):
        key = zlib.crc32(features.bought[row].numpy().tobytes())  # rows of a table: no batch changes their last digit
        rng = np.random.default_rng([int(features.target[row]), key])
        for name in names:
            drawn = rng.standard_normal(getattr(features, name).shape[1:], dtype=np.float32)
            rows.setdefault(name, []).append(torch.from_numpy(drawn))
    return replace(changed, **{name: torch.stack(found) for name, found in rows.items()})


def unchanged(features: Features) -> Features:
    """Return the inputs as they are."""
    return features


COMMON_START = System("common start", without((*BEHAVIOUR, *SEMANTICS)))
"""Learns from no case how a reason is worded; every system goes on from its learned tokens, none learns that anew."""

SELLER = System("SELLER", unchanged)
SYSTEMS = (
    SELLER,
    System("XRec-like", only_ids),
    System("random vectors", random_vectors),
    System("history shuffled", unchanged, shuffles=True),
    System("without behaviour path", without(BEHAVIOUR)),
    System("without semantic path", without(SEMANTICS)),
    System("one linear map", unchanged, n_experts=1),
    System("PEPLER-like", without((*BEHAVIOUR, *SEMANTICS)), learns_items=True),
    System("no case in the soft prompt", without((*BEHAVIOUR, *SEMANTICS))),
)
