"""Saving and loading a SELLER, and what it is built of."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import ModelFileError, NotReady, StaleArtifact
from recsys.schema import Item
from recsys.seller import model
from recsys.seller.generator import generate
from recsys.seller.metadata import FieldRelevance
from recsys.seller.model import MAX_METADATA, MEANING, Seller, load_seller, meanings, save_seller
from recsys.seller.titles import short_title
from tests.small_world import GUIDED, ITEMS, WordEncoder, bought
from tests.tiny_language_model import tiny_language_model
from tests.tiny_seller import FINGERPRINT, MATERIAL, RELEVANCE, TINY, example, frozen_paths, tiny_network, tiny_seller

CASES = [example(bought("i1", "i7", "i2"), "i8"), example(bought("i4"), "i9"), example([], "i5")]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Put the tiny language model in the place of the packaged one."""
    monkeypatch.setattr(model, "load_language_model", lambda cache, on_progress=None: tiny_language_model())
    monkeypatch.setattr(model, "VERSION", TINY)


def load(folder, fingerprint=FINGERPRINT):
    return load_seller(folder, folder, catalogue_fingerprint=fingerprint)


def texts(seller):
    features = seller.paths.features([one.case for one in CASES])
    return generate(seller.network, features, [one.request for one in CASES])[0]


@pytest.mark.parametrize("shape", [{}, {"rank": 4}, {"n_experts": 1}, {"n_ids": 13}])
def test_a_saved_seller_writes_the_same(tmp_path, shape):
    seller = tiny_seller(**shape)
    identity = save_seller(seller, tmp_path)
    loaded = load(tmp_path)
    assert loaded.identity == identity
    assert loaded.network.adapter.config == seller.network.adapter.config
    assert not loaded.network.training
    for name, value in seller.network.state_dict().items():
        torch.testing.assert_close(loaded.network.state_dict()[name], value, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(loaded.paths.meanings, seller.paths.meanings, rtol=1e-3, atol=1e-3)
    assert loaded.describe(ITEMS[6]) == seller.describe(ITEMS[6])
    save_seller(loaded, tmp_path / "again")
    assert texts(load(tmp_path / "again")) == texts(loaded)
    assert sum(path.stat().st_size for path in tmp_path.iterdir() if path.is_file()) < 300_000


def test_a_boutique_without_scores_is_saved_too(tmp_path):
    paths = frozen_paths(has_scores=False)
    seller = Seller(tiny_network(paths), paths, RELEVANCE, model.Identity(FINGERPRINT, TINY, (), {}))
    save_seller(seller, tmp_path)
    assert load(tmp_path).paths.guided.shape == (13, 0)


def test_the_config_holds_the_hash_and_what_it_belongs_to(tmp_path):
    identity = save_seller(tiny_seller(), tmp_path)
    found = json.loads((tmp_path / "config.json").read_text())
    assert found["identity"]["sha256"] == identity.sha256
    assert len(identity.sha256) == 64
    assert found["identity"]["catalogue_fingerprint"] == FINGERPRINT
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "weights.safetensors"}


def change(folder, **members):
    path = folder / "config.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps(found | {name: value(found[name]) for name, value in members.items()}))


DAMAGE = {
    "another catalogue": (lambda folder: None, StaleArtifact, "trained for another catalogue"),
    "another language model": (
        lambda folder: change(folder, identity=lambda one: one | {"language_model": "other@2"}),
        StaleArtifact,
        "trained with other@2, this is tiny@1",
    ),
    "no folder": (lambda folder: [path.unlink() for path in folder.iterdir()], NotReady, "no SELLER was trained"),
    "no weights": (lambda folder: (folder / "weights.safetensors").unlink(), ModelFileError, "is missing"),
    "other weights": (
        lambda folder: (folder / "weights.safetensors").write_bytes(b"x" * 99),
        ModelFileError,
        "SHA-256 differs",
    ),
    "no JSON": (lambda folder: (folder / "config.json").write_text("{"), ModelFileError, "is not JSON"),
    "another JSON": (lambda folder: (folder / "config.json").write_text("[1]"), ModelFileError, "is no SELLER's"),
    "another width": (
        lambda folder: change(folder, adapter=lambda one: one | {"width": 8}),
        ModelFileError,
        "do not fit the config",
    ),
    "another member": (
        lambda folder: change(folder, adapter=lambda one: one | {"depth": 8}),
        ModelFileError,
        "do not fit the config",
    ),
    "another sequence model": (
        lambda folder: change(folder, sequence=lambda one: {"model": "sasrec", "config": {"n_items": 5}}),
        ModelFileError,
        "do not fit the config",
    ),
    "no filter": (lambda folder: change(folder, relevance=lambda one: {}), ModelFileError, "do not fit the config"),
    "half an identity": (
        lambda folder: change(folder, identity=lambda one: {"sha256": "0"}),
        ModelFileError,
        "does not say what it belongs to",
    ),
    "no identity": (
        lambda folder: change(folder, identity=lambda one: None),
        ModelFileError,
        "does not say what it belongs to",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_cannot_be_used_is_said_in_one_line(tmp_path, name):
    damage, error, match = DAMAGE[name]
    save_seller(tiny_seller(), tmp_path)
    damage(tmp_path)
    with pytest.raises(error, match=match) as raised:
        load(tmp_path, "other" if name == "another catalogue" else FINGERPRINT)
    assert "\n" not in str(raised.value)
    assert "clienteller seller train" in str(raised.value)


def test_meanings_are_white(tmp_path):
    rows = meanings(WordEncoder().encode([item.text() for item in ITEMS]), GUIDED.standard)
    assert (rows.shape, rows.dtype) == ((13, MEANING), np.float32)
    assert not rows[0].any()
    used = rows[1:, rows[1:].any(axis=0)]
    covariance = used.T @ used / len(ITEMS)
    np.testing.assert_allclose(covariance, np.eye(used.shape[1]), atol=1e-3)


words = st.text("abcdefghij .", min_size=1, max_size=70).map(lambda one: " ".join(one.split())).filter(bool)


@given(title=words, material=words, colour=words)
def test_a_description_keeps_to_its_length(title, material, colour):
    lifts = (MATERIAL, MATERIAL.model_copy(update={"field": "colour"}))
    relevance = FieldRelevance(groups={"": lifts}, price_bounds={}, currency=None)
    item = Item(item_id="x", title=title, material=material, colour=colour)
    told = model.description(relevance, item)
    assert told.startswith(short_title(item))
    assert len(told) <= len(short_title(item)) + len(". ") + MAX_METADATA
