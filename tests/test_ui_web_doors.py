"""The ways in and out."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agent.context import Actor
from agent.policy import GUEST
from agent.records.web_sessions import IDLE
from tests.pages import PASSWORD
from tests.surface_world import ACTORS, recommended
from tests.web_world import Rooms, open_rooms
from ui.web.attempts import FREE_FAILURES, Attempts
from ui.web.doors import WRONG
from ui.web.gate import COOKIE, LOG_IN
from ui.web.house import House
from ui.web.site import build_rooms


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _untried(rooms: Rooms) -> None:
    rooms.house.attempts = Attempts(a_minute=60_000)


def log_in(browser: TestClient, name: str = "own", password: str = PASSWORD, **form: str) -> tuple[int, str]:
    answer = browser.post("/login", data={"name": name, "password": password, **form})
    return answer.status_code, answer.headers.get("location", answer.text)


def actor_of(rooms: Rooms, browser: TestClient) -> Actor | None:
    session = rooms.house.session(browser.cookies.get(COOKIE) or "")
    return session.actor if session is not None else None


@pytest.mark.parametrize(
    ("who", "page"),
    [("own", "/associate/"), ("manager", "/manager/"), ("shopper", "/shopper/"), ("guest", "/shopper/")],
)
def test_everybody_is_led_to_their_own_page(rooms: Rooms, who: str, page: str) -> None:
    browser = rooms.enter(who)
    assert browser.get("/").headers["location"] == page
    assert (actor_of(rooms, browser) == ACTORS[who]) if who != "guest" else actor_of(rooms, browser)


def test_the_cookie_is_for_our_server_alone(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")
    answer = browser.post("/login", data={"name": " OWN ", "password": PASSWORD})
    plain = answer.headers["set-cookie"]
    assert re.search(r"; HttpOnly; Path=/; SameSite=lax$", plain)
    assert "Secure" not in plain
    safe = TestClient(build_rooms(rooms.house), base_url="https://boutique.test", follow_redirects=False)
    assert "; Secure" in safe.post("/guest").headers["set-cookie"]


@pytest.mark.parametrize(
    "form", [{"name": "own", "password": "wrong password"}, {"name": "nobody"}, {}, {"name": "\x00"}]
)
def test_a_wrong_password_and_an_unknown_name_are_told_alike(rooms: Rooms, form: dict[str, str]) -> None:
    answer = rooms.enter("nobody").post("/login", data={"password": PASSWORD, **form} if form else {})
    assert answer.status_code == 401
    assert WRONG in answer.text
    assert "set-cookie" not in answer.headers
    assert PASSWORD not in answer.text


def test_what_was_typed_stays_text(rooms: Rooms) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = rooms.enter("nobody").post("/login", data={"name": hostile, "password": hostile, "next": "/" + hostile})
    assert "<script>alert" not in answer.text
    assert "<script>alert" not in rooms.enter("nobody").get("/login", params={"next": hostile}).text


def test_every_way_in_begins_a_new_session_and_ends_the_one_before(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")
    browser.cookies.set(COOKIE, "planted", domain="boutique.test", path="/")
    log_in(browser)
    first = browser.cookies[COOKIE]
    assert first != "planted"
    log_in(browser, "manager")
    assert browser.cookies[COOKIE] != first
    assert rooms.house.session(first) is None
    assert actor_of(rooms, browser) == ACTORS["manager"]


def test_leaving_ends_the_session_and_the_cookie(rooms: Rooms) -> None:
    browser, other = rooms.enter("own"), rooms.enter("own")
    token = browser.cookies[COOKIE]
    answer = browser.post("/logout")
    assert answer.headers["location"] == "/login"
    assert COOKIE not in browser.cookies
    browser.cookies[COOKIE] = token  # as somebody who has kept it
    assert browser.get("/room/shelf").status_code == 401
    assert actor_of(rooms, other) == ACTORS["own"]


def test_a_revoked_user_is_out_with_the_next_request(rooms: Rooms) -> None:
    house = rooms.house
    house.users.add("leaver", PASSWORD, Actor("a9", "associate"), now=house.clock())
    browser = rooms.enter("nobody")
    assert log_in(browser, "leaver") == (303, "/associate/")
    assert browser.get("/pictures/i1.svg").status_code == 200

    house.users.revoke("leaver", now=house.clock())

    assert browser.get("/pictures/i1.svg").status_code == 401
    assert LOG_IN in browser.get("/login").text
    assert log_in(browser, "leaver")[0] == 401


@pytest.mark.parametrize(
    "wanted",
    ["/associate/", "/associate/?room=clients&client=c1", "/room/clients", "/pictures/i1.svg"],
)
def test_who_was_led_to_the_door_comes_back(rooms: Rooms, wanted: str) -> None:
    browser = rooms.enter("nobody")
    door = browser.get(wanted, headers={"accept": "text/html"}).headers["location"]
    hidden = re.search(r'name="next" value="([^"]+)"', browser.get(door).text)
    assert hidden is not None
    assert log_in(browser, next=hidden[1].replace("&amp;", "&")) == (303, wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil", "///evil", "/\t/evil", "//[", "",
        "javascript:x", "http:/associate/", "evil", "/shopper/", "/manager/", "/manager", "/room/dashboard", "/nothing",
        "/login", "/logout", "/api/docs", "/associate/\r\nset-cookie: a=b", "/associate/" + "x" * 600,
        "/associate/../manager/",
    ],
)  # fmt: skip
def test_nobody_is_led_elsewhere(rooms: Rooms, wanted: str) -> None:
    assert log_in(rooms.enter("nobody"), next=wanted) == (303, "/associate/")


def test_a_name_is_locked_after_wrong_passwords_and_an_address_after_many(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")
    assert [log_in(browser, "own", "wrong password")[0] for _ in range(FREE_FAILURES)] == [401] * FREE_FAILURES
    locked = browser.post("/login", data={"name": "own", "password": PASSWORD})
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "15")
    assert "Too many wrong passwords for this name: try again in 15 s." in locked.text
    assert log_in(browser, "manager")[0] == 303

    rooms.house.attempts = Attempts(a_minute=3)
    statuses = [browser.post("/guest").status_code, log_in(browser, "shopper")[0], log_in(browser, "shopper")[0]]
    assert statuses == [303, 303, 303]
    for refused in (browser.post("/guest"), browser.post("/login", data={"name": "manager", "password": PASSWORD})):
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert "Too many attempts from your network" in refused.text


def rows_about(house: House, client_id: str, key: str) -> list[str]:
    """Return the files of the boutique's folder in whose tables a guest or their conversation is found."""
    found = []
    for file, column, value in (
        ("turns.db", "threads WHERE client_id", client_id),
        ("turns.db", "turns WHERE thread_id", key),
        ("threads.db", "checkpoints WHERE thread_id", key),
        ("threads.db", "writes WHERE thread_id", key),
        ("traces.db", "traces WHERE thread_id", key),
        ("boutique.db", "clients WHERE client_id", client_id),
        ("boutique.db", "web_sessions WHERE ended_at IS NULL AND actor_id", client_id),
    ):
        with closing(sqlite3.connect(house.assistant.shop.boutique.path / file)) as connection:
            if connection.execute(f"SELECT count(*) FROM {column} = ?", (value,)).fetchone()[0]:
                found.append(f"{file}: {column.split()[0]}")
    return found


def spoken_as_guest(rooms: Rooms, browser: TestClient) -> tuple[Actor, str]:
    actor = actor_of(rooms, browser)
    assert actor is not None
    assert actor.actor_id.startswith(GUEST)
    talk = rooms.house.talks.open(actor, actor.actor_id)
    rooms.world.model.script.extend(recommended())
    list(talk.answer("What do you suggest?"))
    return actor, talk.key


def test_a_guest_who_leaves_is_forgotten_with_every_word(rooms: Rooms) -> None:
    browser, staying = rooms.enter("guest"), rooms.enter("guest")
    actor, key = spoken_as_guest(rooms, browser)
    other, other_key = spoken_as_guest(rooms, staying)
    before = rows_about(rooms.house, actor.actor_id, key)
    assert {"turns.db: turns", "threads.db: checkpoints", "traces.db: traces", "boutique.db: clients"} <= set(before)

    browser.post("/logout")

    assert rows_about(rooms.house, actor.actor_id, key) == []
    assert rows_about(rooms.house, other.actor_id, other_key) == before
    assert rooms.house.talks.find(other, other_key).blocks


def test_a_guest_who_went_away_is_forgotten_when_the_next_comes_or_the_server_starts(rooms: Rooms) -> None:
    first, first_key = spoken_as_guest(rooms, rooms.enter("guest"))
    try:
        rooms.world.clock.now += IDLE + timedelta(minutes=1)
        rooms.enter("guest")
        assert rows_about(rooms.house, first.actor_id, first_key) == [
            "boutique.db: web_sessions"
        ]  # over by its age: the row opens nothing, and goes in a week
        second, second_key = spoken_as_guest(rooms, rooms.enter("guest"))
        rooms.world.clock.now += IDLE + timedelta(minutes=1)
        House(rooms.world.assistant, rooms.world.clock)
        assert rows_about(rooms.house, second.actor_id, second_key) == ["boutique.db: web_sessions"]
    finally:
        rooms.world.clock.now -= 2 * (IDLE + timedelta(minutes=1))


def test_a_guest_who_is_being_answered_is_forgotten_later(rooms: Rooms) -> None:
    browser = rooms.enter("guest")
    actor = actor_of(rooms, browser)
    assert actor is not None
    talk = rooms.house.talks.open(actor, actor.actor_id)
    turn = talk.answer("hello")
    next(turn)
    browser.post("/logout")
    assert "turns.db: threads" in rows_about(rooms.house, actor.actor_id, talk.key)
    turn.close()  # type: ignore[attr-defined]  # as when the browser goes away

    rooms.enter("guest")

    assert rows_about(rooms.house, actor.actor_id, talk.key) == []


def test_the_small_picture_is_public(rooms: Rooms) -> None:
    answer = rooms.enter("nobody").get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.text.startswith("<svg")
