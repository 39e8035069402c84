"""The measurement of the page under load: its figures, its copy of the boutique, its visitors."""

import asyncio
import datetime as dt
import math
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.context import Actor
from agent.records.web_sessions import WebSessions
from recsys.data.boutique import Boutique
from recsys.errors import NotReady
from tests.surface_world import NOW, recommended, serving
from tests.web_world import open_rooms
from ui.load_commands import Row, _lines
from ui.load_sessions import Words, percentile, script, visit
from ui.load_site import Memory, Visitor, copy_boutique, make_people
from ui.web.site import build_site

WORDS = Words(["romantic"], ["Bags"])


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9
    assert sum(value < found for value in values) < share * len(values)


def test_without_values_there_is_no_percentile() -> None:
    assert math.isnan(percentile([], 0.95))


def test_the_same_seed_says_the_same() -> None:
    first, second, other = (script(WORDS, 20, random.Random(seed)) for seed in (1, 1, 2))

    assert first == second != other
    assert first[0] == "What do you suggest?"
    assert "Show me Bags" in first


def test_a_copy_has_the_records_and_no_conversation(tmp_path: Path) -> None:
    with open_rooms(tmp_path / "own") as rooms:
        talk = rooms.house.talks.open(Actor("c1", "shopper"), "c1")
        rooms.world.model.script.extend(recommended())
        list(talk.answer("What do you suggest?"))
        copy_boutique(rooms.house.assistant.shop.boutique.path, tmp_path / "copy")

    copied = Boutique.open(tmp_path / "copy")
    assert {client.client_id for client in copied.clients()} >= {"c1", "c2"}
    copied.close()
    assert not [
        path.name for path in (tmp_path / "copy").iterdir() if path.name.startswith(("threads", "turns", "traces"))
    ]


def test_there_must_be_a_boutique(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="no boutique"):
        copy_boutique(tmp_path, tmp_path / "copy")


def test_people_have_open_sessions_of_every_kind(tmp_path: Path) -> None:
    with open_rooms(tmp_path / "own") as rooms:
        copy_boutique(rooms.house.assistant.shop.boutique.path, tmp_path / "copy")
    people, logins = make_people(tmp_path / "copy", 10)

    boutique = Boutique.open(tmp_path / "copy")
    sessions = WebSessions(boutique)
    found = [sessions.find(one.token, now=dt.datetime.now(dt.UTC)) for one in people]
    boutique.close()
    assert [session.actor for session in found if session is not None] == [one.actor for one in people]
    assert sum(one.client_id.startswith("guest:") for one in people) == 2
    assert {login.role for login in logins} == {"shopper", "associate", "manager"}


def test_visitors_talk_to_the_real_page(tmp_path: Path) -> None:
    with open_rooms(tmp_path) as rooms:
        rooms.world.model.script.extend(recommended() * 2)
        token = rooms.house.sessions.begin(Actor("m1", "manager"), None, now=NOW)
        with serving(build_site(rooms.house)) as address:
            people = [Visitor(Actor("m1", "manager"), "c1", token)]
            waits, burst = asyncio.run(visit(address, people, WORDS, n_turns=1, think_s=0.0, seed=1))

    assert (waits.errors, burst.errors) == ([], [])
    assert [len(one) for one in (waits.pages, waits.turns, waits.first_events, waits.rooms, burst.turns)] == [1] * 5
    assert waits.first_events[0] <= waits.turns[0]
    assert waits.received > 1000
    assert rooms.world.model.script == []


def test_the_table_says_whether_an_aim_was_met() -> None:
    rows = [
        Row(10, False, 50, 0.1, 0.4, 0.6, 0.1, 0.1, 0.1, 90.0, (), 0.5),
        Row(25, False, 125, 0.3, 1.2, 2.0, 0.1, 0.1, 0.1, 90.0, ("Hello: TimeoutError: ",), 1.0),
    ]
    document = {"chat_model": "none", "turns_each": 5, "think_s": 8.0, "start_s": 12.0, "no_browser": "no browser"}

    text = "\n".join(_lines({**document, "first_page_s": {"shopper": 3.5}}, rows, Memory(900.0, 2600.0)))

    assert "p95 0.5 s: met" in text
    assert "p95 1 s: missed" in text
    assert "shopper 3.50 s (aim 3 s: missed)" in text
    assert "at most 2,600 MB (aim 2,500 MB: missed)" in text
    assert "error: Hello: TimeoutError" in text
