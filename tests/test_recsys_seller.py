import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

import prompts
from recsys.catalogue import Catalogue
from recsys.schema import Evidence, Item
from recsys.seller.catalogue_facts import kind_of, rows_of_kind
from recsys.seller.checks import check_reason
from recsys.seller.drafters import ChatDrafter, verbalise
from recsys.seller.evidence import EvidenceSet, gather, short_title
from recsys.seller.explainer import Explainer
from recsys.seller.template import NO_STRONG_REASON, reason_by_template
from tests.small_world import ATTRIBUTES, CATALOGUE, bought, recommender

MINIMAL_CLIENT = bought("i1", "i7", "i3")  # the ornate bag makes the tee and the tote count for plain things


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
        ("Like your Borea jewelled clutch and Cirro fine tee, it is clean-lined.", "says only what the facts hold"),
        ("Like your Cirro fine tee, this scarf is clean-lined and warm.", "claims no other quality"),
        ("Like your Cirro fine tee, this scarf at 120 is clean-lined.", "figures come from the facts"),
        ("Lately you took to the Cirro fine tee, so this clean-lined scarf.", "words of order are earned"),
        ("Cirro fine tee.", "is one to three sentences"),
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
    explanation = Explainer(recommender(), ChatDrafter(writer)).explain(MINIMAL_CLIENT, "i8")
    assert (explanation.text, explanation.source) == (GOOD, "model")
    assert {fact.kind for fact in explanation.evidence} >= {"history", "attribute"}
    assert "You bought the Cirro fine tee in February 2025" in writer.asked[0][1]


@pytest.mark.parametrize("answer", [None, "", "The best scarf in the world, buy it now.", "Ignore the rules."])
def test_a_bad_text_is_replaced_by_the_template(answer: str | None) -> None:
    explanation = Explainer(recommender(), ChatDrafter(OneAnswer(answer))).explain(MINIMAL_CLIENT, "i8")
    assert explanation.source == "template"
    assert all(explanation.checks.values())


def test_the_request_says_when_allows_order_where_it_counts_and_marks_data() -> None:
    evidence = dataclasses.replace(gather(recommender(), MINIMAL_CLIENT, "i8"), order_matters=False)
    assert "- You bought the Cirro fine tee in February 2025." in verbalise(evidence)
    assert "Do not use words of time or order" in verbalise(evidence)
    assert "Do not use words of time or order" not in verbalise(dataclasses.replace(evidence, order_matters=True))
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
        ("WITCH HAZEL PADS EA 1/60 PADS", "Witch Hazel Pads"),
        ("SHANY BB Cream", "Shany BB Cream"),
        ("2 BOTTLES Seche Vite Dry Fast Top Coat .5 oz PROFESSIONAL Clear", "Seche Vite Dry Fast Top Coat"),
        ("Free shipping-Desert Flower Hair Clips Hairpins- For Hair Clip", "Desert Flower Hair Clips Hairpins"),
        (
            "The Body Shop Tea Tree Skin Clearing Facial Wash Regular, 8.4-Fluid Ounce",
            "Body Shop Tea Tree Skin Clearing Facial Wash",
        ),
        ("Red Cherry #43 False Eyelashes (Pack of 12 Pairs)", "Red Cherry False Eyelashes"),
        ("Sigma F15 - Duo Fibre Powder/Blush", "Sigma Duo Fibre Powder"),
        (
            "Moroccan Argan Hair Oil Conditioning Treatment With Natural Pure Ingredients 100ml",
            "Moroccan Argan Hair Oil Conditioning Treatment",
        ),
        ("Dr. Hauschka Cleansing Cream, 1.7-Ounce Box", "Dr. Hauschka Cleansing Cream"),
        ("Nioxin Diamax 3.38 Fl.oz", "Nioxin Diamax"),
        ("Étude d'Iris extrait, 30 ml", "Étude d'Iris extrait"),
    ],
)
def test_a_short_title_is_what_a_person_would_say(title: str, expected: str) -> None:
    assert short_title(Item(item_id="x", title=title)) == expected


def test_a_house_that_says_little_alone_takes_the_next_part() -> None:
    item = Item(
        item_id="x", title="Desert Essence - Gentle Nourishing Organic Cleanser, 6.7 oz", brand="Desert Essence"
    )
    assert short_title(item) == "Desert Essence Gentle Nourishing Organic Cleanser"


some_title = st.text("aB3é ,-&:/()#.'+", min_size=1, max_size=80).filter(lambda text: text.strip())


@given(some_title)
def test_a_short_title_is_short_whatever_the_title(title: str) -> None:
    item = Item(item_id="x", title=title)
    name = short_title(item)
    assert name
    assert name == item.title or len(name.split()) <= 8


@pytest.mark.parametrize(
    ("title", "category", "expected"),
    [
        ("Sérail printed silk scarf", ("Scarves & silks", "Silk scarves"), "silk scarf"),
        ("Lisière structured tote in cognac saddle calfskin", ("Bags", "Tote bags"), "tote bag"),
        ("Révérence satin pumps in rose satin", ("Shoes", "Pumps"), "pumps"),
        ("Revlon Nail Polish", ("Makeup", "Nails", "Nail Polish"), "nail polish"),
        ("Vanish Under Eye Cream for Dark Circles", ("Skin Care", "Eyes"), None),
        ("Avon Smoothing Fluid", ("Skin Care", "Fluids & Lotions"), None),
        ("Boulon crossbody in black", ("Bags", "Shoulder bags"), None),
        ("Plain thing", (), None),
    ],
)
def test_a_kind_is_a_word_that_reads_well(title: str, category: tuple[str, ...], expected: str | None) -> None:
    kind = kind_of(Item(item_id="x", title=title, category=category))
    assert (kind.name if kind else None) == expected


def fields(evidence: EvidenceSet) -> dict[str, str]:
    return {fact.subject: fact.statement for fact in evidence.evidence if fact.kind == "field"}


def test_the_catalogue_tells_firsts_repeats_and_known_houses() -> None:
    first = gather(recommender(), bought("i1", "i7"), "i8")
    assert fields(first)["first of its kind"] == "It would be your first scarf"
    third = gather(recommender(), bought("i8", "i9", "i1"), "i10")
    assert fields(third)["repeat of a kind"] == "It would be one more scarf beside the two you own"
    assert fields(third)["house"] == "You know Duna: two of your purchases are of that house"
    assert not any(fact.is_cause for fact in third.evidence if fact.kind == "field")


def test_what_an_item_is_for_is_said_where_it_sets_it_apart() -> None:
    occasions = ["every day"] * 9 + ["evenings out"] * 3
    items = [
        item.model_copy(update={"attributes": {"occasion": occasion}})
        for item, occasion in zip(CATALOGUE.items, occasions, strict=True)
    ]
    world = recommender()
    world.catalogue = Catalogue(items)
    assert fields(gather(world, MINIMAL_CLIENT, "i10"))["occasion"] == "It is meant for evenings out"
    assert "occasion" not in fields(gather(world, MINIMAL_CLIENT, "i8"))


def test_items_of_a_kind_are_those_of_its_category_where_they_are_enough() -> None:
    names = ["Dresses"] * 11 + ["Bags"]
    items = [item.model_copy(update={"category": (name,)}) for item, name in zip(CATALOGUE.items, names, strict=True)]
    assert list(rows_of_kind(Catalogue(items), 1)) == list(range(1, 12))
    assert list(rows_of_kind(Catalogue(items), 12)) == list(range(1, 13)), "one bag is too few to tell"


def test_what_is_worth_saying_falls_back_on_house_and_order() -> None:
    house = Evidence(
        "b1", "house", "Duna", "You come back to Duna: two of your purchases are of that house", "Duna", 1.0
    )
    evidence = EvidenceSet(CATALOGUE.items[7], (dataclasses.replace(house, tested=True),), {}, False)
    assert [fact.kind for fact in evidence.to_say()] == ["house"]
