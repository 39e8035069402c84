"""The commands that score and draft, on a small boutique with the real sentence encoder."""

import csv
import json
import sqlite3

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from agent.settings import Settings
from recsys.data.boutique import Boutique
from recsys.errors import InputError, NotReady
from recsys.guided.attributes import parse_attribute_set, read_attribute_set
from recsys.guided.score_store import STORE_FILE, read_store
from tests.small_world import ITEMS, SCORES
from ui.annotate_commands import annotate, attributes, scorers

NAMES = read_attribute_set("boutique").names


@pytest.fixture
def folder(tmp_path):
    boutique = Boutique.create(tmp_path / "boutique")
    with boutique.writer() as writer:
        writer.upsert_items(ITEMS)
    boutique.close()
    return tmp_path / "boutique"


def run(command, folder, *arguments, model="none"):
    settings = Settings(boutique=folder, chat_model=model)
    result = CliRunner().invoke(command, [str(one) for one in arguments], obj=settings, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_annotate_makes_the_scores_the_boutiques_own_and_keeps_their_provenance(folder):
    shown = run(annotate, folder, "--attributes", "boutique")

    stored = Boutique.open(folder).guided_scores()
    kept = read_store(folder / STORE_FILE)
    assert stored.item_ids == kept.item_ids == tuple(item.item_id for item in ITEMS)
    assert stored.scorer == "sentence encoder all-MiniLM-L6-v2"
    np.testing.assert_allclose(stored.values, kept.guided_scores().values)
    assert stored.attribute_set == kept.attribute_set
    assert shown.startswith("12 items by sentence encoder all-MiniLM-L6-v2")
    for one in stored.attribute_set.attributes:
        assert one.statable == (one.agreement.mean >= 0.6)
        line = next(line for line in shown.splitlines() if line.startswith(f"{one.name} "))
        assert ("is not stated" in line) != one.statable
    sweater, dress = stored.row("i5"), stored.row("i12")
    assert sweater[NAMES.index("warmth")] > dress[NAMES.index("warmth")]


def test_a_second_run_scores_nothing_and_shows_the_same(folder):
    first = run(annotate, folder, "--attributes", "boutique", "--json")
    with sqlite3.connect(folder / "scored.db") as connection:
        connection.execute("CREATE TRIGGER no_more BEFORE INSERT ON scored BEGIN SELECT RAISE(ABORT, 'again'); END")

    assert run(annotate, folder, "--json") == first  # by the boutique's own set, now that there is one


@pytest.mark.parametrize("arguments", [("--limit", 5), ("--item", "i2", "--item", "i4")])
def test_a_trial_stores_nothing(folder, arguments):
    shown = json.loads(run(annotate, folder, "--attributes", "boutique", *arguments, "--json"))

    assert shown["n_items"] == (5 if "--limit" in arguments else 2)
    assert shown["written_to"] is None
    assert [one["name"] for one in shown["attributes"]] == list(NAMES)
    assert Boutique.open(folder).guided_scores() is None
    assert not (folder / STORE_FILE).exists()


def test_export_writes_the_file_alone(folder, tmp_path):
    run(annotate, folder, "--attributes", "boutique", "--export", tmp_path / "scores.csv")
    run(annotate, folder, "--attributes", "boutique", "--limit", 4, "--export", tmp_path / "scores.parquet")

    rows = list(csv.reader((tmp_path / "scores.csv").open(encoding="utf-8")))
    assert rows[0] == ["item_id", *NAMES]
    assert len(rows) == 13
    assert len(read_store(tmp_path / "scores.parquet").item_ids) == 4
    assert Boutique.open(folder).guided_scores() is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "has no attribute set"),
        (("--attributes", "nothing"), "no packaged attribute set 'nothing'"),
        (("--attributes", "boutique", "--item", "i99"), "unknown item 'i99'"),
        (("--attributes", "boutique", "--export", "scores.txt"), "ends in .csv or .parquet"),
        (("--attributes", "boutique", "--scorer", "chat"), "needs a language model"),
    ],
)
def test_what_cannot_be_done_is_said(folder, arguments, message):
    with pytest.raises(Exception, match=message) as caught:
        run(annotate, folder, *arguments)

    assert "\n" not in str(caught.value)


def test_a_boutique_must_be_there(tmp_path):
    with pytest.raises(NotReady, match="no boutique at"):
        run(annotate, tmp_path / "none")


def test_scorers_are_compared_on_a_fixed_sample(folder, tmp_path):
    domain = tmp_path / "small.yaml"
    packaged = {one.name: one for one in read_attribute_set("boutique").attributes}
    three = tuple(packaged[name] for name in SCORES.attribute_set.names)
    small = read_attribute_set("boutique").model_copy(update={"domain": "small", "attributes": three})
    domain.write_text(yaml.safe_dump(small.model_dump(mode="json")), encoding="utf-8")
    with (tmp_path / "reference.csv").open("w", encoding="utf-8") as file:
        csv.writer(file).writerow(["item_id", *small.names])
        for item_id, row in zip(SCORES.item_ids, SCORES.values.tolist(), strict=True):
            csv.writer(file).writerow([item_id, *row])
    arguments = ("--reference", tmp_path / "reference.csv", "--attributes", domain, "--scorer", "sentence")

    shown = json.loads(run(scorers, folder, *arguments, "--json"))
    again = run(scorers, folder, *arguments)

    (row,) = shown["scorers"]
    assert shown["n_items"] == 12
    assert row["rho"]["warmth"] > 0
    assert row["s_per_item"] > 0
    assert f"{row['mean_rho']:.2f}" in again
    assert "cached" in again


def test_propose_overwrites_nothing(folder, tmp_path):
    path = tmp_path / "garden.yaml"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match="is there already"):
        run(attributes, folder, "propose", "--domain", "garden", "--out", path)

    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.llm
def test_the_embedded_model_drafts_a_valid_set(folder, tmp_path):
    if not (Settings().cache / "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf").is_file():
        pytest.skip("needs the weights of the embedded chat model")
    path = tmp_path / "fashion.yaml"

    run(attributes, folder, "propose", "--domain", "fashion", "--count", 2, "--out", path, model="embedded")

    drafted = parse_attribute_set(path.read_text(encoding="utf-8"), str(path))
    assert len(drafted.attributes) == 2
    assert all(one.poles for one in drafted.attributes)
