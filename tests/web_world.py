"""The page's rooms over the small world: a browser session for everybody who may log in, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from agent.records.users import Users
from tests.pages import PASSWORD, QUICK
from tests.surface_world import ACTORS, NOW, World, open_world
from ui.web.attempts import Attempts
from ui.web.house import House
from ui.web.site import build_rooms

NAMES = {who: who.replace(" ", "-") for who in ACTORS}  # what each of ACTORS logs in as


@dataclass
class Rooms:
    """A house with users, and browsers to enter it."""

    world: World
    house: House

    def enter(self, who: str) -> TestClient:
        """Return a browser without pages, logged in as one of ACTORS, or as a "guest"."""
        browser = TestClient(build_rooms(self.house), base_url="http://boutique.test", follow_redirects=False)
        if who == "guest":
            assert browser.post("/guest").status_code == 303
        elif who != "nobody":
            entered = browser.post("/login", data={"name": NAMES[who], "password": PASSWORD})
            assert entered.status_code == 303, entered.text
        return browser

    def talk(self, who: str, client_id: str | None) -> dict[str, str]:
        """Open a conversation as one of ACTORS; return the header by which its rooms are asked for."""
        return {"X-Talk": self.house.talks.open(ACTORS[who], client_id).key}


@contextmanager
def open_rooms(folder: Path) -> Iterator[Rooms]:
    """Open the small world with a user for each of ACTORS."""
    with open_world(folder) as world:
        users = Users(world.assistant.shop.boutique, QUICK)
        house = House(world.assistant, world.clock, attempts=Attempts(a_minute=60_000), users=users)
        for who, actor in ACTORS.items():
            users.add(NAMES[who], PASSWORD, actor, now=NOW)
        yield Rooms(world, house)
