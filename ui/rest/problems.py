"""Failures as RFC 9457 problem details: one clear line, never what happened inside."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from agent.errors import ModelUnavailable, Refused
from agent.turns.faults import report
from recsys.errors import ClientellerError, InputError, NotFound, NotReady, StaleArtifact
from ui.callers import NotRecognised
from ui.limits import TooMuch
from ui.wire import Wire

_LOG = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"
TOO_LARGE = "the request is too large: send at most 64 kB"
FAULT = "Something went wrong on our side and the request was not answered. Please send it again."


class Busy(ClientellerError):
    """The session is answering another message."""


class Problem(Wire):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="One line: what, where, what is allowed.")


STATUS: Sequence[tuple[type[ClientellerError], int]] = (  # the first that fits, so a child stands before its parent
    (NotRecognised, 401),
    (Refused, 403),
    (NotFound, 404),
    (Busy, 409),
    (InputError, 422),
    (TooMuch, 429),
    (NotReady, 503),
    (StaleArtifact, 503),
    (ModelUnavailable, 503),
)
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)
}


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem as a response."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status, dict(headers or {}), media_type=MEDIA_TYPE)


def fault(error: BaseException) -> Response:
    """Return what is said of an error that nobody expected; the log gets its place, not its words."""
    _LOG.error("a request failed: %s", report(error))
    return problem(500, FAULT)


def problem_of(error: ClientellerError) -> Response:
    """Return one of our errors as a response; its text is one line that can be shown."""
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status == 500:
        return fault(error)
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    if isinstance(error, TooMuch):
        headers["retry-after"] = str(error.retry_after_s)
    return problem(status, str(error), headers)


def install(app: FastAPI) -> None:
    """Answer every expected failure of `app` with a problem; the gate answers the others."""

    @app.exception_handler(ClientellerError)
    async def ours(_request: Request, error: ClientellerError) -> Response:
        return problem_of(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        return problem(422, _told(error.errors()))

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, _HTTP.get(error.status_code, str(error.detail)), error.headers)


_HTTP = {
    400: "the body cannot be read: send JSON in UTF-8",
    404: "there is nothing at this path: GET /openapi.json lists what there is",
    405: "this path does not take this method: GET /openapi.json lists what there is",
}


def _told(errors: Sequence[Any]) -> str:
    """Say where a request does not fit; the value itself is left out, for it may be anything."""
    said = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in errors[:3]]
    return "; ".join(said) or "the request does not fit: GET /openapi.json says what does"
