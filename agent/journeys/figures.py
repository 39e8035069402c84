"""Traces every figure that a person reads to where it comes from: the catalogue, their records, what they said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agent.context import Actor
from agent.journeys.transcript import PlayedJourney, PlayedTurn, Row, seen_strings
from agent.journeys.world import World
from recsys.money import exponent
from recsys.schema import Item

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-_.:][A-Za-z0-9]+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
# An item is the catalogue's own record; ids, codes and evidence are not read as claims of the text.
UNREAD = frozenset(
    (
        *("item", "call_id", "turn_id", "client_id", "item_id", "draft_id", "look_book_id"),
        *("evidence", "claims", "ledger", "checks", "code"),
    )
)
_SAID = ("text", "what", "due", "subject", "value", "amount", "reason", "comment", "body", "words", "title")
_LABELS = frozenset(("event", "tool", "expires_at", "source"))


@dataclass(frozen=True)
class Untraced:
    """A figure that came from nowhere, and the text in which it stands."""

    figure: str
    where: str
    text: str


def untraced_figures(
    played: PlayedTurn, earlier: Sequence[PlayedTurn], journey: PlayedJourney, world: World
) -> list[Untraced]:
    """Return the figures of a turn that trace to nothing that the turn may draw on."""
    known, names = _known(played, earlier, journey, world), _names([*earlier, played], world)
    found = []
    for where, text in read_texts(played):
        named = len(names & set(_ID.findall(text)))
        told = {Decimal(named)} if named else set()  # "2 pieces are called so: a-1, a-2"
        plain = _ID.sub(lambda match: " " if match[0] in names else match[0], text)
        found += [Untraced(figure, where, text) for figure, value in numbers(plain) if value not in known | told]
    return found


def read_texts(played: PlayedTurn) -> list[tuple[str, str]]:
    """Return every text of a turn that a person reads, with where it stands."""
    # Pieces of text may break a figure apart, so they are read as one.
    events = [event for event in played.events if event["event"] != "TextDelta"]
    found = [one for event in events for one in seen_strings(event, UNREAD | _LABELS, str(event["event"]))]
    return [*found, ("text", played.text)]


def wrong_prices(played: PlayedTurn, world: World) -> list[Untraced]:
    """Return the prices on cards that are not those of the catalogue."""
    found = []
    for card in _cards(played.events):
        item = world.catalogue.item(str(card["item"]["item_id"]))
        shown = {value for _, value in numbers(str(card["price"]))}
        if shown != set(_prices(item)):
            found.append(Untraced(str(card["price"]), "Card.price", item.title))
    return found


def numbers(text: str) -> list[tuple[str, Decimal]]:
    """Return the figures of a text as they are written, and as numbers; "1,290" is one, "1,2" are two."""
    found = []
    for match in _NUMBER.findall(text):
        whole = _THOUSANDS.fullmatch(match) or ("," not in match and match.count(".") <= 1)
        parts = [match.replace(",", "")] if whole else re.split(r"[.,]", match)
        found += [(match, Decimal(part)) for part in parts]
    return found


def items_in(events: Iterable[Any]) -> set[str]:
    """Return the ids of the items whose cards are in events."""
    return {str(card["item"]["item_id"]) for card in _cards(events)}


def _known(played: PlayedTurn, earlier: Sequence[PlayedTurn], journey: PlayedJourney, world: World) -> set[Decimal]:
    turns = [*earlier, played]
    clients = {journey.client} | {
        str(row["client_id"]) for turn in turns for event in turn.of_kind("ClientList") for row in event["rows"]
    }
    known = {value for text in _texts(turns, clients, world) for _, value in numbers(text)}
    for item_id in _items(turns, clients, world):
        item = world.catalogue.item(item_id)
        known |= {value for text in (item.text(), item.title) for _, value in numbers(text)}
        known |= set(_prices(item))
    known |= {Decimal(count) for count in _counts(turns, clients, journey, world)}
    return known | (_scores(played.slate, world) if played.of_kind("Comparison") else set())


def _texts(turns: Sequence[PlayedTurn], clients: set[str | None], world: World) -> list[str]:
    """Return the texts that figures may come from: what was said, evidence, records, the clients' own files."""
    found = [turn.said for turn in turns]
    for turn in turns:
        found += [text for written in turn.wrote.values() for row in written.now() for text in _row_texts(row)]
        for call in turn.calls:
            found += [str(fact.get("statement", "")) for fact in call.artifact.get("evidence", [])]
        for card in _cards(turn.events):
            reason = card.get("reason") or {}
            found += [f"{fact['statement']} {fact.get('at') or ''}" for fact in reason.get("evidence", [])]
        for request in turn.of_kind("ApprovalRequest"):
            left = dt.datetime.fromisoformat(str(request["expires_at"])) - turn.at
            found += [str(request["code"]), str(round(left.total_seconds() / 60))]
    for client_id in clients - {None}:
        client = world.clients[str(client_id)]
        found += [client.client_id, client.name or "", *client.preferences.values()]
        found += [f"{note.at} {note.text}" for note in client.notes]
        found += [str(event.at) for event in world.events.get(str(client_id), ()) if event.at]
    return found


def _row_texts(row: Row) -> list[str]:
    """Return what a written row says, without the keys and times of day that a person never reads."""
    said = [str(row[name]) for name in _SAID if row.get(name) is not None]
    return [*said, str(row.get("at", ""))[:10]]


def _names(turns: Sequence[PlayedTurn], world: World) -> set[str]:
    """Return ids with digits that are no figures: of the catalogue's items, and of the evidence at hand."""
    facts = {str(fact.get("id")) for turn in turns for call in turn.calls for fact in call.artifact.get("evidence", [])}
    return facts | {item.item_id for item in world.catalogue.items}


def _items(turns: Sequence[PlayedTurn], clients: set[str | None], world: World) -> set[str]:
    found = {item_id for client_id in clients - {None} for item_id in world.bought(str(client_id))}
    found |= {item_id for client_id in clients - {None} for item_id in world.wished(str(client_id))}
    read = "\n".join(text for _, text in read_texts(turns[-1]))
    found |= {item.item_id for item in world.catalogue.items if item.title in read}  # named in full, so looked up
    for turn in turns:
        found |= {*turn.slate, *turn.before} | items_in(turn.events)
        found |= {str(one) for call in turn.calls for one in call.artifact.get("references", [])}
    return {one for one in found if one in world.catalogue.ids}


def _counts(turns: Sequence[PlayedTurn], clients: set[str | None], journey: PlayedJourney, world: World) -> set[int]:
    """Return what may be counted: references on show, rows of a list, purchases, the catalogue, the book, today."""
    longest = max([len(turn.slate) for turn in turns] + [len(turn.before) for turn in turns])
    found = {*range(1, longest + 1), len(world.catalogue)}
    today = dt.date.fromisoformat(journey.day)
    found |= {today.year, today.month, today.day, len(_book(journey, world))}
    for event in turns[-1].events:
        for rows in (value for value in event.values() if isinstance(value, list)):
            found |= set(range(len(rows) + 1))
    for client_id in clients - {None}:
        found |= {len(world.bought(str(client_id))), len(world.kept(str(client_id)))}
    return found


def _book(journey: PlayedJourney, world: World) -> list[str]:
    actor = Actor(journey.actor, journey.role)
    return [client_id for client_id in world.clients if world.may_see(actor, client_id)]


def _scores(slate: Sequence[str], world: World) -> set[Decimal]:
    """Return the guided scores of the items on show, as whole numbers, and the top of their scale."""
    if world.scores is None:
        return set()
    attributes = world.scores.attribute_set
    scores = {round(world.score(item_id, name)) for item_id in slate for name in attributes.names}
    return {Decimal(score) for score in scores | {attributes.scale[1]}}


def _prices(item: Item) -> list[Decimal]:
    if item.price_minor is None or item.currency is None:
        return []
    price = Decimal(item.price_minor).scaleb(-exponent(item.currency))
    return [price.quantize(Decimal(1)) if price == price.to_integral_value() else price]


def _cards(value: Any) -> list[dict[str, Any]]:
    """Return the cards in events, wherever they stand."""
    if isinstance(value, dict):
        own = [value] if isinstance(value.get("item"), dict) and "price" in value else []
        return own + [card for inner in value.values() for card in _cards(inner)]
    return [card for inner in value for card in _cards(inner)] if isinstance(value, list | tuple) else []
