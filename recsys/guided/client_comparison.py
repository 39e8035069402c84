"""Client guided embeddings side by side: closed form, untuned and tuned language model, averages, random controls.

Each form is measured by where it puts the validation purchase among all items: alone, and added to a base ranker with
a weight (alpha). The weight is chosen on one half of the clients and used on the other, both ways round, so that every
client is measured with a weight that was chosen without them. The test purchases are not touched.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from recsys.data.sequences import Sequences, leave_one_out
from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_metrics import RankArray, mrr, ndcg_at_k, recall_at_k, target_ranks
from recsys.evaluation.ranking_report import Interval
from recsys.guided.client_prompts import ClientHistories
from recsys.guided.client_scorer import ClientScorer
from recsys.guided.client_training import Progress, read_prompts
from recsys.models.refined_ranker import recent_direction
from recsys.ranker import FloatArray, IntArray, Ranker
from recsys.refined import unit_rows

CLOSED_FORM, TUNED = "closed form", "LLM tuned"
ALPHAS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
N_RESAMPLES = 2000
_TIMED = 16  # clients on which the language model is timed


@dataclass(frozen=True)
class FormResult:
    """One form of the client's guided embedding.

    Attributes:
        alone: "recall@10", "ndcg@10", "mrr", "median rank" by the guided part alone.
        combined: The same of base + alpha * guided part.
        alphas: Chosen on each half and used on the other.
        alone_to_closed: Difference of NDCG@10 to the closed form, alone.
        rank_ratio: Geometric mean of its rank divided by the closed form's, alone; under 1 is better.
        gain: Difference of NDCG@10 to the base.
        gain_to_closed: Difference of NDCG@10 between the two combined rankings.
        correlation: With the closed form over clients, Pearson, mean over the attributes.
        cpu_seconds: To make one client's embedding; None where it is made from others.
    """

    name: str
    alone: dict[str, float]
    combined: dict[str, float]
    alphas: tuple[float, float]
    alone_to_closed: Interval
    rank_ratio: Interval
    gain: Interval
    gain_to_closed: Interval
    correlation: float
    cpu_seconds: float | None


@dataclass(frozen=True)
class ComparisonReport:
    """All forms on the same clients; `base` is the base ranker's own figures."""

    n_clients: int
    n_items: int
    base: dict[str, float]
    results: tuple[FormResult, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return asdict(self)

    def table(self) -> str:
        """Return the report as two Markdown tables: the guided part alone, and added to the base."""
        alone = [["guided part alone", *self.base, "NDCG@10 - closed", "rank / closed", "r", "CPU-s a client"]]
        both = [["with the base ranker", *self.base, "alphas", "NDCG@10 - base", "NDCG@10 - closed"]]
        both.append(["base", *_figures(self.base), "", "", ""])
        for one in self.results:
            cost = "" if one.cpu_seconds is None else f"{one.cpu_seconds:.2g}"
            ratio = f"{one.rank_ratio.mean:.3f} [{one.rank_ratio.low:.3f}, {one.rank_ratio.high:.3f}]"
            cells = [str(one.alone_to_closed), ratio, f"{one.correlation:+.2f}", cost]
            alone.append([one.name, *_figures(one.alone), *cells])
            alphas = f"{one.alphas[0]:g}, {one.alphas[1]:g}"
            both.append([f"+ {one.name}", *_figures(one.combined), alphas, str(one.gain), str(one.gain_to_closed)])
        note = f"validation purchase of {self.n_clients:,} clients, all {self.n_items:,} items ranked, 95 % intervals"
        tables = ("\n".join(markdown_table(rows[0], rows[1:])) for rows in (alone, both))
        return "\n\n".join([note, *tables])


def compare_scorer(
    scorer: ClientScorer,
    sequences: Sequences,
    histories: ClientHistories,
    clients: Sequence[int],
    standard: FloatArray,
    ranker: Ranker,
    folder: Path,
    seed: int,
    on_progress: Progress | None = None,
) -> ComparisonReport:
    """Compare a tuned scorer with the closed form and with itself untuned.

    Args:
        scorer: Tuned, on other clients.
        sequences: All clients' sequences; the validation purchases are read from here, never by a prompt.
        histories: Training prefixes.
        clients: Places of the clients to compare on, each with three or more purchases.
        standard: z-scores of the items, float32, (N + 1, A), row 0 zero.
        ranker: The base; trained on training prefixes.
        folder: Where prompts already read are kept until it is finished, so that an interrupted comparison goes on.
        seed: Of the permutations, the halves and the bootstrap.
        on_progress: Called with what is done, how many of it, and their total.
    """
    split = leave_one_out(sequences)
    places = {client: place for place, client in enumerate(split.clients)}
    chosen = [places[sequences.clients[client]] for client in clients]
    inputs = [split.validation_inputs[place] for place in chosen]
    started = time.process_time()
    closed = closed_form(standard, inputs)
    costs = {CLOSED_FORM: (time.process_time() - started) / len(clients)}
    lists = [scorer.prompt(histories.titles(client)) for client in clients]
    read = read_prompts(scorer, lists, folder, on_progress)
    started = time.process_time()
    scorer.guided_embeddings([histories.titles(client) for client in clients[:_TIMED]])
    costs["LLM untuned"] = costs[TUNED] = (time.process_time() - started) / len(clients[:_TIMED])
    tuned = scorer.directions(torch.from_numpy(scorer.scores(read))).numpy()
    with scorer.untuned():
        untuned = scorer.directions(torch.from_numpy(scorer.scores(read))).numpy()
    order = np.random.default_rng([seed, 1]).permutation(len(clients))
    forms = {
        CLOSED_FORM: closed,
        "LLM untuned": untuned,
        TUNED: tuned,
        "closed form and LLM tuned, averaged": unit_rows(closed + tuned),
        "closed form of another client": closed[order],
        "LLM tuned of another client": tuned[order],
    }
    base = ranker.score(inputs)
    report = compare_forms(forms, unit_rows(standard), base, inputs, split.validation_targets[chosen], seed, costs)
    shutil.rmtree(folder, ignore_errors=True)
    return report


def closed_form(standard: FloatArray, inputs: Sequence[IntArray]) -> FloatArray:
    """Return the recency-weighted direction of each client's items, float32, (U, A), length 1 (0 without items)."""
    last = torch.tensor([len(sequence) - 1 for sequence in inputs])
    width = int(last.max()) + 1
    padded = np.zeros((len(inputs), width), dtype=np.int64)
    for row, sequence in enumerate(inputs):
        padded[row, : len(sequence)] = sequence
    directions: FloatArray = recent_direction(torch.from_numpy(unit_rows(standard)[padded]), last).numpy()
    return directions


def compare_forms(
    forms: Mapping[str, FloatArray],
    items: FloatArray,
    base: FloatArray,
    inputs: Sequence[IntArray],
    targets: IntArray,
    seed: int,
    costs: Mapping[str, float],
) -> ComparisonReport:
    """Measure client guided embeddings, alone and added to a base ranker.

    Args:
        forms: By name, float32, (U, A), rows of length 1; one is called "closed form".
        items: Item guided embeddings of length 1, float32, (N + 1, A), row 0 zero.
        base: Base scores, float32, (U, N + 1), column 0 -inf.
        inputs: What each client has, internal ids; masked.
        targets: The purchase to find, int64, (U,).
        seed: Of the halves and the bootstrap.
        costs: CPU-seconds a client of the forms that are made from nothing else.
    """
    rng = np.random.default_rng([seed, 2])
    half = rng.permutation(len(targets)) % 2 == 0
    resamples = rng.integers(0, len(targets), (N_RESAMPLES, len(targets)))
    n_items = len(items) - 1
    base_ranks = target_ranks(base, inputs, targets)
    ranks: dict[str, tuple[RankArray, RankArray, tuple[float, float]]] = {}
    for name, directions in forms.items():
        guided = directions @ items.T
        alone = target_ranks(guided, inputs, targets)
        by_alpha = [target_ranks(base + alpha * guided, inputs, targets) for alpha in ALPHAS]
        best = [int(np.argmax([mrr(row[side]).mean() for row in by_alpha])) for side in (half, ~half)]
        both = np.where(half, by_alpha[best[1]], by_alpha[best[0]])
        ranks[name] = (alone, both, (ALPHAS[best[0]], ALPHAS[best[1]]))
    closed_alone, closed_both, _ = ranks[CLOSED_FORM]
    results = []
    for name, (alone, both, alphas) in ranks.items():
        # A target that the client owned has an infinite rank; as the last of all it weighs the same in every form.
        logs = np.log(np.minimum(alone, n_items)) - np.log(np.minimum(closed_alone, n_items))
        ratio = _interval(logs, resamples)
        results.append(
            FormResult(
                name,
                _measure(alone),
                _measure(both),
                alphas,
                _interval(ndcg_at_k(alone, 10) - ndcg_at_k(closed_alone, 10), resamples),
                Interval(*map(float, np.exp([ratio.mean, ratio.low, ratio.high]))),
                _interval(ndcg_at_k(both, 10) - ndcg_at_k(base_ranks, 10), resamples),
                _interval(ndcg_at_k(both, 10) - ndcg_at_k(closed_both, 10), resamples),
                _correlation(forms[name], forms[CLOSED_FORM]),
                costs.get(name),
            )
        )
    return ComparisonReport(len(targets), n_items, _measure(base_ranks), tuple(results))


def _measure(ranks: RankArray) -> dict[str, float]:
    figures = {"recall@10": recall_at_k(ranks, 10), "ndcg@10": ndcg_at_k(ranks, 10), "mrr": mrr(ranks)}
    return {name: float(values.mean()) for name, values in figures.items()} | {"median rank": float(np.median(ranks))}


def _interval(differences: RankArray, resamples: NDArray[np.int64]) -> Interval:
    """Return the mean over clients and its 95 % percentile bootstrap interval."""
    low, high = np.percentile(differences[resamples].mean(axis=1), [2.5, 97.5])
    return Interval(float(differences.mean()), float(low), float(high))


def _correlation(first: FloatArray, second: FloatArray) -> float:
    """Return the Pearson correlation over clients, mean over attributes; constant columns count as 0."""
    left, right = first - first.mean(axis=0), second - second.mean(axis=0)
    lengths = np.linalg.norm(left, axis=0) * np.linalg.norm(right, axis=0)
    return float(np.mean((left * right).sum(axis=0) / np.where(lengths > 0, lengths, 1.0)))


def _figures(figures: Mapping[str, float]) -> list[str]:
    return [f"{value:,.0f}" if name == "median rank" else f"{value:.4f}" for name, value in figures.items()]
