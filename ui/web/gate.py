"""What every request of the page passes first: headers, size, where it comes from, whose session it is.

Nothing but the public paths is answered without a session, whatever the application behind would do.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.records.web_sessions import WebSession
from ui.web.headers import HEADERS
from ui.web.house import House
from ui.web.rules import PAGES, PUBLIC

COOKIE = "clienteller_session"
OPEN_FOLDERS = ("/static/",)
SAFE = ("GET", "HEAD")
FOREIGN = "This request came from another site and was not answered."
LOG_IN = "Your session has ended: log in again."
NOT_YOURS = "This page is not yours."


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
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks WebSocket

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        path = scope["path"]
        if scope["method"] not in SAFE and not is_own(headers):
            await PlainTextResponse(FOREIGN, 403)(scope, receive, send)
            return
        token = token_of(headers)
        session = await to_thread.run_sync(self._house.session, token) if token else None
        if session is not None:
            scope["state"] = {**scope.get("state", {}), "session": session}
        refusal = None if path in PUBLIC or path.startswith(OPEN_FOLDERS) else _refusal(scope, headers, session)
        await (refusal or self._app)(scope, receive, send)


def is_own(headers: Headers) -> bool:
    """Whether a request that changes something was made by our own pages."""
    site = headers.get("sec-fetch-site")
    if site is not None:  # the browser itself says where the request was made
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def token_of(headers: Headers) -> str:
    """Return the token that the session's cookie bears, "" where there is none."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


def _refusal(scope: Scope, headers: Headers, session: WebSession | None) -> Response | None:
    if session is None:
        if scope["method"] == "GET" and "text/html" in headers.get("accept", "") and "hx-request" not in headers:
            return RedirectResponse(f"/login?next={quote(scope['path'])}", 303)
        return PlainTextResponse(LOG_IN, 401)
    page = next((page for page in PAGES if scope["path"] == page or scope["path"].startswith(f"{page}/")), None)
    if page is not None and PAGES[page] != session.actor.role:
        return PlainTextResponse(NOT_YOURS, 403)
    return None


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.setdefault("cache-control", "no-store")
        await send(message)

    return send_with_headers
