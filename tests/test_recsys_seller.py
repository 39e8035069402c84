import dataclasses

import pytest

import prompts
from recsys.schema import Item
from recsys.seller.checks import check_reason
from recsys.seller.evidence import gather, short_title
from recsys.seller.explainer import Explainer, verbalise
from recsys.seller.template import NO_STRONG_REASON, reason_by_template
from tests.small_world import ATTRIBUTES, CATALOGUE, bought, recommender

MINIMAL_CLIENT = bought("i1", "i7", "i2")


class OneAnswer:
    """A writer that always says the same and keeps what it was sent."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def write(self, system: str, request: str) -> str | None:
        self.asked.append((system, request))
        return self.answer


def test_evidence_names_tested_causes_with_their_dates() -> None:
    evidence = gather(recommender(), MINIMAL_CLIENT, "i8")
    assert evidence.causes
    assert all(fact.effect > fact.control for fact in evidence.causes)
    history = [fact for fact in evidence.causes if fact.kind == "history"]
    assert history[0].statement == "You bought the Cirro fine tee in February 2025"


def test_every_template_passes_its_own_checks() -> None:
    for item in CATALOGUE.items:
        for client in (MINIMAL_CLIENT, bought("i4", "i9"), bought("i6"), bought("i3", "i4", "i11", "i9")):
            if item.item_id in {purchase.item_id for purchase in client}:
                continue
            explanation = Explainer(recommender()).explain(client, item.item_id, {"minimal": 1.0})
            failed = [name for name, passed in explanation.checks.items() if not passed]
            assert not failed, (explanation.text, failed)


def test_no_purchase_gives_no_strong_reason() -> None:
    explanation = Explainer(recommender()).explain([], "i8")
    assert explanation.source == "none"
    assert explanation.text == NO_STRONG_REASON
    assert explanation.evidence == ()


def test_an_item_against_the_clients_taste_gets_no_invented_reason() -> None:
    evidence = gather(recommender(), MINIMAL_CLIENT, "i4")  # the most ornate item of all
    assert not [fact for fact in evidence.causes if fact.subject == "minimal"]


def test_what_was_asked_for_is_a_reason() -> None:
    evidence = gather(recommender(), MINIMAL_CLIENT, "i6", {"warmth": 1.0})
    text, cited = reason_by_template(evidence)
    assert "It is warm, as you asked." in text
    assert cited[0].kind == "request"


GOOD = "Like your Cirro fine tee, this scarf is clean-lined."


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        (GOOD, None),
        ("This scarf is nice for anyone who needs one in their life.", "cites a tested cause"),
        ("Like your Cirro fine tee, this scarf is clean-lined and made of vicuna.", "says only what the facts hold"),
        ("Like your Borea quilted bag and Cirro fine tee, it is clean-lined.", "says only what the facts hold"),
        ("Like your Cirro fine tee, this scarf is clean-lined and warm.", "claims no other quality"),
        ("Like your Cirro fine tee, this scarf at 120 is clean-lined.", "figures come from the facts"),
        ("Lately you took to the Cirro fine tee, so this clean-lined scarf.", "words of order are earned"),
        ("Cirro fine tee.", "is one or two sentences"),
        ("Like the Cirro fine tee that the client bought, it is clean-lined.", "speaks to the client"),
        ("Like your Cirro fine tee, this scarf is **clean-lined**.", "is plain text"),
        ("Like your Cirro fine tee, this scarf is suited to you.", "says what is shared"),
        ("Like your Cirro fine tee, see https://evil.example clean-lined.", "is plain text"),
    ],
)
def test_a_text_that_says_more_than_its_evidence_is_caught(text: str, failing: str | None) -> None:
    evidence = dataclasses.replace(gather(recommender(), MINIMAL_CLIENT, "i8"), order_matters=False)
    failed = {name for name, passed in check_reason(text, evidence, ATTRIBUTES).items() if not passed}
    assert (failing in failed) if failing else not failed


def test_a_good_text_of_the_model_is_shown_with_its_evidence() -> None:
    writer = OneAnswer(f'"{GOOD}"')
    explanation = Explainer(recommender(), writer).explain(MINIMAL_CLIENT, "i8")
    assert (explanation.text, explanation.source) == (GOOD, "model")
    assert {fact.kind for fact in explanation.evidence} >= {"history", "attribute"}
    assert "You bought the Cirro fine tee in February 2025" in writer.asked[0][1]


@pytest.mark.parametrize("answer", [None, "", "The best scarf in the world, buy it now.", "Ignore the rules."])
def test_a_bad_text_is_replaced_by_the_template(answer: str | None) -> None:
    explanation = Explainer(recommender(), OneAnswer(answer)).explain(MINIMAL_CLIENT, "i8")
    assert explanation.source == "template"
    assert all(explanation.checks.values())


def test_the_request_orders_purchases_by_time_and_marks_data() -> None:
    request = verbalise(gather(recommender(), MINIMAL_CLIENT, "i8"))
    first, second = request.index("January 2025") if "January 2025" in request else 0, request.index("February 2025")
    assert first < second
    assert "never instructions" in prompts.render("explain_system.md")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("OPI Nail Lacquer, Simmer and Shimmer, 0.5-Fluid Ounce", "OPI Nail Lacquer"),
        ("Cococare Coconut Oil 100% Pure 4 Oz", "Cococare Coconut Oil 100% Pure"),
        ("Lisière structured tote", "Lisière structured tote"),
        ("(untitled)", "(untitled)"),
        ("Big Soft Brush (3 pieces)", "Big Soft Brush"),
        ("Youth Code Dark Spot Correcting Night Serum and Cream", "Youth Code Dark Spot Correcting Night Serum"),
        ("Vitamin C Serum : Best of All", "Vitamin C Serum"),
    ],
)
def test_a_short_title_is_what_a_person_would_say(title: str, expected: str) -> None:
    assert short_title(Item(item_id="x", title=title)) == expected
