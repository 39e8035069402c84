"""Words that code writes about items."""

from agent.floor.phrasing import enumerate_words


def test_parts_are_enumerated_so_that_each_can_be_heard() -> None:
    assert enumerate_words([]) == ""
    assert enumerate_words(["bold"]) == "bold"
    assert enumerate_words(["warm and soft"]) == "warm and soft"
    assert enumerate_words(["bold", "timeless", "warm"]) == "bold, timeless and warm"
    assert enumerate_words(["warm and right for cold days", "natural"]) == "warm and right for cold days, and natural"
    assert enumerate_words(["a", "warm and soft"]) == "a and warm and soft"
    assert enumerate_words(["black or navy", "red"], "or") == "black or navy, or red"
