"""The commands for those who may log in."""

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from agent.records.users import Users
from agent.settings import Settings
from recsys.data.boutique import Boutique
from recsys.errors import InputError, NotFound
from tests.service_world import ServiceWorld
from ui.user_commands import new_password, users

PASSWORD = "correct horse battery"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ServiceWorld(tmp_path).boutique.close()
    return tmp_path


def run(folder: Path, *arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(users, arguments, input=stdin, obj=Settings(boutique=folder))


def may_log_in(folder: Path, name: str, password: str) -> bool:
    boutique = Boutique.open(folder)
    try:
        return Users(boutique).recognise(name, password) is not None
    finally:
        boutique.close()


def test_a_password_is_asked_for_twice_and_never_shown(folder: Path) -> None:
    result = run(folder, "add", "claire", "--as", "associate", "--id", "a1", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert "claire may log in as associate a1" in result.output
    assert PASSWORD not in result.output
    assert may_log_in(folder, "claire", PASSWORD)


def test_a_password_comes_from_standard_input(folder: Path) -> None:
    assert run(folder, "add", "m", "--as", "manager", "--id", "m1", "--password-stdin", stdin=f"{PASSWORD}\nx\n")
    assert may_log_in(folder, "m", PASSWORD)


def test_a_generated_password_is_the_only_output(folder: Path) -> None:
    result = run(folder, "add", "ada", "--as", "shopper", "--id", "c1", "--generate")
    assert may_log_in(folder, "ada", result.stdout.strip())
    assert "Shown this once." in result.stderr
    assert len({new_password() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (("ada", "--as", "shopper", "--id", "c99", "--generate"), NotFound, "c99"),
        (("Ada!", "--as", "shopper", "--id", "c1", "--generate"), InputError, "no name for a user"),
        (("ada", "--as", "shopper", "--id", "c1", "--password-stdin"), InputError, "use 10 to 200"),
        (("ada", "--as", "shopper", "--id", "c1", "--generate", "--password-stdin"), InputError, "exclude each other"),
        (("ada", "--as", "shopper", "--id", "guest:1", "--generate"), InputError, "not beginning with 'guest:'"),
    ],
)
def test_what_cannot_be_a_user_is_one_line(
    folder: Path, arguments: tuple[str, ...], error: type[Exception], says: str
) -> None:
    result = run(folder, "add", *arguments, stdin="short\n")
    assert isinstance(result.exception, error)
    assert says in str(result.exception)
    assert "\n" not in str(result.exception)
    assert json.loads(run(folder, "list", "--json").stdout) == []


def test_a_password_is_never_an_argument() -> None:
    add = users.commands["add"]
    names = {name for one in add.params for name in one.opts}
    assert "--password" not in names
    assert [one.name for one in add.params if isinstance(one, click.Argument)] == ["name"]


def test_users_are_listed_and_revoked(folder: Path) -> None:
    assert "no users yet" in run(folder, "list").stderr
    password = run(folder, "add", "claire", "--as", "associate", "--id", "a1", "--generate").stdout.strip()
    assert run(folder, "list").stdout.split() == ["claire", "associate", "a1", "may", "log", "in"]

    assert run(folder, "revoke", "claire").stdout == "claire is revoked\n"

    (told,) = json.loads(run(folder, "list", "--json").stdout)
    assert (told["name"], told["role"], told["actor_id"]) == ("claire", "associate", "a1")
    assert told["revoked_at"]
    assert password not in json.dumps(told)
    assert "revoked 2" in run(folder, "list").stdout
    assert not may_log_in(folder, "claire", password)
    assert isinstance(run(folder, "revoke", "claire").exception, NotFound)
