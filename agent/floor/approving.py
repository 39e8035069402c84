"""Asking a person's leave, and doing what they answer. Code reads the answer, never the model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.context import TurnContext
from agent.errors import Refused
from agent.events import ApprovalRequest, TextDelta
from agent.floor import follow_ups
from agent.floor.shop import Emit, Shop
from agent.records.approvals import CODE_LENGTH, Act, Approvals
from agent.records.facts import erase_fact
from agent.records.messages import send_draft
from agent.state import TurnResult

ACTS: Mapping[str, Act] = {
    "send_message": Act("send", send_draft),
    "forget_fact": Act("erase", erase_fact),
}
_ANSWER = re.compile(rf"(approve|decline) ([a-z0-9]{{{CODE_LENGTH}}})", re.IGNORECASE | re.ASCII)


def ask(
    shop: Shop,
    context: TurnContext,
    action: str,
    arguments: Mapping[str, Any],
    title: str,
    detail: str,
    key: str,
    emit: Emit,
) -> TurnResult:
    """Store a request for leave and show it; nothing is done before the person answers.

    Args:
        action: A name among ACTS.
        arguments: Exactly what will be done if they approve.
        title: What it is, in a few words.
        detail: Everything that they need to see before they answer.
        key: Names the occasion; asked twice, it is one request.
    """
    asked = Approvals(shop.boutique, ACTS).ask(
        context.actor, context.thread_id, action, shop.client_id(context), arguments, key=key, at=shop.clock()
    )
    emit(ApprovalRequest(asked.code, title, detail, asked.expires_at))
    # The code is in the event alone: no text that a model reads later holds it.
    content = f"Nothing was done yet. The person is asked: {title}. Only their own answer decides."
    return TurnResult(content, f"{title}? Nothing is done before you answer the request shown; it holds 15 minutes.")


def answer(shop: Shop, context: TurnContext, message: str, emit: Emit) -> TurnResult | None:
    """Do or leave what a message answers; None where the message is no answer.

    Args:
        message: What the person typed: "approve CODE" or "decline CODE" and nothing else; of the staff also "done
            NUMBER" or "drop NUMBER", which closes a follow-up.
    """
    said = _ANSWER.fullmatch(message.strip())
    if said is None:
        return follow_ups.close(shop, context, message, emit)
    approve = said[1].casefold() == "approve"
    approvals = Approvals(shop.boutique, ACTS)
    try:
        text = approvals.answer(context.actor, context.thread_id, said[2], approve=approve, at=shop.clock())
    except Refused as error:
        text = f"{str(error)[:1].upper()}{str(error)[1:]}."
    emit(TextDelta(text))
    return TurnResult(text, text)
