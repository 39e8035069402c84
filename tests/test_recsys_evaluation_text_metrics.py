from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.settings import Settings
from recsys.data.xrec import XRecCase, read_xrec
from recsys.errors import InputError, NotFound
from recsys.evaluation.text_metrics import RememberingEncoder, TextScores, score_texts
from recsys.evaluation.text_report import report_texts
from recsys.ranker import FloatArray
from tests.small_world import ITEMS, WordEncoder
from ui.text_metric_commands import score_xrec, xrec

XREC = Path(__file__).parents[2] / "shared" / "data" / "xrec-books"
ITEM_TEXTS = {item.item_id: f"{item.title} in {item.colour} {item.material}" for item in ITEMS}
BOUGHT = ("i1", "i5", "i8", "i11", "i5")
TEXTS = (
    "You carry Alba often, so the plain navy tote fits.",
    "After two Cirro knits the navy cashmere sweater is next.",
    "The sand linen scarf goes with your summer dresses.",
    "A long black silk gown for the evenings you dress for.",
    "Cashmere again: the Cirro sweater in navy.",
)
REFERENCES = (
    "The Alba plain tote is navy, as the bags you carry.",
    "You liked Cirro knits, so here is a cashmere sweater in navy.",
    "This linen scarf in sand suits your summer dresses.",
    "For your evenings: a black silk gown by Erle.",
    "The Cirro sweater is cashmere, which you keep buying.",
)
CLIENTS = ("ann", "ann", "bea", "cleo", "dora")


def scores(
    texts: Sequence[str] = TEXTS, references: Sequence[str] | None = REFERENCES, order: Sequence[int] = range(5)
) -> TextScores:
    return score_texts(
        [texts[i] for i in order],
        None if references is None else [references[i] for i in order],
        [BOUGHT[i] for i in order],
        ITEM_TEXTS,
        WordEncoder(),
        clients=[CLIENTS[i] for i in order],
    )


def two_items(texts: Sequence[str], references: Sequence[str]) -> TextScores:
    return score_texts(texts, references, ["i1", "i5"], ITEM_TEXTS, WordEncoder())


def test_rouge_l_is_the_f1_of_the_longest_common_subsequence() -> None:
    found = two_items(["the cat sat", "bags"], ["the cat ran fast", "a bag"]).against_references
    assert found is not None
    # 2 of 3 words and 2 of 4; with stems "bags" meets "bag": 1 of 1 and 1 of 2
    assert found.rouge_l == pytest.approx([100 * 4 / 7, 100 * 2 / 3])


def test_bleu_is_that_of_sacrebleu_over_all_texts() -> None:
    figure = scores().summary()["bleu"]
    assert figure.mean == pytest.approx(sacrebleu.corpus_bleu(list(TEXTS), [list(REFERENCES)]).score)
    assert figure.low <= figure.mean <= figure.high


def test_distinct_n_and_unique_sentence_ratio_by_hand() -> None:
    texts = ["Red bag, red", "red  scarf", "red scarf", "hat"]
    found = score_texts(texts, None, ["i1", "i2", "i3", "i4"], ITEM_TEXTS, WordEncoder()).summary()
    assert found["distinct_1"].mean == pytest.approx(4 / 8)  # red bag scarf hat
    assert found["distinct_2"].mean == pytest.approx(3 / 4)  # red bag, bag red, red scarf
    assert found["unique_sentence_ratio"].mean == pytest.approx(3 / 4)  # white space does not make a text another
    assert found["n_words"].mean == pytest.approx(2.0)


def test_texts_equal_to_their_references_get_the_most() -> None:
    found = scores(REFERENCES).summary()
    assert found["bleu"].mean == pytest.approx(100.0)
    assert found["rouge_l"].mean == pytest.approx(100.0)
    assert found["similarity"].mean == pytest.approx(1.0)
    assert found["reference_specificity"].mean == 1.0


def test_an_items_own_text_finds_it_and_one_text_for_all_does_not() -> None:
    own = scores([ITEM_TEXTS[item] for item in BOUGHT])
    assert own.specificity.tolist() == [1.0] * 5
    assert own.n_choices == len(ITEMS)
    generic = scores(["Something nice for you."] * 5)  # no word of any item: all ties, and ties count against it
    assert generic.specificity.tolist() == [0.0] * 5


def test_shuffled_gap_is_similarity_minus_that_to_another_items_reference() -> None:
    found = two_items(["red bag", "blue hat"], ["red bag", "red hat"]).against_references
    assert found is not None
    assert found.similarity == pytest.approx([1.0, 0.5])
    assert found.shuffled_gap == pytest.approx([1.0 - 0.5, 0.5 - 0.0])


LETTERS = "abcdefghijkl"


@given(st.lists(st.integers(0, 11), min_size=2, max_size=24), st.integers(0, 5))
@settings(max_examples=50, deadline=None)
def test_the_other_reference_is_never_of_the_same_item(numbers: list[int], seed: int) -> None:
    items = [f"i{number + 1}" for number in numbers]
    texts = [LETTERS[number] * 3 for number in numbers]  # one word an item: cosine 1 within, 0 across items
    if 2 * max(map(items.count, items)) > len(items):
        with pytest.raises(InputError, match="half of the cases"):
            score_texts(texts, texts, items, ITEM_TEXTS, WordEncoder(), seed)
        return
    found = score_texts(texts, texts, items, ITEM_TEXTS, WordEncoder(), seed).against_references
    assert found is not None
    assert found.shuffled_gap == pytest.approx(1.0)
    assert found.specificity.tolist() == [1.0] * len(items)


@given(st.permutations(range(5)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_cases_does_not_matter(order: list[int]) -> None:
    expected, found = scores().summary(), scores(order=order).summary()
    assert list(found) == list(expected)
    for name, figure in expected.items():
        assert astuple(found[name]) == pytest.approx(astuple(figure)), name


def test_all_systems_meet_the_same_rivals_and_a_seed_draws_others() -> None:
    many = {f"b{number}": f"book {LETTERS[number % 12]} {LETTERS[number // 12 % 12]}" for number in range(140)}
    items = list(many)[:60]

    def found(seed: int) -> list[bool]:
        texts = [many[item] for item in items]
        return [value == 1.0 for value in score_texts(texts, None, items, many, WordEncoder(), seed).specificity]

    assert found(0) == found(0)
    assert any(found(0) != found(seed) for seed in (1, 2, 3))
    one = score_texts(["book"], None, ["b0"], many, WordEncoder())
    assert one.n_choices == 100


def test_without_references_the_rest_is_scored_alike() -> None:
    with_them, without = scores(), scores(references=None)
    assert without.against_references is None
    assert without.specificity.tolist() == with_them.specificity.tolist()
    assert set(with_them.summary()) - set(without.summary()) == {
        "bleu",
        "rouge_l",
        "similarity",
        "shuffled_gap",
        "reference_specificity",
    }


def test_clients_are_resampled_not_texts() -> None:
    doubled = [*range(5), *range(5)]
    once, twice = scores(), scores(order=doubled)  # each client's texts twice tell nothing new
    for name in ("rouge_l", "similarity", "n_words"):
        assert astuple(twice.summary()[name]) == pytest.approx(astuple(once.summary()[name])), name
    alone = scores([TEXTS[0]] * 5, [REFERENCES[0]] * 5).summary()["rouge_l"]
    assert alone.low == pytest.approx(alone.high)


def test_the_mean_is_over_texts() -> None:
    found = scores()
    assert found.against_references is not None
    assert found.summary()["rouge_l"].mean == pytest.approx(found.against_references.rouge_l.mean())


def test_difference_is_paired() -> None:
    own, other = scores(), scores(["Something nice for you, as you like."] * 5)
    assert all(astuple(figure) == (0.0, 0.0, 0.0) for figure in own.difference(scores()).values())
    gain = own.difference(other)["rouge_l"]
    assert gain.mean == pytest.approx(own.summary()["rouge_l"].mean - other.summary()["rouge_l"].mean)
    assert 0 < gain.low <= gain.mean <= gain.high
    back = other.difference(own)["rouge_l"]
    assert astuple(back) == pytest.approx((-gain.mean, -gain.high, -gain.low))


def test_difference_asks_for_the_same_cases() -> None:
    with pytest.raises(InputError, match="different clients"):
        scores().difference(scores(order=range(4)))
    with pytest.raises(InputError, match="only one of the two"):
        scores().difference(scores(references=None))


@pytest.mark.parametrize("texts", [["", "", "", "", ""], ["?!", "1 2", "", "é", "漢字"]])
def test_texts_without_words_are_scored(texts: list[str]) -> None:
    for name, figure in scores(texts).summary().items():
        assert np.isfinite(astuple(figure)).all(), name


def test_arguments_are_checked() -> None:
    with pytest.raises(InputError, match="no texts"):
        score_texts([], [], [], ITEM_TEXTS, WordEncoder())
    with pytest.raises(InputError, match="'i99' has no text"):
        score_texts(["a"], None, ["i99"], ITEM_TEXTS, WordEncoder())
    with pytest.raises(InputError, match="at least two items"):
        score_texts(["a"], None, ["i1"], {"i1": "a"}, WordEncoder())
    with pytest.raises(ValueError, match="one length"):
        score_texts(["a"], ["b", "c"], ["i1"], ITEM_TEXTS, WordEncoder())


def test_remembering_encoder_encodes_each_text_once() -> None:
    class Counting(WordEncoder):
        n_encoded = 0

        def encode(self, texts: Sequence[str]) -> FloatArray:
            self.n_encoded += len(texts)
            return super().encode(texts)

    counting = Counting()
    remembering = RememberingEncoder(counting)
    rows = remembering.encode(["red bag", "hat", "red bag"])
    assert np.array_equal(rows, WordEncoder().encode(["red bag", "hat", "red bag"]))
    remembering.encode(["hat", "scarf"])
    assert counting.n_encoded == 3
    assert remembering.version == counting.version


def test_report_shows_every_system_and_differences_to_the_base() -> None:
    systems = {"ours": scores(), "generic": scores(["Something nice for you."] * 5)}
    report = report_texts(systems, "generic")
    assert list(report.differences) == ["ours"]
    assert (report.n_texts, report.n_clients, report.n_choices) == (5, 4, 12)
    table = report.table()
    assert "| ours " in table
    assert "minus generic" in table
    assert "by chance in 1 of 12" in table
    assert json.loads(json.dumps(report.as_dict()))["summaries"]["ours"]["bleu"]["mean"] > 0
    assert "minus" not in report_texts(systems).table()
    assert "BLEU" not in report_texts({"ours": scores(references=None)}).table()
    with pytest.raises(NotFound, match="'theirs'"):
        report_texts(systems, "theirs")


def test_xrec_command_compares_with_texts_that_know_no_client() -> None:
    cases = tuple(
        XRecCase(client, item, ITEM_TEXTS[item], "", "", reference, text)
        for client, item, reference, text in zip(CLIENTS, BOUGHT, REFERENCES, TEXTS, strict=True)
    )
    report = score_xrec(cases, WordEncoder(), 0)
    assert report.summaries["item profile pasted"]["specificity"].mean == 1.0
    assert report.summaries["one prediction for all"]["unique_sentence_ratio"].mean == pytest.approx(1 / 5)
    assert set(report.differences) == {"item profile pasted", "one prediction for all"}


def test_xrec_command_names_the_missing_file(tmp_path: Path) -> None:
    result = CliRunner().invoke(xrec, [str(tmp_path)], obj=Settings.from_env({}))
    assert isinstance(result.exception, InputError)
    assert "xrec_predictions.jsonl" in str(result.exception)


@pytest.mark.skipif(not XREC.is_dir(), reason="XRec's released predictions are not beside the checkout")
def test_xrec_as_released_has_its_known_figures() -> None:
    cases = read_xrec(XREC)
    found = score_texts(
        [case.prediction for case in cases],
        [case.reference for case in cases],
        [case.item_id for case in cases],
        {case.item_id: case.title for case in cases},
        WordEncoder(),
        clients=[case.client_id for case in cases],
    ).summary()
    assert found["bleu"].mean == pytest.approx(16.0, abs=0.05)
    assert found["rouge_l"].mean == pytest.approx(33.5, abs=0.1)
    assert found["rouge_l"].high - found["rouge_l"].low < 1.0
    assert found["unique_sentence_ratio"].mean == 1.0


@pytest.mark.skipif(not XREC.is_dir(), reason="XRec's released predictions are not beside the checkout")
def test_xrec_specificity_is_near_its_known_figures_on_a_tenth_of_the_cases() -> None:
    from recsys.text_encoder import TextEncoder

    report = score_xrec(read_xrec(XREC)[::10], TextEncoder.load(), 0)
    found = {name: figures["reference_specificity"].mean for name, figures in report.summaries.items()}
    assert found["XRec as released"] == pytest.approx(0.21, abs=0.06)  # two and a half standard errors
    assert found["item profile pasted"] == pytest.approx(0.44, abs=0.07)
    assert found["one prediction for all"] == pytest.approx(0.01, abs=0.02)
