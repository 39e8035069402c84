import json
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from agent.settings import Settings
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.drift import DriftSettings
from recsys.errors import ClientellerError
from recsys.guided.embedding import GuidedEmbeddings
from recsys.models.encoders import SequenceConfig
from recsys.models.fitting import seeded
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.models.sequence_ranker import SequenceRanker
from recsys.models.weights import save_ranker
from recsys.refined import refine
from ui.taste_commands import cases, drift, taste

TURNED = "c007"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo boutique with rankers as they are before training: what they say is not what is tested here."""
    folder = tmp_path_factory.mktemp("demo") / "boutique"
    ingest(open_source(), folder)
    boutique = Boutique.open(folder)
    sequences, scores = boutique.sequences(), boutique.guided_scores()
    assert scores is not None
    n, stamp = len(sequences.items), boutique.fingerprint()
    guided = GuidedEmbeddings.from_scores(scores, sequences.items)
    with seeded(1):
        base = SequenceRanker.build(SequenceConfig(n, dim=32, max_length=20))
        refined = RefinedRanker.build(
            RefinedConfig(n, dim=32, max_length=20, late_weight=1.0), refine(base.base_embeddings(), guided.standard)
        )
    for ranker, name in ((base, "sasrec"), (refined, "refined")):
        save_ranker(ranker, folder / "weights" / name, catalogue_fingerprint=stamp, info={})
    return folder


def run(command: click.Command, boutique: Path, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, obj=Settings(boutique=boutique))


def test_a_taste_is_told_with_its_turns_and_the_days(demo: Path) -> None:
    result = run(taste, demo, "--client", TURNED)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert "purchases; catalogue standard deviations" in lines[0]
    assert sum("give or take" in line for line in lines) == 6
    assert any(line.startswith("the taste turned with purchase") and "202" in line for line in lines)
    assert "shown most by:" in lines


def test_the_document_holds_every_purchase_and_turn(demo: Path) -> None:
    document = json.loads(run(taste, demo, "--client", TURNED, "--json").stdout)
    boutique = Boutique.open(demo)
    assert [one["item_id"] for one in document["purchases"]] == list(boutique.sequence(TURNED))
    assert all(len(one["taste"]) == len(document["attributes"]) == 16 for one in document["purchases"])
    assert document["enough_to_tell"] is True
    numbers = range(1, len(document["purchases"]) + 1)
    for one in document["drifts"]:
        assert one["from_purchase"] in numbers
        assert one["p_value"] <= DriftSettings().alpha
        assert one["moves"]
        assert set(one["bent_by"]) <= set(numbers)


def test_a_few_purchases_tell_nothing(demo: Path) -> None:
    boutique = Boutique.open(demo)
    sequences = boutique.sequences()
    short = sequences.clients[int(np.argmin(np.diff(sequences.offsets)))]
    result = run(taste, demo, "--client", short)
    assert result.stdout.splitlines()[-1] == "too few purchases to tell whether the taste turned"


def test_known_drifts_are_compared_and_the_shipped_settings_are_those_chosen(demo: Path) -> None:
    result = run(drift, demo, "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["settings"] == asdict(DriftSettings())
    assert report["development"]["n_clients"] + report["test"]["n_clients"] == 400
    found = report["test"]["methods"]
    for question in ("drifted at all", "located within 2", "attribute named", "named and located"):
        ours, halves = found["drift points"][question], found["halves compared"][question]
        assert ours["f1"]["mean"] > halves["f1"]["mean"] > 0
    assert "clients tested" in result.stderr


def test_cases_are_drawn_or_named_and_written(demo: Path, tmp_path: Path) -> None:
    drawn = run(cases, demo, "--out", str(tmp_path / "drawn"), "--draw", "2", "--seed", "3")
    assert drawn.exit_code == 0, drawn.output
    page = (tmp_path / "drawn" / "cases.html").read_text(encoding="utf-8")
    assert drawn.stdout.strip() == str(tmp_path / "drawn" / "cases.html")
    assert page.count('<section class="case"') == 2
    assert "(seed 3)" in page
    named = run(cases, demo, "--out", str(tmp_path / "named"), "--client", TURNED, "--client", "c005")
    page = (tmp_path / "named" / "cases.html").read_text(encoding="utf-8")
    assert page.index(f"Client {TURNED}") < page.index("Client c005")
    assert "named by whoever made the page" in page
    assert "2025" in page
    assert named.stderr.splitlines() == [f"client {TURNED}", "client c005"]


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (taste, ["--client", "nobody"], "unknown client 'nobody'"),
        (cases, ["--client", "nobody", "--out", "x"], "'nobody' has no purchases"),
    ],
)
def test_an_unknown_client_is_one_clear_error(
    demo: Path, command: click.Command, arguments: list[str], message: str
) -> None:
    error = run(command, demo, *arguments).exception
    assert isinstance(error, ClientellerError)
    assert message in str(error)


@pytest.mark.parametrize(("command", "arguments"), [(taste, ["--client", "c1"]), (drift, []), (cases, ["--out", "x"])])
def test_without_a_boutique_every_command_says_what_to_do(
    command: click.Command, arguments: list[str], tmp_path: Path
) -> None:
    error = run(command, tmp_path, *arguments).exception
    assert isinstance(error, ClientellerError)
    assert "no boutique" in str(error)
