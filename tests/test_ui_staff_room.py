import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.events import Card, Notice
from agent.settings import Settings
from recsys.errors import NotFound
from ui.staff_room import StaffRoom


@pytest.fixture(scope="module")
def room(demo_boutique: Path) -> Iterator[StaffRoom]:
    with StaffRoom.open(Settings(boutique=demo_boutique, chat_model="none"), "Maison Orvane") as room:
        yield room


def test_every_client_can_be_chosen(room: StaffRoom) -> None:
    clients = room.clients()
    assert len(clients) >= 120
    assert len({client_id for _, client_id in clients}) == len(clients)


def test_a_conversation_begins_with_the_client_and_ways_to_ask(room: StaffRoom) -> None:
    key = room.open_conversation("c001")
    greeting, starters = room.greeting(key)
    assert dict(map(reversed, room.clients()))["c001"] in greeting
    assert 2 <= len(starters) <= 4
    for starter in starters:
        assert any(not isinstance(event, Notice) for event in room.respond(key, starter))


def test_the_panel_tells_only_what_is_on_record(room: StaffRoom) -> None:
    profile = room.profile(room.open_conversation("c001"))
    assert profile.n_purchases >= len(profile.recent) > 0
    assert re.fullmatch(r"[A-Z][a-z]+ 20\d\d", profile.since)
    assert all(0 <= bar.value <= 1 for bar in profile.taste)


def test_keys_cannot_be_guessed_and_end_with_the_room(room: StaffRoom) -> None:
    keys = {room.open_conversation("c001") for _ in range(50)}
    assert len(keys) == 50
    assert min(map(len, keys)) >= 32
    for nobody in ("", "c001", "a" * 32):
        with pytest.raises(NotFound, match="this conversation has ended"):
            room.profile(nobody)


def test_two_conversations_do_not_share_a_slate(room: StaffRoom) -> None:
    one, two = room.open_conversation("c001"), room.open_conversation("c014")
    assert [event for event in room.respond(one, "what would suit them?") if isinstance(event, Card)]
    assert list(room.respond(two, "hello"))
    assert room._conversation(one).view()
    assert not room._conversation(two).view()


def test_it_is_said_once_that_no_language_model_answers(room: StaffRoom) -> None:
    key = room.open_conversation("c001")
    first, second = list(room.respond(key, "hello")), list(room.respond(key, "hello"))
    assert any(isinstance(event, Notice) for event in first)
    assert not any(isinstance(event, Notice) for event in second)
