import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.sequences import kept_purchases
from recsys.schema import Interaction
from recsys.trajectory import MIN_PURCHASES, dated_sequence, follow
from tests.small_world import CATALOGUE, GUIDED

NOON = dt.datetime(2025, 1, 1, 12, tzinfo=dt.UTC)
sequences = st.lists(st.integers(1, len(CATALOGUE)), min_size=1, max_size=20).map(lambda ids: np.array(ids))


def row(day: int, item_id: str, kind: str = "purchase", quantity: int = 1) -> Interaction:
    return Interaction(client_id="c1", item_id=item_id, kind=kind, at=NOON + dt.timedelta(days=day), quantity=quantity)


@given(sequences)
def test_the_path_is_what_was_known_after_each_purchase(sequence):
    path = follow(GUIDED, sequence).path
    for end in range(len(sequence)):
        np.testing.assert_array_equal(path[end], GUIDED.taste(sequence[: end + 1]))


@given(sequences, sequences)
def test_later_purchases_never_change_the_path_so_far(sequence, later):
    whole = follow(GUIDED, np.concatenate([sequence, later]))
    np.testing.assert_array_equal(whole.path[: len(sequence)], follow(GUIDED, sequence).path)


@given(sequences)
def test_the_smooth_line_stays_among_the_purchases(sequence):
    one = follow(GUIDED, sequence)
    assert (one.smooth <= one.points.max(axis=0) + 1e-5).all()
    assert (one.smooth >= one.points.min(axis=0) - 1e-5).all()
    assert (one.spread > 0).all()


def test_the_same_purchase_again_and_again_is_a_straight_line():
    few, many = (follow(GUIDED, np.full(n, 3)) for n in (2, 20))
    np.testing.assert_allclose(many.smooth, np.tile(GUIDED.standard[3], (20, 1)), atol=1e-6)
    np.testing.assert_allclose(many.travel(), 0, atol=1e-6)
    assert (many.spread[10] < few.spread[0]).all()  # the more purchases, the surer


def test_a_few_purchases_are_never_surer_than_the_catalogues_own_spread_allows():
    one = follow(GUIDED, np.array([3]))
    np.testing.assert_allclose(one.spread, 1.0)  # a single purchase says nothing of its own spread


def test_what_moved_most_comes_first():
    ornate, bare = CATALOGUE.ids.to_internal("i4"), CATALOGUE.ids.to_internal("i7")
    one = follow(GUIDED, np.array([ornate] * 8 + [bare] * 8))
    assert set(one.most_moved(2)) == {"minimal", "formality"}
    assert one.travel()[0] > 0 > one.travel()[1]
    assert len(one.most_moved(9)) == 3


def test_without_purchases_there_is_no_path():
    one = follow(GUIDED, np.array([], dtype=np.int64))
    assert len(one) == 0
    assert not one.tells
    assert one.path.shape == one.smooth.shape == one.spread.shape == (0, 3)
    assert not one.travel().any()


@pytest.mark.parametrize(("length", "tells"), [(MIN_PURCHASES - 1, False), (MIN_PURCHASES, True)])
def test_too_few_purchases_tell_nothing(length, tells):
    assert follow(GUIDED, np.full(length, 1)).tells is tells


def test_dates_come_one_each_or_not_at_all():
    days = (dt.date(2025, 1, 1), None)
    assert follow(GUIDED, np.array([1, 2]), days).dates == days
    assert follow(GUIDED, np.array([1, 2])).dates == (None, None)
    with pytest.raises(ValueError, match="1 dates for 2 purchases"):
        follow(GUIDED, np.array([1, 2]), days[:1])


def test_a_return_takes_the_purchase_and_its_day_away():
    rows = [
        row(0, "i1"),
        row(1, "i2"),
        row(2, "i1"),
        row(3, "i3", "view"),
        row(4, "i1", "return"),
        row(5, "i2", "return"),
        row(6, "i2"),
    ]
    item_ids, days = dated_sequence(rows)
    assert item_ids == ("i1", "i2")
    assert days == (NOON.date(), NOON.date() + dt.timedelta(days=6))
    assert list(item_ids) == kept_purchases((one.item_id, one.kind, one.quantity) for one in rows)


events = st.lists(
    st.builds(
        row,
        st.just(0),
        st.sampled_from(["i1", "i2", "i3"]),
        st.sampled_from(["purchase", "purchase", "return", "view"]),
        st.integers(1, 3),
    ),
    max_size=15,
)


@given(events)
def test_the_items_are_those_of_the_boutiques_sequence(rows):
    expected = kept_purchases((one.item_id, one.kind, one.quantity) for one in rows)
    assert list(dated_sequence(rows)[0]) == expected


def test_where_only_an_order_is_known_there_are_no_days():
    rows = [
        Interaction(client_id="c1", item_id="i1", position=0),
        Interaction(client_id="c1", item_id="i2", position=1),
    ]
    assert dated_sequence(rows) == (("i1", "i2"), (None, None))
