import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.settings import Settings
from recsys import language_model
from recsys.errors import InputError, NotReady
from ui.client_scorer_commands import client_scorer


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds a tiny model where the small language model would be."""
    from recsys.packaged_weights import PackagedFile
    from tests.tiny_language_model import tiny_language_model, write_gguf

    folder = tmp_path_factory.mktemp("cache")
    write_gguf(folder / "source.gguf", *tiny_language_model())
    packaged: PackagedFile = language_model.PACKAGED
    language_model._convert_beside(folder / "source.gguf", folder / Path(packaged.name).stem, packaged)
    return folder


@pytest.fixture
def boutique(demo_boutique: Path, tmp_path: Path) -> Path:
    """A copy of the demo boutique, so that what is tuned here is seen by no other test."""
    return Path(shutil.copytree(demo_boutique, tmp_path / "boutique"))


def run(boutique: Path, cache: Path, *arguments: str):
    settings = Settings(boutique=boutique, cache=cache)
    return CliRunner().invoke(client_scorer, [*arguments], obj=settings, catch_exceptions=True)


def test_help_names_both_commands() -> None:
    text = CliRunner().invoke(client_scorer, ["--help"]).stdout
    assert "train" in text
    assert "evaluate" in text


def test_trains_and_compares_on_the_demo_boutique(boutique: Path, cache: Path) -> None:
    early = run(boutique, cache, "evaluate", "--clients", "20")
    assert isinstance(early.exception, NotReady)
    trained = run(boutique, cache, "train", "--clients", "20", "--epochs", "1", "--json")
    assert trained.exit_code == 0, trained.output
    report = json.loads(trained.stdout)
    assert (report["n_clients"], report["n_choosing"], len(report["losses"])) == (18, 2, 2)
    compared = run(boutique, cache, "evaluate", "--clients", "20")
    assert compared.exit_code == 0, compared.output
    assert "validation purchase of 20 clients" in compared.stdout
    assert "LLM tuned" in compared.stdout
    again = run(boutique, cache, "evaluate", "--clients", "20", "--json")
    assert json.loads(again.stdout)["n_clients"] == 20


def test_more_clients_than_there_are_is_one_clear_error(boutique: Path, cache: Path) -> None:
    result = run(boutique, cache, "train", "--clients", "100000")
    assert isinstance(result.exception, InputError)
    assert "ask for less" in str(result.exception)
