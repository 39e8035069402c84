"""Every route of the rooms with foreign names and hostile values, for every role: no word of others, no failure."""

import asyncio
import random
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from agent.records.approvals import CODE_LENGTH, CODE_LETTERS, VALID_FOR
from agent.records.dismissals import Dismissals
from agent.records.handovers import Handovers
from recsys.data.service_tables import contacts
from tests.service_world import without_waiting
from tests.surface_world import ACTORS
from tests.trespass_world import (
    GUESTS,
    OTHER_VISITOR,
    STAFF,
    THEIRS,
    Planted,
    Sent,
    Visitor,
    plant,
    plant_once,
    routes_of,
    rows_of,
    strange_of,
)
from tests.web_world import Rooms, open_rooms
from ui.limits import Limits, Quota
from ui.web import gate
from ui.web.site import build_rooms

MAY_NOT_READ = {
    "own": (THEIRS, GUESTS),
    "shopper": (THEIRS, GUESTS, STAFF),
    "guest": (THEIRS, GUESTS, STAFF),
    "manager": (GUESTS,),
}
AT_THE_DOOR = ("/login", "/guest", "/logout")
TRIES = 100


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        without_waiting(opened.house.assistant.shop.boutique)
        opened.house.quota = Quota(Limits(requests_a_minute=1_000_000))
        plant_once(opened)
        yield opened


@pytest.fixture(scope="module")
def theirs(rooms: Rooms) -> Planted:
    return plant(rooms, ACTORS["foreign"], "c2", THEIRS)


@pytest.fixture(scope="module")
def app(rooms: Rooms) -> FastAPI:
    return build_rooms(rooms.house)


def in_hands(rooms: Rooms, **associates: str) -> None:
    """Give clients to associates; a manager among the visitors may have given them to others."""
    handovers = Handovers(rooms.house.assistant.shop.boutique)
    for client_id, to in associates.items():
        handovers.give(ACTORS["manager"], to, {client_id: []}, key=secrets.token_hex(8), at=rooms.world.clock())


def wrong_with(sent: Sent, may_not_read: tuple[str, ...]) -> Iterator[str]:
    """Say what is wrong with an answer."""
    text, kind = sent.answer.text, sent.answer.headers.get("content-type", "")
    if sent.answer.status_code >= 500:
        yield "failed"
    if sent.answer.status_code >= 400:
        line = unescape(re.sub(r"<[^>]*>", "", text)).strip()
        if not 0 < len(line) <= 300 or "\n" in line:
            yield "no line"
    if "x-zq" in sent.answer.headers or ("html" in kind and "<b zq>" in text):
        yield "not text"
    if "9998000099" in text:
        yield "worked out"
    for canary in may_not_read:
        if canary.encode() in sent.answer.content:
            yield canary


def fired(visitor: Visitor, strange: dict[str, tuple[bytes, ...]], may_not_read: tuple[str, ...]) -> Counter[int]:
    """Visit every route; return how often each status came, and fail where an answer was wrong."""
    wrong: list[str] = []
    statuses: Counter[int] = Counter()

    async def fire() -> None:
        for route in routes_of(visitor.app.routes):
            if route.path not in AT_THE_DOOR:
                async for sent in visitor.visit(route, strange):
                    statuses[sent.answer.status_code] += 1
                    wrong.extend(f"{what}: {sent}" for what in wrong_with(sent, may_not_read))

    asyncio.run(fire())
    print(f"{visitor.who}: {visitor.n} requests, {dict(statuses)}")  # noqa: T201
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:40])
    return statuses


@pytest.mark.parametrize("who", ["guest", "shopper", "own", "manager"])
def test_no_route_tells_of_others_or_fails(rooms: Rooms, app: FastAPI, theirs: Planted, who: str) -> None:
    visitor = Visitor(rooms, app, who, theirs)
    in_hands(rooms, c1="a1", c2="a2")
    before = {client: rows_of(rooms, client) for client in ("c2", OTHER_VISITOR.actor_id)}
    statuses = fired(visitor, strange_of(theirs), MAY_NOT_READ[who])
    assert visitor.n > 300
    assert statuses[200] > 20
    if who != "manager":
        assert {client: rows_of(rooms, client) for client in before} == before


def test_who_looked_after_a_client_gets_nothing_more_of_them(rooms: Rooms, app: FastAPI) -> None:
    in_hands(rooms, c1="a1", c2="a2")
    own = plant(rooms, ACTORS["own"], "c1", STAFF)
    in_hands(rooms, c1="a3", c2="a2")
    try:
        before = rows_of(rooms, "c1")
        visitor = Visitor(rooms, app, "own", own, about="c3")
        strange = {
            name: tuple(value.replace(b"c2", b"c1") for value in values) for name, values in strange_of(own).items()
        }
        assert fired(visitor, strange, (STAFF, THEIRS, GUESTS))[404] > 30
        assert rows_of(rooms, "c1") == before
    finally:
        in_hands(rooms, c1="a1", c2="a2")


def asked(app: FastAPI, path: str, token: str, *headers: tuple[bytes, bytes], method: str = "GET") -> tuple[int, str]:
    """Ask for a path exactly as it is given, which no client library does; return status and body."""
    told: list[Any] = []
    cookie = (b"cookie", f"{gate.COOKIE}={token}".encode())
    scope = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "scheme": "http", "http_version": "1.1", "server": ("boutique.test", 80),
        "client": ("127.0.0.1", 1), "headers": [cookie, *headers],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    asyncio.run(app(scope, receive, send))
    return told[0]["status"], b"".join(one.get("body", b"") for one in told[1:]).decode()


@pytest.mark.parametrize(
    "path",
    [
        "/api/../room/outbox", "/api//room/outbox", "/api/room/outbox", "/api", "/api/", "//room/outbox",
        "/ROOM/outbox", "/room//outbox", "/room/./outbox", "/room/outbox/", "/room/outbox/x/../..", "/room%2Foutbox",
        "/static/../room/outbox", "/static//../room/outbox", "/static/..\\room/outbox", "/associate/../room/outbox",
        "/shopper/../room/outbox", "/shopper/assets/../../room/outbox", "/shopper/static/..\\..\\room",
        "\\room\\outbox", "/room/outbox\n", "/room/outbox\0", "/login/../room/outbox", "/healthz/../room/outbox",
        "/room/outbox;x", "/room/outbox#", "/room/outbox.ics", "room/outbox", "",
    ],
)  # fmt: skip
def test_no_way_of_writing_an_address_leads_past_the_gate(rooms: Rooms, app: FastAPI, path: str) -> None:
    for actor in (None, ACTORS["shopper"]):
        token = rooms.house.sessions.begin(actor, None, now=rooms.house.clock()) if actor else "none"
        status, text = asked(app, path, token, (b"host", b"boutique.test"))
        assert status in (303, 401, 403, 404, 405), (path, status)
        assert STAFF not in text


@pytest.mark.parametrize(
    "header",
    [
        (b"origin", b"http://["), (b"origin", b"//["), (b"referer", b"http://["), (b"referer", b"http://boutique.test["),
        (b"host", b""), (b"host", b"["), (b"host", b"evil.invalid\xff"), (b"accept-language", b"x" * 5_000),
        (b"accept-language", b"\xff,-,--,en-,;q="), (b"x-talk", b"\xff\xfe"), (b"x-talk", b"k" * 65),
        (b"content-type", b"multipart/form-data"), (b"content-type", b"multipart/form-data; boundary=\xff"),
        (b"content-length", b"nonsense"), (b"transfer-encoding", b"\0"), (b"hx-request", b"\0"), (b"range", b"bytes=-"),
    ],
)  # fmt: skip
def test_no_header_makes_a_route_fail(rooms: Rooms, app: FastAPI, header: tuple[bytes, bytes]) -> None:
    token = rooms.house.sessions.begin(ACTORS["own"], None, now=rooms.house.clock())
    host = () if header[0] == b"host" else ((b"host", b"boutique.test"),)
    for method, path in (("GET", "/room/shelf"), ("POST", "/language"), ("POST", "/room/shelf/sliders"), ("GET", "/")):
        status, _text = asked(app, path, token, header, *host, method=method)
        assert status < 500, (method, path)


def n_contacts(rooms: Rooms) -> int:
    query = select(func.count()).select_from(contacts).where(contacts.c.draft_id.is_not(None))
    with rooms.house.assistant.shop.boutique.database.read() as connection:
        return int(connection.execute(query).scalar_one())


def press(browser: TestClient, talk: str, code: str, verdict: str = "approve") -> str:
    answer = browser.post("/room/messages/answer", data={"code": code, "verdict": verdict}, headers={"X-Talk": talk})
    assert answer.status_code < 500
    return answer.text


@pytest.fixture
def reachable(rooms: Rooms) -> None:
    """Let c1, who is in the hands of a1, be written to: nobody was in touch lately."""
    in_hands(rooms, c1="a1", c2="a2")
    with rooms.house.assistant.shop.boutique.database.transaction() as connection:
        connection.execute(contacts.delete())


@pytest.mark.usefixtures("reachable")
def test_no_press_but_the_right_one_sends_and_it_sends_once(rooms: Rooms, theirs: Planted) -> None:
    rng, own = random.Random(7), plant(rooms, ACTORS["own"], "c1", STAFF)
    other = plant(rooms, ACTORS["own"], "c1", STAFF)
    browsers = {who: rooms.enter(who) for who in ("own", "foreign", "shopper", "manager")}
    before = n_contacts(rooms)
    for _ in range(TRIES):
        made_up = "".join(rng.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        near = own.code[:-1] + rng.choice(CODE_LETTERS.replace(own.code[-1], ""))
        code = rng.choice([made_up, near, f" {made_up}", f"{own.code} and {made_up}", theirs.code])
        press(browsers["own"], own.talk, code)
        press(browsers[rng.choice(["foreign", "shopper", "manager"])], own.talk, own.code)
    press(browsers["own"], other.talk, own.code)
    press(browsers["own"], "", own.code)
    assert n_contacts(rooms) == before  # nothing of this sent anything, and none of it used the request up

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: press(rooms.enter("own"), own.talk, own.code), range(6)))
    assert n_contacts(rooms) == before + 1
    assert sum("The message is in the outbox" in one for one in answers) == 1
    press(browsers["own"], own.talk, own.code)
    assert n_contacts(rooms) == before + 1


@pytest.mark.usefixtures("reachable")
def test_a_press_sends_the_text_that_was_asked_about_or_nothing(rooms: Rooms) -> None:
    browser, before = rooms.enter("own"), n_contacts(rooms)
    late, changed, declined = (plant(rooms, ACTORS["own"], "c1", STAFF) for _ in range(3))
    written = {"key": "k" * 8, "body": "Another text.", "channel": "e-mail", "subject": "Other"}
    assert browser.post("/room/messages/write", data=written, headers={"X-Talk": changed.talk}).status_code == 200
    press(browser, changed.talk, changed.code)
    press(browser, declined.talk, declined.code, "decline")
    press(browser, declined.talk, declined.code)
    shop = rooms.house.assistant.shop
    real = shop.clock
    object.__setattr__(shop, "clock", lambda: real() + VALID_FOR)
    try:
        press(browser, late.talk, late.code)
    finally:
        object.__setattr__(shop, "clock", real)
    assert n_contacts(rooms) == before


def test_an_entry_put_aside_twice_is_put_aside_once(rooms: Rooms) -> None:
    browser, talk = rooms.enter("own"), rooms.talk("own", "c1")
    for path, more in (("/room/today/aside", {"until": "month"}), ("/room/follow-ups/aside", {})):
        for _ in range(3):
            form = {"client_id": "c1", "occasion": f"zq:{path}", "why": "because", **more}
            assert browser.post(path, data=form, headers=talk).status_code == 200
    standing = Dismissals(rooms.house.assistant.shop.boutique).standing(ACTORS["own"], rooms.world.clock().date())
    assert Counter(one.occasion for one in standing if one.occasion.startswith("zq:")).most_common(1)[0][1] == 1
