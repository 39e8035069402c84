"""No cell of an exported table is taken for a formula, and every figure and word comes back as it was."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.floor.figure_tables import FigureTable, Money, Share, Words
from ui.csv_export import FORMULA_SIGNS, safe, to_csv

SECURITY = Path(__file__).parents[2] / "shared" / "data" / "security"


def _read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _table(*rows: tuple) -> FigureTable:  # type: ignore[type-arg]
    return FigureTable("t", "T", tuple(f"c{n}" for n in range(len(rows[0]))), rows)


def test_a_table_is_written_as_spreadsheets_want_it() -> None:
    content = to_csv(_table(('Zürich, "Old"', 3, -0.25, Share(12, 40), Money(123450, "EUR"), Words("sent"))))

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    head, row = _read(content)
    assert head == ["c0", "c1", "c2", "c3", "c3: of", "c3: share", "c3: from", "c3: to", "c4", "c4: currency", "c5"]
    assert row == ['Zürich, "Old"', "3", "-0.25", "12", "40", "0.3", "0.1807", "0.4543", "1234.50", "EUR", "sent"]


def test_too_few_make_no_share_and_nothing_makes_empty_cells() -> None:
    _head, few, none = _read(to_csv(_table((Share(3, 4), Money(5, "JPY")), (None, None))))

    assert few == ["3", "4", "", "", "", "5", "JPY"]
    assert none == [""] * 7


def test_only_words_of_ours_are_translated() -> None:
    _head, row = _read(to_csv(_table(("sent", Words("sent"))), _french))

    assert row == ["sent", "envoyé"]


def _french(words: str) -> str:
    return {"sent": "envoyé"}.get(words, words)


@pytest.mark.parametrize("sign", FORMULA_SIGNS)
def test_what_would_run_gets_an_apostrophe(sign: str) -> None:
    assert safe(f"{sign}1+1") == f"'{sign}1+1"
    assert safe(f"  {sign}=1").startswith("'")
    assert safe(f"1{sign}1") == f"1{sign}1"


@pytest.mark.parametrize("mark", [";", "; ", "|", "\t", "\n", "a;b;"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d"])
def test_nor_does_what_another_separator_would_part(mark: str, sign: str) -> None:
    assert safe(f"tote{mark}{sign}1+1") == f"tote{mark}'{sign}1+1"
    assert safe(f"tote {sign} 1, 2{mark}1") == f"tote {sign} 1, 2{mark}1"


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_any_text_comes_back_and_never_as_a_formula(texts: list[str]) -> None:
    kept = [text.encode(errors="replace").decode() for text in texts]

    _head, row = _read(to_csv(_table(tuple(kept))))

    assert not any(cell.startswith(FORMULA_SIGNS) or cell.strip().startswith(FORMULA_SIGNS) for cell in row)
    assert [cell.replace("'", "") for cell in row] == [text.replace("'", "") for text in kept]


@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=5))
def test_numbers_stay_numbers(numbers: list[float]) -> None:
    _head, row = _read(to_csv(_table(tuple(numbers))))

    assert [float(cell) for cell in row] == [float(number) for number in numbers]


@pytest.mark.skipif(not SECURITY.is_dir(), reason="the payloads of hostile text are not on this machine")
def test_hostile_titles_stay_text() -> None:
    payloads = _payloads()
    assert len(payloads) > 500

    rows = _read(to_csv(_table(*((payload, 1) for payload in payloads))))[1:]

    assert len(rows) == len(payloads)
    assert not any(row[0].strip().startswith(FORMULA_SIGNS) for row in rows)
    assert sum(row[0].startswith("'") for row in rows) > 5  # there were formulas among them


def _payloads() -> list[str]:
    naughty = [json.loads(path.read_text()) for path in sorted((SECURITY / "naughty_strings").rglob("*.json"))]
    strings = [text for listed in naughty if isinstance(listed, list) for text in listed if isinstance(text, str)]
    lines = [
        line
        for path in sorted((SECURITY / "xss_payload_list").rglob("*.txt"))
        for line in path.read_text(errors="replace").splitlines()
    ]
    return [text.encode(errors="replace").decode() for text in [*strings, *lines[:2_000]] if text]
