"""Whether the boutique knows what it carries: the real encoder on the bundled demo, against requests by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.floor.search import carries
from agent.floor.shop import Shop
from agent.intent.wishes import Wishes
from recsys.artifacts import load_catalogue
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.indexing import build_index
from recsys.models.popularity import PopularityRanker
from recsys.recommender import Recommender
from recsys.seller.explainer import Explainer
from recsys.text_encoder import TextEncoder
from recsys.vector_store import VectorStore
from tests import carried_queries

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = Path(tmp_path_factory.mktemp("carried")) / "boutique"
    ingest(open_source(), folder)
    boutique = Boutique.open(folder)
    catalogue, guided = load_catalogue(boutique)
    encoder, store = TextEncoder.load(), VectorStore(folder / "index")
    build_index(boutique, catalogue, guided, encoder, store)
    ranked = Recommender(catalogue, PopularityRanker.fit([], len(catalogue)), guided)
    yield Shop(boutique, ranked, store, Wishes(catalogue, guided, encoder), Explainer(ranked))
    store.close()
    boutique.close()


@pytest.mark.parametrize("block", ["UNSEEN", "FRESH"])
@pytest.mark.parametrize("carried", [True, False])
def test_nine_of_ten_requests_are_judged_rightly(shop: Shop, block: str, carried: bool) -> None:
    text = getattr(carried_queries, f"DEMO_{block}_{'CARRIED' if carried else 'MISSING'}")
    queries = carried_queries.listed(text)
    wrong = [query for query in queries if carries(shop, query) is not carried]
    assert len(queries) >= 40
    assert len(wrong) <= len(queries) / 10, wrong
