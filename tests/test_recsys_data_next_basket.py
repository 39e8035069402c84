import csv
import datetime as dt
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.data.boutique import Boutique
from recsys.data.ingest import ingest
from recsys.data.next_basket import next_basket, split_times
from recsys.data.sequences import Sequences
from recsys.errors import InputError
from recsys.ranker import IdMap
from recsys.schema import Interaction, Item

MAPPING = Path(__file__).parents[1] / "recsys" / "data" / "online_retail.yaml"
SHARED = Path(__file__).parents[2] / "shared" / "data" / "online-retail"
N_ITEMS = 9


def day(number):
    return dt.datetime(2024, 1, number, 12)


def world(*clients):
    """Return sequences and times of clients given as {day of January: items of the basket}."""
    rows = [[(item, day(when)) for when, basket in sorted(client.items()) for item in basket] for client in clients]
    values = np.array([item for row in rows for item, _ in row], dtype=np.int64)
    times = np.array([when for row in rows for _, when in row], dtype="datetime64[us]")
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    ids = IdMap([f"i{number}" for number in range(1, N_ITEMS + 1)])
    return Sequences(ids, tuple(f"c{index}" for index in range(len(rows))), values, offsets), times


def plain(arrays):
    return [array.tolist() for array in arrays]


def test_the_first_basket_of_each_period_is_foretold():
    split = next_basket(
        *world(
            {1: [1], 2: [2], 11: [3, 4], 12: [5], 21: [6], 22: [7]},  # later baskets of a period are no targets
            {3: [8], 25: [9, 1]},  # nothing in the validation period
            {15: [2], 21: [4]},  # no past before validation, some before the test
            {21: [5]},  # no past at all: in no part
        ),
        day(10),
        day(20),
    )

    assert plain(split.train) == [[1, 2], [8]]
    assert split.validation_clients == ("c0",)
    assert plain(split.validation_inputs) == [[1, 2]]
    assert plain(split.validation_targets) == [[3, 4]]
    assert split.test_clients == ("c0", "c1", "c2")
    assert [sorted(row) for row in plain(split.test_inputs)] == [[1, 2, 3, 4, 5], [8], [2]]
    assert plain(split.test_targets) == [[6], [1, 9], [4]]
    assert split.validation_counts.n_without_input == split.test_counts.n_without_input == 1


def test_repeats_are_no_targets_and_unseen_items_are():
    split = next_basket(
        *world(
            {1: [1, 2], 11: [2, 3, 3, 9], 21: [1, 4]},
            {1: [3], 11: [3], 21: [3, 9]},  # a basket of repeats only is left out
        ),
        day(10),
        day(20),
    )

    assert split.validation_clients == ("c0",)
    assert plain(split.validation_targets) == [[3, 9]]
    assert plain(split.test_targets) == [[4], [9]]
    counts = split.validation_counts
    assert (counts.n_targets, counts.n_unseen, counts.n_repeats, counts.n_only_repeats) == (2, 1, 2, 1)
    assert (split.test_counts.n_unseen, split.test_counts.n_repeats) == (2, 2)
    assert "2 new items to find (1 never bought in training); 2 repeats masked" in split.lines()[1]


def test_a_period_begins_with_its_moment():
    split = next_basket(*world({1: [1], 10: [2], 20: [3]}), day(10), day(20))

    assert plain(split.train) == plain(split.validation_inputs) == [[1]]
    assert (plain(split.validation_targets), plain(split.test_targets)) == ([[2]], [[3]])
    assert plain(split.test_inputs) == [[1, 2]]
    assert split.train_until == dt.datetime(2024, 1, 10, 12, tzinfo=dt.UTC)


def test_zones_of_the_cuts_are_minded():
    west = dt.timezone(dt.timedelta(hours=-1))
    split = next_basket(*world({1: [1], 10: [2], 11: [3], 20: [4]}), day(10).replace(tzinfo=west), day(20))

    assert plain(split.train) == [[1, 2]]  # 12:00 an hour west is 13:00 UTC, after the purchase
    assert plain(split.validation_targets) == [[3]]


baskets = st.dictionaries(st.integers(1, 30), st.lists(st.integers(1, N_ITEMS), min_size=1, max_size=4), max_size=5)
ANCHOR = {1: [1], 15: [2], 25: [3]}  # somebody to evaluate in every drawn world


@given(st.lists(baskets, max_size=5), st.integers(0, 99))
def test_nothing_of_a_target_basket_or_later_is_in_an_input(clients, seed):
    clients = [ANCHOR, *clients]
    split = next_basket(*world(*clients), day(11), day(21), seed=seed)

    assert sum(map(len, split.train)) == sum(len(items) for row in clients for when, items in row.items() if when < 11)
    parts = [
        (split.validation_clients, split.validation_inputs, split.validation_targets, 11, 21),
        (split.test_clients, split.test_inputs, split.test_targets, 21, 99),
    ]
    for names, inputs, targets, start, end in parts:
        for name, given_items, wanted in zip(names, inputs, targets, strict=True):
            bought = clients[int(name[1:])]
            first = min(when for when in bought if when >= start)
            assert first < end
            past = [item for when, items in bought.items() if when < start for item in items]
            assert sorted(given_items.tolist()) == sorted(past)
            assert wanted.tolist() == sorted(set(bought[first]) - set(past)) != []


@given(st.lists(baskets, max_size=4), st.randoms(use_true_random=False))
def test_the_recorded_order_within_a_basket_changes_nothing(clients, random):
    clients = [ANCHOR, *clients]
    other = [{when: random.sample(items, len(items)) for when, items in client.items()} for client in clients]
    one, two = (next_basket(*world(*rows), day(11), day(21)) for rows in (clients, other))

    for part in ("train", "validation_inputs", "validation_targets", "test_inputs", "test_targets"):
        assert plain(getattr(one, part)) == plain(getattr(two, part))


def test_baskets_stay_in_order_and_the_seed_orders_their_items():
    early, late = list(range(1, 6)), list(range(6, 10))
    world_of_two = world({1: early, 2: late}, ANCHOR)
    drawn = [next_basket(*world_of_two, day(11), day(21), seed=seed).train[0].tolist() for seed in range(20)]

    assert all(sorted(row[:5]) == early and sorted(row[5:]) == late for row in drawn)
    assert len({tuple(row) for row in drawn}) > 10
    ascending = np.mean([one < two for row in drawn for one, two in pairwise(row[:5])])
    assert 0.3 < ascending < 0.7
    assert next_basket(*world_of_two, day(11), day(21), seed=3).train[0].tolist() == drawn[3]


def test_split_times_hold_their_shares():
    _, times = world(*({when: [1]} for when in range(1, 11)))
    first, second = split_times(times[::-1], 0.5, 0.2)

    assert first == day(6).replace(tzinfo=dt.UTC)
    assert second == day(8).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: next_basket(*world(ANCHOR), day(20), day(10)), "give the earlier time first"),
        (lambda: next_basket(*world(ANCHOR), day(1), day(20)), "nobody bought before"),
        (lambda: next_basket(*world(ANCHOR), day(11), day(14)), "no client of the validation period"),
        (lambda: next_basket(*world(ANCHOR), day(11), day(30)), "no client of the test period"),
        (lambda: split_times(world(ANCHOR)[1], 0.9, 0.1), "below 1 together"),
        (lambda: split_times(np.array(["NaT"], dtype="datetime64[us]")), "needs the time of every purchase"),
    ],
)
def test_what_cannot_be_split_is_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_times_belong_to_the_purchases_and_returns_change_nothing(tmp_path):
    boutique = Boutique.create(tmp_path)
    rows = [("a", 1, "purchase"), ("b", 2, "purchase"), ("a", 3, "purchase"), ("a", 4, "return"), ("b", 5, "view")]
    with boutique.writer() as writer:
        writer.upsert_items([Item(item_id=name, title=name) for name in "ab"])
        writer.add_interactions(
            [Interaction(client_id="c", item_id=item, kind=kind, at=day(when)) for item, when, kind in rows]
            + [Interaction(client_id="d", item_id="b", position=1)]
        )
    sequences, times = boutique.timed_purchases()

    assert (sequences.clients, plain([sequences.of(0), sequences.of(1)])) == (("c", "d"), [[1, 2, 1], [2]])
    np.testing.assert_array_equal(times, np.array([day(1), day(2), day(3), None], dtype="datetime64[us]"))
    with pytest.raises(InputError, match="needs the time of every purchase"):
        next_basket(sequences, times, day(2), day(3))


def test_online_retail_is_read_by_its_mapping(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    with (data / "items.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["item_id", "title", "stock_code"], [1, "JUMBO BAG", 22386], [2, "DOORKNOB", ""]])
    lines = {
        "customerid": [17850, 17850, 17850, 12346],
        "basket": [1, 1, 2, 3],
        "invoicedate": pa.array([day(1), day(1), day(2), day(2)], pa.timestamp("ns")),
        "item_id": [2, 1, 3, 1],
        "quantity": pa.array([6, 2, 1, -2], pa.int32()),
        "unitprice": [2.55, 2.08, 1.0, 2.08],
    }
    pq.write_table(pa.table(lines), data / "transactions.parquet")
    report = ingest(data, tmp_path / "shop", mapping=MAPPING)
    boutique = Boutique.open(tmp_path / "shop")

    assert boutique.item("1").text() == "JUMBO BAG"
    assert set(boutique.sequence("17850")) == {"1", "2"}
    assert [(reject.line, reject.reason.partition(":")[0]) for reject in report.files[1].rejects] == [
        (3, "unknown item '3'"),
        (4, "column 'quantity'"),
    ]


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared data beside the checkout")
def test_online_retail_splits_by_time():
    lines = pq.read_table(SHARED / "transactions.parquet", columns=["customerid", "invoicedate", "item_id"])
    columns = [lines[name].to_numpy().astype("int64") for name in ("customerid", "invoicedate", "item_id")]
    client, when, item = np.unique(np.stack(columns), axis=1)  # an invoice may list an item twice
    names, starts = np.unique(client, return_index=True)
    ids = IdMap(map(str, range(1, item.max() + 1)))
    sequences = Sequences(ids, tuple(map(str, names)), item, np.append(starts, len(item)))
    times = when.astype("datetime64[ns]").astype("datetime64[us]")
    split = next_basket(sequences, times, *split_times(times))

    assert (len(names), len(item)) == (3613, 260_002)
    assert (len(split.train), len(split.validation_clients), len(split.test_clients)) == (3236, 648, 612)
    assert (split.validation_counts.n_targets, split.test_counts.n_targets) == (9438, 10_576)
    assert (split.validation_counts.n_unseen, split.test_counts.n_unseen) == (423, 1386)
    assert (split.validation_counts.n_repeats, split.test_counts.n_repeats) == (6899, 5418)
