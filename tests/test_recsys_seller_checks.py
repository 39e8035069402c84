import dataclasses
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.schema import Evidence
from recsys.seller.checks import check_reason, failing_words
from recsys.seller.evidence import EvidenceSet, Owned
from tests.small_world import ATTRIBUTES, CATALOGUE

TEE, TOTE, CLUTCH, GOWN = (CATALOGUE.item(item_id) for item_id in ("i7", "i1", "i2", "i11"))
OWNED = (
    Owned(TOTE, dt.date(2025, 1, 3)),
    Owned(GOWN, dt.date(2025, 2, 3)),
    Owned(CLUTCH, dt.date(2025, 3, 3)),
    Owned(TEE, dt.date(2025, 4, 3)),
)


def _cause(evidence_id: str, kind: str, subject: str, statement: str, key: str, at: dt.date | None = None) -> Evidence:
    return Evidence(evidence_id, kind, subject, statement, key, 1.0, 0.1, at, True)  # type: ignore[arg-type]


EVIDENCE = EvidenceSet(
    CATALOGUE.item("i8"),  # Duna linen scarf
    (
        _cause("h1", "history", "i7", "You bought the Cirro fine tee in April 2025", TEE.title, OWNED[3].at),
        _cause("h2", "history", "i1", "You bought the Alba plain tote in January 2025", TOTE.title, OWNED[0].at),
        _cause("a1", "attribute", "formality", "It is relaxed, as is much of what you have chosen", "relaxed"),
        _cause("s1", "attribute", "minimal", "Like your Cirro fine tee, it is clean-lined", "clean-lined"),
        _cause("o1", "order", "i1 i7", "First came the Alba plain tote, then the Cirro fine tee", "tote then tee"),
    ),
    {"s1": "h1"},
    order_matters=True,
    owned=OWNED,
)


def failed(text: str, evidence: EvidenceSet = EVIDENCE) -> set[str]:
    return {name for name, passed in check_reason(text, evidence, ATTRIBUTES).items() if not passed}


@pytest.mark.parametrize(
    "text",
    [
        "Like your Cirro fine tee, this scarf is clean-lined.",
        "Like your Cirro fine tee of April 2025, it is clean-lined. It is also relaxed, as is much of what you chose.",
        "First came your Alba plain tote, then your Cirro fine tee, and now the Duna linen scarf.",
        "After the Alba plain tote you chose the Cirro fine tee; this is the next step.",
        "Lately you chose the Cirro fine tee, and the Duna linen scarf goes on from there.",
        "You moved from the Alba plain tote to the Cirro fine tee, and this follows.",
        "It would be your first scarf, and it is relaxed, as is much of what you have chosen.",
        "The Duna linen scarf is picked for you because of your Alba plain tote.",
    ],
)
def test_what_is_true_passes_every_check(text: str) -> None:
    assert failed(text) == set(), failing_words(text, EVIDENCE, ATTRIBUTES)


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("Like your Cirro plain tote, it is clean-lined.", "says only what the facts hold"),
        ("Because you bought the Alba slim clutch, this is for you.", "names only tested purchases"),
        ("Like your Duna linen scarf, the Cirro fine tee is clean-lined.", "tells owned from suggested"),
        ("Like your Alba plain tote, it is clean-lined.", "says each quality of what has it"),
        (
            "You know something clean-lined from your Alba plain tote, and here it is.",
            "says each quality of what has it",
        ),
        ("Like your Cirro fine tee, it is relaxed.", "says each quality of what has it"),
        ("It is relaxed, as you asked.", "says each quality of what has it"),
        ("It is not relaxed, as is much of what you have chosen.", "denies and promises nothing"),
        ("It is so relaxed, as is much of what you have chosen.", "denies and promises nothing"),
        ("It is warm, as is much of what you have chosen.", "claims no other quality"),
        ("Like your Cirro fine tee of March 2025, it is clean-lined.", "dates are right"),
        ("Like your Cirro fine tee, it is clean-lined at 49 euros.", "figures come from the facts"),
        ("First came your Cirro fine tee, then your Alba plain tote.", "the order is as it was"),
        ("Your latest purchase, the Alba plain tote, is why this is suggested to you.", "the order is as it was"),
        ("Since your Alba plain tote this is what you like.", "the order is as it was"),
        ("Your Cirro fine tee led you to your Alba plain tote, and now to this.", "the order is as it was"),
        ("You come back to Duna: like your Cirro fine tee it is clean-lined.", "houses and counts are right"),
        ("It is of the same house as your Cirro fine tee.", "houses and counts are right"),
        ("You own three pieces of Alba, and it is relaxed.", "houses and counts are right"),
        ("Comme votre Cirro fine tee, ce foulard est clean-lined, vous verrez.", "is in English"),
        ("It is relaxed. It is for you. It is relaxed. It is for you.", "is one to three sentences"),
        ("It is relaxed, as is much of what you have chosen", "is one to three sentences"),
        ("Like your Cirro fine tee, it is clean-lined. It fits you well.", "every sentence rests on evidence"),
    ],
)
def test_what_is_not_so_is_caught_by_name(text: str, failing: str) -> None:
    assert failing in failed(text)


def test_a_first_that_is_none_is_caught() -> None:
    scarf = Owned(CATALOGUE.item("i10"), None)
    owner = dataclasses.replace(EVIDENCE, owned=(scarf, *OWNED))
    text = "It would be your first scarf, and it is relaxed, as is much of what you have chosen."
    assert "is new where it says so" in failed(text, owner)


def test_words_of_order_must_be_earned_although_true() -> None:
    unearned = dataclasses.replace(EVIDENCE, order_matters=False)
    text = "First came your Alba plain tote, then your Cirro fine tee, and now the Duna linen scarf."
    assert "words of order are earned" in failed(text, unearned)


def test_failing_words_name_what_offends() -> None:
    text = "Like your Cirro fine tee, it is clean-lined and made of vicuna for 49."
    assert {"vicuna", "49"} <= set(failing_words(text, EVIDENCE, ATTRIBUTES))
    assert failing_words("Like your Cirro fine tee, it is clean-lined.", EVIDENCE, ATTRIBUTES) == ()


@given(st.text(max_size=200))
def test_any_text_can_be_checked_and_fails_only_for_a_reason(text: str) -> None:
    assert bool(failed(text)) == bool(failing_words(text, EVIDENCE, ATTRIBUTES))


@given(st.from_regex(r"[bcdfghjklmnpqrstvwxz]{5,12}", fullmatch=True))
def test_an_unknown_word_is_never_let_through(word: str) -> None:
    assert failed(f"Like your Cirro fine tee, it is clean-lined and {word}.")


@pytest.mark.parametrize(
    ("false", "check"),
    [
        ("and many others have chosen it", "denies and promises nothing"),
        ("and I own one", "denies and promises nothing"),
        ("and you get so much for so little", "denies and promises nothing"),
        ("and it goes with all you own", "denies and promises nothing"),
        ("as every piece of yours is", "denies and promises nothing"),
        ("and it is one of a kind", "denies and promises nothing"),
        ("and it comes with another", "denies and promises nothing"),
        ("and it is a close fit", "denies and promises nothing"),
        ("and all will see you in it", "denies and promises nothing"),
        ("and you wear your Cirro fine tee so often", "denies and promises nothing"),
        ("and we chose the Cirro fine tee for you", "denies and promises nothing"),
        ("and it is already yours", "tells owned from suggested"),
        ("and to your Cirro fine tee you added the Alba plain tote", "the order is as it was"),
    ],
)
def test_a_claim_of_plain_words_alone_is_no_less_false(false: str, check: str) -> None:
    assert check in failed(f"It is relaxed, {false}.")
    assert check in failed(f"Like your Cirro fine tee, this scarf is clean-lined. It is relaxed, {false}.")


def test_of_two_purchases_named_alike_but_for_capitals_each_is_what_is_written() -> None:
    twin = TEE.model_copy(update={"item_id": "twin", "title": "Cirro Fine Tee"})
    linked = _cause("s2", "attribute", "minimal", "Like your Cirro Fine Tee, it is clean-lined", "clean-lined")
    second = _cause("h3", "history", "twin", "You bought the Cirro Fine Tee", twin.title)
    both = dataclasses.replace(
        EVIDENCE,
        evidence=(*EVIDENCE.evidence, second, linked),
        links={"s1": "h1", "s2": "h3"},
        owned=(*OWNED, Owned(twin, dt.date(2025, 5, 3))),
    )
    assert not failed("Like your Cirro fine tee, this scarf is clean-lined.", both)
    assert not failed("Like your Cirro Fine Tee, this scarf is clean-lined.", both)
    untested = dataclasses.replace(EVIDENCE, owned=both.owned)
    assert not failed("Like your Cirro fine tee, this scarf is clean-lined.", untested)
    assert "names only tested purchases" in failed("Like your Cirro Fine Tee, it is clean-lined.", untested)


def test_a_purchase_named_like_its_house_leaves_the_house_to_be_spoken_of() -> None:
    plain = CATALOGUE.item("i9").model_copy(update={"item_id": "plain", "title": "Duna"})
    house = _cause("b1", "house", "Duna", "You come back to Duna: two of your purchases are of that house", "Duna")
    owned = (*OWNED, Owned(plain, dt.date(2025, 5, 3)), Owned(CATALOGUE.item("i10"), dt.date(2025, 6, 3)))
    evidence = dataclasses.replace(EVIDENCE, evidence=(*EVIDENCE.evidence, house), owned=owned)
    assert not failed("You come back to Duna: two of your purchases are of that house, and this is relaxed.", evidence)
    assert "names only tested purchases" in failed("Suggested because of your Duna, this is relaxed.", evidence)


def test_square_brackets_may_stand_in_a_name_and_nowhere_else() -> None:
    cap = TEE.model_copy(update={"title": "[Cirro] fine tee"})
    owned = (*OWNED[:3], Owned(cap, OWNED[3].at))
    bought = _cause("h1", "history", "i7", "You bought it", owned[3].name)
    evidence = dataclasses.replace(EVIDENCE, evidence=(bought, *EVIDENCE.evidence[1:]), owned=owned)
    assert "is plain text" not in failed(f"Like your {owned[3].name}, this scarf is clean-lined.", evidence)
    assert "is plain text" in failed("Like your Alba plain tote, this [scarf] is clean-lined.", evidence)


def test_a_letter_that_only_the_expression_takes_for_another_is_no_name() -> None:
    item = CATALOGUE.item("i8").model_copy(update={"title": "Bal\u0131k scarf"})  # a dotless i, which casefold keeps
    assert failed("Like your Cirro fine tee, the Balik scarf is clean-lined.", dataclasses.replace(EVIDENCE, item=item))
