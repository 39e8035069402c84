"""The page's frame: its header in the reader's language, the choice of that language, and the style sheet."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Header, Request
from fastapi.responses import RedirectResponse, Response

from agent.context import Role
from agent.translatable import _
from recsys.errors import ClientellerError, InputError
from ui.web.languages import COOKIE, LANGUAGES
from ui.web.navigation import tabs_of
from ui.web.rules import Rule, What, Who
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/header"): Rule("browse"),
    ("POST", "/language"): Rule(None),
    ("GET", "/static/room.css"): Rule(None),
}
KEEP_LANGUAGE_S = 365 * 86_400
KEEP_SHEET_S = 3_600
FRAME_SHEETS = ("1-room.css", "2-chat.css", "4-narrow.css")  # of the whole page, with rules for its body
WITHIN = ":is(.gradio-container, .ct-door)"
router = APIRouter()


ROLES: Mapping[Role, str] = {"shopper": _("Shopper"), "associate": _("Associate"), "manager": _("Manager")}


@router.get("/room/header")
def show_header(
    request: Request, session: Who, house: What, x_talk: Annotated[str, Header(max_length=64)] = ""
) -> Response:
    """Brand, rooms, who is here; and, where the conversation is about a client, whom."""
    book, about = tabs_of(session.actor.role)
    return page(
        request,
        "header.html",
        title=house.assistant.name,
        book=book,
        about=about,
        role=ROLES[session.actor.role],
        client=_client(session, house, x_talk) if book else "",
    )


@router.post("/language")
def choose_language(request: Request, language: Annotated[str, Form(max_length=20)]) -> Response:
    """Keep the reader's choice in a cookie, and lead back to where they were."""
    if language not in LANGUAGES:
        raise InputError(f"the page does not speak {language!r}: choose one of {', '.join(LANGUAGES)}")
    response = RedirectResponse(_back(request), 303)
    response.set_cookie(
        COOKIE, language, KEEP_LANGUAGE_S, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
    )
    return response


@router.get("/static/room.css")
def show_sheet() -> Response:
    """Every style sheet in one, in their order."""
    return Response(styles(), media_type="text/css", headers={"cache-control": f"max-age={KEEP_SHEET_S}"})


def styles() -> str:
    """Return the page's style sheets in their order.

    Those of the parts and of single rooms are nested, so that a plain class in them outweighs Gradio's resets.
    """
    sheets = sorted(resources.files("ui").joinpath("styles").iterdir(), key=lambda sheet: sheet.name)
    texts = {sheet.name: sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.name.endswith(".css")}
    return "\n".join(text if name in FRAME_SHEETS else f"{WITHIN} {{\n{text}\n}}" for name, text in texts.items())


def _client(session: Who, house: What, key: str) -> str:
    try:
        context = house.talks.find(session.actor, key).context
    except ClientellerError:
        return ""  # no conversation: the header stands without a client
    if context.client_id is None:
        return ""
    return house.assistant.shop.client(context).called


def _back(request: Request) -> str:
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # such as "http://["
        return "/"
    if came.netloc != request.headers.get("host"):
        return "/"
    path = "/" + came.path.lstrip("/\\")  # two slashes would begin another host's name
    return f"{path}?{came.query}" if came.query else path
