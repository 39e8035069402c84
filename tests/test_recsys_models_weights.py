import json

import numpy as np
import pytest

from recsys.errors import ModelFileError, NotReady, StaleArtifact
from recsys.models.encoders import SequenceConfig
from recsys.models.fitting import seeded
from recsys.models.item_knn import ItemKNNConfig, ItemKNNRanker
from recsys.models.popularity import PopularityRanker
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.models.sequence_ranker import SequenceRanker
from recsys.models.weights import CONFIG, WEIGHTS, load_ranker, read_config, save_ranker
from recsys.refined import refine

N_ITEMS = 10
TRAIN = [np.array(row) for row in ([1, 2, 3], [2, 3, 4], [5, 6, 7, 8])]
SEQUENCES = [np.array([], dtype=np.int64), np.array([2]), np.array([6, 1, 5])]


def refined_ranker():
    base = SequenceRanker.build(SequenceConfig(N_ITEMS, dim=8)).base_embeddings()
    standard = np.random.default_rng(0).normal(size=(N_ITEMS + 1, 3)).astype(np.float32)
    config = RefinedConfig(N_ITEMS, dim=8, n_guided=3, late_weight=1.5)
    return RefinedRanker.build(config, refine(base, standard))


def rankers():
    with seeded(0):
        return [
            PopularityRanker.fit(TRAIN, N_ITEMS),
            ItemKNNRanker.fit(TRAIN, ItemKNNConfig(N_ITEMS, 2.0, 0.7)),
            SequenceRanker.build(SequenceConfig(N_ITEMS, dim=8, n_heads=1)),
            refined_ranker(),
        ]


def saved_popularity(folder):
    save_ranker(PopularityRanker.fit(TRAIN, N_ITEMS), folder, catalogue_fingerprint="f1", info={})
    return folder


@pytest.mark.parametrize("ranker", rankers(), ids=lambda ranker: ranker.name)
def test_saving_and_loading_keeps_the_ranking(tmp_path, ranker):
    save_ranker(ranker, tmp_path / "new" / ranker.name, catalogue_fingerprint="f1", info={"seed": 7})
    loaded = load_ranker(tmp_path / "new" / ranker.name, catalogue_fingerprint="f1")
    assert type(loaded) is type(ranker)
    assert loaded.config == ranker.config
    np.testing.assert_array_equal(loaded.score(SEQUENCES), ranker.score(SEQUENCES))
    assert read_config(tmp_path / "new" / ranker.name)["info"] == {"seed": 7}


def test_loaded_contributions_are_the_same(tmp_path):
    ranker = refined_ranker()
    save_ranker(ranker, tmp_path, catalogue_fingerprint="f1", info={})
    loaded = load_ranker(tmp_path, catalogue_fingerprint="f1")
    assert isinstance(loaded, RefinedRanker)
    items = np.array([1, 9])
    np.testing.assert_array_equal(loaded.contributions(SEQUENCES[2], items), ranker.contributions(SEQUENCES[2], items))


def test_nothing_saved_is_not_ready(tmp_path):
    with pytest.raises(NotReady, match="run 'clienteller train'"):
        load_ranker(tmp_path / "sasrec", catalogue_fingerprint="f1")


def test_weights_of_another_catalogue_are_stale(tmp_path):
    with pytest.raises(StaleArtifact, match="trained on another catalogue: run 'clienteller train' again"):
        load_ranker(saved_popularity(tmp_path), catalogue_fingerprint="f2")


def test_changed_weights_are_refused_before_they_are_read(tmp_path):
    path = saved_popularity(tmp_path) / WEIGHTS
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ModelFileError, match="SHA-256 differs"):
        load_ranker(tmp_path, catalogue_fingerprint="f1")


def test_missing_weights_are_named(tmp_path):
    (saved_popularity(tmp_path) / WEIGHTS).unlink()
    with pytest.raises(ModelFileError, match="is missing"):
        load_ranker(tmp_path, catalogue_fingerprint="f1")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"model": "pickle"}'])
def test_what_is_no_config_is_refused(tmp_path, content):
    (saved_popularity(tmp_path) / CONFIG).write_text(content)
    with pytest.raises(ModelFileError, match="delete"):
        load_ranker(tmp_path, catalogue_fingerprint="f1")


def test_weights_that_do_not_fit_the_config_are_refused(tmp_path):
    save_ranker(rankers()[2], tmp_path, catalogue_fingerprint="f1", info={})
    config = json.loads((tmp_path / CONFIG).read_text())
    config["config"]["dim"] = 16
    (tmp_path / CONFIG).write_text(json.dumps(config))
    with pytest.raises(ModelFileError, match="do not fit the config"):
        load_ranker(tmp_path, catalogue_fingerprint="f1")
