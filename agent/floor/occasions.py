"""Occasions to contact a client: what happened, in figures of the records, and how strong a reason it is.

Strengths are ours, on one scale from 0 to 1, and simple on purpose:

- a promised follow-up that is due: 1.0; on the very day 0.95, so that overdue ones come first
- the taste turned since the last contact, within a year: 0.9 falling to 0.6 as the turn grows old
- a wish that is available within the budget: 0.75 when fresh, falling to 0.5 over 180 days
- a piece that nobody bought yet, within the budget where one is known, comes among the first three for the client:
  0.7, 0.65, 0.6 by its place
- stayed away longer than twice the usual gap, and over 60 days: 0.5 at twice, 0.7 from four times on, less 0.1 over a
  year, in which the reason grows stale; after a year 0.5
- bought a piece at or above their usual price 7 to 21 days ago (care, how it wears): 0.55
- birthday this month: 0.5
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from agent.context import Actor, TurnContext
from agent.floor.client_lines import gaps_between, measured_turn, turned
from agent.floor.dossier import budget_of, days_of, drifts_of, usual_price
from agent.floor.follow_ups import how_to_close
from agent.floor.phrasing import price_of
from agent.floor.shop import Shop
from agent.floor.whole_book import Entry, WholeBook, kept_in_mind, owned_by
from agent.intent.dates_said import read_occasion_day, spoken_day
from agent.records.service_book import ServiceBook
from recsys.data.boutique import Boutique
from recsys.money import format_price
from recsys.reverse_ranking import stand
from recsys.schema import Evidence, Filters, Item
from recsys.seller.facts import Owned
from recsys.seller.titles import short_title

SILENT_BELOW = 0.5  # strength from which an occasion is worth a message
TURN_COUNTS = 365  # days after which a turn of the taste is no news
WISH_COUNTS = 180
AWAY_AT_LEAST = 60
AWAY_FACTOR = 2.0
FEWEST_GAPS = 3  # gaps between purchases from which a rhythm can be told
FIRST_PLACES = 3
CARE = (7, 21)  # days after a purchase


@dataclass(frozen=True)
class Occasion:
    """One reason to contact a client.

    Attributes:
        kind: Which of the occasions above, for example "follow-up".
        fact: The fact in words, figures from the records.
        subject: What it is about: an item's id, a number of a follow-up, an attribute.
        strength: In [0, 1].
        measured: Figures that stand in the evidence and are said to nobody.
        since: Day or year that tells this occasion from a later one of its kind, "" where there is one only.
    """

    kind: str
    fact: str
    subject: str
    strength: float
    measured: str = ""
    since: str = ""

    @property
    def key(self) -> str:
        """What names the occasion among those of its client."""
        return f"{self.kind}:{self.subject}:{self.since}"

    def evidence(self, number: int) -> Evidence:
        """Return the fact with its figures as evidence of the list's row `number`."""
        statement = f"{self.fact} ({self.measured})" if self.measured else self.fact
        return Evidence(f"f{number}", "field", self.subject, statement, self.fact)


def occasions_of(shop: Shop, actor: Actor, clients: Sequence[Entry], today: dt.date) -> list[list[Occasion]]:
    """Return the occasions of each client."""
    unsold = _unsold_for(shop, actor, clients)
    found = []
    for entry, new in zip(clients, unsold, strict=True):
        owned = owned_by(shop, entry)
        one = [*_promised(entry, today), *_turned(shop, entry, owned, today), *_wished(shop, entry, owned, today)]
        one += [*new, *_stayed_away(owned, today), *_bought_lately(owned, today), *_birthday(entry, today)]
        found.append(one)
    return found


def own_occasions(shop: Shop, context: TurnContext) -> list[Occasion]:
    """Return the occasions of the conversation's client that are worth a message, the strongest first."""
    actor, client = context.actor, shop.client(context)
    service, purchases = ServiceBook(shop.boutique), shop.purchases(context)
    entry = Entry(
        client=client,
        purchases=tuple(purchases),
        sequence=shop.internal(purchases),
        facts=tuple(shop.facts.all(actor, client.client_id)),
        wishes=tuple(one for one in shop.saved.all(actor, client.client_id) if one.place == "wishlist"),
        follow_ups=tuple(service.follow_ups(actor, client.client_id)),
        contacts=tuple(service.contacts(actor, client.client_id)),
    )
    today, _ = WholeBook((entry,), service.newest()).today(shop.clock())
    [found] = occasions_of(shop, actor, [entry], today)
    return sorted((one for one in found if one.strength >= SILENT_BELOW), key=lambda one: -one.strength)


def dated_occasions(shop: Shop, entry: Entry, today: dt.date) -> list[Occasion]:
    """Return the occasions worth a plan of their own: a turn of the taste, care for a purchase, a birthday."""
    owned = owned_by(shop, entry)
    return [*_turned(shop, entry, owned, today), *_bought_lately(owned, today), *_birthday(entry, today)]


def _promised(entry: Entry, today: dt.date) -> list[Occasion]:
    due = [one for one in entry.follow_ups if one.due <= today]
    if not due:
        return []
    first = due[0]
    late = (today - first.due).days
    when = f"was due on {spoken_day(first.due)}" if late else "is due today"
    fact = f"a follow-up {when}: {first.what}; {how_to_close(first.number)}"
    return [Occasion("follow-up", fact, str(first.number), 1.0 if late else 0.95)]


def _turned(shop: Shop, entry: Entry, owned: Sequence[Owned], today: dt.date) -> list[Occasion]:
    """Return the newest turn of the taste, where nobody has been in touch since the purchases that show it."""
    last = owned[-1].at if owned else None
    if last is None or (today - last).days > TURN_COUNTS:
        return []  # the turn is older than the last purchase
    guided = shop.recommender.guided
    attributes = guided.attribute_set if guided is not None else None
    for drift in drifts_of(shop.recommender, entry.sequence)[-1:]:
        at = owned[drift.index].at
        told = entry.last_contact
        if at is None or (today - at).days > TURN_COUNTS or (told is not None and told >= last):
            continue
        shown = owned[drift.bent_by[0]] if drift.bent_by else owned[drift.index]
        since = len(owned) - drift.index
        fact = (
            f"the taste {turned(owned, drift, attributes)}, over the last {since} of {len(owned)} purchases, "
            f"most of all with the {shown.name}"
        )
        strength = 0.9 - 0.3 * (today - at).days / TURN_COUNTS
        return [Occasion("taste", fact, drift.moves[0].attribute, strength, measured_turn(drift), f"{at:%Y-%m-%d}")]
    return []


def _wished(shop: Shop, entry: Entry, owned: Sequence[Owned], today: dt.date) -> list[Occasion]:
    """Return the newest wish that can be had at a price the client pays, where a budget or usual price is known."""
    budget = budget_of(entry.client, entry.facts, shop)
    for wish in reversed(entry.wishes):
        item, at = shop.catalogue.item(wish.item_id), wish.at
        days = (today - at.date()).days if at is not None else WISH_COUNTS
        if at is None or not item.available or not 0 <= days < WISH_COUNTS:
            continue
        within = _within(item, budget, owned)
        if within:
            since = f"wished for since {spoken_day(at.date())}"
            fact = f"the {short_title(item)}, {since}, is available at {price_of(item)}, {within}"
            return [Occasion("wish", fact, item.item_id, 0.75 - 0.25 * days / WISH_COUNTS, since=f"{at:%Y-%m-%d}")]
    return []


def _within(item: Item, budget: int | None, owned: Sequence[Owned]) -> str:
    """Say against which figure the item's price fits, "" where it does not or none is known."""
    if item.price_minor is None:
        return ""
    if budget is not None:
        fits = f"within the budget of {format_price(budget, item.currency)} on record"
        return fits if item.price_minor <= budget else ""
    usual = usual_price(owned)
    if usual is None or usual[2] != item.currency or item.price_minor > usual[1]:
        return ""
    return f"and three quarters of the pieces kept have catalogue prices up to {format_price(usual[1], item.currency)}"


def _stayed_away(owned: Sequence[Owned], today: dt.date) -> list[Occasion]:
    days = days_of(owned)
    gaps = gaps_between(days)
    if len(gaps) < FEWEST_GAPS:
        return []
    usual, away = median(gaps), (today - days[-1]).days
    if away <= AWAY_AT_LEAST or away <= AWAY_FACTOR * usual:
        return []
    grown = min(away / max(usual, 1.0), 2 * AWAY_FACTOR) - AWAY_FACTOR
    strength = max(0.5, 0.5 + 0.1 * grown - 0.1 * away / TURN_COUNTS) if away <= TURN_COUNTS else 0.5
    fact = f"no purchase for {away} days, since {spoken_day(days[-1])}; the usual gap is {usual:g} days"
    return [Occasion("away", fact, "purchases", strength, f"median of {len(gaps)} gaps", f"{days[-1]:%Y-%m-%d}")]


def _bought_lately(owned: Sequence[Owned], today: dt.date) -> list[Occasion]:
    usual = usual_price(owned)
    for one in reversed(owned):
        if one.at is None or not CARE[0] <= (today - one.at).days <= CARE[1]:
            continue
        if usual is None or one.item.price_minor is None or one.item.price_minor < usual[1]:
            continue
        care = f"; its care: {one.item.attributes['care'].casefold()}" if one.item.attributes.get("care") else ""
        when = f"{spoken_day(one.at)}, {(today - one.at).days} days ago"
        fact = f"bought the {one.name} (catalogue price {price_of(one.item)}) on {when}{care}"
        return [Occasion("care", fact, one.item.item_id, 0.55, since=f"{one.at:%Y-%m-%d}")]
    return []


def _birthday(entry: Entry, today: dt.date) -> list[Occasion]:
    filed = {name: f"{value} (on file)" for name, value in entry.client.preferences.items()}
    said = {one.subject: f"{one.value or one.subject} ({one.source})" for one in entry.facts if one.kind == "date"}
    for name, value in (filed | said).items():
        day = read_occasion_day(value) or value  # "1984-05-03" names May too
        if "birthday" in name.casefold() and f"{today:%B}".casefold() in day.casefold():
            return [Occasion("birthday", f"{name}: {value}", name, 0.5, since=str(today.year))]
    return []


def _unsold_for(shop: Shop, actor: Actor, clients: Sequence[Entry]) -> list[list[Occasion]]:
    """Return for each client the available piece that nobody bought yet which comes first for them, if near the top."""
    unsold = _unsold(shop)
    if not unsold:
        return [[] for _ in clients]
    asked = [position for position, one in enumerate(clients) if len(one.sequence)]
    known = kept_in_mind(shop, actor, [clients[position] for position in asked])
    standings = stand(shop.recommender, [clients[position].sequence for position in asked], unsold, known)
    found: list[list[Occasion]] = [[] for _ in clients]
    for row, position in enumerate(asked):
        ranked = [(int(place), item) for place, item in zip(standings.place[row], unsold, strict=True) if place]
        found[position] = _near_the_top(shop, clients[position], sorted(ranked), int(standings.n_open[row]))
    return found


def _near_the_top(shop: Shop, entry: Entry, ranked: Sequence[tuple[int, int]], n_open: int) -> list[Occasion]:
    """Return the first of a client's ranked pieces that is near the top and within a known budget."""
    budget = budget_of(entry.client, entry.facts, shop)
    for place, index in ranked:
        item = shop.catalogue.items[index - 1]
        if place > FIRST_PLACES:
            return []
        if budget is None or (item.price_minor or 0) <= budget:
            fact = (
                f"the {short_title(item)}, which nobody has bought yet, comes in place {place} of {n_open} available "
                "pieces for this taste"
            )
            return [Occasion("new piece", fact, item.item_id, 0.75 - 0.05 * place)]
    return []


def _unsold(shop: Shop) -> tuple[int, ...]:
    """Return the internal ids of the available items that nobody bought; about the catalogue, so no client is named."""
    mask = shop.catalogue.mask(Filters())
    sold = _ever_sold(shop.boutique, shop.boutique.n_interactions())
    names = enumerate(shop.catalogue.ids.external, start=1)
    return tuple(index for index, item_id in names if mask[index] and item_id not in sold)


@lru_cache(maxsize=4)
def _ever_sold(boutique: Boutique, n_interactions: int) -> frozenset[str]:
    """Return the items that were ever bought; read again when there are more interactions."""
    return boutique.sold_items()
