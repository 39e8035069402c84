import json
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from agent.settings import Settings
from recsys.errors import InputError
from recsys.evaluation.explanation_cases import BEST, OPEN, Cases, append_texts, read_texts, texts_path
from recsys.evaluation.explanation_controls import (
    FALSE,
    GENERIC_SENTENCE,
    TEMPLATE,
    Ground,
    as_shown,
    by_template,
    false_reasons,
    pasted,
    shuffled,
)
from recsys.evaluation.explanation_report import PAIRED, SELLER, SHOWN, ExplanationReport
from recsys.evaluation.explanation_scores import CatalogueEncoder, Material, item_rows, score_parts, score_system
from recsys.evaluation.simulated_client import Listener
from recsys.evaluation.simulation_report import compare_texts
from recsys.evaluation.utility_choice import World, draw_choice
from recsys.seller.explainer import Explainer
from recsys.seller.facts import Purchase
from recsys.seller.references import Reference
from tests import small_world
from ui.seller_evaluate_commands import evaluate

RECOMMENDER = small_world.recommender()
NAME = RECOMMENDER.catalogue.ids.to_external


def draw(prefix, n, seed):
    """Choices of n clients who bought three items and then a fourth."""
    rng = np.random.default_rng(seed)
    rows = [rng.permutation(np.arange(1, 13))[:4] for _ in range(n)]
    return [
        draw_choice(RECOMMENDER, f"{prefix}{place}", row[:3], int(row[3]), rng, n_candidates=3)
        for place, row in enumerate(rows)
    ]


VALID, TEST = draw("v", 12, 1), draw("t", 24, 2)
CASES = Cases(
    [
        Reference(
            split="test",
            user=one.client_id,
            history=tuple(NAME(int(item)) for item in one.sequence),
            target=NAME(one.target),
            text=f"You will like the {small_world.ITEMS[one.target - 1].title}, it goes with your other things.",
            cites=(),
            attributes=(),
            angle="style",
            order=False,
        )
        for one in TEST
    ],
    VALID,
    TEST,
    {one.client_id: [Purchase(NAME(int(item)), None) for item in one.sequence] for one in (*VALID, *TEST)},
)
GROUND = Ground(RECOMMENDER, CASES)
ENCODER = small_world.WordEncoder()


@cache
def material():
    rows = ENCODER.encode(["", *(item.text() for item in small_world.ITEMS)])
    return Material(CASES, GROUND, Listener(World(RECOMMENDER, ENCODER, rows)), 0)


def fitting(key):
    """Name the item and one thing that is so: what a good writer would do."""
    fact = next(iter(GROUND[key].evidence.of_kind("attribute")), None)
    quality = f" It is {fact.key}." if fact else ""
    return f"Here is the {RECOMMENDER.catalogue.item(key[1]).title}.{quality}"


@cache
def report():
    texts = {
        SELLER: {key: fitting(key) for key in GROUND.keys},
        "XRec-like": dict.fromkeys(GROUND.keys, GENERIC_SENTENCE),
        "history shuffled": dict.fromkeys(GROUND.keys, "Lately you bought something else, and now this."),
        TEMPLATE: by_template(GROUND, GROUND.keys),
        "no text": dict.fromkeys(GROUND.keys, ""),
        FALSE: false_reasons(GROUND, RECOMMENDER.guided, GROUND.keys),
    }
    scores = {name: score_system(some, material()) for name, some in texts.items()}
    keys = material().keys(TEST)
    styles = compare_texts(
        TEST, {"style": [[texts[SELLER][key] for key in some] for some in keys]}, material().listener, 0
    )
    return ExplanationReport(scores, 0, styles={TEMPLATE: styles}, honest=(TEMPLATE, SHOWN), false=FALSE)


def verdict(claim):
    return next(one for one in report().verdicts() if one.claim == claim)


def test_every_case_is_written_about_once_references_openly_and_candidates_with_the_best_lead():
    keys = GROUND.keys
    assert len(keys) == len(set(keys)) == 24 + 3 * (12 + 24)
    assert [key[2] for key in keys].count(OPEN) == 24
    assert material().candidate_keys == keys[-72:]
    assert all(GROUND[key].evidence.item.item_id == key[1] for key in keys[:5])


def test_a_writer_that_fits_its_case_beats_one_sentence_for_all():
    gaps = report().paired(SELLER)["XRec-like"]
    assert set(gaps) == set(PAIRED)
    assert gaps["specificity"].low > 0
    assert verdict("SELLER finds its own item more often than XRec-like").holds is True
    assert verdict("SELLER has more of its claims supported than XRec-like").holds is True


def test_words_of_order_that_are_not_earned_lose_on_order():
    gap = report().paired(SELLER)["history shuffled"]["order_accuracy"]
    said = verdict("SELLER is right about order more often than history shuffled")
    assert said.holds is (gap.low > 0)
    assert f"{gap.mean:+.4f}" in said.because


def test_what_the_run_does_not_hold_is_not_measured():
    for claim in (
        "SELLER finds its own item more often than random vectors",
        "SELLER is more useful than random vectors on U1 or U3",
        "at least 98% of the texts of SELLER as shown pass every check",
        "SELLER as shown serves the simulated client better than persuasive false reasons",
    ):
        assert verdict(claim).holds is None


def test_the_same_texts_under_another_name_beat_nothing():
    texts = {key: fitting(key) for key in GROUND.keys}
    twins = ExplanationReport({name: score_system(texts, material()) for name in (SELLER, "XRec-like")}, 0)
    measured = [one.holds for one in twins.verdicts() if one.holds is not None]
    assert measured == [False] * 3


def test_the_report_is_one_json_document_and_one_page():
    document = json.loads(json.dumps(report().as_dict(), allow_nan=False))
    assert set(document["systems"]) == set(report().systems)
    assert document["systems"]["no text"]["written"]["mean"] == 0
    assert document["differences"][SELLER]["XRec-like"]["specificity"]["low"] > 0
    page = report().markdown()
    for heading in (
        "What holds",
        "Texts of references",
        "Claims, of candidates",
        "Utility",
        "SELLER minus each",
        "Styles",
    ):
        assert f"## {heading}" in page
    assert "nan" not in page


def test_a_system_that_left_a_case_out_cannot_be_scored():
    with pytest.raises(InputError, match="1 cases have no text"):
        score_system({key: "" for key in GROUND.keys[1:]}, material())


def test_some_cases_can_be_scored_without_the_utility_axis():
    texts = pasted(RECOMMENDER.catalogue, GROUND.keys)
    scores = score_parts(texts, material(), material().reference_keys[:8], material().candidate_keys[:8])
    assert scores.utility is None
    assert scores.on_candidates.specificity.tolist() == [1.0] * 8  # a pasted profile finds itself
    assert "experienced" not in scores.measures()


def test_shuffled_texts_are_another_clients_and_none_is_lost():
    texts = {key: " ".join(key) for key in GROUND.keys}
    other = shuffled(texts, CASES, NAME)
    assert sorted(other.values()) == sorted(texts.values())
    assert all(text.split()[0] != key[0] for key, text in other.items())
    assert all(text.split()[2] == key[2] for key, text in other.items())


def test_false_reasons_name_a_quality_that_the_item_lacks_and_fail_the_checks():
    texts = false_reasons(GROUND, RECOMMENDER.guided, material().candidate_keys)
    written = [(key, text) for key, text in texts.items() if text]
    assert len(written) > 60
    for key, text in written:
        judged = material().judge.judge(text, GROUND[key])
        assert judged.qualities == (False,)
        assert not all(judged.checks.values())


def test_what_is_shown_is_kept_slate_by_slate(tmp_path):
    path, keys, lines = texts_path(tmp_path, SHOWN), GROUND.keys[24:33], []
    first = as_shown(Explainer(RECOMMENDER), GROUND, keys[:3], path)
    path.write_text(path.read_text() + '["t0", "i')  # killed while writing
    every = as_shown(Explainer(RECOMMENDER), GROUND, keys, path, lines.append)
    assert path.parent.name == "seller-as-shown"
    assert every == read_texts(path)
    assert first.items() <= every.items()
    assert lines == ["seller-as-shown: 2 of 2 slates"]
    assert all(not text or text[-1] == "." for text in every.values())


def test_texts_are_read_back_as_written(tmp_path):
    texts = {("a", "i1", BEST): 'Ça va: "yes".', ("b", "i2", OPEN): ""}
    append_texts(tmp_path / "texts.jsonl", texts)
    assert read_texts(tmp_path / "texts.jsonl") == texts
    assert read_texts(tmp_path / "none.jsonl") == {}


class CountingEncoder(small_world.WordEncoder):
    n_encoded = 0

    def encode(self, texts):
        self.n_encoded += len(texts)
        return super().encode(texts)


def test_items_are_encoded_once_also_by_the_next_run(tmp_path):
    path, first, second = tmp_path / "items.npz", CountingEncoder(), CountingEncoder()
    rows = item_rows(small_world.CATALOGUE, first, path)
    assert (item_rows(small_world.CATALOGUE, second, path) == rows).all()
    assert (first.n_encoded, second.n_encoded) == (12, 0)
    known = CatalogueEncoder(World(RECOMMENDER, second, rows))
    found = known.encode([small_world.ITEMS[4].text(), "quite new", "quite new", " "])
    assert (found[0] == rows[5]).all()
    assert (found[1] == found[2]).all()
    assert not found[3].any()
    assert second.n_encoded == 1


def test_the_command_names_the_systems_it_knows(tmp_path):
    references = tmp_path / "references.jsonl"
    references.write_text("{}")
    arguments = ["--references", str(references), "--out", str(tmp_path / "out"), "--systems", "oracle"]
    answer = CliRunner().invoke(evaluate, arguments, obj=Settings(boutique=tmp_path))
    assert answer.exit_code == 2
    assert "no system is called 'oracle': choose among SELLER, SELLER as shown, XRec-like" in answer.output
