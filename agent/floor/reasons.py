"""Why an item on show was suggested: the card's own reason, what its test found, what people say of it."""

from __future__ import annotations

from agent.context import TurnContext
from agent.events import TextDelta
from agent.floor import phrasing
from agent.floor.phrasing import Voice
from agent.floor.shop import Emit, Shop
from agent.floor.standing import standing
from agent.floor.trials import Trial, tried
from agent.records.opinions import ReasonFeedback, ReasonVerdict
from agent.state import SlateState, TurnResult, empty_view, remembered
from recsys.errors import NotFound
from recsys.schema import Evidence
from recsys.seller.evidence import short_title
from recsys.steering import combine

_COMMENT = 500  # characters kept of a person's words


def explain(shop: Shop, context: TurnContext, state: SlateState, item: str, emit: Emit) -> TurnResult:
    """Say why one item on show was suggested."""
    position = shop.position(state, item)
    purchases = shop.purchases(context)
    view = state.get("view") or empty_view()
    item_id = view["slate"][position]
    moves = combine(standing(shop, context).moves, view["moves"])
    reason = remembered(view, position) or shop.explainer.explain(purchases, item_id, moves)
    card = shop.card(position + 1, item_id, reason)
    emit(card)
    tested = _said_of(tried(shop, purchases, card, moves), phrasing.voice(context.actor.role))
    emit(TextDelta(tested + "\n\n"))
    content = f"Shown: {short_title(card.item)}. {reason.text} {tested}"
    return TurnResult(content, tested, references=[item_id], evidence=reason.evidence, measured=[tested])


def rate_reason(
    shop: Shop, context: TurnContext, state: SlateState, item: str, verdict: ReasonVerdict, comment: str, key: str
) -> TurnResult:
    """Write down what somebody says of the reason that a card gave."""
    position = shop.position(state, item)
    view = state.get("view") or empty_view()
    item_id, reason = view["slate"][position], remembered(view, position)
    if reason is None:
        raise NotFound(f"no reason is on record for item {item!r}: ask why it was suggested first")
    said = ReasonFeedback(
        item_id, verdict, reason.text, reason.source, comment[:_COMMENT], context.actor.actor_id, shop.clock()
    )
    shop.opinions.add_of_reason(context.actor, shop.client_id(context), said, key=key)
    text = f"Noted: the reason for the {short_title(shop.catalogue.item(item_id))} was {verdict}."
    return TurnResult(text, text, references=[item_id])


def _said_of(trial: Trial | None, speak: Voice) -> str:
    """Say what the counterfactual test of a reason found."""
    if trial is None:
        return "No single purchase or quality was found to carry this suggestion."
    now, among = trial.place, trial.n_items
    if not trial.lowers:
        stays = f"its score falls and its place stays {now} of {among}"
        return f"This was tested: without what its reason rests on, {stays}."
    would = f"it would stand at place {trial.place_without} of {among} instead of {now}"
    return f"This was tested: {_removed(trial.cause, speak)}, {would}."


def _removed(cause: Evidence, speak: Voice) -> str:
    """Say what was taken away in a test."""
    named = {
        "history": f"without {speak.their} {cause.key}",
        "request": "without what was asked for",
        "house": f"were it of another house than {cause.key}",
        "order": f"had {speak.they} bought the same in another order",
    }
    return named.get(cause.kind, f"if it were not {cause.key}")
