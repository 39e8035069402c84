"""Sends the newest draft: consent and frequency are looked at, then a person is asked for the exact text."""

from __future__ import annotations

from agent.context import TurnContext
from agent.floor import approving
from agent.floor.persona import persona
from agent.floor.shop import Emit, Shop
from agent.policy import require
from agent.records.messages import draft_digest, may_contact
from agent.state import TurnResult
from recsys.errors import NotFound


def send_message(shop: Shop, context: TurnContext, key: str, emit: Emit) -> TurnResult:
    """Ask leave to put the thread's newest draft into the outbox; say why where it may not go now.

    Raises:
        NotFound: If there is no draft in this conversation.
    """
    require(context.actor, "send")
    client_id = shop.client_id(context)
    draft = shop.messages.newest(context.actor, client_id, context.thread_id)
    if draft is None:
        raise NotFound("there is no draft in this conversation: draft a message first")
    decision = may_contact(shop.boutique, context.actor, client_id, draft.channel, shop.clock())
    if not decision.allowed:
        text = f"The message is not sent: {decision.reason}. The draft is kept."
        return TurnResult(text, text)
    who = persona(shop, context).name
    # the request itself shows the whole text: what is approved is what is read there
    arguments = {"draft_id": draft.draft_id, "channel": draft.channel, "digest": draft_digest(draft)}
    subject = f"Subject: {draft.subject}\n\n" if draft.subject else ""
    detail = f"To {who} by {draft.channel}.\n\n{subject}{draft.body}"
    title = f"Send this message to {who} by {draft.channel}"
    return approving.ask(shop, context, "send_message", arguments, title, detail, key, emit)
