"""What clients see and decide of their own data: what is remembered, whether they may be written to, a copy of all."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agent.context import TurnContext
from agent.events import ApprovalRequest, TextDelta, TurnEvent
from agent.floor import approving
from agent.floor.memory import fact_line
from agent.floor.shop import Shop
from agent.records.access import client_number
from agent.records.facts import Fact
from agent.records.messages import CHANNELS, Channel, agreed_channels
from recsys.errors import NotFound

_BY = "said by the client on the page"


def agreed(shop: Shop, context: TurnContext) -> tuple[Channel, ...]:
    """Return the channels on which the client may be written to."""
    with shop.boutique.database.read() as connection:
        client = client_number(connection, context.actor, shop.client_id(context))
        said = agreed_channels(connection, client)
    return tuple(one for one in CHANNELS if one in said)


def consent(shop: Shop, context: TurnContext, channel: str, *, given: bool) -> bool:
    """Write down that the client may be written to on a channel, or no more; return whether that is a change."""
    if (channel in agreed(shop, context)) == given:
        return False
    now = shop.clock()
    key = f"{context.thread_id}:consent:{channel}:{given}:{now.isoformat()}"
    client_id = shop.client_id(context)
    shop.messages.record_consent(context.actor, client_id, channel, given=given, source=_BY, key=key, at=now)
    return True


def ask_to_forget(shop: Shop, context: TurnContext, kind: str, subject: str) -> ApprovalRequest:
    """Ask leave to erase one remembered fact; it is erased when the person answers yes, and not before.

    Raises:
        NotFound: If nothing of the kind is remembered.
    """
    known = shop.facts.all(context.actor, shop.client_id(context))
    fact = next((one for one in known if (one.kind, one.subject) == (kind, subject)), None)
    if fact is None:
        raise NotFound("this is not remembered any more: look again at what is")
    arguments = {"kind": fact.kind, "subject": fact.subject, "value": fact.value}
    said, shown = _line(fact), list[TurnEvent]()
    key = f"{context.thread_id}:forget:{kind}:{subject}:{shop.clock().isoformat()}"
    approving.ask(shop, context, "forget_fact", arguments, said, "It is erased for good.", key, shown.append)
    return next(one for one in shown if isinstance(one, ApprovalRequest))


def answer(shop: Shop, context: TurnContext, code: str, *, yes: bool) -> str:
    """Take the answer to a request for leave and return what was done, in words."""
    shown = list[TurnEvent]()
    approving.answer(shop, context, f"{'approve' if yes else 'decline'} {code}", shown.append)
    return " ".join(one.text for one in shown if isinstance(one, TextDelta)) or "There is no such request."


def everything(shop: Shop, context: TurnContext) -> dict[str, Any]:
    """Return all that is kept of the client and that they may read, as plain values for JSON."""
    actor, client_id = context.actor, shop.client_id(context)
    client = shop.client(context)
    return {
        "client": client.model_dump(mode="json", exclude={"notes", "associate_id"}),
        "interactions": [one.model_dump(mode="json") for one in shop.book.interactions(actor, client_id)],
        "remembered": [_told(one) for one in shop.facts.all(actor, client_id)],
        "saved": [asdict(one) for one in shop.saved.all(actor, client_id)],
        "opinions": [asdict(one) for one in shop.opinions.all(actor, client_id)],
        "opinions_of_reasons": [
            asdict(one) for one in shop.opinions.of_reasons(actor, client_id) if one.author == actor.actor_id
        ],
        "may_be_written_to_by": list(agreed(shop, context)),
    }


def remembered_lines(shop: Shop, context: TurnContext) -> list[tuple[Fact, str, str]]:
    """Return what is remembered of the client: each fact with its line, and where it comes from."""
    return [(one, _line(one), _source(one)) for one in shop.facts.all(context.actor, shop.client_id(context))]


def _told(fact: Fact) -> dict[str, Any]:
    """Return a fact without who of the staff wrote it down."""
    told = {name: value for name, value in asdict(fact).items() if name != "author"}
    return told | {"source": _source(fact)}


def _source(fact: Fact) -> str:
    if fact.source == "said by the client":
        return "you said so"
    return "written by the boutique" if fact.source.startswith("written by") else fact.source


def _line(fact: Fact) -> str:
    said = fact_line(fact, you=True)
    return said[:1].upper() + said[1:]
