import dataclasses

from recsys.seller.lexicon import lexicon
from tests.small_world import ATTRIBUTES
from tests.test_recsys_seller_checks import EVIDENCE


def test_only_tested_causes_may_be_said() -> None:
    found = lexicon(EVIDENCE, ATTRIBUTES, tested_only=True)
    assert {"Duna linen scarf", "Cirro fine tee", "clean-lined", "relaxed", "April 2025", "Duna"} <= set(found.phrases)
    assert "warm" not in found.units
    assert "Alba slim clutch" not in found.units


def test_all_that_may_be_stated_is_there_without_the_test() -> None:
    found = lexicon(EVIDENCE, ATTRIBUTES, tested_only=False)
    assert {"warm", "Alba slim clutch", "March 2025"} <= set(found.phrases)


def test_words_of_order_are_there_only_where_earned() -> None:
    unearned = dataclasses.replace(EVIDENCE, order_matters=False)
    assert "lately" in lexicon(EVIDENCE, ATTRIBUTES, tested_only=True).words
    assert "lately" not in lexicon(unearned, ATTRIBUTES, tested_only=True).words


def test_the_category_and_plain_words_are_there() -> None:
    assert {"scarves", "like", "your"} <= lexicon(EVIDENCE, None, tested_only=True).words
