import numpy as np
import pytest

from recsys.errors import InputError, NotFound
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.scores import GuidedScores, read_scores_csv
from recsys.ranker import IdMap

SET = AttributeSet(
    domain="boutique",
    stance="Score the item.",
    attributes=(GuidedAttribute(name="boldness", anchors={}), GuidedAttribute(name="warmth", anchors={})),
)


def scores(**rows):
    return GuidedScores(SET, tuple(rows), np.array(list(rows.values()), dtype=np.float32), "house rules 1")


def test_aligned_follows_the_catalogue_and_gives_the_mean_to_items_without_scores():
    aligned = scores(b=[9, 0], a=[3, 4], elsewhere=[0, 9]).aligned(IdMap(["a", "unscored", "b"]))

    assert aligned.dtype == np.float32
    assert aligned.tolist() == [[0, 0], [3, 4], [6, 2], [9, 0]]


def test_aligned_with_no_item_in_common_is_zero():
    assert scores(x=[9, 9]).aligned(IdMap(["a"])).tolist() == [[0, 0], [0, 0]]


def test_row_is_found_by_item_id():
    assert scores(a=[1, 2]).row("a").tolist() == [1, 2]
    with pytest.raises(NotFound, match="'b' has no guided scores"):
        scores(a=[1, 2]).row("b")


@pytest.mark.parametrize("ids", [("a",), ("a", "b", "c"), ("a", "a")])
def test_rows_and_ids_must_agree(ids):
    with pytest.raises(ValueError, match="values must be|must be unique"):
        GuidedScores(SET, ids, np.zeros((2, 2), dtype=np.float32), "test")


@pytest.mark.parametrize("prefix", ["", "\ufeff"])
def test_csv_columns_may_come_in_any_order(tmp_path, prefix):
    path = tmp_path / "scores.csv"
    path.write_text(f"{prefix}warmth,item_id,boldness\r\n1,a,2.5\r\n\r\n9,b,0\r\n", encoding="utf-8")

    read = read_scores_csv(path, SET, "our stylists")

    assert read.item_ids == ("a", "b")
    assert read.values.tolist() == [[2.5, 1], [0, 9]]
    assert read.scorer == "our stylists"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item_id,boldness,warmth\na,1,2\nb,10,2\n", "line 3, column 'boldness': '10' is not a number from 0 to 9"),
        ("item_id,boldness,warmth\na,1,-1\n", "line 2, column 'warmth': '-1'"),
        ("item_id,boldness,warmth\na,1,nan\n", "line 2, column 'warmth': 'nan'"),
        ("item_id,boldness,warmth\na,1,high\n", "line 2, column 'warmth': 'high'"),
        ("item_id,boldness,warmth\na,1,\n", "line 2, column 'warmth': ''"),
        ("item_id,boldness,warmth\na,1\n", "line 2: 2 columns, the header has 3"),
        ("item_id,boldness,warmth\na,1,2\na,1,2\n", "line 3, column 'item_id': 'a' is already"),
        ("item_id,boldness,warmth\n ,1,2\n", "line 2, column 'item_id': '' is empty"),
        ("item_id,boldness\na,1\n", "column 'warmth' is missing"),
        ("item_id,boldness,warmth,edge\na,1,2,3\n", "column 'edge' is unknown"),
        ("item_id,boldness,warmth,warmth\na,1,2,3\n", "column 'warmth' occurs twice"),
        ("item_id,boldness,warmth\n", "no scores"),
        ('item_id,boldness,warmth\na,1,"2\n', "not well-formed CSV"),
        ("", "is empty"),
        ("\n", "is empty"),
    ],
)
def test_csv_faults_name_line_and_column(tmp_path, text, message):
    path = tmp_path / "scores.csv"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        read_scores_csv(path, SET, "test")

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_csv_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_scores_csv(tmp_path / "none.csv", SET, "test")
