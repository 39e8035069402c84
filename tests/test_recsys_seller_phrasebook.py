import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.catalogue import Catalogue, words
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.guided.embedding import GuidedEmbeddings
from recsys.guided.scores import GuidedScores
from recsys.models.houses import house_numbers
from recsys.ranker import FloatArray, IntArray
from recsys.recommender import Recommender
from recsys.schema import Evidence, Item
from recsys.seller.checks import check_reason, plain_words
from recsys.seller.evidence import EvidenceSet, Purchase, gather
from recsys.seller.phrasebook import STYLES, Pattern, phrasebook
from recsys.seller.slots import slots_of
from recsys.seller.template import MAX_WORDS, NO_STRONG_REASON, reason_by_template, styles_of
from tests.small_world import ATTRIBUTES, CATALOGUE, GUIDED, bought

SLOTS = frozenset(
    "item bought month shared shared_purpose maker material colour section taste taste2 purpose house count occasion "
    "before then lately before_month then_month lately_month before_shared then_shared lately_shared "
    "first_kind another owned_count known wish".split()
)
ORDER = re.compile(
    r"\b(?:lately|recently|latest|first|then|next|now|after|before|began|started|since|earlier|last)\b", re.IGNORECASE
)


class HouseAndTasteRanker:
    """Scores by closeness to what was bought lately and by loyalty to the house; meets AttributeRanker."""

    name = "house and taste"

    def __init__(self, catalogue: Catalogue, guided: GuidedEmbeddings, loyalty: float = 1.0) -> None:
        self.n_items = len(catalogue)
        self._guided = guided.standard
        self._houses = house_numbers(item.brand for item in catalogue.items)
        self._loyalty = loyalty

    def _taste(self, sequence: IntArray) -> FloatArray:
        weights = 0.5 ** np.arange(len(sequence) - 1, -1, -1)
        return np.asarray(weights @ self._guided[sequence] / max(weights.sum(), 1e-9), dtype=np.float32)

    def score(self, sequences: Sequence[IntArray]) -> FloatArray:
        every = np.arange(self.n_items + 1)
        rows = [self._guided @ self._taste(one) + self.house_parts(one, every) for one in sequences]
        scores = np.stack(rows).astype(np.float32)
        scores[:, 0] = -np.inf
        return scores

    def contributions(self, sequence: IntArray, items: IntArray) -> FloatArray:
        return np.asarray(self._guided[items] * self._taste(sequence), dtype=np.float32)

    def house_parts(self, sequence: IntArray, items: IntArray) -> FloatArray:
        owned = self._houses[sequence][None, :] == self._houses[items][:, None]
        owned &= self._houses[items][:, None] > 0
        return np.asarray(self._loyalty * owned.sum(axis=1) / max(len(sequence), 1), dtype=np.float32)


SMALL = Recommender(CATALOGUE, HouseAndTasteRanker(CATALOGUE, GUIDED), GUIDED)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recommender, Boutique]:
    """The demo boutique's catalogue, clients and guided scores, ranked without training."""
    folder = tmp_path_factory.mktemp("phrasebook") / "boutique"
    ingest(Path(open_source()), folder)
    boutique = Boutique.open(folder)
    catalogue, scores = Catalogue(boutique.items()), boutique.guided_scores()
    assert scores is not None
    guided = GuidedEmbeddings.from_scores(scores, catalogue.ids)
    return Recommender(catalogue, HouseAndTasteRanker(catalogue, guided), guided), boutique


def all_patterns() -> list[Pattern]:
    book = phrasebook()
    styled = [pattern for groups in book.styles.values() for group in groups for pattern in group]
    return [*styled, *(pattern for group in book.otherwise.values() for pattern in group), *book.wishes, *book.closings]


def test_every_style_has_many_ways_to_say_it() -> None:
    book = phrasebook()
    assert set(book.styles) == set(STYLES)
    for style in STYLES:
        assert sum(len(group) for group in book.styles[style]) >= 10


@pytest.mark.parametrize("pattern", all_patterns(), ids=lambda pattern: pattern.text[:40])
def test_a_pattern_says_something_in_plain_words(pattern: Pattern) -> None:
    assert pattern.slots <= SLOTS
    assert pattern.text.endswith(".")
    ordered = {word for word in words(pattern.text) if ORDER.fullmatch(word)}
    loose = set(words(re.sub(r"\{\w+\}", " ", pattern.text))) - plain_words() - {"house", "meant"} - ordered
    assert not loose - {"came"}
    if not pattern.is_one_sentence:
        for sentence in re.split(r"(?<=\.)\s", pattern.text):
            assert Pattern(sentence).slots - {"item"}, "each sentence must rest on a fact"


def test_sentences_begin_with_a_capital_also_where_a_name_does_not() -> None:
    filled = Pattern("{lately} is here. {taste} too.").filled({"lately": "essie polish", "taste": "bold"})
    assert filled == "Essie polish is here. Bold too."


def says_its_facts(text: str, cited: Sequence[Evidence]) -> None:
    said = set(words(text))
    for fact in cited:
        assert set(words(fact.key)) <= said, (text, fact.key)


def without_firsts(text: str, evidence: EvidenceSet) -> str:
    for fact in evidence.evidence:
        text = re.sub(re.escape(fact.key), " ", text, flags=re.IGNORECASE)
    return text


def every_text_is_true(recommender: Recommender, purchases: Sequence[Purchase], item_id: str, seed: int) -> int:
    """Check texts of every supported style, one as shown and some at random; return how many there were."""
    assert recommender.guided is not None
    evidence = gather(recommender, purchases, item_id)
    rng, count = np.random.default_rng(seed), 0
    for style in styles_of(evidence):
        for source in (None, rng, rng):
            text, cited = reason_by_template(evidence, style, source)
            failed = [
                name for name, ok in check_reason(text, evidence, recommender.guided.attribute_set).items() if not ok
            ]
            assert not failed, (text, failed)
            assert cited
            assert any(fact.is_cause for fact in cited)
            assert set(cited) <= set(evidence.evidence)
            assert len(text.split()) <= MAX_WORDS
            says_its_facts(text, cited)
            if ORDER.search(without_firsts(text, evidence)):
                assert any(fact.kind == "order" for fact in cited), text
            count += 1
    return count


client = st.lists(st.integers(1, len(CATALOGUE)), min_size=0, max_size=7)


@settings(max_examples=120, deadline=None)
@given(client, st.integers(1, len(CATALOGUE)), st.integers(0, 9))
def test_every_text_of_every_style_passes_every_check(owned: list[int], item: int, seed: int) -> None:
    if item not in owned:
        every_text_is_true(SMALL, bought(*(f"i{number}" for number in owned)), f"i{item}", seed)


def test_every_text_for_clients_of_the_demo_boutique_passes_every_check(demo: tuple[Recommender, Boutique]) -> None:
    recommender, boutique = demo
    counted = 0
    for number, one in enumerate(boutique.clients()[::50]):
        rows = boutique.interactions(one.client_id)
        when = {row.item_id: row.at.date() for row in rows if row.kind == "purchase" and row.at}
        sequence = boutique.sequence(one.client_id)
        purchases = [Purchase(item_id, when[item_id]) for item_id in sequence]
        for candidate in recommender.rank(sequence, k=3).candidates:
            counted += every_text_is_true(recommender, purchases, candidate.item_id, number)
    assert counted > 80


def test_the_same_card_says_the_same_and_cards_of_one_slate_differ() -> None:
    evidence = [gather(SMALL, bought("i7", "i3", "i2", "i1"), item_id) for item_id in ("i8", "i5", "i10")]
    texts = [reason_by_template(one)[0] for one in evidence]
    assert texts == [reason_by_template(one)[0] for one in evidence]
    assert len(set(texts)) == len(texts)


def test_random_texts_of_one_case_vary() -> None:
    evidence = gather(SMALL, bought("i7", "i3", "i2", "i1"), "i8")
    rng = np.random.default_rng(0)
    assert len({reason_by_template(evidence, "feature", rng)[0] for _ in range(40)}) >= 8


def test_a_style_without_a_cause_gives_no_reason() -> None:
    evidence = gather(SMALL, [], "i8")
    assert styles_of(evidence) == ()
    assert reason_by_template(evidence) == (NO_STRONG_REASON, ())
    one_purchase = gather(SMALL, bought("i1"), "i2")
    assert "sequence" not in styles_of(one_purchase)
    assert reason_by_template(one_purchase, "sequence") == (NO_STRONG_REASON, ())


def test_loyalty_to_a_house_carries_a_reason() -> None:
    evidence = gather(SMALL, bought("i8", "i4", "i10"), "i9")
    (house,) = evidence.of_kind("house")
    assert house.statement == "You come back to Duna: two of your purchases are of that house"
    said = {reason_by_template(evidence, "style", np.random.default_rng(seed))[0] for seed in range(20)}
    assert any("Duna" in text and "two" in text for text in said)


def test_order_names_the_latest_causes_in_their_true_order() -> None:
    evidence = gather(SMALL, bought("i12", "i2", "i12", "i4", "i1", "i7"), "i8")
    (order,) = evidence.of_kind("order")
    assert order.statement == "First came the Alba plain tote, then the Cirro fine tee"
    text, cited = reason_by_template(evidence, "sequence")
    assert text.index("Alba plain tote") < text.index("Cirro fine tee")
    assert order in cited


def test_an_item_named_like_a_purchase_is_not_named() -> None:
    twin = Item(item_id="twin", title="Cirro fine tee", brand="Cirro", category=("Knitwear", "Tops"))
    catalogue = Catalogue((*CATALOGUE.items, twin))
    raw = np.vstack([GUIDED.raw, GUIDED.raw[7]])
    guided = GuidedEmbeddings(ATTRIBUTES, raw, np.vstack([GUIDED.standard, GUIDED.standard[7]]), "hand")
    recommender = Recommender(catalogue, HouseAndTasteRanker(catalogue, guided), guided)
    evidence = gather(recommender, bought("i1", "i7"), "twin")
    assert all("item" not in slots.words for slots in slots_of(evidence))
    assert every_text_is_true(recommender, bought("i1", "i7"), "twin", 0)


@pytest.mark.parametrize(("others", "is_said"), [(1, False), (5, True)])
def test_little_of_what_nothing_of_its_kind_has_is_not_said(others: int, is_said: bool) -> None:
    """Dresses are light and knitwear is warm; that a dress is light says something where some dresses are not."""
    items = [
        Item(item_id=f"{kind}{number}", title=f"{kind} {number}", category=(kind,))
        for kind in ("Dress", "Knit")
        for number in range(12)
    ]
    catalogue = Catalogue(items)
    warmth = [1, 1, *[others] * 10, *[9] * 12]
    values = np.array([[5, 5, one] for one in warmth], dtype=np.float32)
    scores = GuidedScores(ATTRIBUTES, catalogue.ids.external, values, "hand")
    guided = GuidedEmbeddings.from_scores(scores, catalogue.ids)
    recommender = Recommender(catalogue, HouseAndTasteRanker(catalogue, guided), guided)
    evidence = gather(recommender, bought("Dress0"), "Dress1")
    assert ("light" in {fact.key for fact in evidence.causes}) == is_said
