"""What every request of the page passes first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from tests.surface_world import ACTORS
from tests.web_world import Rooms, open_rooms
from ui.limits import MAX_BODY, Limits, Quota
from ui.web import gate, problems
from ui.web.gate import COOKIE, is_own, token_of

HOST = {"host": "boutique.test"}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "headers", "own"),
    [
        ("POST", {"sec-fetch-site": "same-origin"}, True),
        ("POST", {"sec-fetch-site": "none"}, True),
        ("POST", {"sec-fetch-site": "same-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "origin": "http://boutique.test"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("POST", {"origin": "http://boutique.test"}, True),
        ("POST", {"origin": "http://boutique.test.evil"}, False),
        ("POST", {"origin": "http://evil/boutique.test"}, False),
        ("POST", {"origin": "null"}, False),
        ("POST", {}, True),  # a program, which no web site makes send cookies
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),  # a link to the page
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, False),  # a picture on another site
        ("GET", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}, False),
    ],
)
def test_only_our_own_pages_ask(method: str, headers: dict[str, str], *, own: bool) -> None:
    assert is_own(method, Headers(HOST | headers)) is own


def test_another_site_changes_nothing(rooms: Rooms) -> None:
    browser = rooms.enter("own")
    answer = browser.post("/logout", headers={"sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.text) == (403, gate.FOREIGN)
    assert browser.get("/").headers["location"] == "/associate/"


@pytest.mark.parametrize(
    "cookie", ["", "x", f"{COOKIE}", f"{COOKIE}=", f'{COOKIE}="', "=;=", "a=b; c", "\xff", "a" * 9000]
)
def test_cookies_that_are_none_are_no_session(rooms: Rooms, cookie: str) -> None:
    assert token_of(Headers({"cookie": cookie})) == ""
    headers = [(b"cookie", cookie.encode("latin-1"))]
    assert rooms.enter("nobody").get("/room/shelf", headers=headers).status_code == 401


def test_every_answer_has_the_headers(rooms: Rooms) -> None:
    browser = rooms.enter("own")
    answers = [browser.get(path) for path in ("/login", "/room/shelf", "/nothing", "/static/room.js", "/associate/x")]
    answers += [rooms.enter("nobody").get("/room/shelf"), browser.post("/room/shelf")]
    answers.append(browser.post("/login", headers={"sec-fetch-site": "cross-site"}))
    assert len({answer.status_code for answer in answers}) > 4
    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "connect-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert browser.get("/room/shelf").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("declared", [True, False])
def test_a_large_body_is_not_read(rooms: Rooms, declared: bool) -> None:  # noqa: FBT001
    def pieces() -> Iterator[bytes]:
        for _ in range(100_000):
            sent.append(1)
            yield b"a" * 1000

    sent: list[int] = []
    content: bytes | Iterator[bytes] = b"a" * (MAX_BODY + 1) if declared else pieces()
    answer = rooms.enter("nobody").post("/login", content=content)
    assert (answer.status_code, answer.text) == (413, gate.TOO_LARGE)


def test_a_body_of_the_largest_size_arrives_whole(rooms: Rooms) -> None:
    form = b"name=own&password="
    content = form + b"a" * (MAX_BODY - len(form))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert rooms.enter("nobody").post("/login", content=content, headers=headers).status_code == 401


def test_a_session_asks_only_so_often(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms.house, "quota", Quota(Limits(requests_a_minute=5)))
    browser, other = rooms.enter("own"), rooms.enter("own")
    statuses = [browser.get("/pictures/i1.svg").status_code for _ in range(8)]
    assert statuses == [200] * 5 + [429] * 3
    refused = browser.get("/pictures/i1.svg")
    assert int(refused.headers["retry-after"]) > 0
    assert refused.text.startswith("more than 5 requests a minute")
    assert browser.get("/static/room.js").status_code == 200  # the page's fixed files do not count
    assert other.get("/pictures/i1.svg").status_code == 200


def test_an_error_that_nobody_expected_is_one_line(rooms: Rooms, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("SECRET-OF-THE-HOUSE")

    browser = TestClient(gate.Gate(fail, house=rooms.house), base_url="http://boutique.test")
    answer = browser.get("/static/fail")
    assert (answer.status_code, answer.text) == (500, problems.FAULT)
    assert "RuntimeError" in caplog.text
    assert "SECRET" not in caplog.text + answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_page_of_another_role_is_closed_and_the_own_has_a_slash(rooms: Rooms) -> None:
    browser = rooms.enter("shopper")
    assert browser.get("/associate/").status_code == 403
    assert browser.get("/associate").status_code == 403
    assert browser.get("/shopper").headers["location"] == "/shopper/"


def test_no_web_socket_is_opened(rooms: Rooms) -> None:
    with pytest.raises(WebSocketDisconnect) as refusal, rooms.enter("own").websocket_connect("/room/shelf"):
        pass
    assert refusal.value.code == 1008


def test_an_old_cookie_is_told_that_the_session_has_ended(rooms: Rooms) -> None:
    browser = rooms.enter("own")
    token = browser.cookies[COOKIE]
    session = rooms.house.session(token)
    assert session is not None
    assert session.actor == ACTORS["own"]
    rooms.house.leave(session)

    assert (browser.get("/room/shelf").status_code, browser.get("/room/shelf").text) == (401, gate.LOG_IN)
    shown = browser.get("/associate/?room=shelf", headers={"accept": "text/html"})
    assert shown.headers["location"] == "/login?next=%2Fassociate%2F%3Froom%3Dshelf"
    assert gate.LOG_IN in browser.get(shown.headers["location"]).text
    assert gate.LOG_IN not in rooms.enter("nobody").get("/login").text
