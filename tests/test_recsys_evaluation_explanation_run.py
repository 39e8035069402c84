"""The run that trains systems and lets them write: resumable, the same cases for all, blind to the true candidate."""

import datetime as dt
from dataclasses import replace

import pytest

from recsys.data.boutique import Boutique
from recsys.evaluation.explanation_cases import draw_cases, read_texts
from recsys.evaluation.explanation_run import PROMPT_ONLY, ExplanationRun
from recsys.evaluation.explanation_systems import SYSTEMS
from recsys.schema import Client, Interaction
from recsys.seller.fitting import TrainingConfig
from recsys.seller.training import Lessons
from tests.small_world import ITEMS, recommender
from tests.test_recsys_seller_examples import reference
from tests.tiny_language_model import tiny_language_model
from tests.tiny_seller import RELEVANCE, frozen_paths, phrasebook_lessons

SELLER, SHUFFLED = SYSTEMS[0], next(one for one in SYSTEMS if one.shuffles)
NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
BOUGHT = {
    "u": ["i1", "i7", "i2", "i8", "i10"],
    "v": ["i4", "i9", "i3", "i11"],
    "w": ["i5", "i6", "i10"],
    "again": ["i5", "i6", "i5"],  # the last purchase is not new
    "once": ["i5"],
    "never": [],
}
REFERENCES = [
    reference(user="u", split="test", target="i8"),
    reference(user="v", split="valid", history=("i4",), cites=(), target="i9"),
    *(
        reference(user=user, split="test", history=("i5",), cites=(), target="i6")
        for user in ("w", "again", "once", "never")
    ),
]
LESSONS = Lessons(phrasebook_lessons(8), phrasebook_lessons(4, seed=9))
CONFIG = TrainingConfig(n_epochs=1, batch=4, save_every=1)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    boutique = Boutique.create(tmp_path_factory.mktemp("run") / "boutique")
    rows = [
        Interaction(client_id=user, item_id=item_id, at=NOON + dt.timedelta(days=day))
        for user, items in BOUGHT.items()
        for day, item_id in enumerate(items)
    ]
    with boutique.writer() as writer:
        writer.upsert_items(ITEMS)
        writer.upsert_clients([Client(client_id=user) for user in BOUGHT])
        writer.add_interactions(rows)
    yield draw_cases(boutique, recommender(), REFERENCES, 0, n_valid=5, n_candidates=3)
    boutique.close()


def make(folder, cases, lessons=LESSONS, lines=None):
    language_model, tokenizer = tiny_language_model()
    return ExplanationRun(
        folder, recommender(), frozen_paths(), RELEVANCE, language_model.requires_grad_(False), tokenizer,
        lessons, cases, CONFIG, on_progress=lines.append if lines is not None else None,
    )  # fmt: skip


def test_clients_with_a_new_last_purchase_choose_among_candidates(cases):
    assert [one.client_id for one in cases.test] == ["u", "w"]
    assert [one.client_id for one in cases.valid] == ["v"]
    for choice in (*cases.valid, *cases.test):
        seen = [one.item_id for one in cases.purchases[choice.client_id]]
        assert seen == BOUGHT[choice.client_id][:-1]
        assert recommender().catalogue.ids.to_external(choice.target) == BOUGHT[choice.client_id][-1]
        assert len(choice.candidates) == 3
        assert not set(choice.candidates.tolist()) & set(choice.sequence.tolist())
    assert [one.user for one in cases.references] == ["u", "w", "again", "once", "never"]


def test_every_system_writes_about_the_same_cases(tmp_path, cases):
    run = make(tmp_path, cases)
    assert len(run.keys) == len(set(run.keys)) == 5 + 3 * 3
    for system in (SELLER, None):
        assert list(run.texts(system)) == run.keys
    names = {path.name for path in tmp_path.iterdir()}
    assert {"seller", PROMPT_ONLY.replace(" ", "-").replace(",", "")} <= names


def test_texts_do_not_depend_on_which_candidate_is_true(tmp_path, cases):
    turned = replace(cases, test=[replace(one, true=(one.true + 1) % 3) for one in cases.test])
    first, other = make(tmp_path / "a", cases), make(tmp_path / "b", turned)
    assert first.keys == other.keys
    assert [one.request for one in first._examples] == [one.request for one in other._examples]
    assert first.texts(SHUFFLED) == other.texts(SHUFFLED)


def test_a_run_that_was_cut_off_goes_on_and_writes_nothing_twice(tmp_path, cases):
    whole = make(tmp_path, cases).texts(SELLER)
    path = tmp_path / "seller" / "texts.jsonl"
    content = path.read_bytes()
    kept = content.splitlines(keepends=True)[:6]
    path.write_bytes(b"".join(kept) + '["u", "i8", "é'.encode()[:-1])  # killed in the middle of a letter
    lines = []
    again = make(tmp_path, cases, lines=lines)
    assert len(read_texts(path)) == 6
    assert again.texts(SELLER) == whole
    assert not any("epoch" in line for line in lines)  # the training was finished
    assert path.read_bytes().splitlines(keepends=True)[:6] == kept
    assert f"{len(whole) - 6} of {len(whole) - 6} texts" in lines[-1]
    done, lines = path.read_bytes(), []
    assert make(tmp_path, cases, lines=lines).texts(SELLER) == whole
    assert (path.read_bytes(), lines) == (done, [])


def test_the_texts_of_other_cases_do_not_stand_for_these(tmp_path, cases):
    whole = make(tmp_path, cases).texts(None)
    fewer = replace(cases, references=cases.references[:1])
    run = make(tmp_path, fewer)
    assert run.texts(None) == {key: whole[key] for key in run.keys}
    path = next(tmp_path.glob("frozen*")) / "texts.jsonl"
    kept = [line for line in path.read_text().splitlines(keepends=True) if '"u", "i8"' not in line]
    path.write_text("".join([*kept, '["x", "i1", "open", "of another run"]\n']))
    assert make(tmp_path, cases).texts(None) == whole


def test_other_lessons_are_learned_anew(tmp_path, cases):
    make(tmp_path, cases).texts(SELLER)
    (tmp_path / "seller" / "texts.jsonl").unlink()
    lines = []
    make(tmp_path, cases, Lessons(phrasebook_lessons(9, seed=4), LESSONS.validation), lines).texts(SELLER)
    assert any("epoch 1, step 1" in line for line in lines)
