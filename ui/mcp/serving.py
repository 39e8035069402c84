"""Serves the MCP server over streamable HTTP behind the same gate as REST, or over standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from agent.records.access_keys import AccessKeys
from recsys.clock import now
from ui.callers import NO_KEY, Caller, Callers, Clock, NotRecognised
from ui.limits import Limits, Quota
from ui.mcp.server import Call, build_server
from ui.rest.gate import Gate
from ui.rest.running import run

if TYPE_CHECKING:
    from agent.assistant import Assistant

PATH = "/mcp"


def build_http(assistant: Assistant, host: str, limits: Limits | None = None, clock: Clock = now) -> ASGIApp:
    """Return the ASGI application: every request needs a key, and stands for itself, without a session.

    Args:
        host: Where it listens; on a loopback address, requests that name another host are refused.
        limits: What one key may ask; None for the usual.
        clock: Tells the time, for the keys' expiry.
    """
    callers, quota = _callers(assistant, clock), Quota(limits or Limits())

    def who(call: Call) -> Caller:
        return callers.by_header((call.headers or {}).get("authorization"))

    server = build_server(assistant.shop, quota, who)
    app = server.streamable_http_app(streamable_http_path=PATH, json_response=True, stateless_http=True, host=host)
    return Gate(app, callers=callers, quota=quota, public=())


def serve_http(assistant: Assistant, host: str, port: int) -> None:
    """Serve over HTTP until interrupted."""
    run(build_http(assistant, host), host, port)


def serve_stdio(assistant: Assistant, key: str | None) -> None:
    """Serve over standard input and output for the holder of one key, which is asked anew for every call.

    Raises:
        NotRecognised: If the key opens nothing; checked before anything is served.
    """
    callers, quota = _callers(assistant, now), Quota(Limits())
    if not key:
        raise NotRecognised(NO_KEY)
    callers.by_key(key)

    def who(_call: Call) -> Caller:
        caller = callers.by_key(key)
        quota.request(caller.key_id)
        return caller

    build_server(assistant.shop, quota, who).run("stdio")


def _callers(assistant: Assistant, clock: Clock) -> Callers:
    return Callers(AccessKeys(assistant.shop.boutique), clock)
