import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.errors import InputError
from recsys.guided.annotation import Annotation, Provenance
from recsys.guided.attributes import Agreement, AttributeSet, GuidedAttribute
from recsys.guided.score_store import read_store, write_scores_csv, write_store
from recsys.guided.scores import read_scores_csv

SET = AttributeSet(
    domain="test",
    stance="Score the item.",
    attributes=(
        GuidedAttribute(name="shine", anchors={"0": "dull"}, agreement=Agreement(mean=0.5, min=0.4)),
        GuidedAttribute(name="weight", anchors={}, agreement=Agreement(mean=0.9, min=0.9)),
    ),
)
KEY = b"clienteller.guided_scores"


def annotation(scale="relative"):
    provenance = Provenance(
        "a scorer", "0" * 16, "", scale, 2, SET.scoring_hash, dt.datetime(2026, 5, 1, 9, 30, tzinfo=dt.UTC)
    )
    return Annotation(SET, ("a", "b", "c"), np.array([[1, 9], [2, 0], [6, 3]], dtype=np.float32), provenance)


@pytest.mark.parametrize("scale", ["relative", "points"])
def test_what_is_written_is_read(tmp_path, scale):
    path = tmp_path / "scores.parquet"
    write_store(path, annotation(scale))
    write_store(path, annotation(scale))  # replaced

    read = read_store(path)

    assert read.attribute_set == SET
    assert read.item_ids == ("a", "b", "c")
    assert read.provenance == annotation(scale).provenance
    assert read.raw.dtype == np.float32
    assert read.raw.tolist() == annotation(scale).raw.tolist()
    assert [one.statable for one in read.guided_scores().attribute_set.attributes] == [False, True]
    assert [one.name for one in tmp_path.iterdir()] == ["scores.parquet"]


def test_exported_csv_is_read_as_guided_scores(tmp_path):
    scores = annotation("points").guided_scores()
    write_scores_csv(tmp_path / "scores.csv", scores)

    read = read_scores_csv(tmp_path / "scores.csv", SET, "a scorer")

    assert (read.item_ids, read.values.tolist()) == (scores.item_ids, scores.values.tolist())


def changed(tmp_path, header=None, column=None, **columns):
    """Write a store with some of its header or its columns changed."""
    path = tmp_path / "scores.parquet"
    write_store(path, annotation())
    table = pq.read_table(path)
    said = json.loads(table.schema.metadata[KEY]) | (header or {})
    for name, values in columns.items():
        table = table.set_column(table.schema.names.index(name), name, values)
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(said).encode()}), path)
    return path


@pytest.mark.parametrize(
    ("header", "columns", "message"),
    [
        ({"format": 2}, {}, "provenance, format"),
        ({"fingerprint": "x"}, {}, "provenance, fingerprint"),
        ({"readings": 1}, {}, "provenance, readings"),
        ({"by": "me"}, {}, "provenance, by"),
        ({"n_items": 4}, {}, "has 3 items where 4 were scored"),
        ({"attributes_hash": "f" * 16}, {}, "is not the one that was scored"),
        ({"attribute_set": SET.model_dump(mode="json") | {"version": 2}}, {}, "is not the one that was scored"),
        ({}, {"item_id": pa.array(["a", "a", "b"])}, "has an item twice"),
        ({}, {"item_id": pa.array(["a", None, "b"])}, "has empty cells"),
        ({}, {"shine": pa.array([1, 2, 3], pa.int64())}, "or of another type"),
        ({}, {"shine": pa.array([1, 2, float("nan")], pa.float32())}, "'shine' has scores that are not numbers"),
        ({"scale": "points"}, {"weight": pa.array([1, 2, 10], pa.float32())}, "'weight' has scores beyond 0 to 9"),
    ],
)
def test_a_store_that_contradicts_itself_is_refused_in_one_line(tmp_path, header, columns, message):
    with pytest.raises(InputError) as caught:
        read_store(changed(tmp_path, header, **columns))

    assert message in str(caught.value)
    assert "clienteller annotate" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and nothing more"])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    path = tmp_path / "scores.parquet"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_store(path)


def test_parquet_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "scores.parquet"
    pq.write_table(pa.table({"item_id": ["a"], "shine": [1.0]}), path)

    with pytest.raises(InputError, match="says nothing of where its scores come from"):
        read_store(path)


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path):
    for write in (lambda path: write_store(path, annotation()), lambda path: write_scores_csv(path, annotation())):
        with pytest.raises(InputError, match="cannot be written"):
            write(tmp_path / "nowhere" / "scores.csv")
