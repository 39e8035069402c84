"""The REST interface beside the page, in the same process: with its own gate and keys, and closed with the site.

A session of the page opens nothing there; a program shows its key as it does to `clienteller serve-api`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.assistant import Assistant
from ui.callers import Clock
from ui.rest.app import build_api

FOLDER = "/api"
Life = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class Below:
    """ASGI wrapper that gives an application its paths as if it stood alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on without the folder that it came by."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        await self._app({**scope, "path": path, "root_path": ""}, receive, send)


def rest_beside(assistant: Assistant, clock: Clock) -> tuple[ASGIApp, Life]:
    """Return the REST application to mount under FOLDER, and the life of a site that closes it when it ends."""
    api = build_api(assistant, clock=clock)

    @asynccontextmanager
    async def life(_site: FastAPI) -> AsyncIterator[None]:
        async with api.router.lifespan_context(api):  # nobody runs the life of a mounted application
            yield

    return Below(api), life
