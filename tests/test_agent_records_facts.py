import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.context import Actor
from agent.errors import Refused
from agent.records.facts import Fact, erase_fact
from tests.service_world import ADA, ASSOCIATE, BO, COLLEAGUE, MANAGER, START, ServiceWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def fact(value: str, subject: str = "shoe size", day: int = 0) -> Fact:
    return Fact("size", subject, value, None, "written by a1", "a1", START + dt.timedelta(days=day))


def test_the_last_word_on_a_subject_replaces_the_one_before(world: ServiceWorld) -> None:
    facts = world.shop.facts
    for day, value in enumerate(["38", "39"]):
        facts.put(ASSOCIATE, "c1", fact(value, day=day), key=f"k{day}")
    facts.put(ASSOCIATE, "c1", fact("52", "ring size", 2), key="k2")
    assert [(one.subject, one.value) for one in facts.all(ADA, "c1")] == [("shoe size", "39"), ("ring size", "52")]


@pytest.mark.parametrize(
    ("actor", "client_id"), [(COLLEAGUE, "c1"), (BO, "c1"), (ASSOCIATE, "c2"), (Actor("c1", "associate"), "c1")]
)
def test_facts_are_for_those_who_see_the_client(world: ServiceWorld, actor: Actor, client_id: str) -> None:
    world.shop.facts.put(MANAGER, client_id, fact("39"), key="k")
    assert world.shop.facts.all(actor, client_id) == []
    with pytest.raises(Refused):
        world.shop.facts.put(actor, client_id, fact("40"), key="k2")
    arguments = {"client_id": client_id, "kind": "size", "subject": "shoe size", "value": "39"}
    with world.boutique.database.transaction() as connection, pytest.raises(Refused):
        erase_fact(connection, actor, arguments, "k", START)
    assert [one.value for one in world.shop.facts.all(MANAGER, client_id)] == ["39"]


def test_only_exactly_what_was_approved_is_erased(world: ServiceWorld) -> None:
    world.shop.facts.put(ASSOCIATE, "c1", fact("39"), key="k")
    arguments = {"client_id": "c1", "kind": "size", "subject": "shoe size", "value": "38"}
    with world.boutique.database.transaction() as connection, pytest.raises(Refused, match="changed or forgotten"):
        erase_fact(connection, ASSOCIATE, arguments, "k", START)
    with world.boutique.database.transaction() as connection:
        assert erase_fact(connection, ASSOCIATE, arguments | {"value": "39"}, "k", START) == "Forgotten for good."
    assert world.shop.facts.all(ASSOCIATE, "c1") == []
