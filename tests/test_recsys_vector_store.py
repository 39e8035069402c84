from pathlib import Path

import numpy as np
import pytest

from recsys.catalogue import Catalogue
from recsys.errors import InputError, NotReady, StaleArtifact
from recsys.schema import Filters, Item
from recsys.vector_search import ExactSearch
from recsys.vector_store import VectorStore
from tests.small_world import CATALOGUE, GUIDED

STAMP = {"embedding": "v1", "data": "abc"}


@pytest.fixture(scope="module")
def world() -> tuple[Catalogue, np.ndarray]:
    rng = np.random.default_rng(0)
    items = [
        Item(
            item_id=f"i{number}",
            title=f"Item {number}",
            brand=("Alba", "Boréa", None)[number % 3],
            category=("Bags", "Tote bags" if number % 3 else "Clutches"),
            price_minor=100 * number if number % 11 else None,
            currency="EUR" if number % 11 else None,
            colour="navy blue" if number % 5 else None,
            available=number % 7 != 0,
        )
        for number in range(600)
    ]
    return Catalogue(items), rng.normal(size=(601, 16)).astype(np.float32)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(only_available=False),
        Filters(brand="alba"),
        Filters(colour="Navy"),
        Filters(colour="blue navy", category="tote bags"),
        Filters(max_price_minor=20_000),
        Filters(min_price_minor=40_000, max_price_minor=45_000, brand="Boréa"),
        Filters(category="Shoes"),
    ],
)
def test_the_store_agrees_with_exact_search_under_every_filter(
    tmp_path: Path, world: tuple[Catalogue, np.ndarray], filters: Filters
) -> None:
    catalogue, vectors = world
    store = VectorStore(tmp_path)
    store.build("guided", catalogue, vectors, STAMP)
    exact = ExactSearch(catalogue, vectors)
    for query in np.random.default_rng(1).normal(size=(5, 16)).astype(np.float32):
        found, expected = store.nearest("guided", query, 10, filters), exact.nearest(query, 10, filters)
        assert [one.item_id for one in found] == [one.item_id for one in expected]
        assert [one.score for one in found] == pytest.approx([one.score for one in expected], abs=1e-4)
    store.close()


def test_the_stamp_decides_whether_an_index_is_used(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with pytest.raises(NotReady, match="no guided embeddings: run 'clienteller index'"):
        store.require("guided", STAMP, len(CATALOGUE))
    store.build("guided", CATALOGUE, GUIDED.standard, STAMP)
    store.require("guided", STAMP, len(CATALOGUE))
    for stamp, n_items in (({**STAMP, "embedding": "v2"}, 12), (STAMP, 13)):
        with pytest.raises(StaleArtifact, match="run 'clienteller index' again"):
            store.require("guided", stamp, n_items)
    store.close()


def test_a_build_that_was_cut_short_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(_done: int, _total: int) -> None:
        raise Killed

    store = VectorStore(tmp_path)
    with pytest.raises(Killed):
        store.build("guided", CATALOGUE, GUIDED.standard, STAMP, kill)
    with pytest.raises(StaleArtifact, match="made from other data"):
        store.require("guided", STAMP, len(CATALOGUE))
    store.close()


def test_building_again_replaces_and_survives_reopening(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    store.build("guided", CATALOGUE, GUIDED.standard[:, ::-1].copy(), STAMP)
    store.build("guided", CATALOGUE, GUIDED.standard, STAMP)
    store.close()
    again = VectorStore(tmp_path)
    assert again.nearest("guided", GUIDED.standard[4], 1)[0].item_id == "i4"
    again.close()


def test_a_second_process_is_kept_out(tmp_path: Path) -> None:
    store = VectorStore(tmp_path)
    with pytest.raises(InputError, match="in use by another clienteller process"):
        VectorStore(tmp_path)
    store.close()
    VectorStore(tmp_path).close()
