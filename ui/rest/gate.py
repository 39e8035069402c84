"""What every request passes first: security headers, the caller's key, the key's limits. Knows no route.

Nothing but the public paths is answered without a key, whatever the application behind would do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recsys.errors import ClientellerError
from ui.bodies import read_body, replayed
from ui.callers import NO_KEY, Caller, Callers, NotRecognised
from ui.limits import Quota
from ui.rest.problems import TOO_LARGE, fault, problem, problem_of

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Gate:
    """ASGI middleware that recognises the caller and leaves it as `scope["state"]["caller"]`.

    Args:
        app: What is behind.
        callers: Recognises keys.
        quota: Counts each key's requests.
        public: Paths that need no key.
    """

    def __init__(self, app: ASGIApp, *, callers: Callers, quota: Quota, public: Collection[str]) -> None:
        self._app = app
        self._callers = callers
        self._quota = quota
        self._public = frozenset(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a problem."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})  # nothing here speaks WebSocket

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            if scope["path"] not in self._public:
                caller = await self._recognise(headers.getlist("authorization"))
                scope["state"] = {**scope.get("state", {}), "caller": caller}
        except ClientellerError as error:
            await problem_of(error)(scope, receive, send)
            return
        body = await read_body(receive)
        if body is None:
            await problem(413, TOO_LARGE)(scope, receive, send)
        else:
            await self._answered(scope, replayed(body, receive), send)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an error that nobody expected is a problem too, unless the answer has begun."""
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            if begun:
                raise
            await fault(error)(scope, receive, send)

    async def _recognise(self, presented: Sequence[str]) -> Caller:
        if len(presented) != 1:
            raise NotRecognised(NO_KEY)
        caller = await to_thread.run_sync(self._callers.by_header, presented[0])
        self._quota.request(caller.key_id)
        return caller


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return send_with_headers
