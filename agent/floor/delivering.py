"""What leaves the house: an approved e-mail through the mail server on a press, everything else by a person's hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from agent import mail
from agent.context import Actor
from agent.errors import Refused
from agent.floor.shop import Shop
from agent.mail import MailServer, Outcome
from agent.records import addresses
from agent.records.deliveries import Deliveries
from agent.records.messages import Draft
from recsys.errors import InputError
from recsys.schema import Client

LINE, CRLF = "\n", "\r\n"
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,20}")


@dataclass(frozen=True)
class Reachable:
    """Where a client is reached, as their record says; "" where it does not."""

    address: str
    phone: str


def reachable(client: Client) -> Reachable:
    """Return the client's e-mail address and telephone number, as far as the record holds them under a usual name."""
    said = {addresses.plain(name): value.strip() for name, value in client.preferences.items()}
    address = next((said[name] for name in addresses.MAIL if mail.is_address(said.get(name, ""))), "")
    phone = next((said[name] for name in addresses.PHONE if _PHONE.fullmatch(said.get(name, ""))), "")
    return Reachable(address, phone)


def compose_link(draft: Draft, where: Reachable) -> str:
    """Return a mailto: or sms: address that opens the reader's own program with the message in it, "" for other ways.

    Without an address on record the program asks for it.
    """
    if draft.channel == "e-mail":
        return f"mailto:{quote(where.address, safe='@')}?{_query({'subject': draft.subject, 'body': draft.body})}"
    if draft.channel == "text message":
        number = re.sub(r"[^0-9+]", "", where.phone)
        return f"sms:{number}?{_query({'body': draft.body})}"
    return ""


def send_now(shop: Shop, actor: Actor, draft_id: str, server: MailServer) -> Outcome:
    """Send an approved e-mail, at most once; see agent.records.deliveries for what happens where that fails.

    Raises:
        NotFound: If no such message is in the outbox.
        Refused: If it is no e-mail, went out already, may have, or the consent is gone.
        InputError: If no address is on record.
    """
    draft = shop.messages.find(actor, draft_id)
    if draft.channel != "e-mail":
        raise Refused(f"only e-mails are sent from here, and this is a {draft.channel}: copy it")
    client = shop.book.client(actor, draft.client_id)
    where = reachable(client)
    if not where.address:
        raise InputError("no e-mail address is on record for this client: copy the message and send it yourself")
    message = mail.compose(server, where.address, client.name or "", draft.subject, draft.body, draft.draft_id)
    deliveries = Deliveries(shop.boutique)
    attempt = deliveries.begin(actor, draft_id, f"Message-ID {message['Message-ID']}", at=shop.clock())
    outcome = mail.send(server, message)
    detail = f"{outcome.detail}; Message-ID {message['Message-ID']}"
    state = "begun" if outcome.state == "unknown" else outcome.state
    deliveries.settle(attempt, state, detail, at=shop.clock())
    return outcome


def _query(values: Mapping[str, str]) -> str:
    return "&".join(
        f"{name}={quote(value.replace(chr(10), chr(13) + chr(10)), safe='')}" for name, value in values.items()
    )
