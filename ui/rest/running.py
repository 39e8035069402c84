"""Runs an ASGI application until it is told to stop; turns under way get a moment to end."""

from __future__ import annotations

import signal
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

_STOP_S = 10


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM. Requests are not logged, since their paths name clients."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_S,
    )
    # When it has stopped, uvicorn raises the signal once more; the program must then close its files and end well.
    signal.signal(signal.SIGTERM, _end)
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run()


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)
