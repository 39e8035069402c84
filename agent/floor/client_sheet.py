"""Everything on record of one client, in the order in which the staff look for it. For the staff only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import median
from typing import Literal

from agent.context import TurnContext
from agent.events import AttributeBar, Proposal
from agent.floor import client_lines, phrasing
from agent.floor.activity import Happening, activity
from agent.floor.client_card import summary
from agent.floor.dossier import Dossier, Remark, days_of, read_dossier
from agent.floor.memory import effect_of, fact_line, sentence_of
from agent.floor.persona import persona
from agent.floor.shop import Shop
from agent.intent.dates_said import spoken_day
from agent.intent.facts_said import FactSaid
from agent.policy import require
from agent.records.addresses import is_address
from agent.records.addresses import without as without_addresses
from agent.records.client_rows import ClientRows, Figures
from agent.records.handovers import Handover, Handovers
from agent.records.look_books import StoredLookBook
from agent.records.messages import ALL_CHANNELS, CHANNELS, Channel, channel_of
from agent.records.service_book import Consent, FollowUp
from recsys.money import format_price
from recsys.schema import Item
from recsys.seller.facts import Owned
from recsys.seller.titles import month


@dataclass(frozen=True)
class ChannelState:
    """Whether a client agreed to a channel, and how that is known: `source` "" where nothing was said."""

    channel: Channel
    state: Literal["given", "withdrawn", "unknown"]
    source: str


@dataclass(frozen=True)
class Wished:
    """A piece on the wish list or in the basket."""

    item: Item
    place: str
    since: str


@dataclass(frozen=True)
class Remembered:
    """One remembered fact, and who said it when."""

    text: str
    source: str


@dataclass(frozen=True)
class ClientSheet:
    """One client as the staff see them.

    Attributes:
        summary: Two or three sentences with the most telling facts.
        figures: What they bought; `value` is what of it is kept, as people read money, "" without prices.
        rhythm: How often they buy, "" where that cannot be told.
        taste: Their most marked attributes, the same that the ranker reads.
        turns: Where the taste turned, in words.
        contact: Whether they may be written to now, in words.
        closet: What they own, newest first.
        dates: Birthdays and the like: what is on file or remembered; not the days of purchases.
        proposals: What the newest note suggests and nobody decided yet.
        handover: How they came to who looks after them now, None if they never changed hands.
    """

    client_id: str
    name: str
    associate_id: str | None
    summary: str
    figures: Figures
    value: str
    since: str
    rhythm: str
    taste: tuple[AttributeBar, ...]
    turns: tuple[str, ...]
    contact: str
    channels: tuple[ChannelState, ...]
    sizes: tuple[str, ...]
    dates: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    filed: tuple[tuple[str, str], ...]
    closet: tuple[Owned, ...]
    wishes: tuple[Wished, ...]
    remarks: tuple[Remark, ...]
    proposals: tuple[Proposal, ...]
    facts: tuple[Remembered, ...]
    follow_ups: tuple[FollowUp, ...]
    look_books: tuple[StoredLookBook, ...]
    activity: tuple[Happening, ...]
    handover: Handover | None


def client_sheet(shop: Shop, context: TurnContext) -> ClientSheet:
    """Read one client's sheet; raise Refused for a shopper, and for a client not in the book."""
    require(context.actor, "serve")
    dossier = read_dossier(shop, context)
    client, actor = dossier.client, context.actor
    figures = ClientRows(shop.boutique).figures(actor, client.client_id)
    handover = Handovers(shop.boutique).newest(actor, client.client_id)
    days = days_of(dossier.owned)
    guided, path = shop.recommender.guided, dossier.trajectory
    return ClientSheet(
        client_id=client.client_id,
        name=dossier.name,
        associate_id=client.associate_id,
        summary=summary(dossier),
        figures=figures,
        value=", ".join(format_price(amount, currency) for currency, amount in figures.spent),
        since=month(days[0]) if days else "",
        rhythm=_rhythm(days),
        taste=phrasing.taste_bars(guided, path.sequence) if guided is not None and path is not None else (),
        turns=tuple(line.text for line in client_lines.turn_lines(dossier)),
        contact=client_lines.contact_state(dossier.contact) if dossier.contact is not None else "",
        channels=tuple(_channel(dossier, channel) for channel in CHANNELS),
        sizes=tuple(line.text for line in client_lines.sizes(dossier)),
        dates=_dates(dossier),
        addresses=_addresses(dossier),
        filed=_filed(dossier),
        closet=tuple(reversed(dossier.owned)),
        wishes=_wishes(shop, dossier),
        remarks=tuple(reversed(dossier.remarks)),
        proposals=_proposals(shop, context),
        facts=_facts(dossier),
        follow_ups=dossier.follow_ups,
        look_books=tuple(reversed(dossier.look_books)),
        activity=activity(shop, context, dossier, handover),
        handover=handover,
    )


def _rhythm(days: list[dt.date]) -> str:
    gaps = client_lines.gaps_between(days)
    return f"every {median(gaps):g} days" if len(gaps) >= 3 else ""


def _channel(dossier: Dossier, channel: Channel) -> ChannelState:
    """Read one channel by the same rule as the guard: what was said last holds, else the channel of the record."""
    said = [one for one in dossier.consents if one.channel in (channel, ALL_CHANNELS)]
    if said:
        last = max(said, key=lambda one: (one.at, not one.given))
        return ChannelState(channel, "given" if last.given else "withdrawn", _told(last))
    if channel_of(dossier.client.preferences.get("contact", "")) == channel:
        return ChannelState(channel, "given", "on file as the wished channel")
    return ChannelState(channel, "unknown", "")


def _told(consent: Consent) -> str:
    return f"{consent.source}, {spoken_day(consent.at.date())}"


def _dates(dossier: Dossier) -> tuple[str, ...]:
    preferences = dossier.client.preferences.items()
    filed = [f"{name}: {value} (on file)" for name, value in preferences if client_lines.is_date(name)]
    said = [client_lines.remembered_line(fact).text for fact in dossier.facts if fact.kind == "date"]
    return (*filed, *said)


def _addresses(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in dossier.client.preferences.items() if is_address(name))


def _filed(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    preferences = without_addresses(dossier.client.preferences).items()
    return tuple(
        (name, value) for name, value in preferences if "size" not in name.casefold() and not client_lines.is_date(name)
    )


def _wishes(shop: Shop, dossier: Dossier) -> tuple[Wished, ...]:
    return tuple(
        Wished(shop.catalogue.item(one.item_id), one.place, month(one.at.date()) if one.at else "")
        for one in reversed(dossier.saved)
    )


def _facts(dossier: Dossier) -> tuple[Remembered, ...]:
    return tuple(
        Remembered(fact_line(fact), f"{fact.source}, {spoken_day(fact.at.date())}") for fact in reversed(dossier.facts)
    )


def _proposals(shop: Shop, context: TurnContext) -> tuple[Proposal, ...]:
    who = persona(shop, context)
    found = []
    for one in shop.notes.suggested(context.actor, shop.client_id(context)):
        if one.state == "open":
            said = FactSaid(one.kind, one.subject, one.value, one.amount, one.words)
            text = f"{sentence_of(said, who)} If you accept it, {effect_of(shop, said)}."
            found.append(Proposal(one.number, text, one.words))
    return tuple(found)
