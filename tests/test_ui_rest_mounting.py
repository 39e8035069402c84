"""The REST interface beside the page: its own keys, its own headers, and its end with the site's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.surface_world import recommended
from tests.web_world import Rooms, open_rooms
from ui.rest.gate import HEADERS
from ui.web.site import build_rooms


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("mounted"))) as opened:
        yield opened


def test_its_public_routes_answer_without_a_session(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")

    assert browser.get("/api/healthz").json()["status"] == "ok"
    assert "/v1/sessions" in browser.get("/api/docs").text
    assert "/v1/sessions" in browser.get("/api/openapi.json").json()["paths"]
    assert all(browser.get("/api/docs").headers[name] == value for name, value in HEADERS.items())


@pytest.mark.parametrize("who", ["manager", "own", "shopper", "guest", "nobody"])
def test_a_session_of_the_page_opens_nothing_there(rooms: Rooms, who: str) -> None:
    browser = rooms.enter(who)

    assert browser.get("/api/v1/clients").status_code == 401
    assert browser.post("/api/v1/sessions", json={"client_id": "c1"}).status_code == 401


def test_a_key_opens_what_it_opens_elsewhere(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")
    rooms.world.model.script.clear()
    rooms.world.model.script.extend(recommended())

    own, foreign = rooms.world.header("own"), rooms.world.header("foreign")
    session = browser.post("/api/v1/sessions", headers=own, json={"client_id": "c1"})
    said = browser.post(
        f"/api/v1/sessions/{session.json()['session_id']}/messages",
        headers={**own, "accept": "application/json"},
        json={"text": "What do you suggest?"},
    )

    assert [one["client_id"] for one in browser.get("/api/v1/clients", headers=own).json()["clients"]] == ["c1", "c3"]
    assert browser.get("/api/v1/clients/c1", headers=foreign).status_code == 404
    assert session.status_code == 201
    assert said.status_code == 200, said.text


def test_a_key_opens_nothing_of_the_page(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")

    assert browser.get("/room/shelf", headers=rooms.world.header("manager")).status_code == 401
    assert browser.get("/api/../room/shelf", headers=rooms.world.header("manager")).status_code in (401, 404)


def test_it_is_closed_with_the_site(rooms: Rooms) -> None:
    own = rooms.world.header("own")
    with TestClient(build_rooms(rooms.house), base_url="http://boutique.test", raise_server_exceptions=False) as site:
        session = site.post("/api/v1/sessions", headers=own, json={"client_id": "c1"}).json()["session_id"]

    rooms.world.model.script.clear()
    rooms.world.model.script.extend(recommended())
    late = site.post(f"/api/v1/sessions/{session}/messages", headers=own, json={"text": "What do you suggest?"})

    assert late.status_code == 500  # it takes no more turns
    assert len(rooms.world.model.script) == 2
