from recsys.seller.ledger import ledger, repair_by_omission
from tests.small_world import ATTRIBUTES
from tests.test_recsys_seller_checks import EVIDENCE

GOOD = "Like your Cirro fine tee, it is clean-lined."
ALSO = "It is also relaxed, as is much of what you have chosen."


def test_each_sentence_is_listed_with_what_it_rests_on() -> None:
    assert ledger(f"{GOOD} {ALSO}", EVIDENCE) == ((GOOD, ("h1", "s1")), (ALSO, ("a1",)))


def test_a_sentence_of_nothing_rests_on_nothing() -> None:
    assert ledger(f"{GOOD} It is for you.", EVIDENCE)[1] == ("It is for you.", ())


def test_an_order_rests_on_the_order() -> None:
    text = "First came your Alba plain tote, then your Cirro fine tee, and now this."
    assert ledger(text, EVIDENCE) == ((text, ("h1", "h2", "o1")),)


def test_repair_leaves_out_only_what_fails() -> None:
    assert repair_by_omission(f"{GOOD} It cures all. {ALSO}", EVIDENCE, ATTRIBUTES) == f"{GOOD} {ALSO}"
    assert repair_by_omission(f"{GOOD} {ALSO}", EVIDENCE, ATTRIBUTES) == f"{GOOD} {ALSO}"
    assert repair_by_omission("It cures all. Buy it now.", EVIDENCE, ATTRIBUTES) is None
