from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recsys.data.xrec import PREDICTIONS, TEST, read_xrec
from recsys.errors import InputError

XREC = Path(__file__).parents[2] / "shared" / "data" / "xrec-books"


def row(uid: int, iid: int, explanation: str, **changes: Any) -> dict[str, Any]:
    known = {"title": f"Book {iid}", "user_summary": "likes books", "item_summary": "for readers"}
    return {"uid": uid, "iid": iid, **known, "explanation": explanation, **changes}


TESTS = [row(1, 10, "because of A"), row(2, 11, "because of B"), row(3, 10, "because of A")]
MADE = [
    {"prediction": "made for B", "reference": "because of B"},
    {"prediction": " made first for A", "reference": "because of A"},
    {"prediction": "made second for A", "reference": "because of A"},
]


def write(folder: Path, tests: list[dict[str, Any]], made: list[dict[str, Any]]) -> Path:
    for name, rows in ((TEST, tests), (PREDICTIONS, made)):
        (folder / name).write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return folder


def test_predictions_are_matched_by_reference(tmp_path: Path) -> None:
    cases = read_xrec(write(tmp_path, TESTS, MADE))
    assert [case.prediction for case in cases] == ["made first for A", "made for B", "made second for A"]
    assert [(case.client_id, case.item_id) for case in cases] == [("1", "10"), ("2", "11"), ("3", "10")]
    assert cases[1].reference == "because of B"
    assert cases[1].item_text == "Book 11. for readers"
    assert cases[1].client_profile == "likes books"


@pytest.mark.parametrize(
    ("tests", "made", "said"),
    [
        (TESTS, MADE[:2], r"test\.jsonl, line 3: .*has no prediction"),
        ([row(1, 10, "a", title=None)], MADE, r"line 1: 'title' must be a text"),
        ([row(1, True, "because of A")], MADE, r"line 1: 'iid' must be an id"),
        (TESTS, [{"prediction": "x"}], r"predictions\.jsonl, line 1: 'reference' must be a text"),
        (TESTS, [], r"predictions\.jsonl: is empty"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, tests: list[dict[str, Any]], made: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_xrec(write(tmp_path, tests, made))


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    write(tmp_path, TESTS, MADE)
    (tmp_path / TEST).write_text('{"uid": 1,\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"test\.jsonl, line 1: is not JSON"):
        read_xrec(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"xrec_predictions\.jsonl: cannot be read"):
        read_xrec(tmp_path)


@pytest.mark.skipif(not XREC.is_dir(), reason="XRec's released predictions are not beside the checkout")
def test_the_release_is_read_whole() -> None:
    cases = read_xrec(XREC)
    assert len(cases) == 3000
    assert len({case.client_id for case in cases}) == 1830
    assert len({case.prediction for case in cases}) == 3000
    assert cases[0].title == "Drums of Autumn"
