"""Who may log in to the demo."""

import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from agent.context import Actor
from agent.records.users import Users
from recsys.data.boutique import Boutique
from recsys.errors import InputError
from tests.service_world import START, ServiceWorld
from ui.demo import USERS_FILE, demo_users


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("agent.records.users._HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    ServiceWorld(tmp_path).boutique.close()
    return tmp_path


def password_in(lines: list[str]) -> str:
    return lines[-1].split()[-1]


def actors(folder: Path, password: str) -> dict[str, Actor | None]:
    boutique = Boutique.open(folder)
    found = {name: Users(boutique).recognise(name, password) for name in ("associate", "manager", "shopper")}
    boutique.close()
    return {name: user.actor if user is not None else None for name, user in found.items()}


def test_the_fullest_book_and_the_longest_history_are_shown_at_every_start(folder: Path) -> None:
    first = demo_users(folder)

    assert demo_users(folder) == first
    assert actors(folder, password_in(first)) == {
        "associate": Actor("a1", "associate"),  # with three of the four clients
        "manager": Actor("manager", "manager"),
        "shopper": Actor("c1", "shopper"),  # with three purchases
    }
    assert first[0].endswith("or look around as a guest:")
    assert "is Ada Lund, who bought 3 pieces" in "\n".join(first)


def test_the_password_is_its_owners_alone_and_different_everywhere(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    ServiceWorld(other).boutique.close()
    assert password_in(demo_users(folder)) != password_in(demo_users(other))
    assert stat.S_IMODE((folder / USERS_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("left", [None, "", "[]", '{"password": 5}', '{"password": "a wrong password"}'])
def test_a_lost_password_is_replaced(folder: Path, left: str | None) -> None:
    old = password_in(demo_users(folder))
    if left is None:
        (folder / USERS_FILE).unlink()
    else:
        (folder / USERS_FILE).write_text(left)

    new = password_in(demo_users(folder))

    assert new != old
    assert None not in actors(folder, new).values()
    assert set(actors(folder, old).values()) == {None}
    assert stat.S_IMODE((folder / USERS_FILE).stat().st_mode) == 0o600


def test_somebody_elses_user_is_left_alone(folder: Path) -> None:
    boutique = Boutique.open(folder)
    Users(boutique).add("manager", "correct horse battery", Actor("m7", "manager"), now=START)
    boutique.close()
    with pytest.raises(InputError, match="there is a user 'manager' who is not of the demo"):
        demo_users(folder)
    assert actors(folder, "correct horse battery")["manager"] == Actor("m7", "manager")
    assert not (folder / USERS_FILE).exists()
