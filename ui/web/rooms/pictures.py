"""Pictures of the catalogue's items, drawn here: no picture is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from recsys.schema import Identifier
from ui.drawings import draw
from ui.web.rules import Rule, What

RULES: Mapping[tuple[str, str], Rule] = {("GET", "/pictures/{item_id}.svg"): Rule("browse")}
KEEP_S = 86_400
router = APIRouter()


@router.get("/pictures/{item_id}.svg")
def picture(item_id: Annotated[Identifier, Path()], house: What) -> Response:
    """The drawing of an item."""
    drawn = draw(house.assistant.shop.catalogue.item(item_id))
    headers = {"cache-control": f"private, max-age={KEEP_S}", "content-security-policy": "default-src 'none'; sandbox"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)
