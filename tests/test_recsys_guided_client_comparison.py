from pathlib import Path

import numpy as np
import pytest

from recsys.data.sequences import Sequences, leave_one_out
from recsys.guided.client_comparison import ALPHAS, closed_form, compare_forms, compare_scorer
from recsys.guided.client_prompts import ClientHistories
from recsys.guided.client_scorer import AdapterConfig, ClientScorer
from recsys.ranker import FloatArray
from recsys.refined import unit_rows
from tests.small_world import ATTRIBUTES, CATALOGUE, GUIDED, ITEMS, TasteRanker
from tests.tiny_language_model import tiny_language_model

N_CLIENTS, N_ITEMS, N_ATTRIBUTES = 200, 60, 4


def world(seed: int = 0) -> tuple[FloatArray, FloatArray, list[np.ndarray], np.ndarray]:
    """Clients with a taste, items near it as targets, a base that knows nothing."""
    rng = np.random.default_rng(seed)
    items = unit_rows(rng.normal(size=(N_ITEMS + 1, N_ATTRIBUTES)).astype(np.float32))
    items[0] = 0
    targets = rng.integers(2, N_ITEMS + 1, N_CLIENTS)
    taste = unit_rows((items[targets] + 0.2 * rng.normal(size=(N_CLIENTS, N_ATTRIBUTES))).astype(np.float32))
    return items, taste, [np.array([1])] * N_CLIENTS, targets


def noise(seed: int) -> FloatArray:
    return np.random.default_rng(seed).normal(size=(N_CLIENTS, N_ITEMS + 1)).astype(np.float32)


def test_a_form_that_knows_the_taste_beats_one_that_does_not() -> None:
    items, taste, inputs, targets = world()
    shuffled = taste[np.random.default_rng(1).permutation(N_CLIENTS)]
    report = compare_forms(
        {"closed form": taste, "another client": shuffled}, items, noise(2), inputs, targets, 0, {"closed form": 0.5}
    )
    closed, other = report.results
    assert closed.alone["ndcg@10"] > 0.5 > other.alone["ndcg@10"]
    assert other.alone_to_closed.high < 0
    assert other.rank_ratio.low > 1
    assert closed.gain.low > 0
    assert other.gain_to_closed.high < 0
    assert set(closed.alphas) <= set(ALPHAS)
    assert max(closed.alphas) > 0
    assert (closed.correlation, closed.cpu_seconds, other.cpu_seconds) == (pytest.approx(1.0), 0.5, None)
    assert abs(other.correlation) < 0.3
    assert "another client" in report.table()
    assert report.as_dict()["n_clients"] == N_CLIENTS


def test_a_form_compared_with_itself_differs_by_nothing() -> None:
    items, taste, inputs, targets = world()
    report = compare_forms({"closed form": taste, "same": taste}, items, noise(2), inputs, targets, 0, {})
    same = report.results[1]
    assert (same.alone_to_closed.low, same.alone_to_closed.high) == (0, 0)
    assert (same.rank_ratio.low, same.rank_ratio.high) == (1, 1)


def test_the_same_seed_gives_the_same_report() -> None:
    items, taste, inputs, targets = world()
    reports = [compare_forms({"closed form": taste}, items, noise(2), inputs, targets, 5, {}) for _ in range(2)]
    assert reports[0] == reports[1]


def test_a_base_that_is_always_right_keeps_the_weight_at_nothing() -> None:
    items, taste, inputs, targets = world()
    base = np.zeros((N_CLIENTS, N_ITEMS + 1), dtype=np.float32)
    base[np.arange(N_CLIENTS), targets] = 0.1
    shuffled = taste[np.random.default_rng(1).permutation(N_CLIENTS)]
    (one,) = compare_forms({"closed form": shuffled}, items, base, inputs, targets, 0, {}).results
    assert one.alphas == (0.0, 0.0)
    assert one.combined["mrr"] == 1.0
    assert one.gain.mean == 0


def test_the_closed_form_weighs_the_latest_purchase_most() -> None:
    standard = np.array([[0, 0], [2, 0], [0, 5]], dtype=np.float32)
    found = closed_form(standard, [np.array([1, 2]), np.array([1])])
    expected = np.array([0.5, 1.0]) / np.sqrt(1.25)  # each item has length 1, the older one weighs half
    np.testing.assert_allclose(found, [expected, [1, 0]], atol=1e-6)


def test_a_scorer_is_compared_on_the_validation_purchases(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.permutation(np.arange(1, 13))[:6] for _ in range(20)])
    clients = tuple(f"c{number}" for number in range(20))
    sequences = Sequences(CATALOGUE.ids, clients, values, np.arange(0, 121, 6))
    histories = ClientHistories(sequences, [item.title for item in ITEMS])
    network, tokenizer = tiny_language_model()
    config = AdapterConfig(rank=2, n_layers=1)
    scorer = ClientScorer(network, tokenizer, ATTRIBUTES, config, language_model_version="tiny@1")
    chosen = [3, 5, 7, 11, 13]
    folder = tmp_path / "compared"
    report = compare_scorer(scorer, sequences, histories, chosen, GUIDED.standard, TasteRanker(), folder, seed=0)
    assert not folder.exists()
    assert [one.name for one in report.results] == [
        "closed form",
        "LLM untuned",
        "LLM tuned",
        "closed form and LLM tuned, averaged",
        "closed form of another client",
        "LLM tuned of another client",
    ]
    untuned, tuned = report.results[1:3]
    assert untuned.alone == tuned.alone  # its adapters have learned nothing yet
    assert (report.n_clients, report.n_items) == (5, 12)
    split = leave_one_out(sequences)
    scores = TasteRanker().score([split.validation_inputs[client] for client in chosen])
    targets = split.validation_targets[chosen]
    first = [  # nothing of a prefix is repeated in these sequences, so the rank is one plus the better unowned ones
        1 + sum(row[i] >= row[t] for i in range(1, 13) if i != t and i not in split.validation_inputs[c])
        for row, t, c in zip(scores, targets, chosen, strict=True)
    ]
    assert report.base["mrr"] == pytest.approx(np.mean([1 / rank for rank in first]))
