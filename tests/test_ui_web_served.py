"""The whole application as it is served: Gradio's events of one session are no other's, and end with it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage

from tests.pages import running
from tests.surface_world import ACTORS
from tests.web_world import NAMES, Rooms, open_rooms
from ui.web.gate import COOKIE, LOG_IN, NO_EVENT

SECRET = "For Ada alone, in confidence."


@dataclass
class Browser:
    """A browser's requests, without a browser."""

    http: httpx.Client
    page: str

    def config(self) -> dict[str, Any]:
        text = self.http.get(f"{self.page}/").text
        found, _ = json.JSONDecoder().raw_decode(text.split("window.gradio_config = ", 1)[1])
        return dict(found)

    def handler(self, *inputs: str) -> int:
        """Return the event that takes the controls with these names in the page's markup."""
        config = self.config()
        names = {one["id"]: one["props"].get("elem_id") for one in config["components"]}
        for event in config["dependencies"]:
            if tuple(names[one] for one in event["inputs"]) == inputs and event["backend_fn"]:
                return int(event["id"])
        raise AssertionError(inputs)

    def join(self, under: str, event: int, *data: str, **more: Any) -> httpx.Response:
        body = {"data": data, "event_data": None, "fn_index": event, "trigger_id": None, "session_hash": under}
        return self.http.post(f"{self.page}/gradio_api/queue/join", json=body | more)

    def stream(self, session_hash: str) -> str:
        """Return everything that is told under a name until the stream ends."""
        with self.http.stream("GET", f"{self.page}/gradio_api/queue/data?session_hash={session_hash}") as answer:
            return "".join(answer.iter_text())

    def say(self, session_hash: str, key: str, message: str) -> httpx.Response:
        return self.join(session_hash, self.handler("ct-key", "ct-box"), key, message)


@dataclass
class Served:
    """The small world on a port."""

    rooms: Rooms
    address: str

    def browser(self, who: str) -> Browser:
        house, actor = self.rooms.house, ACTORS[who]
        user = next(user for user in house.users.all() if user.name == NAMES[who])
        cookies = {COOKIE: house.enter(actor, user)}
        return Browser(httpx.Client(base_url=self.address, cookies=cookies, timeout=20), f"/{actor.role}")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as rooms, running(rooms.house) as address:
        yield Served(rooms, address)


def test_a_message_is_answered_through_the_gate(served: Served) -> None:
    alice = served.browser("own")
    key = served.rooms.house.talks.open(ACTORS["own"], "c1").key
    served.rooms.world.model.script[:] = [AIMessage(SECRET)]
    assert alice.say("alice1", key, "hello").status_code == 200
    assert SECRET in alice.stream("alice1")


@pytest.mark.parametrize("other", ["foreign", "own"])
def test_another_session_reads_nothing_under_a_name_it_knows(served: Served, other: str) -> None:
    """Neither another associate's nor a second session of the same person's."""
    alice, bob = served.browser("own"), served.browser(other)
    model = served.rooms.world.model
    model.script[:] = [AIMessage(SECRET)]
    model.gate.clear()
    try:
        event = alice.say("alice2", served.rooms.house.talks.open(ACTORS["own"], "c1").key, "hello")
        read = bob.stream("alice2")
        assert event.json()["event_id"] not in read
        assert SECRET not in read
        assert "404" in read  # there is nothing under the name
    finally:
        model.gate.set()
    told = alice.stream("alice2")
    assert SECRET in told
    assert event.json()["event_id"] in told


def test_another_session_sends_nothing_under_a_name_it_knows(served: Served) -> None:
    alice, bob = served.browser("own"), served.browser("foreign")
    house = served.rooms.house
    served.rooms.world.model.script[:] = [AIMessage("Of mine."), AIMessage("Of Bo.")]
    mine = alice.say("alice3", house.talks.open(ACTORS["own"], "c1").key, "hello").json()["event_id"]
    theirs = bob.say("alice3", house.talks.open(ACTORS["foreign"], "c2").key, "hello").json()["event_id"]
    assert mine != theirs
    assert theirs not in alice.stream("alice3")
    assert mine not in bob.stream("alice3")


def test_another_persons_conversation_is_refused_in_the_handler(served: Served) -> None:
    bob = served.browser("foreign")
    key = served.rooms.house.talks.open(ACTORS["own"], "c1").key
    before = len(served.rooms.house.talks.find(ACTORS["own"], key).blocks)
    bob.say("bob4", key, "What do we know of them?")
    told = bob.stream("bob4")
    assert "has ended, or is not yours" in told
    assert "Ada" not in told
    assert len(served.rooms.house.talks.find(ACTORS["own"], key).blocks) == before


@pytest.mark.parametrize(
    "more",
    [{"session_hash": None}, {"session_hash": ""}, {"event_id": "e"}, {"oauth_token": "t"}, {"data": "x" * 70_000}],
)
def test_events_that_the_page_does_not_send_are_not_taken(served: Served, more: dict[str, Any]) -> None:
    answer = served.browser("own").join("alice5", 0, **more)
    assert answer.status_code in (400, 413)
    assert answer.text == NO_EVENT or answer.status_code == 413


def test_a_session_that_has_ended_is_answered_nothing(served: Served) -> None:
    alice = served.browser("own")
    key, house = served.rooms.house.talks.open(ACTORS["own"], "c1").key, served.rooms.house
    speaking = alice.handler("ct-key", "ct-box")
    session = house.session(alice.http.cookies[COOKIE])
    assert session is not None
    house.leave(session)
    for answer in (
        alice.join("alice6", speaking, key, "hello"),
        alice.http.get("/associate/gradio_api/queue/data?session_hash=alice6"),
        alice.http.get("/associate/theme.css"),
    ):
        assert (answer.status_code, answer.text) == (401, LOG_IN)


def test_a_session_that_ends_while_it_waits_is_answered_nothing(served: Served) -> None:
    """The event was taken while the session was open, and comes to its turn, or to its words, when it no longer is."""
    alice, house, model = served.browser("own"), served.rooms.house, served.rooms.world.model
    key, session = house.talks.open(ACTORS["own"], "c1").key, house.session(alice.http.cookies[COOKIE])
    assert session is not None
    model.script[:] = [AIMessage(SECRET)]
    model.gate.clear()
    asked = model.asked
    told: list[str] = []
    alice.say("alice7", key, "hello")
    listening = threading.Thread(target=lambda: told.append(alice.stream("alice7")))
    listening.start()
    deadline = time.monotonic() + 10
    while model.asked == asked and time.monotonic() < deadline:
        time.sleep(0.02)
    house.leave(session)
    time.sleep(1.2)  # a stream looks once a second whether its session is still open
    model.gate.set()
    listening.join(20)
    assert not listening.is_alive()
    assert "hello" in told[0]
    assert SECRET not in told[0]


def test_a_page_tells_nothing_of_anybody_and_nothing_of_another_role(served: Served) -> None:
    configs = {who: served.browser(who).config() for who in ("shopper", "own", "manager")}
    for who, config in configs.items():
        text = json.dumps(config, ensure_ascii=False)
        for words in ("Ada", "Bo", "SECRET-BO", "Likes tea", "c1", "c2", "a1"):
            assert not re.search(rf"\b{words}\b", text), words
        for closed in ("state", "file", "uploadbutton", "downloadbutton"):
            assert closed not in {one["type"] for one in config["components"]}
        assert {one["api_visibility"] for one in config["dependencies"]} == {"private"}
        assert served.rooms.house.assistant.name in text, who
    shopper = json.dumps(configs["shopper"])
    for staff_only in ("/room/today", "/room/clients", "/room/outbox", "/room/dashboard", "/room/follow-ups"):
        assert staff_only not in shopper


def test_a_page_loads_nothing_of_another_host(served: Served) -> None:
    html = served.browser("shopper").http.get("/shopper/").text
    for foreign in ("fonts.googleapis", "fonts.gstatic", "cdnjs", 'src="http', "src='http", 'href="http'):
        assert foreign not in html
