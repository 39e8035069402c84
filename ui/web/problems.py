"""Failures of the page as one clear line, never what happened inside: a fragment for rooms, plain text at the gate."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from agent.errors import ModelUnavailable
from agent.intent.facts_said import clean_words
from agent.turns.faults import report
from recsys.errors import ClientellerError
from ui.limits import TooMuch
from ui.rest.problems import STATUS
from ui.web.templating import page

_LOG = logging.getLogger(__name__)
FAULT = "Something went wrong on our side. Please try again."
MALFORMED = "Part of what was sent is missing or malformed; load the page again."
NO_MODEL = "The language model does not answer at the moment. Please try again."
NOTHING = "There is nothing at this address."
MAX_LINE = 300  # characters; a text of ours may repeat what was sent, which may be of any length
_A_FILE = "'/"  # how messages for whoever runs the machine name a folder or a file of it
NOT_SO = "This address does not answer to that."


def install(site: FastAPI) -> None:
    """Answer our errors with their text, and any other with a sentence."""
    site.add_exception_handler(ClientellerError, _ours)
    site.add_exception_handler(RequestValidationError, _malformed)
    site.add_exception_handler(HTTPException, _http)
    site.add_exception_handler(Exception, _fault)


def line_of(error: ClientellerError) -> str:
    """Return what a person at the page is told of an error: its text, unless that speaks of a model or a file here."""
    if isinstance(error, ModelUnavailable):
        _LOG.error("the language model did not answer: %s", report(error))
        return NO_MODEL
    if _A_FILE in str(error):
        _LOG.error("a request of the page failed: %s", report(error))
        return FAULT
    return clean_words(str(error), MAX_LINE)


def plain(error: ClientellerError) -> Response:
    """Return one of our errors as a line of plain text."""
    return PlainTextResponse(line_of(error), _status(error), _headers(error))


def _status(error: ClientellerError) -> int:
    return next((status for kind, status in STATUS if isinstance(error, kind)), 500)


def _headers(error: ClientellerError) -> dict[str, str]:
    return {"retry-after": str(error.retry_after_s)} if isinstance(error, TooMuch) else {}


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClientellerError)  # what it is installed for
    response = page(request, "problem.html", _status(error), text=line_of(error))
    response.headers.update(_headers(error))
    return response


def _malformed(request: Request, _error: Exception) -> Response:
    return page(request, "problem.html", 422, text=MALFORMED)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what it is installed for
    text = {404: NOTHING, 405: NOT_SO}.get(error.status_code, FAULT if error.status_code >= 500 else MALFORMED)
    return page(request, "problem.html", error.status_code, text=text)


def _fault(request: Request, error: Exception) -> Response:
    _LOG.error("a request of the page failed: %s", report(error))
    return page(request, "problem.html", 500, text=FAULT)
