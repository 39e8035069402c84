import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from recsys.data.demo import open_source
from ui.cli import main

HEAVY = {
    "torch", "transformers", "sentence_transformers", "gradio", "langchain", "langchain_core", "langgraph", "chromadb",
    "pandas", "pyarrow", "scipy", "xllamacpp", "openai", "sqlalchemy",
}  # fmt: skip
COMMANDS = sorted(main.commands)


def run(*arguments: str, boutique: Path | None = None, stdin: str | None = None) -> Result:
    where = ["--boutique", str(boutique)] if boutique is not None else []
    return CliRunner().invoke(main, [*where, "--model", "none", *arguments], input=stdin)


def test_help_imports_nothing_heavy_and_is_quick() -> None:
    probe = "import sys, ui.cli; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "ui.cli", "--help"], capture_output=True, check=True)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.5


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_is_in_the_readme(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 3
    assert f"clienteller {command}" in (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_ingest_again_changes_nothing_and_prints_one_document(demo_boutique: Path) -> None:
    report = json.loads(run("ingest", str(open_source()), "--json", boutique=demo_boutique).stdout)
    assert len(report["files"]) == 4
    assert all(file["new"] == file["changed"] == file["rejected"] == 0 for file in report["files"])


def test_evaluate_ranking_prints_every_ranker(demo_boutique: Path) -> None:
    report = json.loads(run("evaluate", "ranking", "--json", boutique=demo_boutique).stdout)
    assert [row["name"] for row in report["results"]] == ["popularity", "item_knn", "sasrec", "refined"]


def test_index_does_nothing_when_it_is_up_to_date(demo_boutique: Path) -> None:
    assert "up to date" in run("index", boutique=demo_boutique).output


def test_a_conversation_in_the_terminal(demo_boutique: Path) -> None:
    talk = "what would suit them?\nsomething cheaper\nwhy the first one?\ncompare the first two\nthey like the second\n"
    result = run("chat", "--client", "c001", boutique=demo_boutique, stdin=talk)
    assert result.exit_code == 0, result.output
    answers = result.output.split("\n> ")[1:]
    assert len(answers) == 5
    assert "  1. " in answers[0]
    assert "€" in answers[1]
    assert "  1. " in answers[2]
    assert "Price" in answers[3]
    assert "noted as liked" in answers[4]
    assert "No language model" in result.output  # it says that no language model answers


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["chat", "--client", "nobody"], "hi\n", "unknown client 'nobody'"),
        (["chat", "--client", "c001", "--as", "associate", "--actor", "a99"], "hi\n", "no client 'c001' in your book"),
        (["ingest", "/nowhere/at/all"], None, "/nowhere/at/all"),
        (["chat", "--client", "c001", "--as", "king"], "hi\n", "'king' is not one of"),
    ],
)
def test_bad_input_gets_one_clear_line(demo_boutique: Path, arguments: list[str], stdin: str | None, says: str) -> None:
    result = run(*arguments, boutique=demo_boutique, stdin=stdin)
    assert result.exit_code in (1, 2)
    assert says in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "command", [["train"], ["index"], ["clients"], ["chat", "--client", "c001"], ["evaluate", "ranking"]]
)
def test_without_a_boutique_every_command_says_what_to_run_first(tmp_path: Path, command: list[str]) -> None:
    result = run(*command, boutique=tmp_path / "none")
    assert result.exit_code == 1
    assert "ingest" in result.output
    assert not (tmp_path / "none").exists()


def test_training_and_index_are_asked_for_in_turn(tmp_path: Path) -> None:
    assert run("ingest", str(open_source()), boutique=tmp_path).exit_code == 0
    assert "run 'clienteller train' first" in run("chat", "--client", "c001", boutique=tmp_path).output


def test_a_port_in_use_is_one_line(demo_boutique: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]), boutique=demo_boutique)
    assert result.exit_code == 1
    assert "in use" in result.output


def test_a_missing_and_a_wrong_model_file_are_named(demo_boutique: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "model.gguf"
    wrong.write_bytes(b"GGUF not really")
    for path, says in ((tmp_path / "absent.gguf", "absent.gguf"), (wrong, "SHA-256")):
        result = CliRunner().invoke(
            main,
            ["--boutique", str(demo_boutique), "--model", "embedded", "chat", "--client", "c001"],
            input="suggest something\n",
            env={"CLIENTELLER_MODEL_FILE": str(path)},
        )
        # the conversation goes on without the model, and says why
        assert result.exit_code == 0, result.output
        assert says in result.output
        assert "  1. " in result.output


def test_a_ranker_that_was_left_out_is_told_with_its_reason() -> None:
    from recsys.models.training import TrainingReport
    from ui.cli import _training_line

    assert (
        _training_line(TrainingReport("refined", skipped="no guided scores")) == "refined: left out, no guided scores"
    )
    assert "NDCG@10 0.2500" in _training_line(TrainingReport("sasrec", 0.25, 3, 5))
