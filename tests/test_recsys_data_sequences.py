import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.sequences import Sequences, kept_purchases, leave_one_out
from recsys.ranker import IdMap


def sequences(*lists):
    values = np.array([index for row in lists for index in row], dtype=np.int64)
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    return Sequences(IdMap("abcdefg"), tuple(f"c{u}" for u in range(len(lists))), values, offsets)


def test_of_gives_one_clients_items():
    both = sequences([1, 2, 3], [4])

    assert len(both) == 2
    assert both.of(0).tolist() == [1, 2, 3]
    assert both.of(1).tolist() == [4]
    with pytest.raises(IndexError, match="no index 2"):
        both.of(2)


def test_offsets_must_span_the_values():
    with pytest.raises(ValueError, match="offsets must start"):
        Sequences(IdMap("ab"), ("c",), np.array([1, 2]), np.array([0, 1]))


def test_last_item_is_the_test_and_short_sequences_only_train():
    split = leave_one_out(sequences([1, 2, 3, 4], [5, 6], [1, 5, 7]))

    assert [row.tolist() for row in split.train] == [[1, 2], [5, 6], [1]]
    assert split.clients == ("c0", "c2")
    assert [row.tolist() for row in split.validation_inputs] == [[1, 2], [1]]
    assert split.validation_targets.tolist() == [3, 5]
    assert [row.tolist() for row in split.test_inputs] == [[1, 2, 3], [1, 5]]
    assert split.test_targets.tolist() == [4, 7]


@given(st.lists(st.lists(st.integers(1, 7), max_size=6), max_size=6))
def test_split_loses_and_leaks_nothing(rows):
    split = leave_one_out(sequences(*rows))
    evaluated = [row for row in rows if len(row) >= 3]

    assert [len(row) for row in split.train] == [len(row) - 2 if len(row) >= 3 else len(row) for row in rows]
    rejoined = [
        [*start, validation, test]
        for start, validation, test in zip(
            [row.tolist() for row in split.validation_inputs],
            split.validation_targets.tolist(),
            split.test_targets.tolist(),
            strict=True,
        )
    ]
    assert rejoined == evaluated


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("a", "purchase", 1), ("b", "view", 1), ("c", "wishlist", 1)], ["a"]),
        ([("a", "purchase", 1), ("b", "purchase", 1), ("a", "return", 1)], ["b"]),
        ([("a", "purchase", 1), ("a", "purchase", 1), ("a", "return", 1)], ["a"]),
        ([("a", "return", 1), ("a", "purchase", 1)], ["a"]),
        ([("a", "purchase", 3), ("a", "return", 1)], ["a"]),
        ([("a", "purchase", 3), ("a", "return", 1), ("a", "return", 2)], []),
        ([("a", "purchase", 1), ("a", "purchase", 1), ("b", "purchase", 1), ("a", "return", 2)], ["b"]),
        ([("a", "purchase", 1), ("a", "return", 1), ("a", "purchase", 1)], ["a"]),
        ([("a", "purchase", 1), ("a", "return", 9), ("b", "purchase", 1)], ["b"]),
    ],
)
def test_a_return_takes_back_the_latest_purchase_before_it(rows, kept):
    assert kept_purchases(rows) == kept


def test_of_two_purchases_the_return_takes_the_later_one():
    rows = [("a", "purchase", 1), ("b", "purchase", 1), ("a", "purchase", 1), ("a", "return", 1)]
    assert kept_purchases(rows) == ["a", "b"]
