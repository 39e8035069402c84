"""The local form with a tiny network: whatever it writes, what is shown is true."""

import itertools

import pytest

from recsys.seller.drafters import Task
from recsys.seller.evidence import gather
from recsys.seller.examples import sayable
from recsys.seller.explainer import Explainer
from recsys.seller.local_drafter import LocalDrafter
from recsys.seller.template import styles_of
from tests.small_world import CATALOGUE, bought, recommender
from tests.tiny_seller import tiny_seller

CLIENTS = [bought("i1", "i7", "i2"), bought("i6"), bought("i4", "i9"), []]
SUGGESTIONS = [
    (client, item.item_id)
    for client, item in itertools.product(CLIENTS, CATALOGUE.items)
    if item.item_id not in {one.item_id for one in client}
]


@pytest.fixture(scope="module")
def drafter():
    return LocalDrafter(tiny_seller(), recommender())


def task(purchases, item_id, moves=None, offending=()):
    return Task(purchases, gather(recommender(), purchases, item_id, moves), offending)


def test_what_is_shown_passes_every_check_or_is_the_template_or_nothing(drafter):
    sources = set()
    for found in Explainer(recommender(), drafter).work(SUGGESTIONS, {"minimal": 1.0}):
        shown = found.explanation
        sources.add(shown.source)
        assert shown.source in ("seller", "template", "none")
        assert all(shown.checks.values()), shown.text
        if shown.source != "none":
            assert shown.evidence
            assert " ".join(text for text, _ in shown.ledger) == shown.text
            assert all(ids for _, ids in shown.ledger)
        for one in found.rejected:
            assert one.source == "seller"
            assert one.failed
            assert one.text != shown.text
        assert len(found.rejected) <= 2
    assert {"template", "none"} <= sources


def test_a_batch_writes_what_one_by_one_writes(drafter):
    tasks = [task(*one) for one in SUGGESTIONS[:24]]
    together = list(drafter.draft(tasks))
    assert together == [next(iter(drafter.draft([one]))) for one in tasks]
    assert len(together) > 16  # more than one batch of the generator


def test_nothing_is_written_where_nothing_carries_a_reason(drafter):
    silent = [one for one in (task(*pair) for pair in SUGGESTIONS) if not styles_of(sayable(one.evidence))]
    assert silent
    assert list(drafter.draft(silent)) == [None] * len(silent)
    assert list(drafter.draft([])) == []


def test_a_text_comes_with_its_style_and_its_soft_prompt(drafter):
    told = next(one for one in map(lambda pair: task(*pair), SUGGESTIONS) if styles_of(sayable(one.evidence)))
    (written,) = drafter.write([told])
    assert written.style == styles_of(sayable(told.evidence))[0]
    assert written.soft.tokens.shape[0] == 1
    n = min(len(told.purchases), 5)
    assert int(written.soft.present.sum()) == 4 + n


def test_a_second_draft_leads_with_the_next_style_and_leaves_out_what_offended(drafter):
    told = next(one for one in map(lambda pair: task(*pair), SUGGESTIONS) if len(styles_of(sayable(one.evidence))) > 1)
    (first,) = drafter.write([told])
    said = tuple(dict.fromkeys(first.text.replace(".", " ").replace(",", " ").split()))[:3]
    (second,) = drafter.write([Task(told.purchases, told.evidence, said)])
    assert second.style == styles_of(sayable(told.evidence))[1]
    lexicon = {unit.casefold() for unit in drafter._units(Task(told.purchases, told.evidence, said))}
    assert not {one.casefold() for one in said} & lexicon


def test_a_wish_that_was_met_is_said_once(drafter):
    asked = task(bought("i6"), "i5", {"warmth": 1.0})
    (wish,) = asked.evidence.of_kind("request")
    (text,) = drafter.draft([asked])
    assert text.casefold().count(wish.key) >= 1
    if not text.startswith(f"It is {wish.key}, as you asked. "):
        assert "as you asked" not in text
    without = next(iter(drafter.draft([task(bought("i6"), "i5")])), None)
    assert without is None or "as you asked" not in without
