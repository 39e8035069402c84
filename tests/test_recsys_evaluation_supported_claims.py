import math
from dataclasses import replace

import numpy as np
import pytest

from recsys.errors import InputError, NotReady
from recsys.evaluation.client_ratios import ClientRatio, as_json
from recsys.evaluation.supported_claims import ClaimJudge, Grounds
from recsys.faithfulness import TAU
from recsys.recommender import Recommender
from tests import small_world

RECOMMENDER = small_world.recommender()
JUDGE = ClaimJudge(RECOMMENDER)
# a client of clean-lined things whose latest, the linen scarf, weighs most for the plain tote (i1)
PURCHASES = small_world.bought("i4", "i7", "i8")
GROUNDS = Grounds.of(RECOMMENDER, "anna", PURCHASES, "i1")


def with_effects(**changed):
    """The same case with effects set by hand."""
    return replace(
        GROUNDS,
        effects=replace(GROUNDS.effects, **changed),
        evidence=replace(GROUNDS.evidence, order_matters=changed.get("order", 0.0) > 0),
    )


CAUSE = with_effects(
    history={8: TAU["purchase"] + 0.1, 7: 0.1, 4: -1.0},
    attributes=np.array([TAU["attribute"] + 0.1, 0.0, -0.2], dtype=np.float32),
    order=0.0,
)
ORDERED = with_effects(order=TAU["order"] + 0.5, order_control=0.1)


def test_a_quality_is_supported_if_it_is_so_and_a_cause():
    assert JUDGE.judge("It is clean-lined.", CAUSE).qualities == (True,)
    weak = with_effects(attributes=np.array([TAU["attribute"] - 0.01, 0.0, -0.2], dtype=np.float32))
    assert JUDGE.judge("It is clean-lined.", weak).qualities == (False,)
    assert JUDGE.judge("It is ornate.", CAUSE).qualities == (False,)  # a cause, but the item is the other way
    blind = with_effects(attributes=None)
    assert JUDGE.judge("It is clean-lined.", blind).qualities == (False,)


def test_a_cause_must_be_larger_than_the_mean_of_the_others():
    even = with_effects(attributes=np.full(3, TAU["attribute"] + 0.1, dtype=np.float32))
    assert JUDGE.judge("It is clean-lined.", even).qualities == (False,)


def test_a_purchase_is_supported_if_it_is_a_tested_cause():
    judged = JUDGE.judge("It goes with your Duna linen scarf and your Borea jewelled clutch.", CAUSE)
    assert sorted(judged.purchases) == [False, True]
    assert judged.share == 1 / 2


def test_a_text_that_claims_nothing_has_a_share_of_nothing():
    judged = JUDGE.judge("We hope that you enjoy this.", CAUSE)
    assert (judged.claims, judged.share) == ((), 0.0)
    measures = JUDGE.judge_all(["We hope that you enjoy this.", "It is clean-lined."], [CAUSE, CAUSE]).measures()
    assert measures["supported_share"].interval(0).mean == 1 / 2
    assert measures["supported_claims"].interval(0).mean == 1
    assert measures["silent"].interval(0).mean == 1 / 2


@pytest.mark.parametrize(
    ("text", "grounds", "right"),
    [
        ("Lately you chose the Duna linen scarf.", ORDERED, True),
        ("Lately you chose the Borea jewelled clutch.", ORDERED, True),  # one of the latest three
        ("First came the Duna linen scarf, then the Cirro fine tee.", ORDERED, False),  # the other way round
        ("Lately you chose the Duna linen scarf.", CAUSE, False),  # true, but not earned
        ("It is clean-lined.", CAUSE, True),
        ("It is clean-lined.", ORDERED, False),  # missed
        ("", CAUSE, True),
        ("", ORDERED, False),
    ],
)
def test_a_text_is_right_about_order_if_it_speaks_of_it_exactly_where_earned_and_truly(text, grounds, right):
    judged = JUDGE.judge(text, grounds)
    assert judged.order_right is right
    assert all(judged.orders) == (not judged.speaks_of_order or right)


def test_order_measures_count_texts_cases_and_claims():
    texts = ["Lately you chose the Duna linen scarf."] * 2 + ["It is clean-lined."] * 2
    judged = JUDGE.judge_all(texts, [ORDERED, CAUSE, ORDERED, CAUSE])
    means = {name: ratio.interval(0).mean for name, ratio in judged.measures().items()}
    assert means["order_true"] == 1
    assert means["order_precision"] == means["order_recall"] == means["order_accuracy"] == 1 / 2
    assert means["order_earned"] == means["order_spoken"] == 1 / 2


def test_a_case_without_a_text_counts_as_not_written_and_fails_no_check():
    judged = JUDGE.judge_all(["", "Nonsense of argan oil."], [CAUSE, CAUSE])
    assert judged.measures()["written"].interval(0).mean == 1 / 2
    assert judged.measures()["passes_all"].interval(0).mean == 0
    assert judged.passing()["says only what the facts hold"] == 0
    assert JUDGE.judge_all([""], [CAUSE]).passing() == {}


def test_what_nobody_wrote_has_no_precision():
    precision = JUDGE.judge_all([""], [CAUSE]).measures()["order_precision"].interval(0)
    assert math.isnan(precision.mean)
    assert as_json(precision) == {"mean": None, "low": None, "high": None}


def test_without_guided_scores_nothing_can_be_judged():
    bare = Recommender(small_world.CATALOGUE, small_world.TasteRanker(), None)
    with pytest.raises(NotReady, match="guided scores"):
        ClaimJudge(bare)


def test_a_client_is_drawn_with_all_her_texts_and_differences_are_paired():
    one = ClientRatio.of(["a", "a", "b"], np.array([1.0, 0.0, 1.0]))
    other = ClientRatio.of(["b", "a", "a"], np.array([0.0, 1.0, 0.0]))
    assert one.clients == ("a", "b")
    assert one.interval(0).mean == 2 / 3
    gap = one.minus(other, 0)
    assert (gap.mean, gap.low) == (1 / 3, 0)  # a differs by nothing, b by 1
    assert gap.high == 1
    with pytest.raises(InputError, match="different clients"):
        one.minus(ClientRatio.of(["c"], np.array([1.0])), 0)
