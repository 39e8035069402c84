"""The local form with a tiny network: whatever it writes, what is shown is true."""

import itertools
from dataclasses import replace

import pytest

from recsys.seller.drafters import Task
from recsys.seller.evidence import gather
from recsys.seller.explainer import Explainer
from recsys.seller.local_drafter import LocalDrafter
from recsys.seller.template import every_reason
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
    alone = [next(iter(drafter.draft([one]))) for one in tasks]
    # a row's place chooses its third of the phrasebook, and every third row stands in the first
    assert together[::3] == alone[::3]
    assert len(together) > 16  # more than one batch of the generator


def test_nothing_is_written_where_nothing_carries_a_reason(drafter):
    silent = [one for one in (task(*pair) for pair in SUGGESTIONS) if not every_reason(one.evidence)]
    assert silent
    assert list(drafter.draft(silent)) == [None] * len(silent)
    assert list(drafter.draft([])) == []


def told_of():
    return next(one for one in map(lambda pair: task(*pair), SUGGESTIONS) if len(every_reason(one.evidence)) > 3)


def test_a_text_is_one_of_the_phrasebook_with_its_style_and_its_soft_prompt(drafter):
    told = told_of()
    (written,) = drafter.write([told])
    assert every_reason(told.evidence)[written.text] == written.style
    assert written.soft.tokens.shape[0] == 1
    assert int(written.soft.present.sum()) == 4 + min(len(told.purchases), 5)


def test_a_second_draft_leaves_out_what_offended(drafter):
    told = told_of()
    (first,) = drafter.draft([told])
    (second,) = drafter.draft([Task(told.purchases, told.evidence, (first[:12].upper(),))])
    assert second is None or first[:12].casefold() not in second.casefold()


def test_cards_of_one_slate_draw_on_different_parts_of_the_phrasebook(drafter):
    told = told_of()
    parts = [set(every_reason(told.evidence, nth, 3)) for nth in range(3)]
    assert parts[0] | parts[1] | parts[2] == set(every_reason(told.evidence))
    for text, part in zip(drafter.draft([told] * 3), parts, strict=True):
        assert text in part


def test_a_wish_that_was_met_is_said_first(drafter):
    asked = task(bought("i6"), "i5", {"warmth": 1.0})
    (wish,) = asked.evidence.of_kind("request")
    (text,) = drafter.draft([asked])
    assert text is None or text.startswith(f"It is {wish.key}, as you asked.")


def test_a_name_that_holds_a_control_token_is_never_decoded(drafter):
    one = told_of()
    end = drafter.seller.network.tokenizer.eos_token
    facts = tuple(replace(fact, key=f"{end} {fact.key}") for fact in one.evidence.evidence)
    assert list(drafter.draft([Task(one.purchases, replace(one.evidence, evidence=facts))])) == [None]
