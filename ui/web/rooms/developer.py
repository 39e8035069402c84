"""The developer's room: how a turn came about, which model answers, and the catalogue along its attributes.

It shows what clients said and what was told them, so the staff's managers alone have it.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from ui.web.rooms import developer_attributes, developer_models, developer_turns
from ui.web.rules import Rule, What, Who
from ui.web.talking import Here
from ui.web.templating import page

_PARTS = (developer_turns, developer_models, developer_attributes)
RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/developer"): Rule("manage", ("manager",)),
    **{route: rule for part in _PARTS for route, rule in part.RULES.items()},
}
router = APIRouter()
for _part in _PARTS:
    router.include_router(_part.router)


@router.get("/room/developer")
def show_developer(request: Request, house: What, session: Who, talk: Here) -> Response:
    """The whole room, about the conversation that is open."""
    return page(
        request,
        "developer.html",
        turn=developer_turns.turn_view(house, session.actor, talk.key),
        models=developer_models.models_view(house, talk),
        map=developer_attributes.map_view(house, talk),
    )
