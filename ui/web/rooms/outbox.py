"""Messages that may go out, and what became of them. Nothing leaves here without a press."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from agent.context import Actor
from agent.errors import as_sentence
from agent.floor.delivering import compose_link, reachable, send_now
from agent.mail import MailServer, mail_server
from agent.records.deliveries import Deliveries, OutboxMessage
from agent.records.responses import Responses
from agent.settings import Settings
from agent.translatable import _
from recsys.errors import InputError
from ui.web.house import House
from ui.web.rules import STAFF, Rule, What, Who
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/outbox"): Rule("serve", STAFF),
    ("POST", "/room/outbox/{draft_id}/send"): Rule("send", STAFF),
    ("POST", "/room/outbox/{draft_id}/by-hand"): Rule("send", STAFF),
    ("POST", "/room/outbox/{draft_id}/went-out"): Rule("send", STAFF),
    ("POST", "/room/outbox/{draft_id}/back"): Rule("send", STAFF),
    ("POST", "/room/outbox/{draft_id}/response"): Rule("serve", STAFF),
}
router = APIRouter()

N_SHOWN = 40
OVER = ("sent", "copied")


RESPONSES = {"replied": _("Replied"), "visited": _("Came by"), "opened": _("Opened it")}


@dataclass(frozen=True)
class OutboxRow:
    """A message as the room shows it.

    Attributes:
        state: "waiting" or that of its delivery.
        address: Where an e-mail would go, "" where none is on record.
        link: Opens the reader's own program with the message, "" where there is none.
        responses: What the client did about it.
    """

    message: OutboxMessage
    state: str
    address: str
    link: str
    responses: tuple[str, ...]


def configured() -> MailServer | None:
    """Return the mail server that the environment names, None where it names none."""
    return mail_server(Settings.from_env(os.environ))


Mail = Annotated[MailServer | None, Depends(configured)]


@router.get("/room/outbox")
def show_outbox(request: Request, house: What, session: Who, mail: Mail) -> Response:
    """Every approved message to one's clients, newest first."""
    return _room(request, house, session.actor, mail)


@router.post("/room/outbox/{draft_id}/send")
def send(request: Request, house: What, session: Who, mail: Mail, draft_id: str) -> Response:
    """Hand an e-mail to the mail server, at most once."""
    if mail is None:
        raise InputError("no mail server is configured: copy the message and send it yourself")
    outcome = send_now(house.assistant.shop, session.actor, draft_id, mail)
    said = _("Sent.") if outcome.state == "sent" else as_sentence(outcome.detail)
    return _room(request, house, session.actor, mail, said)


@router.post("/room/outbox/{draft_id}/by-hand")
def by_hand(request: Request, house: What, session: Who, mail: Mail, draft_id: str) -> Response:
    """Write down that a person sent the message by their own means."""
    Deliveries(house.assistant.shop.boutique).sent_by_hand(session.actor, draft_id, at=house.assistant.shop.clock())
    return _room(request, house, session.actor, mail)


@router.post("/room/outbox/{draft_id}/went-out")
def went_out(
    request: Request,
    house: What,
    session: Who,
    mail: Mail,
    draft_id: str,
    answer: Annotated[Literal["yes", "no"], Form()],
) -> Response:
    """Take a person's word on a message of which nobody knows whether it went out."""
    deliveries = Deliveries(house.assistant.shop.boutique)
    deliveries.resolve(session.actor, draft_id, went_out=answer == "yes", at=house.assistant.shop.clock())
    return _room(request, house, session.actor, mail)


@router.post("/room/outbox/{draft_id}/back")
def take_back(request: Request, house: What, session: Who, mail: Mail, draft_id: str) -> Response:
    """Take a message out that did not go out yet."""
    Deliveries(house.assistant.shop.boutique).take_back(session.actor, draft_id)
    return _room(request, house, session.actor, mail, _("Taken back: it stays among the client's earlier messages."))


@router.post("/room/outbox/{draft_id}/response")
def record_response(
    request: Request,
    house: What,
    session: Who,
    mail: Mail,
    draft_id: str,
    kind: Annotated[Literal["replied", "visited", "opened"], Form()],
) -> Response:
    """Write down what the client did about a message, each kind once."""
    responses = Responses(house.assistant.shop.boutique)
    responses.record(session.actor, draft_id, kind, key=f"response:{draft_id}:{kind}", at=house.assistant.shop.clock())
    return _room(request, house, session.actor, mail)


def _room(request: Request, house: House, actor: Actor, mail: MailServer | None, said: str = "") -> Response:
    messages = Deliveries(house.assistant.shop.boutique).outbox(actor)
    rows = [_row(house, actor, one) for one in messages[:N_SHOWN]]
    return page(
        request,
        "outbox.html",
        waiting=[row for row in rows if row.state not in OVER],
        over=[row for row in rows if row.state in OVER],
        n_more=max(0, len(messages) - N_SHOWN),
        server=mail.host if mail is not None else "",
        responses=RESPONSES,
        said=said,
        key=secrets.token_hex(8),
    )


def _row(house: House, actor: Actor, message: OutboxMessage) -> OutboxRow:
    shop = house.assistant.shop
    where = reachable(shop.book.client(actor, message.draft.client_id))
    state = message.delivery.state if message.delivery is not None else "waiting"
    known = Responses(shop.boutique).all(actor, message.draft.client_id) if state in OVER else []
    kinds = tuple(one.kind for one in known if one.draft_id == message.draft.draft_id)
    return OutboxRow(message, state, where.address, compose_link(message.draft, where), kinds)
