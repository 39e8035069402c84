"""Slates: cards with their reasons for a view, what stands in the way where there are none, and going back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from agent.context import TurnContext
from agent.events import Card, Chips
from agent.floor import axes, introducing, phrasing
from agent.floor.ranked import ranked
from agent.floor.shop import Emit, Shop
from agent.floor.standing import Standing, standing
from agent.state import SlateState, TurnResult, View, remembered, to_remember
from recsys.catalogue import words
from recsys.schema import Explanation, Filters
from recsys.seller.evidence import Purchase, short_title
from recsys.seller.explainer import Explainer
from recsys.steering import combine
from recsys.superlatives import Superlative

SLATE_SIZE = 3
_KEPT_VIEWS = 10
_COUNTS = ("No", "One", "Two", "Three")


def show(
    shop: Shop,
    context: TurnContext,
    state: SlateState,
    view: View,
    emit: Emit,
    explainer: Explainer | None = None,
) -> TurnResult:
    """Rank for a view and show the best: each card as soon as its reason is there.

    Where nothing satisfies the view, the slate on show stays and the answer says which condition is in the way.

    Args:
        explainer: Words the reasons instead of the shop's own.
    """
    purchases, known = shop.purchases(context), standing(shop, context)
    item_ids = _best(shop, purchases, known, view)
    if not item_ids:
        nothing = _nothing(shop, purchases, known, view)
        return TurnResult(nothing, nothing, outcome="nothing more", measured=[nothing])
    shown = View(**{**view, "slate": item_ids, "reasons": []})
    cards = _cards(shop, purchases, known, shown, emit, explainer or shop.explainer)
    shown["reasons"] = to_remember([card.reason for card in cards if card.reason is not None])
    what, heading = _what(view), goes_by(shop, view, known)
    items = [card.item for card in cards]
    content = f"{what}{f' ({heading})' if heading else ''}, shown as cards with reasons:\n{phrasing.slate_lines(items)}"
    is_new = is_unknown(purchases, combine(known.moves, view["moves"]))
    counted = f"{_counted(len(items), what)}{f', {heading}' if heading else ''}"
    spoken = _to_unknown(counted, view, context) if is_new else f"{counted}. {_says_why(len(items))}"
    evidence = [fact for card in cards if card.reason is not None for fact in card.reason.evidence]
    return TurnResult(content, spoken, _update(state, shown), shown["slate"], evidence, "shown")


def undo(shop: Shop, context: TurnContext, state: SlateState, emit: Emit) -> TurnResult:
    """Show the slate before the present one again, as it was."""
    past = state.get("past") or []
    if not past:
        nothing = "There is no earlier slate to go back to."
        return TurnResult(nothing, nothing, outcome="not possible")
    view = past[-1]
    cards = _cards(shop, shop.purchases(context), standing(shop, context), view, emit, shop.explainer)
    content = f"The slate before is shown again:\n{phrasing.slate_lines([card.item for card in cards])}"
    update = {"view": view, "past": list(past[:-1])}
    return TurnResult(content, "Back to the suggestions before.", update, view["slate"], outcome="shown")


def order_words(superlative: Superlative) -> str:
    """Say what an order over the whole catalogue goes by: "ordered by price, lowest first"."""
    if superlative.by == "price":
        return f"ordered by price, {'highest' if superlative.sign > 0 else 'lowest'} first"
    label = superlative.by.replace("_", " ")
    return f"ordered by {label} over everything that fits, {'most' if superlative.sign > 0 else 'least'} first"


def _best(shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View) -> list[str]:
    """Return what to show for a view; to somebody unknown who asked for nothing, pieces in different directions."""
    if is_unknown(purchases, combine(known.moves, view["moves"])) and _asks_for_nothing(view):
        apart = introducing.directions(shop, known, view, SLATE_SIZE)
        if apart:
            return apart
    return [one.item_id for one in ranked(shop, purchases, known, view, SLATE_SIZE).candidates]


def is_unknown(purchases: Sequence[Purchase], moves: Mapping[str, float]) -> bool:
    """Whether nothing can tell what suits: no purchase, no remembered taste, no wish along an attribute."""
    return not purchases and not moves


def _asks_for_nothing(view: View) -> bool:
    asked = (view["query"], view["like"], view.get("look"), view.get("superlative"))
    return not any(asked) and Filters.model_validate(view["filters"]) == Filters()


def _cards(
    shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View, emit: Emit, explainer: Explainer
) -> list[Card]:
    """Show a slate: each card as soon as its reason is there, then what could be asked next."""
    cards: list[Card] = []
    for item_id, reason in zip(view["slate"], _reasons(shop, purchases, known, view, explainer), strict=True):
        cards.append(shop.card(len(cards) + 1, item_id, reason))
        emit(cards[-1])
    emit(Chips(_chips(shop, view, known)))
    return cards


def _reasons(
    shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View, explainer: Explainer
) -> Iterator[Explanation]:
    """Return the reasons of a slate: those it was shown with before, else newly written ones."""
    shown = [remembered(view, position) for position in range(len(view["slate"]))]
    before = [reason for reason in shown if reason is not None]
    if len(before) == len(shown):
        return iter(before)
    moves = combine(known.moves, view["moves"])
    if is_unknown(purchases, moves):
        return (introducing.described(shop, item_id) for item_id in view["slate"])
    suggestions = [(purchases, item_id) for item_id in view["slate"]]
    return (explained.explanation for explained in explainer.work(suggestions, moves))


def goes_by(shop: Shop, view: View, known: Standing, *, with_moves: bool = True) -> str:
    """Say what a slate goes by, so that nothing is filtered, moved or left out in secret; "" where by nothing."""
    filters = Filters.model_validate(view["filters"])
    wanted = phrasing.describe_filters(filters, shop.catalogue.currency)
    superlative = shop.wishes.superlative(view["superlative"]) if view.get("superlative") else None
    ordered = order_words(superlative) if superlative is not None else ""
    moved = phrasing.describe_moves(view["moves"], shop.recommender.guided) if with_moves else ""
    return ", ".join(part for part in (wanted, ordered, moved, _kept_in_mind(shop, known)) if part)


def _kept_in_mind(shop: Shop, known: Standing) -> str:
    """Say which remembered tastes the ranking used."""
    tastes = phrasing.describe_moves(known.moves, shop.recommender.guided)
    parts = [*([tastes] if tastes else []), *(f"no {one}" for one in known.avoided)]
    return f"keeping in mind: {', '.join(parts)}" if parts else ""


def _nothing(shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View) -> str:
    """Say that nothing satisfies a view, and which one condition is in the way."""
    filters = Filters.model_validate(view["filters"])
    said = phrasing.filter_words(filters, shop.catalogue.currency)
    wanted = phrasing.describe_filters(filters, shop.catalogue.currency)
    searched = "" if set(words(view["query"])) <= set(words(wanted)) else f'"{view["query"]}"'
    asked = " ".join(part for part in (searched, wanted) if part)
    begin = f"Nothing {'more ' if view.get('without') else ''}here fits{f': {asked}' if asked else ' that'}."
    looser = [("the words searched for", View(**{**view, "query": ""}))] if view["query"] and said else []
    looser += [(condition, View(**{**view, "filters": _without(filters, name)})) for name, condition in said.items()]
    looser += [("what was shown already", View(**{**view, "without": []}))] if view.get("without") else []
    for condition, loosened in reversed(looser):  # what was said last is the first to be given up
        best = ranked(shop, purchases, known, loosened, len(shop.catalogue)).candidates
        if best:
            offer = _alternative(shop, [one.item_id for one in best], condition)
            return f'{begin} It is "{condition}" that leaves none. {offer}'
    return f"{begin} Shall I begin anew, with fewer conditions?"


def _alternative(shop: Shop, item_ids: Sequence[str], dropped: str) -> str:
    """Offer what there would be without a condition; for a price, the nearest one."""
    counted = f"{len(item_ids)} {'piece' if len(item_ids) == 1 else 'pieces'}"
    prices = [price for one in item_ids if (price := shop.catalogue.item(one).price_minor) is not None]
    if prices and dropped.startswith(("below", "up to")):
        nearest = shop.catalogue.item(min(item_ids, key=lambda one: shop.catalogue.item(one).price_minor or 10**12))
        return f"The least expensive is the {short_title(nearest)} at {phrasing.price_of(nearest)}. Shall I show it?"
    return f"Without that there {'is' if len(item_ids) == 1 else 'are'} {counted}. Shall I leave it out?"


def _without(filters: Filters, name: str) -> dict[str, object]:
    return filters.model_copy(update={name: Filters.model_fields[name].default}).model_dump(mode="json")


def _update(state: SlateState, view: View) -> dict[str, object]:
    before = state.get("view")
    past = [*(state.get("past") or []), before] if before and before["slate"] else state.get("past") or []
    shown = list(dict.fromkeys([*(state.get("shown") or []), *view["slate"]]))
    return {"view": view, "past": past[-_KEPT_VIEWS:], "shown": shown}


def _chips(shop: Shop, view: View, known: Standing) -> tuple[str, ...]:
    """Return what could be asked next: the axes that split the slate most, cheaper where it can be, why, compare."""
    ordered = view.get("superlative")
    split = () if ordered else axes.chips(shop, view, combine(known.moves, view["moves"]))
    prices = [price for one in view["slate"] if (price := shop.catalogue.item(one).price_minor) is not None]
    cheapest = min((one.price_minor for one in shop.catalogue.items if one.price_minor is not None), default=0)
    priced = ("Something cheaper",) if not ordered and prices and int(np.median(prices)) > cheapest else ()
    several = ("Compare the first two",) if len(view["slate"]) > 1 else ()
    return (*priced, *split, "Why the first one?", *several)


def _what(view: View) -> str:
    if view.get("look"):
        return "Put together"
    return "Found" if view["query"] or view["like"] or view.get("superlative") else "Suggested"


def _counted(number: int, what: str) -> str:
    noun = {"Found": "find", "Put together": "piece to go with it"}.get(what, "suggestion")
    plural = {"piece to go with it": "pieces to go with it"}.get(noun, f"{noun}s")
    return f"{_COUNTS[number]} {noun if number == 1 else plural}"


def _to_unknown(counted: str, view: View, context: TurnContext) -> str:
    """Say that no taste chose these pieces, and how to make one known."""
    their = phrasing.voice(context.actor.role).their
    if _asks_for_nothing(view):
        return f"I do not know {their} taste yet, so these lie in different directions. Which is nearest?"
    return f"{counted}. I do not know {their} taste yet: a card says what its piece is like."


def _says_why(number: int) -> str:
    return "The card says why." if number == 1 else "Each card says why."
