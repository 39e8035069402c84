import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.attribution import attribute
from recsys.errors import NotFound
from recsys.recommender import Recommender
from recsys.schema import Evidence, Explanation
from recsys.seller.explainer import Explainer, Rejected
from recsys.seller.gate_weights import ExpertRole, ExpertWeights, check_weights, expert_weights
from recsys.seller.trace import Identity, trace_of
from tests.small_world import CATALOGUE, GUIDED, ITEMS, TasteRanker, bought, recommender

PURCHASES = bought("i4", "i7", "i5", "i1")
TOKENS = ("client", "item", "purchase 1", "purchase 2", "purchase 3")


def told(item_id="i10", purchases=PURCHASES, **more):
    one = recommender()
    return trace_of(one, purchases, item_id, Explainer(one).explain(purchases, item_id), **more)


def test_the_history_has_every_purchase_with_the_fall_of_the_score_without_it():
    trace, one = told(), recommender()
    sequence = one.internal([purchase.item_id for purchase in PURCHASES])
    scores = one.scores([sequence, *(sequence[sequence != owned] for owned in sequence)])[:, 10]
    assert [point.number for point in trace.history] == [1, 2, 3, 4]
    assert [point.item_id for point in trace.history] == ["i4", "i7", "i5", "i1"]
    assert [point.effect for point in trace.history] == pytest.approx(list(scores[0] - scores[1:]), abs=1e-3)
    assert trace.history[0].at == "2025-01-03"
    assert trace.score == pytest.approx(float(scores[0]), abs=1e-3)


def test_what_the_text_rests_on_is_marked():
    facts = (
        Evidence("h1", "history", "i5", "You bought it", "it", 0.4, 0.1, None, True),
        Evidence("o1", "order", "i7 i1", "First came i7, then i1", "i7 then i1", 0.3, 0.1, None, True),
        Evidence("a1", "attribute", "warmth", "It is warm", "warm", 0.2, 0.1, None, True),
    )
    trace = trace_of(recommender(), PURCHASES, "i10", Explanation("Text.", facts, {}, "model"))
    assert [point.is_named for point in trace.history] == [False, True, True, True]
    assert [point.name for point in trace.attributes if point.is_stated] == ["warmth"]


@given(st.lists(st.sampled_from([item.item_id for item in ITEMS]), max_size=8), st.integers(1, 12))
def test_the_parts_add_up_to_the_score(item_ids, target):
    trace = trace_of(recommender(), bought(*item_ids), f"i{target}", Explanation("Nothing.", (), {}, "none"))
    parts = sum(point.contribution or 0.0 for point in trace.attributes)
    assert parts + trace.house + trace.rest == pytest.approx(trace.score, abs=0.002)
    assert 1 <= trace.place <= trace.n_items == len(ITEMS)
    assert json.loads(trace.to_json())["item_id"] == f"i{target}"


def test_a_fact_has_its_place_with_and_without():
    one, sequence = recommender(), recommender().internal([purchase.item_id for purchase in PURCHASES])
    effect = float(attribute(one, sequence, [10])[0].attributes[0])
    facts = (
        Evidence("a1", "attribute", "minimal", "It is clean-lined", "clean-lined", effect, 0.0, None, True),
        Evidence("f1", "field", "colour", "It comes in navy", "navy"),
    )
    trace = trace_of(one, PURCHASES, "i10", Explanation("It is clean-lined.", facts, {}, "template"))
    scores = one.scores([sequence])[0]
    assert trace.facts[0].place == trace.place == 1 + int((scores > scores[10]).sum())
    assert trace.facts[0].place_without == 1 + int((scores > scores[10] - np.float32(effect)).sum())
    assert (trace.facts[1].place, trace.facts[1].place_without) == (None, None)


def test_the_ledger_is_kept_and_a_text_without_one_rests_on_all_it_cites():
    one = recommender()
    explanation = replace(Explainer(one).explain(PURCHASES, "i10"), ledger=())
    whole = trace_of(one, PURCHASES, "i10", explanation).sentences
    assert [(line.text, line.facts) for line in whole] == [
        (explanation.text, tuple(fact.evidence_id for fact in explanation.evidence))
    ]
    split = replace(explanation, ledger=(("One.", ("h1",)), ("Two.", ())))
    assert [line.facts for line in trace_of(one, PURCHASES, "i10", split).sentences] == [("h1",), ()]


def test_attention_is_of_the_latest_purchases():
    assert [point.attention for point in told(attention=(0.25, 0.75)).history] == [None, None, 0.25, 0.75]
    assert [point.attention for point in told().history] == [None] * 4
    with pytest.raises(ValueError, match="5 attention weights for 4 purchases"):
        told(attention=(0.2,) * 5)


def test_gates_become_weights_with_the_numbers_of_the_purchases():
    behaviour = np.array([[1, 0], [0, 0], [0.5, 0.5], [0.25, 0.75], [1, 0]], dtype=np.float32)
    semantics = np.array([[0, 0], [0, 1], [1, 0], [1, 0], [1, 0]], dtype=np.float32)
    present = np.array([True, True, True, True, False])
    found = expert_weights(TOKENS, {"behaviour": behaviour, "semantics": semantics}, present, 3, 2)
    assert [(one.path, one.token, one.purchase) for one in found] == [
        ("behaviour", "client", None),
        ("behaviour", "purchase 1", 1),
        ("behaviour", "purchase 2", 2),
        ("semantics", "item", None),
        ("semantics", "purchase 1", 1),
        ("semantics", "purchase 2", 2),
    ]
    assert found[2].weights == (0.25, 0.75)
    many = expert_weights(TOKENS, {"behaviour": behaviour}, np.ones(5, dtype=bool), 3, 40)
    assert [one.purchase for one in many] == [None, 38, 39, 40]


def test_purchases_among_the_soft_prompt_tokens_are_marked():
    trace = told(experts=[ExpertWeights("purchase", "behaviour", (0.5, 0.5), 3)])
    assert [point.in_prompt for point in trace.history] == [False, False, True, False]


@pytest.mark.parametrize(
    ("experts", "message"),
    [
        ([ExpertWeights("purchase", "behaviour", (1.0,), 5)], "stands for purchase 5 of 4"),
        ([ExpertWeights("a", "semantics", (1.0,)), ExpertWeights("b", "semantics", (0.5, 0.5))], r"have \[1, 2\]"),
    ],
)
def test_weights_that_cannot_be_shown_are_refused(experts, message):
    with pytest.raises(ValueError, match=message):
        told(experts=experts)


def test_paths_may_differ_in_the_number_of_experts():
    check_weights([ExpertWeights("a", "behaviour", (1.0,)), ExpertWeights("b", "semantics", (0.5, 0.5))], 0)


def test_what_the_writer_knows_is_carried_through():
    draft = Rejected("Lately you love it.", "model", ("words of order are earned",))
    role = ExpertRole("semantics", 1, 0.4, ("up to 4 purchases",), ("hair care",))
    identity = Identity("refined", "ab", 3, "cd", "small model", "feature", 1.5)
    trace = told(drafts=[draft], roles=[role], identity=identity, client_id="c1")
    assert (trace.drafts, trace.roles, trace.identity, trace.client_id) == ((draft,), (role,), identity, "c1")
    assert told().identity == Identity("taste")
    document = json.loads(trace.to_json())
    assert document["drafts"][0]["failed"] == ["words of order are earned"]
    assert document["experts"] is None


def test_failed_checks_are_named():
    checks = {"is plain text": True, "dates are right": False}
    trace = trace_of(recommender(), PURCHASES, "i10", Explanation("No.", (), checks, "model"))
    assert trace.failed == ("dates are right",)


def test_no_purchases_and_no_scores_leave_those_parts_empty():
    one = Recommender(CATALOGUE, _Blind(), None)
    trace = trace_of(one, [], "i3", Explanation("Nothing.", (), {}, "none"))
    assert (trace.history, trace.attributes, trace.scorer) == ((), (), "")
    seen = trace_of(Recommender(CATALOGUE, _Blind(), GUIDED), [], "i3", Explanation("Nothing.", (), {}, "none"))
    assert {point.contribution for point in seen.attributes} == {None}


def test_an_unknown_item_is_refused():
    with pytest.raises(NotFound, match="unknown item 'i99'"):
        trace_of(recommender(), PURCHASES, "i99", Explanation("Nothing.", (), {}, "none"))


class _Blind:
    """A ranker that does not see guided attributes."""

    name = "blind"
    n_items = len(ITEMS)

    def score(self, sequences):
        return TasteRanker().score(sequences)
