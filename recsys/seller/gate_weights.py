"""What the adapter's gates did for one explanation, and whom each expert serves: plain figures, without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from recsys.catalogue import BoolArray
from recsys.ranker import FloatArray

PathName = Literal["behaviour", "semantics"]


@dataclass(frozen=True)
class ExpertWeights:
    """The gate's weights for one soft-prompt token.

    Attributes:
        token: What it stands for, in words ("client's behaviour").
        weights: One an expert, E of them, summing to 1.
        purchase: Number, from 1, of the purchase that the token stands for; None if it stands for something else.
    """

    token: str
    path: PathName
    weights: tuple[float, ...]
    purchase: int | None = None


@dataclass(frozen=True)
class ExpertRole:
    """Whom one expert mostly serves, from the gate report.

    Attributes:
        path: Whose expert it is.
        expert: From 1, in the order of the weights.
        share: Its mean weight over all suggestions of the report, in [0, 1].
        clients, items, reasons: Kinds that it serves more than it serves others, the most so first; empty where none
            stands out ("up to 4 purchases", "Hair Care", "style").
    """

    path: PathName
    expert: int
    share: float
    clients: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def words(self) -> str:
        """Return the role as one line."""
        parts = (("clients with", self.clients), ("items of", self.items), ("reasons led by", self.reasons))
        told = [f"{what} {', '.join(kinds)}" for what, kinds in parts if kinds]
        return "; ".join(told) or "nothing stands out"


def expert_weights(
    tokens: Sequence[str],
    gates: Mapping[PathName, FloatArray],
    present: BoolArray,
    n_latest: int,
    n_purchases: int,
) -> tuple[ExpertWeights, ...]:
    """Name the gates' weights of one explanation.

    Args:
        tokens: What each of the P soft-prompt tokens stands for; the last `n_latest` are purchases, oldest first.
        gates: By path, float32, (P, E); a row of zeros where the path does not feed the token.
        present: Which tokens stand for something, bool, (P,); purchases are padded at the end.
        n_latest: How many of the tokens are for purchases.
        n_purchases: How many purchases the client has.
    """
    n_whole = len(tokens) - n_latest
    oldest = n_purchases - int(present[n_whole:].sum()) + 1
    return tuple(
        ExpertWeights(
            token=name,
            path=path,
            weights=tuple(round(float(weight), 4) for weight in weights[place]),
            purchase=oldest + place - n_whole if place >= n_whole else None,
        )
        for path, weights in gates.items()
        for place, name in enumerate(tokens)
        if present[place] and weights[place].any()
    )


def check_weights(experts: Sequence[ExpertWeights], n_purchases: int) -> None:
    """Refuse weights that cannot be shown.

    Raises:
        ValueError: If a path's tokens differ in the number of experts, or one stands for a purchase there is not.
    """
    counts: dict[PathName, set[int]] = {}
    for one in experts:
        counts.setdefault(one.path, set()).add(len(one.weights))
        if one.purchase is not None and not 1 <= one.purchase <= n_purchases:
            raise ValueError(f"token {one.token!r} stands for purchase {one.purchase} of {n_purchases}")
    for path, found in counts.items():
        if len(found) > 1:
            raise ValueError(f"tokens of the path {path!r} have {sorted(found)} expert weights: one number is expected")
