"""The ways in and out: log in, enter as a guest, log out. A session begins here and nowhere else."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from agent.context import Actor
from agent.policy import GUEST
from ui.web.gate import COOKIE
from ui.web.rules import PAGES, Rule, What, Who, house_of
from ui.web.templating import page

WRONG = "This name and password do not open anything here."
RULES = {
    ("GET", "/"): Rule(None),
    ("GET", "/healthz"): Rule(None),
    ("GET", "/login"): Rule(None),
    ("POST", "/login"): Rule(None),
    ("POST", "/guest"): Rule(None),
    ("POST", "/logout"): Rule("browse"),
}
router = APIRouter()


@router.get("/healthz")
def healthz() -> Response:
    """Say that the server answers."""
    return PlainTextResponse("ok")


@router.get("/")
def front(request: Request) -> Response:
    """Lead to the page of whoever is logged in, else to the door."""
    session = request.scope.get("state", {}).get("session")
    return RedirectResponse(_page_of(session.actor) if session is not None else "/login", 303)


@router.get("/login")
def show_login(request: Request) -> Response:
    """Show the door."""
    return _door(request)


@router.post("/login")
async def log_in(
    request: Request, house: What, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = ""
) -> Response:
    """Begin a session for a name and password."""
    user = await run_in_threadpool(house.users.recognise, name.strip().casefold(), password)
    if user is None:
        return _door(request, 401, WRONG)
    token = await run_in_threadpool(lambda: house.sessions.begin(user.actor, user, now=house.clock()))
    return _entered(request, user.actor, token)


@router.post("/guest")
def enter_as_guest(request: Request, house: What) -> Response:
    """Begin a session of a shopper whom the boutique does not know; what they do is kept as long as the session."""
    actor = Actor(f"{GUEST}{secrets.token_hex(8)}", "shopper")
    token = house.sessions.begin(actor, None, now=house.clock())  # first, or another guest's coming would sweep it out
    house.guests.welcome(actor, now=house.clock())
    return _entered(request, actor, token)


@router.post("/logout")
def log_out(session: Who, house: What) -> Response:
    """End the session."""
    house.sessions.end(session.session_id, now=house.clock())
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _door(request: Request, status: int = 200, problem: str = "") -> Response:
    return page(request, "login.html", status, title=house_of(request).assistant.name, problem=problem)


def _entered(request: Request, actor: Actor, token: str) -> Response:
    response = RedirectResponse(_page_of(actor), 303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")
    return response


def _page_of(actor: Actor) -> str:
    return next(f"{path}/" for path, role in PAGES.items() if role == actor.role)
