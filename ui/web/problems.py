"""Failures of the rooms as one clear line: a fragment for the page, never what happened inside."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from agent.turns.faults import report
from recsys.errors import ClientellerError
from ui.rest.problems import STATUS
from ui.web.templating import page

_LOG = logging.getLogger(__name__)
FAULT = "Something went wrong on our side. Please try again."
MALFORMED = "Part of what was sent is missing or malformed; load the page again."


def install(site: FastAPI) -> None:
    """Answer our errors with their text, and any other with a sentence."""
    site.add_exception_handler(ClientellerError, _ours)
    site.add_exception_handler(RequestValidationError, _malformed)
    site.add_exception_handler(Exception, _fault)


def _ours(request: Request, error: Exception) -> Response:
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    return page(request, "problem.html", status, text=str(error))


def _malformed(request: Request, _error: Exception) -> Response:
    return page(request, "problem.html", 422, text=MALFORMED)


def _fault(request: Request, error: Exception) -> Response:
    _LOG.error("a request of the page failed: %s", report(error))
    return page(request, "problem.html", 500, text=FAULT)
