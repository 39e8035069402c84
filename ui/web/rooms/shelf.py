"""The shelf: the suggestions on show side by side, with sliders that rank them again while they are moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from agent.context import TurnContext
from agent.events import Comparison, TextDelta, TurnEvent
from agent.floor import axes, slates, steering
from agent.floor.comparing import compare
from agent.floor.pressed import pressed
from agent.floor.shop import Emit, Shop
from agent.floor.standing import standing
from agent.state import SlateState, TurnResult, View, empty_view, remembered
from recsys.errors import InputError
from recsys.steering import combine
from ui.web.by_hand import CHAT_CHANGED, done
from ui.web.rules import Rule, What
from ui.web.talking import About
from ui.web.talks import Talk
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/shelf"): Rule("see"),
    ("GET", "/room/shelf/cards"): Rule("see"),
    ("GET", "/room/shelf/comparison"): Rule("see"),
    ("POST", "/room/shelf/sliders"): Rule("see"),
    ("POST", "/room/shelf/drop"): Rule("see"),
    ("POST", "/room/shelf/reset"): Rule("see"),
    ("POST", "/room/shelf/undo"): Rule("see"),
}
router = APIRouter()
_MOST_COMPARED = 6
Ticked = Annotated[list[str], Query(max_length=_MOST_COMPARED)]


@dataclass(frozen=True)
class Slider:
    """One guided attribute as a slider: its ends in words, where it stands, and whether it is shown at once."""

    name: str
    label: str
    less: str
    more: str
    value: float
    said: str
    is_offered: bool


async def sliders_of(request: Request) -> dict[str, float]:
    """Return where the sliders of a form stand; raise InputError for what is no number."""
    form = await request.form()
    try:
        return {name: float(str(value)) for name, value in form.items()}
    except ValueError as error:
        raise InputError("a slider stands at no number: move it again") from error


Sliders = Annotated[dict[str, float], Depends(sliders_of)]


@router.get("/room/shelf")
def show_shelf(request: Request, house: What, talk: About) -> Response:
    """The slate of the conversation with its reasons, and the sliders."""
    return _shelf(request, house.assistant.shop, talk)


@router.get("/room/shelf/cards")
def show_cards(request: Request, house: What, talk: About, item: Ticked = []) -> Response:  # noqa: B006
    """The cards alone, as they are marked now; what was ticked stays ticked."""
    return page(request, "shelf_cards.html", **_cards(house.assistant.shop, talk), ticked=item)


@router.get("/room/shelf/comparison")
def show_comparison(request: Request, house: What, talk: About, item: Ticked = []) -> Response:  # noqa: B006
    """The ticked cards side by side, what weighs most for this client first."""
    shop, view = house.assistant.shop, _view(talk)
    chosen = [one for one in view["slate"] if one in item]
    if len(chosen) < 2:
        return page(request, "shelf_comparison.html", it=None, verdict="")
    events: list[TurnEvent] = []
    compare(shop, talk.context, SlateState(messages=[], view=view), chosen, events.append)
    table = next(one for one in events if isinstance(one, Comparison))
    verdict = "".join(one.text for one in events if isinstance(one, TextDelta))
    return page(request, "shelf_comparison.html", it=table, verdict=verdict)


@router.post("/room/shelf/sliders")
def move_sliders(request: Request, house: What, talk: About, moves: Sliders) -> Response:
    """Rank again by where the sliders stand; the sliders stay under the hand that moves them."""
    shop, before = house.assistant.shop, _view(talk)["moves"]
    wanted = steering.checked(shop, moves)
    answer = ""
    if wanted != before:
        answer = _steer(shop, talk, before, wanted)
    values = _cards(shop, talk) | {"sliders": _sliders(shop, talk), "answer": answer, "ticked": ()}
    return _changed(page(request, "shelf_moved.html", **values))


@router.post("/room/shelf/drop")
def drop_move(request: Request, house: What, talk: About, axis: Annotated[str, Form(max_length=64)]) -> Response:
    """Take one move back."""
    shop, before = house.assistant.shop, _view(talk)["moves"]
    wanted = {name: move for name, move in before.items() if name != axis}
    if wanted == before:
        return _shelf(request, shop, talk)
    return _changed(_shelf(request, shop, talk, _steer(shop, talk, before, wanted)))


@router.post("/room/shelf/reset")
def reset_sliders(request: Request, house: What, talk: About) -> Response:
    """Take all moves back."""
    shop = house.assistant.shop
    answer = done(talk, "All sliders as they were", partial(steering.reset, shop))
    return _changed(_shelf(request, shop, talk, answer))


@router.post("/room/shelf/undo")
def undo(request: Request, house: What, talk: About) -> Response:
    """Show the slate before this one again."""
    shop, before = house.assistant.shop, _view(talk)
    said = done(talk, "Undo", partial(slates.undo, shop))
    # Where the conversation is not in sight, as on a phone, a press that changes nothing must say so here.
    return _changed(_shelf(request, shop, talk, said, stayed=_view(talk) == before))


def _steer(shop: Shop, talk: Talk, before: Mapping[str, float], wanted: Mapping[str, float]) -> str:
    """Move the slate as a turn of the conversation and return what was answered."""

    def act(context: TurnContext, state: SlateState, emit: Emit) -> TurnResult:
        return steering.steer(shop, context, state, wanted, emit)

    return done(talk, steering.change_in_words(shop, before, wanted), act)


def _changed(response: Response) -> Response:
    response.headers.update(CHAT_CHANGED)
    return response


def _view(talk: Talk) -> View:
    return cast(View, talk.conversation.view() or empty_view())


def _shelf(request: Request, shop: Shop, talk: Talk, answer: str = "", *, stayed: bool = False) -> Response:
    values = _cards(shop, talk) | {"sliders": _sliders(shop, talk), "answer": answer, "stayed": stayed, "ticked": ()}
    return page(request, "shelf.html", **values)


def _cards(shop: Shop, talk: Talk) -> dict[str, Any]:
    """Return what the cards show: the slate with its reasons and marks, and what it goes by."""
    view, context = _view(talk), talk.context
    known = standing(shop, context)
    names = steering.attributes(shop)
    return {
        "cards": [shop.card(n + 1, item_id, remembered(view, n)) for n, item_id in enumerate(view["slate"])],
        "pressed": pressed(shop, context),
        "goes_by": slates.goes_by(shop, view, known, with_moves=False),
        "moves": [(name, axes.in_words(names[name], move)) for name, move in view["moves"].items() if name in names],
        "is_unknown": slates.is_unknown(shop.purchases(context), combine(known.moves, view["moves"])),
        "is_own": context.actor.role == "shopper",
    }


def _sliders(shop: Shop, talk: Talk) -> list[Slider]:
    """Return every slider, those that matter most to this slate and client first."""
    view, names = _view(talk), steering.attributes(shop)
    offered = axes.offered(shop, talk.context, view)
    return [
        Slider(
            name,
            names[name].label,
            axes.in_words(names[name], -1.0),
            axes.in_words(names[name], 1.0),
            view["moves"].get(name, 0.0),
            axes.in_words(names[name], view["moves"].get(name, 0.0)),
            name in offered,
        )
        for name in (*offered, *(one for one in names if one not in offered))
    ]
