import csv
import gzip
import io
import json
import os
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.data.text_files import MAX_LINE, Reject, Row, parse_object, read_csv, read_jsonl, read_lines
from recsys.errors import InputError

SUITE = Path(__file__).parents[2] / "shared/data/security/json_test_suite.zip"
BOM = "\ufeff".encode()


def write(folder, content, name="rows.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def outcome(read, *arguments):
    """Return the rows, or the message of the refusal."""
    try:
        return list(read(*arguments)), None
    except InputError as error:
        return [], str(error)


def refused(read, *arguments):
    with pytest.raises(InputError) as caught:
        list(read(*arguments))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", BOM])
def test_csv_of_any_delimiter_line_end_and_mark(tmp_path, delimiter, end, mark):
    lines = [["id", " name "], ["1", "Café"], [], ["2", '"a b"'], ["3", ""]]
    path = write(tmp_path, mark + end.join(delimiter.join(cells) for cells in lines).encode())

    assert list(read_csv(path, ["name", "id"])) == [
        Row(2, {"name": "Café", "id": "1"}),
        Row(4, {"name": "a b", "id": "2"}),
        Row(5, {"name": None, "id": "3"}),
    ]


def test_csv_quotes_may_hold_line_ends_and_lines_stay_true(tmp_path):
    path = write(tmp_path, 'id,text\n1,"one\ntwo"\n2\n3,x\n')
    assert list(read_csv(path, ["text"])) == [
        Row(2, {"text": "one\ntwo"}),
        Reject(4, "has 1 columns, the header has 2"),
        Row(5, {"text": "x"}),
    ]


def test_csv_bad_quote_refuses_its_row_only(tmp_path):
    path = write(tmp_path, 'id,text\n1,"a"b\n2,x\n3,5" heel\n')
    first, *rest = read_csv(path, ["id", "text"])

    assert isinstance(first, Reject)
    assert first.line == 2
    assert [row.values["text"] for row in rest] == ["x", '5" heel']


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "rows.csv", "is empty"),
        (BOM, "rows.csv", "line 1 is no header"),
        ("id,name\n", "rows.csv", "has a header and no rows"),
        ("sku,name\n1,a\n", "rows.csv", "column 'id' does not exist; the file has: 'sku', 'name'"),
        ("id,id\n1,a\n", "rows.csv", "column 'id' occurs twice"),
        ("id,name\n1,Café\n".encode("latin-1"), "rows.csv", "not UTF-8 text at line 2, byte 14"),
        ("id\na".encode("utf-16"), "rows.csv", "is UTF-16"),
        ("id\na\n".encode("utf-16-le"), "rows.csv", "NUL"),
        (b"id\na\n\xc3", "rows.csv", "not UTF-8 text at line 3, byte 6"),
        (b"id\na\n\xc0\xaf\n", "rows.csv", "not UTF-8 text at line 3, byte 6"),
        (b"id\n\xed\xa0\x80\n", "rows.csv", "not UTF-8 text at line 2, byte 4"),
        (gzip.compress(b"id\n1\n"), "rows.csv", "is gzip, unlike its name"),
        (b"id\n1\n", "rows.csv.gz", "is not gzip, unlike its name"),
        (gzip.compress(b"id\n1\n" * 9000)[:-40], "rows.csv.gz", "cannot be read"),
        (gzip.compress(b"id\n1\n")[:12] + b"\xff" * 30, "rows.csv.gz", "cannot be read"),
        (b"PK\x03\x04" + b"x" * 50, "rows.csv", "a zip archive or a workbook"),
        (b"PAR1" + b"x" * 50, "rows.csv", "is Parquet"),
        ('id,name\n1,"never\nclosed\n2,b\n', "rows.csv", "line 2 is not well-formed CSV"),
        ("id\n" + "x" * (MAX_LINE + 1), "rows.csv", "line 2 is longer than"),
        ('id\n"' + "x\n" * MAX_LINE, "rows.csv", "is a quote never closed?"),
    ],
)
def test_csv_that_is_not_csv_is_refused_in_one_line(tmp_path, content, name, message):
    assert message in refused(read_csv, write(tmp_path, content, name), ["id"])


def test_only_regular_files_are_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "link.csv").symlink_to(write(tmp_path, "id\n1\n", "real.csv"))

    assert "not a regular file" in refused(read_csv, tmp_path / "pipe.csv", ["id"])
    assert "is a folder" in refused(read_csv, tmp_path / "folder.csv", ["id"])
    assert "No such file" in refused(read_csv, tmp_path / "none.csv", ["id"])
    assert len(list(read_csv(tmp_path / "link.csv", ["id"]))) == 1


def test_huge_files_are_refused_at_once(tmp_path):
    sparse = tmp_path / "sparse.csv"
    with sparse.open("wb") as file:
        file.truncate(5 << 30)
    bomb = write(tmp_path, gzip.compress(b"id\n" + bytes(20 << 20)), "bomb.csv.gz")
    wide = write(tmp_path, ",".join(f"c{n}" for n in range(1_000_000)) + "\n", "wide.csv")
    started = time.monotonic()

    for path in (sparse, bomb, wide):
        assert "line" in refused(read_csv, path, ["id"])
    assert time.monotonic() - started < 3


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200))
def test_csv_reader_survives_any_bytes(tmp_path, content):
    path = write(tmp_path, b"id,name\n" + content)
    rows, message = outcome(read_csv, path, ["id"])

    assert bool(rows) != bool(message)
    assert all(isinstance(row, Row | Reject) for row in rows)
    assert "\n" not in (message or "")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_is_read_back(tmp_path, table, delimiter):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([("id", "name"), *table])
    rows = list(read_csv(write(tmp_path, out.getvalue()), ["id", "name"]))

    assert [(row.values["id"], row.values["name"]) for row in rows] == [
        (first.strip() or None, second.strip() or None) for first, second in table
    ]


def test_jsonl_rows_and_rejects(tmp_path):
    lines = ['{"id": "a", "price": 19.90, "more": 1}', "", "[1]", '{"id": "b"}', "{", '{"id": 1, "id": 2}']
    path = write(tmp_path, "\n".join(lines), "rows.jsonl")
    rows = list(read_jsonl(path, ["id", "price"]))

    assert rows[0] == Row(1, {"id": "a", "price": Decimal("19.90")})
    assert rows[1] == Reject(3, "must be one JSON object, is list")
    assert rows[2] == Row(4, {"id": "b", "price": None})
    assert [row.line for row in rows[3:]] == [5, 6]
    assert rows[4].reason == "has the key 'id' twice"


def test_jsonl_may_be_gzip(tmp_path):
    path = write(tmp_path, gzip.compress(b'{"id": "a"}\n'), "rows.jsonl.gz")
    assert list(read_jsonl(path, ["id"])) == [Row(1, {"id": "a"})]


def test_jsonl_without_lines_or_without_a_column_is_refused(tmp_path):
    assert "has no lines" in refused(read_jsonl, write(tmp_path, "\n \n", "a.jsonl"), ["id"])
    message = refused(read_jsonl, write(tmp_path, '{"sku": 1}\n{"name": 2}\n', "b.jsonl"), ["id"])
    assert "column 'id' does not exist; the file has: 'sku', 'name'" in message


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "nested too deeply"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": -Infinity}', "holds -Infinity"),
        ('{"a": 1' + "0" * 5000 + "}", "out of range"),
        ('{"a": 1e' + "9" * 30 + "}", "out of range"),
        ('{"a": 1,}', "is not JSON"),
        ('{"a": 1}{"a": 2}', "is not JSON"),
        ("7", "must be one JSON object, is int"),
        ("null", "must be one JSON object, is NoneType"),
        ("{'a': 1}", "is not JSON"),
    ],
)
def test_objects_that_are_none_say_why(line, reason):
    with pytest.raises(ValueError, match=reason):
        parse_object(line)


def test_keys_with_meaning_elsewhere_are_plain_data():
    line = '{"lc": 1, "type": "secret", "__proto__": {"a": 1}, "__class__": "x"}'
    assert parse_object(line)["__proto__"] == {"a": 1}


def test_many_doubled_keys_are_refused_fast():
    line = "{" + ",".join(f'"k{n}": 1' for n in range(70_000)) + ', "k69999": 2}'
    started = time.monotonic()
    with pytest.raises(ValueError, match="'k69999' twice"):
        parse_object(line)
    assert time.monotonic() - started < 1


def suite_cases():
    if not SUITE.exists():
        return []
    with zipfile.ZipFile(SUITE) as archive:
        names = [name for name in archive.namelist() if "/test_parsing/" in name and name.endswith(".json")]
        return [(name.rpartition("/")[2], archive.read(name)) for name in sorted(names)]


@pytest.mark.skipif(not SUITE.exists(), reason="the JSON parsing test suite is not beside the checkout")
def test_json_test_suite(tmp_path):
    cases = suite_cases()
    assert len(cases) > 300
    for name, content in cases:
        rows, message = outcome(read_jsonl, write(tmp_path, content, "case.jsonl"), [])
        taken = [row for row in rows if isinstance(row, Row)]
        assert message or all(isinstance(row, Row) or row.reason for row in rows), name
        if name.startswith("n_"):
            assert not taken, name
        elif name.startswith("y_") and b"\n" not in content.strip():  # a line holds one whole document
            expected = isinstance(json.loads(content), dict) and "duplicated_key" not in name
            assert bool(taken) == expected, name


def test_lines_are_given_without_the_mark(tmp_path):
    assert list(read_lines(write(tmp_path, BOM + b"a\r\nb\n"))) == ["a\r\n", "b\n"]
