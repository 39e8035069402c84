"""The shelf: the suggestions on show in the conversation, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agent.state import View, empty_view, remembered
from ui.web.rules import Rule, What
from ui.web.talking import About
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {("GET", "/room/shelf"): Rule("see")}
router = APIRouter()


@router.get("/room/shelf")
def show_shelf(request: Request, house: What, talk: About) -> Response:
    """The slate of the conversation, with its reasons."""
    view = cast(View, talk.conversation.view() or empty_view())
    shop = house.assistant.shop
    cards = [shop.card(n + 1, item_id, remembered(view, n)) for n, item_id in enumerate(view["slate"])]
    return page(request, "shelf.html", cards=cards)
