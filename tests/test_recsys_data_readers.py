import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.data.readers import read_rows
from recsys.data.text_files import Row
from recsys.errors import InputError

AT = dt.datetime(2024, 5, 1, 12, 30, 0, 250)


def parquet(folder, **columns):
    path = folder / "rows.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_rows_come_as_python_values(tmp_path):
    path = parquet(
        tmp_path,
        id=["a", None],
        price=[Decimal("1.50"), None],
        exact=[19.99, 0.1],
        at=pa.array([AT, None], pa.timestamp("ns")),
        names=[["Bags", "Totes"], []],
        other=[1, 2],
    )
    rows = list(read_rows(path, ["names", "id", "price", "exact", "at"]))

    assert rows[0] == Row(
        1, {"id": "a", "price": Decimal("1.50"), "exact": 19.99, "at": AT, "names": ["Bags", "Totes"]}
    )
    assert rows[1].values["id"] is None


def test_parquet_of_32_bits_keeps_the_price_that_was_meant(tmp_path):
    path = parquet(tmp_path, price=pa.array(np.array([19.99, 1250], dtype=np.float32)))
    assert [row.values["price"] for row in read_rows(path, ["price"])] == ["19.99", "1250"]


def test_parquet_nanoseconds_are_cut_to_microseconds(tmp_path):
    path = parquet(tmp_path, at=pa.array([1_700_000_000_123_456_789], pa.timestamp("ns", "UTC")))
    (row,) = read_rows(path, ["at"])
    assert row.values["at"].microsecond == 123456


def test_parquet_is_read_in_batches_in_order(tmp_path):
    path = parquet(tmp_path, id=list(range(5000)))
    rows = list(read_rows(path, ["id"]))
    assert [row.line for row in rows] == list(range(1, 5001))
    assert [row.values["id"] for row in rows] == list(range(5000))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"id\n1\n", "not a readable Parquet"),
        (b"PAR1" + b"\0" * 99 + b"PAR1", "not a readable Parquet"),
    ],
)
def test_damaged_parquet_is_refused(tmp_path, content, message):
    path = tmp_path / "rows.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        list(read_rows(path, ["id"]))
    assert "\n" not in str(caught.value)


def test_cut_parquet_is_refused(tmp_path):
    path = parquet(tmp_path, id=list(range(5000)))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a readable Parquet"):
        list(read_rows(path, ["id"]))


def test_parquet_without_rows_or_column_is_refused(tmp_path):
    with pytest.raises(InputError, match="has columns and no rows"):
        list(read_rows(parquet(tmp_path, id=pa.array([], pa.string())), ["id"]))
    with pytest.raises(InputError, match="column 'sku' does not exist; the file has: 'id'"):
        list(read_rows(parquet(tmp_path, id=["a"]), ["sku"]))


@pytest.mark.parametrize("name", ["rows.csv", "rows.CSV", "rows.jsonl"])
def test_the_name_tells_the_kind(tmp_path, name):
    path = tmp_path / name
    path.write_text('{"id": "a"}\n' if "json" in name else "id\na\n")
    assert list(read_rows(path, ["id"])) == [Row(1 if "json" in name else 2, {"id": "a"})]


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.json", "rows.parquet.gz"])
def test_other_names_are_refused(tmp_path, name):
    (tmp_path / name).write_text("id\na\n")
    with pytest.raises(InputError, match="unknown kind of file; it must be named"):
        list(read_rows(tmp_path / name, ["id"]))
