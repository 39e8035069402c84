"""A client's taste as it moved, drawn over their purchases. A shopper sees the own, the staff that of a client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from agent.floor.phrasing import price_of
from agent.floor.trajectory import steps_in_words, taste_story
from agent.intent.dates_said import spoken_day
from ui.trajectory_plot import NARROW, WIDE, trajectory_plot
from ui.web.rules import Rule, What
from ui.web.talking import About
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/taste"): Rule("see"),
    ("GET", "/room/taste/purchases/{number}"): Rule("see"),
}
router = APIRouter()

Chosen = Annotated[tuple[str, ...], Query(alias="axis", max_length=64)]


@router.get("/room/taste")
def show_taste(request: Request, house: What, talk: About, axis: Chosen = ()) -> Response:
    """The path of the taste on the chosen attributes."""
    story = taste_story(house.assistant.shop, talk.context, axis)
    wide, narrow = (trajectory_plot(story, width) if story.bought else None for width in (WIDE, NARROW))
    return page(request, "taste.html", story=story, drawing=wide, narrow=narrow, spoken_day=spoken_day)


@router.get("/room/taste/purchases/{number}")
def show_purchase(
    request: Request, house: What, talk: About, number: Annotated[int, Path(ge=1, le=100_000)], axis: Chosen = ()
) -> Response:
    """One purchase on the way: what it was, when, and how far it moved the taste."""
    story = taste_story(house.assistant.shop, talk.context, axis)
    one = story.purchase(number)
    day, steps = spoken_day(one.at) if one.at else "", steps_in_words(story, number)
    return page(request, "taste_purchase.html", one=one, steps=steps, day=day, price=price_of(one.item))
