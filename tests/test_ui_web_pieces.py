"""What a price looks like in rooms that show many: as the reader's language writes it, in every one of them."""

import re
from collections.abc import Iterator

import pytest

from tests.web_world import Rooms, open_rooms
from ui.web.languages import COOKIE


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(tmp_path_factory.mktemp("pieces")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("own", "/room/pieces"),
        ("own", "/room/pieces/piece/i1"),
        ("own", "/room/clients"),
        ("manager", "/room/dashboard"),
    ],
)
def test_money_is_written_as_the_readers_language_does(rooms: Rooms, who: str, path: str) -> None:
    browser = rooms.enter(who)
    english = browser.get(path, headers=rooms.talk(who, None)).text
    browser.cookies.set(COOKIE, "fr")
    french = browser.get(path, headers=rooms.talk(who, None)).text
    amounts = re.findall(r"€\d[\d,.]*", english)
    assert amounts or path == "/room/dashboard"
    assert len(re.findall(r"\d\s€", french)) >= len(set(amounts))
    assert not re.search(r"€\d", french)
