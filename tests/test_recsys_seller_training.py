"""Training a SELLER for a boutique: whom it learns from, what it refuses, what it leaves behind."""

import datetime as dt
from dataclasses import replace

import pytest

from recsys.data.boutique import Boutique
from recsys.errors import InputError
from recsys.recommender import Recommender
from recsys.schema import Client, Interaction
from recsys.seller import training
from recsys.seller.fitting import TrainingConfig
from recsys.seller.model import load_seller
from recsys.seller.training import gather_lessons, train_seller, training_purchases
from tests.small_world import CATALOGUE, GUIDED, ITEMS, TasteRanker, WordEncoder, recommender
from tests.test_recsys_seller_examples import reference
from tests.tiny_language_model import tiny_language_model
from tests.tiny_seller import BAGS, KNITWEAR, RELEVANCE, sequence_ranker

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
N_CLIENTS = 24
CONFIG = TrainingConfig(n_epochs=1, batch=4, save_every=1)
LAST = ("i11", "i12")  # everybody's last two purchases, and nobody's before
REFERENCES = [
    reference(user="c0", split="test", text="For testing.", target="i8"),
    reference(user="c1", split="valid", text="For validation.", target="i8"),
    reference(user="c2", split="train", text="To learn from.", target="i8"),
]


@pytest.fixture
def boutique(tmp_path):
    opened = Boutique.create(tmp_path / "boutique")
    rows = []
    for client in range(N_CLIENTS):
        kind = KNITWEAR if client % 2 else BAGS
        bought = [*(kind[(client + step) % 4] for step in range(3)), *LAST]
        rows += [
            Interaction(client_id=f"c{client}", item_id=item_id, at=NOON + dt.timedelta(days=10 * day + client))
            for day, item_id in enumerate(bought)
        ]
    with opened.writer() as writer:
        writer.upsert_items(ITEMS)
        writer.upsert_clients([Client(client_id=f"c{client}") for client in range(N_CLIENTS)])
        writer.add_interactions(rows)
    yield opened
    opened.close()


@pytest.fixture
def small(monkeypatch):
    """Put the tiny language model and the bag of words in the place of the packaged ones; few clients validate."""

    def tiny(cache, on_progress=None):
        language_model, tokenizer = tiny_language_model()
        return language_model.requires_grad_(False), tokenizer

    monkeypatch.setattr(training, "load_language_model", tiny)
    monkeypatch.setattr("recsys.seller.model.load_language_model", tiny)
    monkeypatch.setattr(training.TextEncoder, "load", lambda: WordEncoder())
    monkeypatch.setattr(training, "N_VALIDATION", 6)


def lessons(boutique, n_phrasebook=10, references=REFERENCES):
    return gather_lessons(boutique, recommender(), references, RELEVANCE, n_phrasebook, 0)


def run(boutique, folder, config=CONFIG, ranker=None, references=REFERENCES, on_progress=None, n_phrasebook=40):
    made = Recommender(CATALOGUE, ranker or sequence_ranker(), GUIDED)
    return train_seller(
        boutique, made, references, folder, folder, config, n_phrasebook=n_phrasebook, on_progress=on_progress
    )


def test_clients_kept_for_testing_or_validation_are_not_learned_from(boutique, small, monkeypatch):
    asked = []
    monkeypatch.setattr(training, "training_purchases", lambda b, one: asked.append(one) or training_purchases(b, one))
    found = lessons(boutique)
    assert len(set(asked)) == len(asked)
    learning, validating = asked[:10], asked[10:]
    assert "c0" not in asked
    assert validating[0] == "c1"
    assert len(validating) == 6
    assert len(learning) == 10
    texts = {part: {one.text for one in examples} for part, examples in vars(found).items()}
    assert "To learn from." in texts["train"] - texts["validation"]
    assert "For validation." in texts["validation"] - texts["train"]
    assert not any("For testing." in one for one in texts.values())


def test_the_last_two_purchases_are_in_no_example(boutique, small):
    found = lessons(boutique, n_phrasebook=18)
    hidden = set(recommender().internal(LAST).tolist())
    examples = [*found.train, *found.validation]
    assert examples
    for one in examples:
        assert not hidden & {*one.case.sequence.tolist(), *one.shuffled.sequence.tolist()}
        titles = [CATALOGUE.item(item_id).title for item_id in LAST]
        assert not any(title in name for title in titles for name in one.request.purchases)


@pytest.mark.parametrize("n_phrasebook", [1, 17, 60])
def test_a_small_boutique_still_has_clients_to_validate_on(boutique, small, n_phrasebook):
    found = lessons(boutique, n_phrasebook, references=[])
    assert found.train
    assert found.validation


def test_few_purchases_are_all_used(boutique):
    with boutique.writer() as writer:
        writer.upsert_clients([Client(client_id="new")])
        writer.add_interactions(
            [Interaction(client_id="new", item_id=one, at=NOON + dt.timedelta(place)) for place, one in enumerate(LAST)]
        )
    assert [one.item_id for one in training_purchases(boutique, "new")] == list(LAST)
    assert [one.item_id for one in training_purchases(boutique, "c0")] == ["i1", "i2", "i3"]


def test_a_trained_seller_can_be_loaded_and_leaves_no_state(boutique, small, tmp_path):
    report = run(boutique, tmp_path / "seller")
    assert {path.name for path in (tmp_path / "seller").iterdir()} == {"config.json", "weights.safetensors"}
    assert len(report.losses) == 1
    assert report.n_train > 5
    loaded = load_seller(tmp_path / "seller", tmp_path, catalogue_fingerprint=boutique.fingerprint())
    assert loaded.identity.sha256 == report.sha256
    assert loaded.identity.attributes == GUIDED.names
    assert loaded.identity.info["n_train"] == report.n_train
    assert all(reference for _, reference in report.samples)


def test_a_training_that_was_cut_off_leaves_the_same_weights(boutique, small, tmp_path):
    whole = run(boutique, tmp_path / "whole", replace(CONFIG, n_epochs=2))

    def cut(line):
        if line.startswith("epoch 2, step 1 "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(boutique, tmp_path / "cut", replace(CONFIG, n_epochs=2), on_progress=cut)
    assert (tmp_path / "cut" / training.STATE).is_file()
    lines = []
    rest = run(boutique, tmp_path / "cut", replace(CONFIG, n_epochs=2), on_progress=lines.append)
    assert not any(line.startswith("epoch 1") for line in lines)
    assert rest.losses == pytest.approx(whole.losses, abs=1e-4)
    assert rest.samples == whole.samples


@pytest.mark.parametrize("ranker", [TasteRanker(), sequence_ranker("bert4rec")])
def test_a_ranker_without_a_state_after_each_purchase_is_refused(boutique, small, tmp_path, ranker):
    with pytest.raises(InputError, match="SELLER reads a state after each purchase and .* has none"):
        run(boutique, tmp_path / "seller", ranker=ranker)


def test_nothing_to_learn_from_is_said_in_one_line(small, tmp_path):
    empty = Boutique.create(tmp_path / "empty")
    with empty.writer() as writer:
        writer.upsert_items(ITEMS)
    with pytest.raises(InputError, match="0 examples to learn from and 0 to validate on"):
        run(empty, tmp_path / "seller", references=[])
    empty.close()
