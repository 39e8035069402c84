"""Reading reference explanations: what is taken, what is refused and how the refusal reads."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import InputError
from recsys.seller.references import ANGLES, SPLITS, Reference, read_references, reference_lines

BEAUTY = Path(__file__).parents[2] / "shared/data/amazon-beauty/explanations.jsonl"
ROW = {
    "split": "train",
    "user": "67",
    "history": ["733", "734"],
    "target": "736",
    "text": "A lighter leave-in than yours.",
    "cites": ["734"],
    "attributes": ["texture_hair"],
    "angle": "novelty",
    "order": False,
}


def write(path, *rows):
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def without(name):
    return {key: value for key, value in ROW.items() if key != name}


def test_a_row_is_read_as_it_stands(tmp_path):
    (reference,) = read_references(write(tmp_path / "r.jsonl", ROW, "\n"))

    assert reference.model_dump(mode="json") == ROW
    assert reference.history == ("733", "734")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (ROW | {"split": "dev"}, "split 'dev': Input should be 'train', 'valid' or 'test'"),
        (ROW | {"angle": "colour"}, "angle 'colour': Input should be 'brand', 'need', 'novelty'"),
        (ROW | {"order": "yes"}, "order 'yes': Input should be a valid boolean"),
        (ROW | {"user": 67}, "user '67': Input should be a valid string"),
        (ROW | {"user": "a b"}, "user 'a b'"),
        (ROW | {"history": []}, "history .* at least 1 item"),
        (ROW | {"text": ""}, "text ''"),
        (ROW | {"text": "hidden\u202e"}, "text"),
        (ROW | {"attributes": ["Texture"]}, "attributes.0 'Texture'"),
        (ROW | {"cites": ["999"]}, "cites '999', which is not in history"),
        (ROW | {"cites": ["734", "734"]}, "cites names something twice"),
        (ROW | {"attributes": ["a", "a"]}, "attributes names something twice"),
        (ROW | {"score": 1}, "'score' is not a member of a reference; allowed are split, user"),
        (without("text"), "text is missing; a reference has split, user"),
        ("[1]\n", "must be one JSON object"),
        ("{\n", "is not JSON"),
    ],
)
def test_a_bad_row_is_named_in_one_line(tmp_path, row, problem):
    path = write(tmp_path / "r.jsonl", ROW | {"user": "1"}, row)

    with pytest.raises(InputError, match=f"r.jsonl: line 2: .*{problem}") as caught:
        read_references(path)

    assert "\n" not in str(caught.value)


def test_the_same_client_and_target_twice_is_refused(tmp_path):
    path = write(tmp_path / "r.jsonl", ROW, ROW | {"text": "Said otherwise."})

    with pytest.raises(InputError, match="line 2: user '67' with target '736' is on line 1 already"):
        read_references(path)


def test_a_client_in_two_splits_is_refused(tmp_path):
    path = write(tmp_path / "r.jsonl", ROW, ROW | {"target": "737", "split": "test"})

    with pytest.raises(InputError, match="line 2: user '67' is in split 'test', on line 1 in 'train'"):
        read_references(path)


@pytest.mark.parametrize("content", ["\n\n", " \n"])
def test_a_file_without_references_is_refused(tmp_path, content):
    with pytest.raises(InputError, match="holds no reference"):
        read_references(write(tmp_path / "r.jsonl", content))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "r.jsonl").write_bytes(b'{"split": "\xff"}\n')

    with pytest.raises(InputError, match="not UTF-8"):
        read_references(tmp_path / "r.jsonl")


@given(
    history=st.lists(st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True), min_size=1, max_size=6),
    text=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60),
    angle=st.sampled_from(ANGLES),
    split=st.sampled_from(SPLITS),
    order=st.booleans(),
    data=st.data(),
)
def test_what_is_written_is_read_again(tmp_path_factory, history, text, angle, split, order, data):
    cites = tuple(dict.fromkeys(data.draw(st.lists(st.sampled_from(history), max_size=3))))
    one = Reference(
        split=split, user="u1", history=tuple(history), target="t1", text=text, cites=cites, attributes=("minimal",),
        angle=angle, order=order,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("references") / "r.jsonl"
    path.write_text(reference_lines([one]), encoding="utf-8")

    assert read_references(path) == [one]


@pytest.mark.skipif(not BEAUTY.exists(), reason="the Amazon Beauty references lie outside the checkout")
def test_the_beauty_references_can_be_read():
    references = read_references(BEAUTY)

    assert Counter(one.split for one in references) == {"train": 840, "valid": 120, "test": 120}
    assert all(18 <= len(one.text.split()) <= 45 for one in references)
