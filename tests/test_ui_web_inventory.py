"""Every route of the page's server times everybody who may come, generated from the application as it is served."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from agent.context import Actor
from agent.policy import decide
from tests.surface_world import ACTORS
from tests.web_world import Rooms, open_rooms
from ui.web import doors, gate
from ui.web.events import is_open
from ui.web.rules import PAGES, PUBLIC, Rule
from ui.web.site import ROOMS, build_site

PEOPLE = {"nobody": None, "shopper": ACTORS["shopper"], "associate": ACTORS["own"], "manager": ACTORS["manager"]}
WHO = [*PEOPLE, "guest"]
WHAT_A_PAGE_NEEDS = {  # of Gradio's routes
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/theme.css"),
    ("GET", "/assets/{path:path}"),
    ("GET", "/static/{path:path}"),
    ("POST", "/gradio_api/queue/join"),
    ("GET", "/gradio_api/queue/data"),
}


@dataclass
class Site:
    """The whole application, and a browser for everybody."""

    rooms: Rooms
    app: FastAPI
    guest: Actor

    def actor(self, who: str) -> Actor | None:
        return self.guest if who == "guest" else PEOPLE[who]

    def browser(self, who: str) -> TestClient:
        """Return a browser with a new session, so that one request spoils nothing for the next."""
        browser = TestClient(self.app, base_url="http://boutique.test", follow_redirects=False)
        actor, house = self.actor(who), self.rooms.house
        if actor is not None:
            browser.cookies[gate.COOKIE] = house.sessions.begin(actor, None, now=house.clock())
        return browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as rooms:
        guest = Actor("guest:0123456789abcdef", "shopper")
        rooms.house.enter(guest, None)
        yield Site(rooms, build_site(rooms.house), guest)


def routes_of(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (method, path) of every route, those of included routers too; mounts are walked on their own."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield from ((method, prefix + route.path) for method in sorted(route.methods or ()))
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from routes_of(included.routes, prefix + getattr(route, "include_context").prefix)  # noqa: B009
        else:
            assert isinstance(route, Mount), f"a route of a kind that this inventory does not know: {route!r}"


def mounts_of(site: Site) -> dict[str, Mount]:
    return {route.path: route for route in site.app.routes if isinstance(route, Mount)}


def filled(path: str, actor: Actor | None) -> str:
    """Put something into the path: a client whom the actor sees, or ids that may be anybody's."""
    client_id = actor.actor_id if actor is not None and actor.role == "shopper" else "c1"
    known = {"client_id": client_id, "item_id": "i1"}
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: known.get(name[1], "x1"), path)


def test_every_route_has_one_rule_and_every_rule_a_route(site: Site) -> None:
    own = set(routes_of(site.app.routes))
    ruled = Counter(key for part in (doors, *ROOMS) for key in part.RULES)

    assert own == set(site.app.state.rules) == set(ruled)
    assert max(ruled.values()) == 1
    assert {path for (_, path), rule in site.app.state.rules.items() if rule.action is None} - {"/static/room.css"} == {
        *PUBLIC
    }


def test_a_route_without_a_rule_is_closed_to_everybody(site: Site) -> None:
    site.app.add_api_route("/brand-new", lambda: "secret", methods=["GET"])
    try:
        for who in WHO:
            answer = site.browser(who).get("/brand-new")
            assert answer.status_code == (401 if who == "nobody" else 403)
            assert "secret" not in answer.text
    finally:
        site.app.router.routes.pop()


@pytest.mark.parametrize("who", WHO)
def test_every_own_route_answers_as_the_policy_says(site: Site, who: str) -> None:
    actor = site.actor(who)
    wrong: list[str] = []
    for (method, path), rule in site.app.state.rules.items():
        status = site.browser(who).request(method, filled(path, actor)).status_code
        if not fits(status, rule, actor):
            wrong.append(f"{method} {path}: {status}")
    assert not wrong


def fits(status: int, rule: Rule, actor: Actor | None) -> bool:
    """Whether a status is what the rule allows; 404, 409 and 422 are answers to ids and forms that are made up."""
    if rule.action is None:
        return status in (200, 303, 401, 422)  # 401: a log-in with no name
    if actor is None:
        return status == 401
    if actor.role not in rule.roles or not decide(actor, rule.action).allowed:
        return status == 403
    return status in (200, 303, 404, 409, 422, 503)


def test_gradios_routes_are_closed_but_for_what_a_page_needs(site: Site) -> None:
    wrong: list[str] = []
    for page, role in PAGES.items():
        routes = set(routes_of(mounts_of(site)[page].app.routes))  # type: ignore[attr-defined]
        assert len(routes) > 50
        assert routes >= WHAT_A_PAGE_NEEDS
        browsers = {who: site.browser(who) for who in WHO}
        for method, path in sorted(routes - WHAT_A_PAGE_NEEDS):
            assert not is_open(method, filled(path, None)), path  # some, once begun, would never end
            for who, browser in browsers.items():
                answer = browser.request(method, page + filled(path, None))
                own = site.actor(who) is not None and site.actor(who).role == role  # type: ignore[union-attr]
                said = gate.LOG_IN if who == "nobody" else gate.NOTHING if own else gate.NOT_YOURS
                if answer.status_code not in (401, 403, 404) or answer.text not in (said, ""):
                    wrong.append(f"{who} {method} {page}{path}: {answer.status_code} {answer.text[:50]}")
    assert not wrong


@pytest.mark.parametrize("who", WHO)
def test_what_a_page_needs_is_for_its_role_alone(site: Site, who: str) -> None:
    actor, browser = site.actor(who), site.browser(who)
    for page, role in PAGES.items():
        for method, path in sorted(WHAT_A_PAGE_NEEDS):
            status = browser.request(method, page + filled(path, None)).status_code
            if actor is None:
                assert status == 401, (page, path)
            elif actor.role != role:
                assert status == 403, (page, path)
            else:
                assert status in (200, 400, 404), (page, path)  # 400: an event without a body; 404: no such file


@pytest.mark.parametrize("who", WHO)
def test_a_session_opens_nothing_beside_the_page(site: Site, who: str) -> None:
    browser = site.browser(who)
    beside = {path: mount for path, mount in mounts_of(site).items() if path not in PAGES}

    assert beside.keys() == {"/static", "/api"}
    assert browser.get("/static/room.js").status_code == 200
    assert browser.get("/static/").status_code in (404, 405)
    assert browser.get("/static/../gate.py").status_code in (401, 404)
    for method, path in routes_of(beside["/api"].app._app.routes):  # type: ignore[attr-defined]
        if path not in ("/healthz", "/readyz", "/openapi.json", "/docs"):
            answer = browser.request(method, "/api" + filled(path, None))
            assert answer.status_code == 401, (path, answer.text)


@pytest.mark.parametrize("who", ["shopper", "associate", "guest"])
def test_the_key_of_anothers_conversation_shows_nothing_of_their_client(site: Site, who: str) -> None:
    actor = site.actor(who)
    theirs = site.rooms.talk("foreign", "c2")
    name = site.rooms.house.assistant.shop.boutique.client("c2").name
    assert name
    for (method, path), rule in site.app.state.rules.items():
        if rule.action is not None and actor is not None and actor.role in rule.roles:
            answer = site.browser(who).request(method, filled(path, actor), headers=theirs)
            assert answer.status_code < 500 or answer.status_code == 503, path
            if "svg" not in answer.headers.get("content-type", ""):
                assert not re.search(rf"\b{name}\b", answer.text), path
