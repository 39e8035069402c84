"""Training examples, and who is never among them."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from recsys.schema import Evidence
from recsys.seller.checks import check_reason
from recsys.seller.evidence import gather
from recsys.seller.examples import case_of, phrasebook_examples, reference_examples, sayable
from recsys.seller.facts import Purchase
from recsys.seller.features import N_LATEST, UNKNOWN_GAP
from recsys.seller.references import Reference
from tests.small_world import ATTRIBUTES, CATALOGUE, bought, recommender
from tests.tiny_seller import describe, example, histories

MANY = bought("i7", "i1", "i3", "i4", "i9", "i11", "i12", "i2")


def reference(**changes):
    given = {
        "split": "train", "user": "u", "history": ("i1", "i7"), "target": "i8", "text": "Plain, like your tote.",
        "cites": ("i1",), "attributes": (), "angle": "style", "order": False,
    }  # fmt: skip
    return Reference(**{**given, **changes})


def test_every_text_of_the_phrasebook_passes_the_checks():
    seen = set()
    for seed in range(4):
        clients = [*histories(10, seed), MANY, bought("i6"), bought("i3", "i4", "i11", "i9")]
        for client in clients:
            rng = np.random.default_rng(seed)
            for one in phrasebook_examples(recommender(), [client], describe, rng, n_suggestions=6):
                item_id = CATALOGUE.ids.to_external(one.case.target)
                evidence = sayable(gather(recommender(), client, item_id))
                failed = [name for name, passed in check_reason(one.text, evidence, ATTRIBUTES).items() if not passed]
                assert not failed, (one.text, failed)
                assert item_id not in {purchase.item_id for purchase in client}
                seen.add(one.request.lead)
    assert {"best", "feature", "style"} <= seen


def test_the_same_seed_gives_the_same_examples():
    first, again, other = (
        [
            (one.request, one.text)
            for one in phrasebook_examples(
                recommender(), histories(8), describe, np.random.default_rng(seed), n_suggestions=6
            )
        ]
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_who_owns_everything_gives_no_example():
    everything = bought(*[item.item_id for item in CATALOGUE.items])
    assert (
        phrasebook_examples(recommender(), [everything, []], describe, np.random.default_rng(0), n_suggestions=3) == []
    )


def with_facts(*facts, links):
    evidence = gather(recommender(), MANY, "i8")
    return dataclasses.replace(evidence, evidence=(*evidence.evidence, *facts), links={**evidence.links, **links})


@pytest.mark.parametrize(("owned", "stays"), [("i7", False), ("i3", False), ("i4", True), ("i2", True)])
def test_only_purchases_that_the_request_names_may_be_said(owned, stays):
    name = CATALOGUE.item(owned).title
    cause = Evidence("h9", "history", owned, f"You bought the {name}", name, 1.0, 0.1, None, True)
    shared = Evidence("s9", "attribute", "minimal", f"Like your {name}, it is bare", "bare", 1.0, 0.1, None, True)
    evidence = with_facts(cause, shared, links={"s9": "h9"})
    kept = sayable(evidence)
    assert (cause in kept.evidence) == (shared in kept.evidence) == ("s9" in kept.links) == stays
    assert set(kept.evidence) >= set(gather(recommender(), MANY, "i8").evidence)
    assert kept.owned == evidence.owned
    assert len(evidence.owned) > N_LATEST
    assert sayable(kept) == kept


@pytest.mark.parametrize(("subject", "stays"), [("i1 i2", False), ("i1", False), ("i12 i2", True), ("i2", True)])
def test_an_order_of_purchases_that_the_request_does_not_name_is_left_out(subject, stays):
    order = Evidence("o1", "order", subject, "First came one, then the other", "one then other", 1.0, 0.1, None, True)
    assert (order in sayable(with_facts(order, links={})).evidence) == stays


def test_the_other_order_is_another_one_of_the_same_purchases():
    for n in range(2, 7):
        for seed in range(5):
            (one,) = phrasebook_like(MANY[:n], seed)
            assert sorted(one.case.sequence.tolist()) == sorted(one.shuffled.sequence.tolist())
            assert one.case.sequence.tolist() != one.shuffled.sequence.tolist()
            assert one.shuffled.target == one.case.target
    single = example(bought("i1"), "i8")
    assert single.request == single.shuffled_request


def phrasebook_like(purchases, seed):
    given = [reference(history=tuple(one.item_id for one in purchases))]
    return reference_examples(recommender(), given, describe, np.random.default_rng(seed))


def test_days_between_purchases_are_counted_where_both_are_dated():
    day = dt.date(2025, 1, 1)
    dates = [day, day, None, day + dt.timedelta(9), day + dt.timedelta(40)]
    purchases = [Purchase(item_id, at) for item_id, at in zip(("i1", "i2", "i3", "i4", "i5"), dates, strict=True)]
    case = case_of(recommender(), purchases, "i8", example(purchases, "i8").case.effects)
    assert case.days.tolist() == [UNKNOWN_GAP, 0, UNKNOWN_GAP, UNKNOWN_GAP, 31]
    assert case.target == 8


def test_references_of_unknown_items_are_left_out():
    given = [reference(), reference(target="gone"), reference(history=("i1", "gone"))]
    (one,) = reference_examples(recommender(), given, describe, np.random.default_rng(0))
    assert (one.text, one.request.lead) == ("Plain, like your tote.", "open")
    assert one.case.days.tolist() == [UNKNOWN_GAP] * 2
