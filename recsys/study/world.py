"""What a study works on: sequences to learn from, ways to validate and to test, and tables of item features."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recsys.data.boutique import Boutique
from recsys.data.next_basket import TimeArray, next_basket, split_times
from recsys.data.sequences import LeaveOneOut, Sequences, leave_one_out
from recsys.errors import InputError, NotReady
from recsys.evaluation.basket_metrics import basket_mrr, basket_ndcg_at_k, basket_recall_at_k, rank_baskets
from recsys.evaluation.ranking_metrics import RankArray, mrr, ndcg_at_k, recall_at_k
from recsys.evaluation.ranking_report import rank_targets
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.scores import read_scores_csv
from recsys.models.houses import house_numbers
from recsys.ranker import FloatArray, IntArray, Ranker
from recsys.text_encoder import TextEncoder

METRICS = ("recall@10", "ndcg@10", "mrr")

LONG = 200  # purchases of a client that are seen where baskets hold dozens

Measures = Mapping[str, RankArray]  # a value of each metric for each client, float64, (U,)


@dataclass(frozen=True, eq=False)
class World:
    """One data set, split.

    Attributes:
        name: For people and for folders.
        n_items: N.
        train: Sequences of internal ids.
        features: z-scores of guided attributes by scorer ("scores" is the boutique's own), one-hot "category" and
            "sentence" embeddings, float32, (N + 1, any), row 0 zero.
        attribute_names: Names of the columns of "scores".
        houses: The number of each item's brand, int64, (N + 1,).
        validate: NDCG@10 of a ranker on the validation part.
        test: Each client's metrics on the test part; to be read once for each finished ranker.
        about: Counts, in words.
        data: 16 hex digits that change with any record that the world is made of; rows of other data never mix.
        sequences: All clients' sequences, for the world with cold items; None where the split is by time.
        max_length: Purchases of a client that a model sees.
        redraw: `train` with the order within baskets drawn anew for an epoch; None where the order is known.
    """

    name: str
    n_items: int
    train: Sequence[IntArray]
    features: Mapping[str, FloatArray]
    attribute_names: tuple[str, ...]
    houses: IntArray
    validate: Callable[[Ranker], float]
    test: Callable[[Ranker], Measures]
    about: str
    data: str
    sequences: Sequences | None = None
    max_length: int = 50
    redraw: Callable[[int], Sequence[IntArray]] | None = None

    def drawn(self, epoch: int) -> Sequence[IntArray]:
        """Return the sequences to learn from in an epoch."""
        return self.redraw(epoch) if self.redraw and epoch else self.train

    def fingerprint(self, features: Iterable[str]) -> str:
        """Return 16 hex digits that change with the sequences or one of these features."""
        digest = hashlib.sha256(f"{self.name} {self.data}".encode())
        for sequence in self.train:
            digest.update(sequence.tobytes() + b"|")
        for name in sorted(set(features)):
            digest.update(name.encode() + self.features[name].tobytes())
        return digest.hexdigest()[:16]


def open_world(boutique: Boutique, name: str, protocol: str, scores: Mapping[str, Path]) -> World:
    """Read a boutique as a world.

    Args:
        boutique: Ingested, with guided scores.
        name: Of the data set.
        protocol: "leave-one-out", or "next-basket" by time.
        scores: Files of other scorers' guided scores by the scorer's name.

    Raises:
        NotReady: If the boutique has no guided scores.
        InputError: If a file of scores is not readable.
    """
    guided = boutique.guided_scores()
    if guided is None:
        raise NotReady(f"'{boutique.path}' has no guided scores: run 'clienteller annotate' first")
    items = boutique.items()
    if protocol == "leave-one-out":
        sequences, times, redraw, max_length = boutique.sequences(), None, None, 50
        train, validate, test, about = _leave_one_out(leave_one_out(sequences))
    else:
        sequences, times = boutique.timed_purchases()
        redraw, max_length = _redraw(sequences, times), LONG
        train, validate, test, about = _next_basket(sequences, times)
    own = GuidedEmbeddings.from_scores(guided, sequences.items)
    others = {
        scorer: GuidedEmbeddings.from_scores(read_scores_csv(path, own.attribute_set, scorer), sequences.items).standard
        for scorer, path in scores.items()
    }
    houses = house_numbers(item.brand for item in items)
    parts = [array.tobytes() for array in (sequences.values, sequences.offsets, houses, own.raw)]
    parts += [] if times is None else [times.tobytes()]
    return World(
        name=name,
        n_items=len(items),
        train=train,
        features={
            "scores": own.standard,
            "category": _one_hot([item.category for item in items], own.standard.shape[1]),
            "sentence": _sentences([item.text() for item in items]),
            **others,
        },
        attribute_names=own.names,
        houses=houses,
        validate=validate,
        test=test,
        about=f"{about}; {len(items):,} items",
        data=hashlib.sha256(b"|".join(parts)).hexdigest()[:16],
        sequences=sequences if protocol == "leave-one-out" else None,
        max_length=max_length,
        redraw=redraw,
    )


_Parts = tuple[Sequence[IntArray], Callable[[Ranker], float], Callable[[Ranker], Measures], str]


def _leave_one_out(split: LeaveOneOut, shown: IntArray | None = None) -> _Parts:
    """Return train, validate, test and a description; with `shown`, only clients whose test target is in it."""
    chosen = np.arange(len(split.clients))
    if shown is not None:
        chosen = np.flatnonzero(np.isin(split.test_targets, shown))
    inputs, targets = [split.test_inputs[index] for index in chosen], split.test_targets[chosen]

    def validate(ranker: Ranker) -> float:
        ranks = rank_targets(ranker, split.validation_inputs, split.validation_targets)
        return float(ndcg_at_k(ranks, 10).mean())

    def test(ranker: Ranker) -> Measures:
        ranks = rank_targets(ranker, inputs, targets)
        return {"recall@10": recall_at_k(ranks, 10), "ndcg@10": ndcg_at_k(ranks, 10), "mrr": mrr(ranks)}

    return split.train, validate, test, f"leave-one-out, {len(chosen):,} clients"


def _next_basket(sequences: Sequences, times: TimeArray) -> _Parts:
    split = next_basket(sequences, times, *split_times(times))

    def validate(ranker: Ranker) -> float:
        ranks = rank_baskets(ranker, split.validation_inputs, split.validation_targets)
        return float(basket_ndcg_at_k(ranks, 10).mean())

    def test(ranker: Ranker) -> Measures:
        ranks = rank_baskets(ranker, split.test_inputs, split.test_targets)
        recall, ndcg = basket_recall_at_k(ranks, 10), basket_ndcg_at_k(ranks, 10)
        return {"recall@10": recall, "ndcg@10": ndcg, "mrr": basket_mrr(ranks)}

    return split.train, validate, test, f"next basket by time, {len(split.test_clients):,} clients"


def _redraw(sequences: Sequences, times: TimeArray) -> Callable[[int], Sequence[IntArray]]:
    """Return the training part with the order within baskets drawn by epoch: it means nothing, so none is learned."""
    cuts = split_times(times)
    return lambda epoch: next_basket(sequences, times, *cuts, seed=epoch).train


def with_cold_items(world: World, share: float, seed: int) -> World:
    """Take a share of the items out of all training and input sequences, and test on clients who bought one of them.

    Args:
        world: A leave-one-out world.
        share: Of the items.
        seed: Of the draw.

    Raises:
        InputError: If the world is split by time.
    """
    if world.sequences is None:
        raise InputError("cold items need the leave-one-out protocol: choose it, or leave the group 'cold' out")
    rng = np.random.default_rng(seed)
    cold = 1 + rng.choice(world.n_items, round(share * world.n_items), replace=False)
    split = leave_one_out(world.sequences)
    warm = np.flatnonzero(~np.isin(split.validation_targets, cold))

    def strip(rows: Sequence[IntArray]) -> list[IntArray]:
        return [row[~np.isin(row, cold)] for row in rows]

    stripped = LeaveOneOut(
        train=strip(split.train),
        validation_inputs=strip([split.validation_inputs[index] for index in warm]),
        validation_targets=split.validation_targets[warm],
        test_inputs=strip(split.test_inputs),
        test_targets=split.test_targets,
        clients=split.clients,
    )
    train, validate, _, _ = _leave_one_out(stripped)
    _, _, test, about = _leave_one_out(stripped, shown=cold)
    about = f"{about} whose item was never in training ({share:.0%} of the items, drawn with seed {seed})"
    return replace(world, name=f"{world.name} cold", train=train, validate=validate, test=test, about=about)


def _one_hot(categories: Sequence[Sequence[str]], width: int) -> FloatArray:
    """Return z-scored indicators of the `width` most frequent category names of the two narrowest levels."""
    named = [set(path[-2:]) for path in categories]
    frequent = [name for name, _ in Counter(name for names in named for name in sorted(names)).most_common(width)]
    table = np.zeros((len(named) + 1, width), dtype=np.float32)
    for row, names in zip(table[1:], named, strict=True):
        row[: len(frequent)] = [name in names for name in frequent]
    spread = table[1:].std(axis=0)
    table[1:] = (table[1:] - table[1:].mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return table


def _sentences(texts: Sequence[str]) -> FloatArray:
    encoded = TextEncoder.load().encode(texts)
    return np.vstack([np.zeros_like(encoded[:1]), encoded])


def parse_scores(pairs: Sequence[str]) -> dict[str, Path]:
    """Read NAME=FILE pairs.

    Raises:
        InputError: If a pair is not one, or a name is taken.
    """
    parsed: dict[str, Path] = {}
    for pair in pairs:
        name, found, path = pair.partition("=")
        if not found or not name.isidentifier() or name in {"scores", "category", "sentence", "permuted"} | set(parsed):
            raise InputError(f"--scores {pair!r}: give NAME=FILE with a new name of letters, as in poles=scores.csv")
        parsed[name] = Path(path)
    return parsed
