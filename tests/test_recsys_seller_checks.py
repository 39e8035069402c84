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
