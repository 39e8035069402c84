import json

import numpy as np
import pytest
import torch

from recsys.data.sequences import Sequences, leave_one_out
from recsys.errors import InputError
from recsys.evaluation.ranking_metrics import ndcg_at_k
from recsys.evaluation.ranking_report import rank_targets
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.scores import GuidedScores
from recsys.models.encoders import SequenceConfig
from recsys.models.fitting import Plan, fit, plan_for, seeded
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.models.sequence_ranker import SequenceRanker
from recsys.models.training import ALL, train_rankers
from recsys.models.weights import load_ranker
from recsys.ranker import IdMap
from recsys.refined import refine

N_ITEMS = 24
PLAN = Plan(batch=16, n_epochs=6, patience=6, learning_rate=1e-2)


def cyclic_world(n_clients=96, seed=0):
    """Clients who walk round a circle of items: after item i always comes item i + 1."""
    rng = np.random.default_rng(seed)
    starts, lengths = rng.integers(0, N_ITEMS, n_clients), rng.integers(4, 9, n_clients)
    rows = [(start + np.arange(length)) % N_ITEMS + 1 for start, length in zip(starts, lengths, strict=True)]
    return Sequences(
        items=IdMap(f"item{index}" for index in range(N_ITEMS)),
        clients=tuple(f"client{index}" for index in range(n_clients)),
        values=np.concatenate(rows),
        offsets=np.cumsum([0, *map(len, rows)]),
    )


def scores_of(n_attributes=3, seed=1):
    """Guided scores in random order of items, one item without any."""
    rng = np.random.default_rng(seed)
    names = [f"item{index}" for index in rng.permutation(N_ITEMS - 1)]
    attributes = tuple(GuidedAttribute(name=f"quality_{letter}", anchors={}) for letter in "abc"[:n_attributes])
    values = rng.integers(0, 10, (N_ITEMS - 1, n_attributes)).astype(np.float32)
    return GuidedScores(AttributeSet(domain="test", stance="", attributes=attributes), tuple(names), values, "test")


def small_ranker(seed=0, encoder="sasrec"):
    with seeded(seed):
        return SequenceRanker.build(SequenceConfig(N_ITEMS, dim=16, encoder=encoder, max_length=10, dropout=0.2))


def validate(ranker):
    split = leave_one_out(cyclic_world())
    return float(ndcg_at_k(rank_targets(ranker, split.validation_inputs, split.validation_targets), 10).mean())


def trained(folder, ranker, plan=PLAN, seed=0, on_progress=None):
    split = leave_one_out(cyclic_world())
    state = folder / "state"
    fit(
        ranker,
        lambda epoch: split.train,
        validate,
        plan,
        seed=seed,
        state_path=state,
        run="run",
        on_progress=on_progress,
    )
    (folder / "state").unlink()  # as whoever saves the result does
    return ranker


def assert_same_weights(one, other):
    first, second = one.arrays(), other.arrays()
    assert first.keys() == second.keys()
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name], err_msg=name)


class Killed(Exception):
    pass


# a masked model is slow to learn an order from two hundred short sequences
@pytest.mark.parametrize(("encoder", "share"), [("sasrec", 0.95), ("gru4rec", 0.95), ("bert4rec", 0.6)])
def test_next_item_of_a_cyclic_world_ranks_first(tmp_path, encoder, share):
    ranker = trained(tmp_path, small_ranker(encoder=encoder), Plan(16, 40, 40, 1e-2))
    split = leave_one_out(cyclic_world())
    ranks = rank_targets(ranker, split.test_inputs, split.test_targets)
    assert (ranks == 1).mean() > share


def test_same_seed_same_weights_and_torchs_random_state_is_left_alone(tmp_path):
    before = torch.random.get_rng_state()
    one, other = trained(tmp_path, small_ranker()), trained(tmp_path, small_ranker())
    assert torch.equal(before, torch.random.get_rng_state())
    assert_same_weights(one, other)
    different = trained(tmp_path, small_ranker(), seed=1)
    assert not np.array_equal(one.arrays()["items.weight"], different.arrays()["items.weight"])


@pytest.mark.parametrize("killed_after", [1, 4])
def test_a_killed_training_goes_on_to_the_same_weights(tmp_path, killed_after):
    def kill(line, seen=[]):  # noqa: B006 (counts the calls)
        seen.append(line)
        if len(seen) == killed_after:
            raise Killed

    with pytest.raises(Killed):
        trained(tmp_path, small_ranker(), on_progress=kill)
    lines = []
    resumed = trained(tmp_path, small_ranker(seed=9), on_progress=lines.append)  # other first weights: overwritten
    assert len(lines) == PLAN.n_epochs - killed_after
    assert_same_weights(resumed, trained(tmp_path, small_ranker()))


def test_state_of_another_run_or_a_damaged_one_is_not_continued(tmp_path):
    (tmp_path / "state").write_bytes(b"damaged")
    assert_same_weights(trained(tmp_path, small_ranker()), trained(tmp_path, small_ranker()))


def test_training_stops_early_and_keeps_the_best_epoch(tmp_path):
    ranker = small_ranker()
    plan = Plan(16, 60, patience=2, learning_rate=1e-2)
    split = leave_one_out(cyclic_world())
    progress = fit(ranker, lambda epoch: split.train, validate, plan, seed=0, state_path=tmp_path / "state", run="run")
    assert progress.epoch == progress.best_epoch + 2 < 60
    for name, value in progress.best.items():
        assert torch.equal(value, ranker.network.state_dict()[name])


def test_guided_columns_are_frozen_and_padding_stays_zero(tmp_path):
    standard = np.random.default_rng(0).normal(size=(N_ITEMS + 1, 3)).astype(np.float32)
    standard[0] = 0.0
    refined = refine(small_ranker().base_embeddings(), standard)
    with seeded(0):
        ranker = RefinedRanker.build(RefinedConfig(N_ITEMS, 16, max_length=10, n_guided=3), refined)
    trained(tmp_path, ranker)
    after = ranker.network.items.embeddings().detach().numpy()
    np.testing.assert_array_equal(after[:, -3:], refined[:, -3:])
    assert not after[0].any()
    assert not np.array_equal(after[1:, :-3], refined[1:, :-3])
    assert not trained(tmp_path, small_ranker()).base_embeddings()[0].any()


def test_train_rankers_trains_saves_and_then_reuses_all_four(tmp_path):
    world, scores, lines = cyclic_world(40), scores_of(), []
    options = {"catalogue_fingerprint": "f1", "on_progress": lines.append}
    first = train_rankers(world, scores, tmp_path, **options)
    assert [report.name for report in first] == list(ALL)
    assert not any(report.reused or report.skipped for report in first)
    assert lines
    for report in first:
        ranker = load_ranker(tmp_path / report.name, catalogue_fingerprint="f1")
        assert ranker.name == report.name
        assert ranker.n_items == N_ITEMS
        assert not list((tmp_path / report.name).glob("*training*"))
    again = train_rankers(world, scores, tmp_path, **options)
    assert all(report.reused for report in again)
    assert [r.validation_ndcg_at_10 for r in again] == [r.validation_ndcg_at_10 for r in first]
    config = json.loads((tmp_path / "sasrec" / "config.json").read_text())
    assert config["info"]["seed"] == 0


def test_other_data_or_damaged_weights_are_trained_again(tmp_path):
    options = {"catalogue_fingerprint": "f1", "which": ["popularity"]}
    train_rankers(cyclic_world(30), None, tmp_path, **options)
    assert not train_rankers(cyclic_world(31), None, tmp_path, **options)[0].reused
    (tmp_path / "popularity" / "weights.safetensors").write_bytes(b"damaged")
    assert not train_rankers(cyclic_world(31), None, tmp_path, **options)[0].reused
    load_ranker(tmp_path / "popularity", catalogue_fingerprint="f1")


def test_refined_is_skipped_without_guided_scores(tmp_path):
    (report,) = train_rankers(cyclic_world(30), None, tmp_path, catalogue_fingerprint="f1", which=["refined"])
    assert report.validation_ndcg_at_10 is None
    assert "annotate" in report.skipped
    assert not (tmp_path / "refined").exists()


def test_what_cannot_be_trained_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"unknown ranker 'bert'.*popularity, item_knn, sasrec, refined"):
        train_rankers(cyclic_world(), None, tmp_path, catalogue_fingerprint="f1", which=["bert"])
    short = Sequences(IdMap(["a", "b"]), ("c",), np.array([1, 2]), np.array([0, 2]))
    with pytest.raises(InputError, match="three purchases"):
        train_rankers(short, None, tmp_path, catalogue_fingerprint="f1")


@pytest.mark.parametrize(("n_sequences", "batch", "n_epochs"), [(1, 16, 60), (400, 16, 60), (22363, 128, 12)])
def test_plans_fit_the_size_of_the_boutique(n_sequences, batch, n_epochs):
    plan = plan_for([np.array([1, 2])] * n_sequences)
    assert (plan.batch, plan.n_epochs) == (batch, n_epochs)


def test_permuted_guided_scores_train_as_a_control(tmp_path):
    scores = scores_of()
    order = np.random.default_rng(0).permutation(len(scores))
    permuted = GuidedScores(scores.attribute_set, scores.item_ids, scores.values[order], "permuted")
    options = {"catalogue_fingerprint": "f1", "which": ["sasrec", "refined"]}
    train_rankers(cyclic_world(30), scores, tmp_path, **options)
    base, control = train_rankers(cyclic_world(30), permuted, tmp_path, **options)
    assert base.reused  # the base does not know guided scores
    assert not control.reused
