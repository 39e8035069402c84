"""Who may open what on the page: one rule for each route. A route without a rule is closed to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Path, Request

from agent.context import ROLES, Role
from agent.errors import Refused
from agent.policy import Action, require
from agent.records.web_sessions import WebSession
from recsys.errors import NotFound
from ui.web.house import House

STAFF: tuple[Role, ...] = ("associate", "manager")


@dataclass(frozen=True)
class Rule:
    """What is asked before a route runs.

    Attributes:
        action: What the route does, for the policy; None for a public route, which tells nothing of the boutique.
        roles: Who may open it.
    """

    action: Action | None
    roles: tuple[Role, ...] = ROLES


PUBLIC = ("/", "/favicon.ico", "/healthz", "/login", "/guest", "/language")
PAGES: Mapping[str, Role] = {"/shopper": "shopper", "/associate": "associate", "/manager": "manager"}
"""Where the page of each role is mounted; nobody else's role opens it."""


def authorise(request: Request) -> None:
    """Ask the policy before any route runs; where the path names a client, about that client.

    Raises:
        Refused: If the route has no rule, or the session's role may not open it.
        NotFound: If the actor sees no such client; the text does not tell whether there is one.
    """
    rule = request.app.state.rules.get((request.method, request.scope["route"].path))
    if rule is None:
        raise Refused("this path is closed: it has no rule")
    if rule.action is None:
        return
    session = session_of(request)
    if session.actor.role not in rule.roles:
        raise Refused("this room is not open to you")
    require(session.actor, rule.action)
    client_id = request.path_params.get("client_id")
    if client_id is not None:
        require_client(house_of(request), session, client_id)


def require_client(house: House, session: WebSession, client_id: str) -> None:
    """Raise NotFound unless the session's actor sees the client."""
    try:
        house.assistant.shop.book.client(session.actor, client_id)
    except Refused as error:
        raise NotFound(str(error)) from error


def session_of(request: Request) -> WebSession:
    """Return whose request it is, as the gate recognised them."""
    session = request.scope.get("state", {}).get("session")
    if not isinstance(session, WebSession):
        raise Refused("this path is closed: log in first")
    return session


def house_of(request: Request) -> House:
    """Return what the routes work on."""
    house: House = request.app.state.house
    return house


MAX_NUMBER = 2**53  # of a row; a larger one is none, and more than the database can compare
Numbered = Annotated[int, Path(ge=1, le=MAX_NUMBER)]
Key = Annotated[str, Form(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
"""Made anew with each form, so that one sent twice is written once."""
Who = Annotated[WebSession, Depends(session_of)]
What = Annotated[House, Depends(house_of)]
