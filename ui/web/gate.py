"""What every request of the page passes first: headers, size, where it comes from, whose session it is.

Nothing but the public paths is answered without a session, whatever the application behind would do; of Gradio's own
routes a page has those it needs (`ui.web.events`). The address of a visitor is that of the connection: no header of a
proxy is believed.
"""

from __future__ import annotations

import logging
import time
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.records.web_sessions import WebSession
from agent.turns.faults import report
from recsys.errors import ClientellerError
from ui.bodies import read_body, replayed
from ui.rest.mounting import FOLDER
from ui.web import events
from ui.web.headers import HEADERS
from ui.web.house import House
from ui.web.problems import FAULT, plain
from ui.web.rules import PAGES, PUBLIC

COOKIE = "clienteller_session"
OPEN_FOLDERS = ("/static/",)
SAFE = ("GET", "HEAD")
FOREIGN = "This request came from another site and was not answered."
LOG_IN = "Your session has ended: log in again."
NOT_YOURS = "This page is not yours."
NOTHING = "There is nothing at this address."
TOO_LARGE = "This is too large to be sent: keep it under 64 kB."
NO_EVENT = "This is not what the page sends: load it again."
_LOOKED_AGAIN_S = 1.0  # how often a stream looks whether its session is still open


class Gate:
    """ASGI middleware that recognises the session and leaves it as `scope["state"]["session"]`.

    Args:
        app: What is behind.
        house: Knows the open sessions.
    """

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        self._app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "lifespan" or scope.get("path", "").startswith(f"{FOLDER}/"):  # there is a gate of its own
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, _with_headers(send, scope["path"]))
        else:
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks WebSocket

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not is_own(scope["method"], headers):
            await PlainTextResponse(FOREIGN, 403)(scope, receive, send)
            return
        messages = await read_body(receive) if scope["method"] not in SAFE else []
        if messages is None:
            await PlainTextResponse(TOO_LARGE, 413)(scope, receive, send)
            return
        receive = replayed(messages, receive) if messages else receive
        try:
            session = await to_thread.run_sync(self._session, token_of(headers), scope["method"], scope["path"])
        except ClientellerError as error:
            await plain(error)(scope, receive, send)
            return
        if session is not None:
            scope["state"] = {**scope.get("state", {}), "session": session}
        await self._enter(scope, receive, send, headers, session)

    async def _enter(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers, session: WebSession | None
    ) -> None:
        path = scope["path"]
        if path in PUBLIC or path.startswith(OPEN_FOLDERS):
            await self._answered(scope, receive, send)
            return
        if session is None:
            await _door(scope, headers)(scope, receive, send)
            return
        page = next((page for page in PAGES if path == page or path.startswith(f"{page}/")), None)
        if page is None:
            await self._answered(scope, receive, send)
        elif (refusal := _refusal(scope, page, session)) is not None:
            await refusal(scope, receive, send)
        else:
            await self._event(scope, receive, send, path.removeprefix(page), session)

    async def _event(self, scope: Scope, receive: Receive, send: Send, path: str, session: WebSession) -> None:
        """Pass on what is for Gradio; events and their answers under the session's own name only."""
        if path == events.JOIN:
            body = b"".join([message.get("body", b"") for message in await _rest(receive)])
            named = events.own_event(body, session.session_id)
            scope = _with_length(scope, len(named or b""))
            receive = replayed([{"type": "http.request", "body": named or b"", "more_body": False}], receive)
        elif path == events.STREAM:
            named = events.own_stream(scope["query_string"], session.session_id)
            scope = {**scope, "query_string": named or b""}
            receive, send = _ending(self._house, session, receive, send)
        else:
            named = b""
        if named is None:
            await PlainTextResponse(NO_EVENT, 400)(scope, receive, send)
        else:
            await self._answered(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error that nobody expected is one plain line, unless the answer has begun."""
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            _LOG.error("a request of the page failed: %s", report(error))
            if begun:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await PlainTextResponse(FAULT, 500)(scope, receive, send)

    def _session(self, token: str, method: str, path: str) -> WebSession | None:
        """Return whose request it is, and count it, unless it is for one of the page's fixed files."""
        if not token or path.startswith(OPEN_FOLDERS):
            return None
        session = self._house.session(token)
        mounted = next((page for page in PAGES if path.startswith(f"{page}/")), "")
        if session is not None and not (mounted and events.is_part(method, path.removeprefix(mounted))):
            self._house.quota.request(session.session_id)
        return session


_LOG = logging.getLogger(__name__)


def is_own(method: str, headers: Headers) -> bool:
    """Whether a request was made by our own pages, or is somebody following a link to one."""
    site = headers.get("sec-fetch-site")
    if site is not None:  # the browser itself says where the request was made
        is_link = method in SAFE and headers.get("sec-fetch-mode") == "navigate"
        return site in ("same-origin", "none") or is_link
    origin = headers.get("origin")
    return method in SAFE or origin is None or _host_of(origin) == headers.get("host")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as "http://[", which is nobody's
        return ""


def token_of(headers: Headers) -> str:
    """Return the token that the session's cookie bears, "" where there is none."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _door(scope: Scope, headers: Headers) -> Response:
    """Show a person the door, from which they come back; tell a program that it has no session."""
    if scope["method"] == "GET" and "text/html" in headers.get("accept", "") and "hx-request" not in headers:
        wanted = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)
    return PlainTextResponse(LOG_IN, 401)


def _refusal(scope: Scope, page: str, session: WebSession) -> Response | None:
    if PAGES[page] != session.actor.role:
        return PlainTextResponse(NOT_YOURS, 403)
    if scope["path"] == page:
        return RedirectResponse(f"{page}/", 308)
    return (
        None if events.is_open(scope["method"], scope["path"].removeprefix(page)) else PlainTextResponse(NOTHING, 404)
    )


def _ending(house: House, session: WebSession, receive: Receive, send: Send) -> tuple[Receive, Send]:
    """Return the two ends of a stream that stops when its session has ended."""
    due, is_over = time.monotonic() + _LOOKED_AGAIN_S, False

    async def receive_until() -> Message:
        return {"type": "http.disconnect"} if is_over else await receive()

    async def send_until(message: Message) -> None:
        nonlocal due, is_over
        if not is_over and time.monotonic() >= due:
            due = time.monotonic() + _LOOKED_AGAIN_S
            is_over = await to_thread.run_sync(house.still_open, session) is None
            if is_over:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        if not is_over:
            await send(message)

    return receive_until, send_until


async def _rest(receive: Receive) -> list[Message]:
    """Return the messages of a body that was read before."""
    return await read_body(receive) or []


def _with_length(scope: Scope, length: int) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}


def _with_headers(send: Send, path: str) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", _kept_for(path) if message["status"] == 200 else "no-store")
        await send(message)

    return send_with_headers


def _kept_for(path: str) -> str:
    """Say how long a browser may keep what it got: fixed files only, and nothing about anybody."""
    if path.startswith(OPEN_FOLDERS):
        return "no-cache"  # asked for again, and sent again only if it has changed
    is_named_by_content = any(path.startswith(f"{page}/assets/") for page in PAGES)
    return "private, max-age=604800, immutable" if is_named_by_content else "no-store"
