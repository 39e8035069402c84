"""The wish list and the basket, and the presses of hearts, bags and thumbs on every card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from agent.events import Card
from agent.floor.pressed import press, pressed
from agent.floor.shop import Shop
from agent.state import View, empty_view, remembered
from agent.translatable import _
from recsys.schema import Explanation
from recsys.seller.evidence import short_title
from ui.turn import Slate
from ui.web.languages import language_of, translations
from ui.web.rules import Rule, What
from ui.web.talking import About
from ui.web.talks import Talk
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/saved"): Rule("see"),
    ("GET", "/room/marks"): Rule("see"),
    ("POST", "/room/press"): Rule("record"),
}
router = APIRouter()


_SAYS = {
    ("wishlist", True): _("%(piece)s is on the wish list."),
    ("wishlist", False): _("%(piece)s is off the wish list."),
    ("basket", True): _("%(piece)s is in the basket. Nothing is ordered or paid here."),
    ("basket", False): _("%(piece)s is out of the basket."),
    ("like", True): _("Noted: you like it."),
    ("dislike", True): _("Noted: it will not be suggested again."),
    ("helpful", True): _("Noted: a helpful reason."),
    ("unhelpful", True): _("Noted: a reason that does not help."),
    ("wrong", True): _("Noted: this reason is wrong."),
}
_TAKEN_BACK = _("Taken back.")


@router.get("/room/saved")
def show_saved(request: Request, house: What, talk: About) -> Response:
    """The wish list and the basket, with what the basket comes to."""
    shop = house.assistant.shop
    kept = shop.saved.all(talk.context.actor, shop.client_id(talk.context))
    places = {place: [one.item_id for one in kept if one.place == place] for place in ("wishlist", "basket")}
    lists = {place: [shop.card(n, one) for n, one in enumerate(ids, start=1)] for place, ids in places.items()}
    return page(
        request,
        "saved.html",
        wishlist=lists["wishlist"],
        basket=lists["basket"],
        in_basket=set(places["basket"]),
        totals=totals(lists["basket"]),
        is_own=talk.context.actor.role == "shopper",
    )


@router.get("/room/marks")
def show_marks(house: What, talk: About) -> JSONResponse:
    """Which cards carry which mark, for the buttons of older cards in the conversation."""
    return JSONResponse(pressed(house.assistant.shop, talk.context).marks())


@router.post("/room/press")
def take_press(
    request: Request,
    house: What,
    talk: About,
    item: Annotated[str, Form(max_length=64)],
    mark: Annotated[str, Form(max_length=20)],
    wanted: Annotated[bool | None, Form()] = None,
) -> JSONResponse:
    """Set or take away a mark; `wanted` says which, without it the mark is turned over."""
    shop = house.assistant.shop
    is_set = press(shop, talk.context, item, mark, _reasons(talk, item), wanted=wanted)
    words = translations(language_of(request)).gettext(_SAYS.get((mark, is_set), _TAKEN_BACK))
    return JSONResponse({"pressed": is_set, "say": words % {"piece": _named(shop, item)}})


def totals(cards: Sequence[Card]) -> list[tuple[int, str]]:
    """Return what the cards with a price come to, in minor units, for each currency."""
    sums: Counter[str] = Counter()
    for card in cards:
        if card.item.price_minor is not None and card.item.currency is not None:
            sums[card.item.currency] += card.item.price_minor
    return [(amount, currency) for currency, amount in sorted(sums.items())]


def _reasons(talk: Talk, item_id: str) -> list[Explanation]:
    """Return the reasons that the conversation showed for an item, newest first."""
    view = cast(View, talk.conversation.view() or empty_view())
    on_show = [remembered(view, n) for n, one in enumerate(view["slate"]) if one == item_id]
    shown = [card for block in reversed(talk.blocks) if isinstance(block, Slate) for card in block.cards]
    found = [*on_show, *(card.reason for card in shown if card.item.item_id == item_id)]
    return [reason for reason in found if reason is not None]


def _named(shop: Shop, item_id: str) -> str:
    return short_title(shop.catalogue.item(item_id))
