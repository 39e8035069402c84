"""Who may call what: one rule for each route. A route without a rule is closed to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from agent.errors import Refused
from agent.policy import Action, require
from recsys.errors import NotFound
from ui.callers import Caller
from ui.rest.surface import Surface


@dataclass(frozen=True)
class Rule:
    """What the policy is asked before a route runs.

    Attributes:
        action: What the route does; None for a public route, which tells nothing of the boutique.
    """

    action: Action | None


PUBLIC = ("/healthz", "/openapi.json", "/docs")
RULES: Mapping[tuple[str, str], Rule] = {
    **{("GET", path): Rule(None) for path in PUBLIC},
    ("POST", "/v1/sessions"): Rule("see"),
    ("GET", "/v1/sessions/{session_id}"): Rule("see"),
    ("POST", "/v1/sessions/{session_id}/messages"): Rule("see"),
    ("POST", "/v1/approvals"): Rule("see"),
    ("GET", "/v1/clients"): Rule("see"),
    ("GET", "/v1/clients/{client_id}"): Rule("see"),
    ("GET", "/v1/clients/{client_id}/recommendations"): Rule("see"),
    ("GET", "/v1/clients/{client_id}/explanations/{item_id}"): Rule("see"),
    ("POST", "/v1/clients/{client_id}/feedback"): Rule("record"),
    ("GET", "/v1/attributes"): Rule("browse"),
    ("GET", "/v1/items"): Rule("browse"),
    ("GET", "/v1/items/{item_id}"): Rule("browse"),
}


def authorise(request: Request) -> None:
    """Ask the policy before any route runs; where the path names a client, about that client.

    Raises:
        Refused: If the route has no rule, or the caller may not do this.
        NotFound: If the caller sees no such client; the text does not tell whether there is one.
    """
    rule = RULES.get((request.method, request.scope["route"].path))
    if rule is None:
        raise Refused("this path is closed: it has no rule")
    if rule.action is None:
        return
    caller = caller_of(request)
    require(caller.actor, rule.action)
    client_id = request.path_params.get("client_id")
    if client_id is not None:
        require_client(surface_of(request), caller, client_id)


def require_client(surface: Surface, caller: Caller, client_id: str) -> None:
    """Raise NotFound unless the caller sees the client."""
    try:
        surface.assistant.shop.book.client(caller.actor, client_id)
    except Refused as error:
        raise NotFound(str(error)) from error


def caller_of(request: Request) -> Caller:
    """Return who calls, as the gate recognised them."""
    caller = request.scope.get("state", {}).get("caller")
    if not isinstance(caller, Caller):
        raise Refused("this path is closed: nobody was recognised")
    return caller


def surface_of(request: Request) -> Surface:
    """Return what the routes work on."""
    surface: Surface = request.app.state.surface
    return surface


Who = Annotated[Caller, Depends(caller_of)]
What = Annotated[Surface, Depends(surface_of)]
