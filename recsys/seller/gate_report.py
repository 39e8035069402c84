"""Whom each of SELLER's experts serves: weights of the gates over many suggestions, by token, reason, item and client.

An expert serves a kind where its mean weight there differs from its mean over everything by more than chance:
intervals come from resampling clients, and are widened so that they hold jointly for all differences of the report.
A named kind says where the gate weighs otherwise, not that training made it so: a gate with random weights differs by
category too. The report names no client.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.errors import InputError
from recsys.evaluation.markdown import markdown_table
from recsys.seller.gate_weights import ExpertRole, PathName

MIN_CLIENTS = 10  # a kind seen with fewer is left out: nothing can be said of it
N_RESAMPLES = 1000
CONFIDENCE = 95  # percent, of all intervals jointly
LEAST_SAID = 0.01  # a smaller difference of mean weights is real perhaps, but not worth a word
MOST_SAID = 3  # kinds of one dimension that are put into words for one expert
COLLAPSED = 0.9  # of all weight at one of several experts
REASON, CATEGORY, BAND = "reason led by", "item of", "client with"

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PathUse:
    """How one path uses its E experts.

    Attributes:
        shares: Mean weight of each expert over all tokens of all suggestions, summing to 1.
        balance: Entropy of the shares relative to that of equal ones, in [0, 1]; 0 is a collapse onto one expert.
        decision: Mean entropy of the weights at a single token, relative to the same; 1 is a gate that never chooses.
        tokens: Mean weight of each expert by soft-prompt token that the path feeds.
    """

    path: PathName
    shares: tuple[float, ...]
    balance: float
    decision: float
    tokens: Mapping[str, tuple[float, ...]]

    @property
    def is_collapsed(self) -> bool:
        """Whether one of several experts has nearly all of the weight."""
        return len(self.shares) > 1 and max(self.shares) > COLLAPSED


@dataclass(frozen=True)
class GateDifference:
    """One expert's mean weight for one kind of suggestion.

    Attributes:
        dimension, group: The kind, for example "item of" and "Hair Care".
        n: Suggestions of this kind.
        share: The expert's mean weight for them; `difference`: to its mean over all suggestions, with the interval.
    """

    path: PathName
    expert: int
    dimension: str
    group: str
    n: int
    share: float
    difference: float
    low: float
    high: float

    @property
    def is_named(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class GateReport:
    """The gates over many suggestions; `left_out` are kinds that too few clients have."""

    n_suggestions: int
    n_clients: int
    seed: int
    paths: tuple[PathUse, ...]
    differences: tuple[GateDifference, ...]
    left_out: tuple[str, ...]

    def roles(self) -> tuple[ExpertRole, ...]:
        """Return in words whom each expert serves more than others do."""
        return tuple(
            ExpertRole(
                path=use.path,
                expert=expert,
                share=share,
                clients=self._served(use.path, expert, BAND),
                items=self._served(use.path, expert, CATEGORY),
                reasons=self._served(use.path, expert, REASON),
            )
            for use in self.paths
            for expert, share in enumerate(use.shares, start=1)
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values, with the roles, and whether each difference is named."""
        return {
            **asdict(self),
            "paths": [{**asdict(use), "is_collapsed": use.is_collapsed} for use in self.paths],
            "differences": [{**asdict(one), "is_named": one.is_named} for one in self.differences],
            "roles": [asdict(role) for role in self.roles()],
        }

    def table(self) -> str:
        """Return a Markdown table a path, in percent of weight, and the roles as lines."""
        lines = [f"{self.n_suggestions} suggestions to {self.n_clients} clients, seed {self.seed}; weights in percent"]
        for use in self.paths:
            header = [f"{use.path} path", "suggestions", *(f"expert {k}" for k in range(1, len(use.shares) + 1))]
            rows = [["all", str(self.n_suggestions), *map(_percent, use.shares)]]
            rows += [[token, "", *map(_percent, weights)] for token, weights in use.tokens.items()]
            lines += ["", *markdown_table(header, [*rows, *self._kinds(use)]), "", _use_words(use)]
        named = sum(one.is_named for one in self.differences)
        lines += [
            "",
            f"in brackets: difference to all suggestions, its {CONFIDENCE} % interval holding jointly for all "
            f"{len(self.differences)} differences; {named} exclude 0, only those are shown",
            *([f"fewer than {MIN_CLIENTS} clients, left out: {', '.join(self.left_out)}"] if self.left_out else []),
            "",
            *(f"{role.path}, expert {role.expert}: {role.words()}" for role in self.roles()),
        ]
        return "\n".join(lines)

    def _kinds(self, use: PathUse) -> list[list[str]]:
        rows: dict[tuple[str, str], list[str]] = {}
        for one in self.differences:
            if one.path == use.path:
                row = rows.setdefault((one.dimension, one.group), [f"{one.dimension} {one.group}", str(one.n)])
                row.append(_percent(one.share) + (f" ({_interval(one)})" if one.is_named else ""))
        return list(rows.values())

    def _served(self, path: PathName, expert: int, dimension: str) -> tuple[str, ...]:
        """Return the kinds that an expert is over-represented for, the most so first."""
        found = [
            one
            for one in self.differences
            if (one.path, one.expert, one.dimension) == (path, expert, dimension)
            and one.is_named
            and one.difference >= LEAST_SAID
        ]
        return tuple(one.group for one in sorted(found, key=lambda one: -one.difference)[:MOST_SAID])


@dataclass(frozen=True)
class Suggestions:
    """N suggestions that the gates weighed.

    Attributes:
        tokens: What each of the P soft-prompt tokens stands for.
        clients: Number of the client of each, from 0, int64, (N,).
        kinds: By dimension, what each suggestion is of.
        gates: By path, the experts' weights of each token, float64, (N, P, E); zero where it does not feed the token.
        present: Which tokens stand for something, bool, (N, P).
    """

    tokens: tuple[str, ...]
    clients: NDArray[np.int64]
    kinds: Mapping[str, Sequence[str]]
    gates: Mapping[PathName, _Floats]
    present: NDArray[np.bool_]


def report_gates(weighed: Suggestions, seed: int = 0) -> GateReport:
    """Say which expert serves which kind.

    Args:
        weighed: Suggestions to at least MIN_CLIENTS clients.
        seed: Of the intervals.

    Raises:
        InputError: If there are fewer clients.
    """
    n_clients = len(np.unique(weighed.clients))
    if n_clients < MIN_CLIENTS:
        raise InputError(f"a gate report over {n_clients} clients says nothing: {MIN_CLIENTS} are the least")
    groups = {(name, kind): np.array(of) == kind for name, of in weighed.kinds.items() for kind in sorted(set(of))}
    enough = {kind: of for kind, of in groups.items() if len(np.unique(weighed.clients[of])) >= MIN_CLIENTS}
    means = {path: _mean_weights(gates, weighed.present) for path, gates in weighed.gates.items()}
    return GateReport(
        n_suggestions=len(weighed.clients),
        n_clients=n_clients,
        seed=seed,
        paths=tuple(_use(path, weighed) for path, gates in weighed.gates.items()),
        differences=_differences(means, enough, weighed.clients, seed),
        left_out=tuple(" ".join(kind) for kind in groups if kind not in enough),
    )


def _fed(gates: _Floats, present: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which tokens a path feeds and stand for something, bool, (N, P)."""
    return np.asarray(present & (gates > 0).any(axis=-1))


def _mean_weights(gates: _Floats, present: NDArray[np.bool_]) -> _Floats:
    """Return each expert's mean weight over a suggestion's tokens, float64, (N, E)."""
    fed = _fed(gates, present)[..., None]
    return np.asarray((gates * fed).sum(axis=1) / fed.sum(axis=1))


def _use(path: PathName, weighed: Suggestions) -> PathUse:
    gates = weighed.gates[path]
    fed, shares = _fed(gates, weighed.present), _mean_weights(gates, weighed.present).mean(axis=0)
    names = enumerate(weighed.tokens)
    tokens = {name: _figures(gates[fed[:, k], k].mean(axis=0)) for k, name in names if fed[:, k].any()}
    return PathUse(path, _figures(shares), _entropy(shares), _entropy(gates[fed]), tokens)


def _entropy(weights: _Floats) -> float:
    """Return the mean entropy of rows of E weights relative to log E; 1 for a single expert, which has no rival."""
    if weights.shape[-1] == 1:
        return 1.0
    entropies = -(weights * np.log(np.maximum(weights, 1e-12))).sum(axis=-1)
    return round(float(entropies.mean()) / math.log(weights.shape[-1]), 4)


def _differences(
    means: Mapping[PathName, _Floats],
    groups: Mapping[tuple[str, str], NDArray[np.bool_]],
    clients: NDArray[np.int64],
    seed: int,
) -> tuple[GateDifference, ...]:
    """Return every expert's difference for every kind, with intervals that hold jointly."""
    if not groups:
        return ()
    values = np.concatenate(list(means.values()), axis=1)
    masks = np.stack([np.ones(len(clients), dtype=bool), *groups.values()], axis=1).astype(np.float64)
    n_clients = int(clients.max()) + 1
    sums, counts = np.zeros((n_clients, masks.shape[1], values.shape[1])), np.zeros((n_clients, masks.shape[1]))
    np.add.at(sums, clients, masks[:, :, None] * values[:, None, :])
    np.add.at(counts, clients, masks)
    drawn = np.random.default_rng(seed).multinomial(n_clients, np.full(n_clients, 1 / n_clients), N_RESAMPLES)
    centre, resampled = _compared(np.ones((1, n_clients)), sums, counts)[0], _compared(drawn, sums, counts)
    width, shares = _joint_width(centre, resampled), sums.sum(axis=0) / counts.sum(axis=0)[:, None]
    found = []
    for column, (path, expert) in enumerate((name, k + 1) for name in means for k in range(means[name].shape[1])):
        for row, (dimension, group) in enumerate(groups):
            value, half = centre[row, column], width[row, column]
            figures = _figures((shares[row + 1, column], value, value - half, value + half))
            n = int(counts[:, row + 1].sum())
            found.append(GateDifference(path, expert, dimension, group, n, *figures))
    return tuple(found)


def _compared(weights: NDArray[Any], sums: _Floats, counts: _Floats) -> _Floats:
    """Return groups' means less the mean of all, (R, G, E), NaN where a resample has nothing of a group.

    Args:
        weights: How often each client counts, (R, C).
        sums: Of weights by client, group and expert, the first group being all, (C, 1 + G, E).
        counts: Of suggestions, (C, 1 + G).
    """
    n = weights @ counts
    means = np.einsum("rc,cge->rge", weights, sums) / np.where(n > 0, n, np.nan)[..., None]
    return np.asarray(means[:, 1:] - means[:, :1])


def _joint_width(centre: _Floats, resampled: _Floats) -> _Floats:
    """Return half the width of each interval, (G, E): the largest standardised deviation exceeds it in 5 % of draws."""
    spread = np.nanstd(resampled, axis=0)
    deviations = np.abs(resampled - centre) / np.where(spread > 1e-9, spread, np.inf)
    return np.asarray(spread * np.percentile(np.nanmax(deviations, axis=(1, 2)), CONFIDENCE))


def _figures(values: Sequence[float] | _Floats) -> tuple[float, ...]:
    return tuple(round(float(value), 4) + 0.0 for value in values)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _interval(one: GateDifference) -> str:
    return f"{100 * one.difference:+.1f} [{100 * one.low:+.1f}, {100 * one.high:+.1f}]"


def _use_words(use: PathUse) -> str:
    if len(use.shares) == 1:
        return "a single expert: there is nothing to choose"
    collapsed = "collapsed onto one expert" if use.is_collapsed else "not collapsed"
    return (
        f"usage entropy {use.balance:.3f} of log E, largest share {max(use.shares):.1%}: {collapsed}; "
        f"entropy at a single token {use.decision:.3f} of log E"
    )
