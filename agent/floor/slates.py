"""Slates: ranking for a view, cards with their reasons, what could be asked next, and going back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.context import TurnContext
from agent.events import Card, Chips
from agent.floor import phrasing
from agent.floor.search import found
from agent.floor.shop import Emit, Shop
from agent.floor.standing import Standing, standing
from agent.state import SlateState, TurnResult, View, remembered, to_remember
from recsys.schema import Explanation, Filters, Ranking
from recsys.seller.evidence import Purchase
from recsys.steering import combine

SLATE_SIZE = 3
_KEPT_VIEWS = 20


def show(
    shop: Shop, context: TurnContext, state: SlateState, view: View, emit: Emit, exclude: Sequence[str] = ()
) -> TurnResult:
    """Rank for a view and show the best: each card as soon as its reason is there."""
    purchases, known = shop.purchases(context), standing(shop, context)
    ranking = _rank(shop, purchases, known, view, exclude)
    filters = Filters.model_validate(view["filters"])
    wanted = phrasing.describe_filters(filters, shop.catalogue.currency)
    if not ranking.candidates:
        what = " ".join(part for part in (view["query"], wanted) if part) or "that"
        nothing = f"The boutique has nothing more for {what}. Shall I widen the search?"
        return TurnResult(nothing, nothing)
    shown = View(**{**view, "slate": [candidate.item_id for candidate in ranking.candidates], "reasons": []})
    cards = _cards(shop, purchases, known, shown, emit)
    shown["reasons"] = to_remember([card.reason for card in cards if card.reason is not None])
    what = "Found" if view["query"] or view["like"] else "Suggested"
    moved = phrasing.describe_moves(view["moves"], shop.recommender.guided)
    heading = ", ".join(part for part in (wanted, moved, _kept_in_mind(shop, known)) if part)
    items = [card.item for card in cards]
    content = (
        f"{what}{f' ({heading})' if heading else ''}, shown as cards with reasons:\n{phrasing.slate_lines(items)}"
    )
    spoken = f"{_counted(len(items), what)}{f', {heading}' if heading else ''}. Each card says why."
    evidence = [fact for card in cards if card.reason is not None for fact in card.reason.evidence]
    return TurnResult(content, spoken, _update(state, shown), shown["slate"], evidence)


def undo(shop: Shop, context: TurnContext, state: SlateState, emit: Emit) -> TurnResult:
    """Show the slate before the present one again, as it was."""
    past = state.get("past") or []
    if not past:
        nothing = "There is no earlier slate to go back to."
        return TurnResult(nothing, nothing)
    view = past[-1]
    cards = _cards(shop, shop.purchases(context), standing(shop, context), view, emit)
    content = f"The slate before is shown again:\n{phrasing.slate_lines([card.item for card in cards])}"
    update = {"view": view, "past": list(past[:-1])}
    return TurnResult(content, "Back to the suggestions before.", update, view["slate"])


def _rank(shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View, exclude: Sequence[str]) -> Ranking:
    filters = Filters.model_validate(view["filters"])
    return shop.recommender.rank(
        [purchase.item_id for purchase in purchases],
        k=SLATE_SIZE,
        filters=filters,
        moves=combine(known.moves, view["moves"]),
        exclude=[*exclude, *known.refused],
        among=found(shop, view, filters),
    )


def _cards(shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View, emit: Emit) -> list[Card]:
    """Show a slate: each card as soon as its reason is there, then what could be asked next."""
    cards: list[Card] = []
    for item_id, reason in zip(view["slate"], _reasons(shop, purchases, known, view), strict=True):
        cards.append(shop.card(len(cards) + 1, item_id, reason))
        emit(cards[-1])
    emit(Chips(_chips(shop, view)))
    return cards


def _reasons(shop: Shop, purchases: Sequence[Purchase], known: Standing, view: View) -> Iterator[Explanation]:
    """Return the reasons of a slate: those it was shown with before, else newly written ones."""
    shown = [remembered(view, position) for position in range(len(view["slate"]))]
    before = [reason for reason in shown if reason is not None]
    if len(before) == len(shown):
        return iter(before)
    suggestions = [(purchases, item_id) for item_id in view["slate"]]
    moves = combine(known.moves, view["moves"])
    return (explained.explanation for explained in shop.explainer.work(suggestions, moves))


def _kept_in_mind(shop: Shop, known: Standing) -> str:
    """Say which remembered tastes the ranking used, so that nothing is moved in secret."""
    tastes = phrasing.describe_moves(known.moves, shop.recommender.guided)
    parts = [*([tastes] if tastes else []), *(f"no {one}" for one in known.avoided)]
    return f"keeping in mind: {', '.join(parts)}" if parts else ""


def _update(state: SlateState, view: View) -> dict[str, object]:
    before = state.get("view")
    past = [*(state.get("past") or []), before] if before and before["slate"] else state.get("past") or []
    shown = list(dict.fromkeys([*(state.get("shown") or []), *view["slate"]]))
    return {"view": view, "past": past[-_KEPT_VIEWS:], "shown": shown}


def _chips(shop: Shop, view: View) -> tuple[str, ...]:
    axis = shop.wishes.splitting_axes(view["slate"])
    priced = ("Something cheaper",) if shop.catalogue.currency and view["slate"] else ()
    several = ("Compare the first two",) if len(view["slate"]) > 1 else ()
    return (*priced, *axis, "Why the first one?", *several)


def _counted(number: int, what: str) -> str:
    noun = "find" if what == "Found" else "suggestion"
    return f"{('No', 'One', 'Two', 'Three')[number]} {noun}{'' if number == 1 else 's'}"
