"""What happened between the house and a client, of every kind, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.context import TurnContext
from agent.floor.dossier import Dossier
from agent.floor.memory import fact_line
from agent.floor.shop import Shop
from agent.intent.dates_said import spoken_day
from agent.records.handovers import Handover
from agent.records.responses import Response, Responses
from agent.records.shown import first_shown
from agent.translatable import _
from recsys.seller.facts import Owned
from recsys.seller.titles import short_title

PURCHASE, RETURN, ACCEPTED = _("Purchase"), _("Return"), _("Suggestion accepted")
LIKE, DISLIKE, WISH = _("Liked"), _("Turned down"), _("Saved")
NOTE, REMEMBERED, FOLLOW_UP = _("Note"), _("Remembered"), _("Follow-up planned")
CONTACT, MESSAGE, REPLY = _("Contact"), _("Message"), _("Response")
CONSENT, LOOK_BOOK, HANDOVER = _("Consent"), _("Look-book"), _("Handed over")
_RESPONSES = {
    "opened": "opened the message",
    "visited": "came by after the message",
    "replied": "replied to the message",
}


@dataclass(frozen=True)
class Happening:
    """One thing that happened, on a day; `item_id` is the piece that it is about, "" where there is none."""

    at: dt.date
    kind: str
    text: str
    item_id: str = ""


def activity(shop: Shop, context: TurnContext, dossier: Dossier, handover: Handover | None) -> tuple[Happening, ...]:
    """Return everything on record that has a day, for the staff, newest first."""
    client_id = shop.client_id(context)
    shown = first_shown(shop.boutique, context.actor, client_id)
    subjects = {one.draft_id: one.subject for one in shop.messages.all(context.actor, client_id)}
    responses = Responses(shop.boutique).all(context.actor, client_id)
    happened = [
        *_bought(dossier, shown),
        *_said(shop, dossier, shown),
        *_written(dossier),
        *_sent(dossier, subjects, responses),
    ]
    if handover is not None:
        before = f" from {handover.from_associate}" if handover.from_associate else ""
        happened.append(Happening(handover.at.date(), HANDOVER, f"{before} to {handover.to_associate}".strip()))
    return tuple(sorted(happened, key=lambda one: one.at, reverse=True))


def _bought(dossier: Dossier, shown: dict[str, dt.datetime]) -> Iterator[Happening]:
    for kind, pieces in ((PURCHASE, dossier.owned), (RETURN, dossier.returned)):
        for one in pieces:
            if one.at is not None:
                accepted = kind == PURCHASE and _was_shown(one, shown)
                yield Happening(one.at, ACCEPTED if accepted else kind, _named(one, accepted), one.item.item_id)


def _was_shown(one: Owned, shown: dict[str, dt.datetime]) -> bool:
    since = shown.get(one.item.item_id)
    return since is not None and one.at is not None and since.date() <= one.at


def _named(one: Owned, accepted: bool) -> str:
    return f"{one.name}, bought after it was suggested" if accepted else one.name


def _said(shop: Shop, dossier: Dossier, shown: dict[str, dt.datetime]) -> Iterator[Happening]:
    for one in dossier.opinions:
        name = short_title(shop.catalogue.item(one.item_id))
        why = f': "{one.reason}"' if one.reason else ""
        if one.verdict == "like" and one.item_id in shown and shown[one.item_id] <= one.at:
            yield Happening(one.at.date(), ACCEPTED, f"{name}, liked{why}", one.item_id)
        else:
            yield Happening(one.at.date(), LIKE if one.verdict == "like" else DISLIKE, f"{name}{why}", one.item_id)
    for kept in dossier.saved:
        if kept.at is not None:
            where = "wish list" if kept.place == "wishlist" else "basket"
            name = short_title(shop.catalogue.item(kept.item_id))
            yield Happening(kept.at.date(), WISH, f"{name}, on the {where}", kept.item_id)


def _written(dossier: Dossier) -> Iterator[Happening]:
    for remark in dossier.remarks:
        yield Happening(remark.at, NOTE, f"{remark.text}{f' ({remark.author})' if remark.author else ''}")
    for fact in dossier.facts:
        yield Happening(fact.at.date(), REMEMBERED, f"{fact_line(fact)} ({fact.source})")
    for task in dossier.follow_ups:
        yield Happening(task.at.date(), FOLLOW_UP, f"{task.what}, due {spoken_day(task.due)} ({task.author})")
    for book in dossier.look_books:
        yield Happening(book.at.date(), LOOK_BOOK, f"{book.title} ({book.author})")
    for consent in dossier.consents:
        state = "given" if consent.given else "withdrawn"
        yield Happening(consent.at.date(), CONSENT, f"{consent.channel}: {state} ({consent.source})")


def _sent(dossier: Dossier, subjects: Mapping[str, str], responses: Sequence[Response]) -> Iterator[Happening]:
    for contact in dossier.contacts:
        kind = MESSAGE if contact.purpose == "message" else CONTACT
        said = contact.channel if kind == MESSAGE else f"{contact.channel}: {contact.purpose}"
        yield Happening(contact.at.date(), kind, f"{said} ({contact.author})")
    for response in responses:
        subject = subjects.get(response.draft_id)
        about = f' "{subject}"' if subject else ""
        yield Happening(response.at.date(), REPLY, f"{_RESPONSES[response.kind]}{about}")
