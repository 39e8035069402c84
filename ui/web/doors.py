"""The ways in and out: log in, enter as a guest, log out. A session begins here and nowhere else."""

from __future__ import annotations

import secrets
from functools import cache
from importlib import resources
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import compile_path

from agent.context import Actor
from agent.policy import GUEST, decide
from agent.records.users import User
from agent.records.web_sessions import WebSession
from ui.limits import TooMuch
from ui.web.gate import COOKIE, LOG_IN
from ui.web.rules import PAGES, Rule, What, Who, house_of
from ui.web.templating import page

WRONG = "This name and password do not open anything here."
MAX_PATH = 500
RULES = {
    ("GET", "/"): Rule(None),
    ("GET", "/favicon.ico"): Rule(None),
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


@router.get("/favicon.ico")
def icon() -> Response:
    """Return the small picture of the browser's tab."""
    return Response(_icon(), media_type="image/svg+xml", headers={"cache-control": "max-age=86400"})


@router.get("/")
def front(request: Request) -> Response:
    """Lead to the page of whoever is logged in, else to the door."""
    session = _session(request)
    return RedirectResponse(_page_of(session.actor) if session is not None else "/login", 303)


@router.get("/login")
def show_login(request: Request, next: str = "") -> Response:
    """Show the door; to somebody whose session has ended, with a line that says so."""
    has_ended = COOKIE in request.cookies and _session(request) is None
    return _door(request, problem=LOG_IN if has_ended else "", wanted=next)


@router.post("/login")
async def log_in(
    request: Request,
    house: What,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """Begin a session for a name and password."""
    try:
        house.attempts.come(_address(request))
        user = await run_in_threadpool(house.recognise, name.strip().casefold()[:64], password)
    except TooMuch as error:
        return _too_often(request, error, next)
    if user is None:
        return _door(request, 401, WRONG, next)
    return await run_in_threadpool(_enter, request, user.actor, user, next)


@router.post("/guest")
def enter_as_guest(request: Request, house: What) -> Response:
    """Begin a session of a shopper whom the boutique does not know; what they do is kept as long as the session."""
    try:
        house.attempts.come(_address(request))
    except TooMuch as error:
        return _too_often(request, error)
    return _enter(request, Actor(f"{GUEST}{secrets.token_hex(8)}", "shopper"), None, "")


@router.post("/logout")
def log_out(session: Who, house: What) -> Response:
    """End the session."""
    house.leave(session)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    return response


def _door(request: Request, status: int = 200, problem: str = "", wanted: str = "") -> Response:
    title = house_of(request).assistant.name
    return page(request, "login.html", status, title=title, problem=problem, wanted=wanted[:MAX_PATH])


def _too_often(request: Request, error: TooMuch, wanted: str = "") -> Response:
    response = _door(request, 429, str(error), wanted)
    response.headers["retry-after"] = str(error.retry_after_s)
    return response


def _enter(request: Request, actor: Actor, user: User | None, wanted: str) -> Response:
    """Begin a session, always a new one, and lead to the page; what the browser had open before ends."""
    house = house_of(request)
    before = _session(request)
    token = house.enter(actor, user)
    if before is not None:
        house.leave(before)
    response = RedirectResponse(wanted if _may_open(request, actor, wanted) else _page_of(actor), 303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")
    return response


def _may_open(request: Request, actor: Actor, wanted: str) -> bool:
    """Whether an address is one of our own that this person may open; any other is never followed."""
    if not wanted.startswith("/") or wanted.startswith("//") or not wanted.isprintable() or "\\" in wanted:
        return False
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return False
    if parts.scheme or parts.netloc or len(wanted) > MAX_PATH:
        return False
    if parts.path.rstrip("/") in PAGES:
        return PAGES[parts.path.rstrip("/")] == actor.role
    return any(
        method == "GET" and rule.action is not None and _fits(path, parts.path) and _is_for(rule, actor)
        for (method, path), rule in request.app.state.rules.items()
    )


def _is_for(rule: Rule, actor: Actor) -> bool:
    return rule.action is not None and actor.role in rule.roles and decide(actor, rule.action).allowed


def _fits(route: str, path: str) -> bool:
    return compile_path(route)[0].match(path) is not None


def _session(request: Request) -> WebSession | None:
    session = request.scope.get("state", {}).get("session")
    return session if isinstance(session, WebSession) else None


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


@cache
def _icon() -> bytes:
    return resources.files("ui").joinpath("web", "static", "icon.svg").read_bytes()


def _page_of(actor: Actor) -> str:
    return next(f"{path}/" for path, role in PAGES.items() if role == actor.role)
