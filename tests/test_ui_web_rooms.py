"""The doors and the shelf, as a browser without pages meets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surface_world import ACTORS, recommended
from tests.web_world import Rooms, open_rooms


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


def test_nobody_is_shown_the_door(rooms: Rooms) -> None:
    browser = rooms.enter("nobody")

    assert browser.get("/").headers["location"] == "/login"
    assert browser.get("/room/shelf", headers={"accept": "text/html"}).headers["location"].startswith("/login")
    assert browser.get("/room/shelf").status_code == 401


def test_the_shelf_shows_what_the_conversation_shows(rooms: Rooms) -> None:
    browser, talk = rooms.enter("own"), rooms.house.talks.open(ACTORS["own"], "c1")
    assert "Nothing is on show" in browser.get("/room/shelf", headers={"X-Talk": talk.key}).text

    rooms.world.model.script.extend(recommended())
    list(talk.answer("What do you suggest?"))

    assert browser.get("/room/shelf", headers={"X-Talk": talk.key}).text.count("<article") == 3


def test_another_persons_conversation_is_not_found(rooms: Rooms) -> None:
    theirs = rooms.talk("foreign", "c2")

    assert rooms.enter("own").get("/room/shelf", headers=theirs).status_code == 404
