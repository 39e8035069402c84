"""A SELLER over the small world: a random sequence ranker of 12 items, a random adapter, the tiny language model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.models.encoders import EncoderName, SequenceConfig
from recsys.models.fitting import seeded
from recsys.models.sequence_ranker import SequenceRanker
from recsys.schema import Item
from recsys.seller.adapter import Adapter
from recsys.seller.examples import Example, blank_example, phrasebook_examples
from recsys.seller.facts import Purchase
from recsys.seller.features import FrozenPaths
from recsys.seller.metadata import FieldLift, FieldRelevance
from recsys.seller.model import Identity, Seller, adapter_config, description, meanings
from recsys.seller.network import SellerNetwork
from tests.small_world import GUIDED, ITEMS, WordEncoder, bought, recommender
from tests.tiny_language_model import tiny_language_model

FINGERPRINT = "small world"
TINY = "tiny@1"  # stands for the language model's name and hash
MATERIAL = FieldLift(field="material", n_pairs=300, observed=0.5, expected=0.1, lift=5.0, low=4.0)
RELEVANCE = FieldRelevance(groups={"": (MATERIAL,)}, price_bounds={}, currency=None)
BAGS, KNITWEAR = ("i1", "i2", "i3", "i4"), ("i5", "i6", "i7", "i10")


def sequence_ranker(encoder: EncoderName = "sasrec") -> SequenceRanker:
    with seeded(3):
        return SequenceRanker.build(SequenceConfig(len(ITEMS), dim=16, max_length=30, encoder=encoder))


def frozen_paths(encoder: EncoderName = "sasrec", *, has_scores: bool = True) -> FrozenPaths:
    standard = GUIDED.standard if has_scores else np.zeros((len(ITEMS) + 1, 0), dtype=np.float32)
    texts = WordEncoder().encode([RELEVANCE.text(item) for item in ITEMS])
    return FrozenPaths(sequence_ranker(encoder), meanings(texts, standard), standard)


def tiny_network(paths: FrozenPaths, seed: int = 0, **shape: object) -> SellerNetwork:
    language_model, tokenizer = tiny_language_model()
    language_model.requires_grad_(False)
    with seeded(seed):
        adapter = Adapter(adapter_config(paths, language_model, **{"width": 24, "n_opening": 4, **shape}))
        return SellerNetwork(adapter, language_model, tokenizer).eval()


def tiny_seller(seed: int = 0, **shape: object) -> Seller:
    paths = frozen_paths()
    return Seller(tiny_network(paths, seed, **shape), paths, RELEVANCE, Identity(FINGERPRINT, TINY, GUIDED.names, {}))


def describe(item: Item) -> str:
    return description(RELEVANCE, item)


def example(purchases: Sequence[Purchase], item_id: str, lead: str = "best") -> Example:
    return blank_example(recommender(), purchases, item_id, lead, describe, np.random.default_rng(0))


def histories(n: int, seed: int = 0) -> list[list[Purchase]]:
    """Half of the clients buy bags, half knitwear."""
    rng = np.random.default_rng(seed)
    return [bought(*rng.choice(KNITWEAR if one % 2 else BAGS, 3, replace=False).tolist()) for one in range(n)]


def phrasebook_lessons(n: int, seed: int = 0) -> list[Example]:
    return phrasebook_examples(
        recommender(), histories(n, seed), describe, np.random.default_rng(seed), n_suggestions=4
    )
