"""The utility axis: what a text is good for, beyond how it reads. U1-U4, a value a client, so that systems compare.

Everything fitted is fitted on validation clients and reported on test clients. Ours where not said otherwise: the
published description says only that effects on recommendation outcomes are measured (SELLER, arXiv 2603.24136).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from recsys.evaluation.markdown import markdown_table
from recsys.evaluation.ranking_report import Interval, resampled_means
from recsys.evaluation.simulated_client import Listener, Temper, simulate
from recsys.evaluation.text_claims import ClaimReader
from recsys.evaluation.utility_choice import Choice, Texts, Values, World, check_aligned
from recsys.evaluation.utility_features import Scaling, TextFeatures, read_features
from recsys.evaluation.utility_models import (
    Places,
    fit_choice_model,
    fit_ridge,
    judge_choice_model,
    spearman,
    spearman_within,
)

WEIGHTS = (
    0.0,
    0.05,
    0.1,
    0.2,
    0.4,
    0.8,
    1.6,
    3.2,
)  # of a text's fit, in standard deviations, beside the ranker's score
LOWER_IS_BETTER = frozenset(("wrong_acceptance", "lured", "regret"))


@dataclass(frozen=True, eq=False)
class UtilityReport:
    """One system's texts on the utility axis.

    Attributes:
        clients: Test clients, U of them.
        values: Measure to a value a client, float64, (U,):
            rerank_mrr_gain, rerank_ndcg_gain (U1) over the ranker alone;
            feature_auc_gain, feature_log_loss_gain (U2) over the ranker's score alone, positive is better;
            shuffled_auc_gain, shuffled_log_loss_gain: the same with the texts of other clients;
            click_rate ... experienced (U3), see `Outcomes`; click_lift, conversion_lift, utility_lift over no text;
            score_spearman (U4): how well the text's reader knows the ranker's order of a client's candidates.
        settled: What was chosen on validation (rerank_weight, ridge_penalty), and score_spearman_overall, the rank
            correlation over all candidates of all clients.
        seed: Of the bootstrap's resampling; the same in reports that are compared.
    """

    clients: tuple[str, ...]
    values: Mapping[str, Values]
    settled: Mapping[str, float]
    seed: int

    def summary(self) -> dict[str, Interval]:
        """Return each measure's mean over clients with its 95 % bootstrap interval."""
        return intervals(self.values, self.seed)

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values, without the clients' own."""
        measures = {name: asdict(one) for name, one in self.summary().items()}
        return {"n_clients": len(self.clients), "measures": measures, "settled": dict(self.settled)}


def intervals(values: Mapping[str, Values], seed: int) -> dict[str, Interval]:
    """Return the mean of each measure and its 95 % percentile bootstrap interval over clients.

    Args:
        values: Measure to a value a client, float64, (U,); all are resampled together.
        seed: Of the resampling.
    """
    columns = np.stack(list(values.values()), axis=1)
    low, high = np.percentile(resampled_means(columns, seed), [2.5, 97.5], axis=0)
    triples = zip(columns.mean(axis=0), low, high, strict=True)
    return {name: Interval(*map(float, triple)) for name, triple in zip(values, triples, strict=True)}


def paired(report: UtilityReport, other: UtilityReport) -> dict[str, Interval]:
    """Return the difference `report` minus `other` of each measure, client by client, with 95 % intervals.

    Raises:
        ValueError: If the reports are of other clients.
    """
    if report.clients != other.clients:
        raise ValueError("reports of other clients cannot be compared: measure both systems on the same choices")
    return intervals({name: values - other.values[name] for name, values in report.values.items()}, report.seed)


def measure_utility(
    choices_valid: Sequence[Choice],
    texts_valid: Texts,
    choices_test: Sequence[Choice],
    texts_test: Texts,
    world: World,
    seed: int,
    *,
    listener: Listener | None = None,
    temper: Temper | None = None,
) -> UtilityReport:
    """Measure one system.

    Args:
        choices_valid: Choices that weights and models are fitted on.
        texts_valid: The system's texts for them, one a candidate; "" for none.
        choices_test: Choices of other clients to report on.
        texts_test: The system's texts for them.
        world: The boutique that texts are read in.
        seed: Of the simulated clients' noise, of the shuffling and of the resampling.
        listener: Of this world; give the same one for several systems to build it once.
        temper: How simulated clients take texts.

    Raises:
        ValueError: If texts and choices do not go together, choices differ in the number of candidates, or a client
            is in both splits.
        NotReady: If the boutique has no guided scores.
    """
    _check(choices_valid, texts_valid, choices_test, texts_test)
    reader = ClaimReader(world.catalogue, world.guided.attribute_set)
    valid = _Side.read(choices_valid, texts_valid, world, reader, seed)
    test = _Side.read(choices_test, texts_test, world, reader, seed)
    reranked, weight = _rerank(valid, test)
    recovered, penalty, overall = _recover_scores(valid, test)
    heard = _simulated(choices_test, texts_test, listener or Listener(world), temper, seed)
    values = reranked | _as_features(valid, test) | heard | {"score_spearman": recovered}
    settled = {"rerank_weight": weight, "ridge_penalty": penalty, "score_spearman_overall": overall}
    return UtilityReport(tuple(choice.client_id for choice in choices_test), values, settled, seed)


@dataclass(frozen=True, eq=False)
class _Side:
    """One split, ready for fitting: the ranker's scores (U, C), true places (U,), texts, and other clients' texts."""

    scores: Values
    true: Places
    texts: TextFeatures
    shuffled: TextFeatures

    @classmethod
    def read(cls, choices: Sequence[Choice], texts: Texts, world: World, reader: ClaimReader, seed: int) -> _Side:
        order = np.random.default_rng(seed).permutation(len(choices))
        other = dict(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))  # nobody keeps her own
        shuffled = [texts[other[index]] for index in range(len(choices))]
        return cls(
            np.stack([choice.scores for choice in choices]).astype(np.float64),
            np.array([choice.true for choice in choices], dtype=np.int64),
            read_features(choices, texts, world, reader),
            read_features(choices, shuffled, world, reader),
        )


def _check(
    choices_valid: Sequence[Choice], texts_valid: Texts, choices_test: Sequence[Choice], texts_test: Texts
) -> None:
    check_aligned(choices_valid, texts_valid)
    check_aligned(choices_test, texts_test)
    if len(choices_valid) < 2 or len(choices_test) < 2:
        raise ValueError("give at least two validation and two test choices")
    if len({len(choice.candidates) for choice in (*choices_valid, *choices_test)}) > 1:
        raise ValueError("all choices must have the same number of candidates")
    both = {choice.client_id for choice in choices_valid} & {choice.client_id for choice in choices_test}
    if both:
        raise ValueError(f"client {min(both)!r} is in both splits: fit and report on different clients")


def _rerank(valid: _Side, test: _Side) -> tuple[dict[str, Values], float]:
    """U1: add w times a text's fit to the ranker's score, w chosen on validation."""
    scaling = Scaling.fit(valid.texts.columns)
    fits = [scaling.apply(side.texts.columns)[..., :2].sum(axis=-1) for side in (valid, test)]

    def ndcg(weight: float) -> float:
        return float(_gains(valid.scores + weight * fits[0], valid.true)[1].mean())

    weight = max(WEIGHTS, key=lambda one: (ndcg(one), -one))  # of equally good ones the smallest
    before, after = _gains(test.scores, test.true), _gains(test.scores + weight * fits[1], test.true)
    return {"rerank_mrr_gain": after[0] - before[0], "rerank_ndcg_gain": after[1] - before[1]}, weight


def _gains(scores: Values, true: Places) -> tuple[Values, Values]:
    """Return each client's reciprocal rank and NDCG of the true candidate, (U,); ties share the mean rank."""
    mine = scores[np.arange(len(true)), true][:, None]
    ranks = 1 + (scores > mine).sum(axis=1) + ((scores == mine).sum(axis=1) - 1) / 2
    return 1 / ranks, 1 / np.log2(1 + ranks)


def _as_features(valid: _Side, test: _Side) -> dict[str, Values]:
    """U2: does a choice model know the true candidate better with the texts than with the ranker's score alone?"""
    alone = _judged([(side.scores[..., None], side.true) for side in (valid, test)])
    values: dict[str, Values] = {}
    for name in ("feature", "shuffled"):
        columns = [(side.texts if name == "feature" else side.shuffled).columns for side in (valid, test)]
        sides = [
            (np.concatenate([side.scores[..., None], own], axis=-1), side.true)
            for side, own in zip((valid, test), columns, strict=True)
        ]
        auc, loss = _judged(sides)
        values |= {f"{name}_auc_gain": auc - alone[0], f"{name}_log_loss_gain": alone[1] - loss}
    return values


def _judged(sides: Sequence[tuple[Values, Places]]) -> tuple[Values, Values]:
    (valid, true_valid), (test, true_test) = sides
    scaling = Scaling.fit(valid)
    weights = fit_choice_model(scaling.apply(valid), true_valid)
    return judge_choice_model(scaling.apply(test), true_test, weights)


def _recover_scores(valid: _Side, test: _Side) -> tuple[Values, float, float]:
    """U4: read the ranker's score out of the text."""
    inputs = [np.concatenate([side.texts.rows, side.texts.claims], axis=-1) for side in (valid, test)]
    weights, intercept, penalty = fit_ridge(inputs[0], valid.scores)
    predicted = inputs[1] @ weights + intercept
    return spearman_within(predicted, test.scores), penalty, spearman(predicted.reshape(-1), test.scores.reshape(-1))


def _simulated(
    choices: Sequence[Choice], texts: Texts, listener: Listener, temper: Temper | None, seed: int
) -> dict[str, Values]:
    """U3, and its lift over no text."""
    shown = simulate(choices, listener.hear_all(choices, texts), listener.space, temper, seed).as_dict()
    silent = simulate(choices, None, listener.space, temper, seed).as_dict()
    lifts = {"click_lift": "click_rate", "conversion_lift": "conversion", "utility_lift": "experienced"}
    return shown | {lift: shown[name] - silent[name] for lift, name in lifts.items()}


def utility_table(reports: Mapping[str, UtilityReport]) -> str:
    """Return the systems side by side as a Markdown table of means; intervals are in `summary` and `paired`."""
    names = list(next(iter(reports.values())).values)
    header = ["measure", *reports]
    rows = [
        [f"{name} (low is good)" if name in LOWER_IS_BETTER else name]
        + [f"{float(report.values[name].mean()):+.3f}" for report in reports.values()]
        for name in names
    ]
    rows += [
        [name, *(f"{report.settled[name]:+.3f}" for report in reports.values())]
        for name in next(iter(reports.values())).settled
    ]
    return "\n".join(markdown_table(header, rows))
