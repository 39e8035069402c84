"""Reverse recommendation: for one piece, which clients of the reader's book it suits most, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from agent.context import TurnContext
from agent.events import ClientList, ClientRow
from agent.floor.client_lines import clients_in_words, contact_state, rows_as_evidence
from agent.floor.piece_words import item_named
from agent.floor.shop import Emit, Shop
from agent.floor.whole_book import Entry, kept_in_mind, read_book
from agent.records.messages import ContactDecision, may_contact
from agent.state import SlateState, TurnResult
from recsys.reverse_ranking import Kept, place_without, stand
from recsys.schema import Evidence, Filters, Item
from recsys.seller.evidence import gather
from recsys.seller.titles import month, short_title

N_SHOWN = 10
SILENT_BEYOND = 50  # place from which a piece is no reason to think of a client
SILENT_SHARE = 0.1  # of the available pieces: where there are few, being among the first 50 says nothing


@dataclass(frozen=True)
class Suited:
    """A client and where the piece stands for them; `known` is what holds in their every ranking."""

    entry: Entry
    place: int
    n_open: int
    gain: float
    known: Kept | None


@dataclass(frozen=True)
class SuitedClient:
    """A client whom a piece suits, as the staff reads it.

    Attributes:
        place: The piece's place among the `n_open` pieces that the client may be suggested.
        gain: What the client's own purchases add to its standardised score.
        because: The tested cause that weighs most, and the place without it.
        contact: Whether they may be written to now.
        cause: The evidence behind `because`, None where no single cause carries it.
    """

    client_id: str
    name: str
    place: int
    n_open: int
    gain: float
    because: str
    contact: ContactDecision
    cause: Evidence | None

    @property
    def why(self) -> str:
        """Everything in one line."""
        return f"place {self.place} of {self.n_open}: {self.because}; {contact_state(self.contact)}"


@dataclass(frozen=True)
class Suiting:
    """Whom a piece suits.

    Attributes:
        clients: The first N_SHOWN, best place first, then gain.
        n_found: How many there are.
        n_asked: Of how many clients with purchases.
        last_place: The last place at which the piece is a reason to think of a client.
    """

    clients: tuple[SuitedClient, ...]
    n_found: int
    n_asked: int
    last_place: int

    @property
    def among(self) -> str:
        """Where the piece stands for them, in words."""
        return f"among the first {self.last_place} pieces" if self.last_place > 1 else "in first place"


def clients_for_item(shop: Shop, context: TurnContext, state: SlateState, item: str, emit: Emit) -> TurnResult:
    """Show the clients of the book for whom a piece ranks highest, each with the tested cause, or nobody."""
    piece = item_named(shop, state, item)
    name = short_title(piece)
    if not piece.available:
        text = f"The {name} is not available now, so it is suggested to nobody."
        return TurnResult(text, text, references=[piece.item_id])
    found = whom_it_suits(shop, context, piece)
    if not found.clients:
        asked = clients_in_words(found.n_asked)
        text = f"The {name} is {found.among} for none of the {asked} in your book with purchases."
        return TurnResult(text, text, references=[piece.item_id])
    rows = [ClientRow(one.client_id, one.name, one.why, one.gain) for one in found.clients]
    emit(ClientList(f"For whom: {name}", tuple(rows)))
    counted = f"{found.n_found} of the {clients_in_words(found.n_asked)} in your book with purchases"
    more = f", the first {len(rows)} shown" if found.n_found > len(rows) else ""
    spoken = f"The {name} is {found.among} for {counted}{more}."
    lines = [f"{number}. {row.name} ({row.client_id}): {row.why}" for number, row in enumerate(rows, start=1)]
    content = "\n".join([spoken, "Shown as a list:", *lines])
    causes = _numbered([one.cause for one in found.clients])
    return TurnResult(content, spoken, references=[piece.item_id], evidence=[*causes, *rows_as_evidence(rows, spoken)])


def whom_it_suits(shop: Shop, context: TurnContext, piece: Item) -> Suiting:
    """Rank an available piece for every client of the reader's book, and say for the first ones why.

    Raises:
        Refused: For a shopper, who has no book.
    """
    last_place = bound(shop)
    suited, n_asked = _suited(shop, context, piece, last_place)
    now = shop.clock()
    clients = []
    for one in suited[:N_SHOWN]:
        cause = _cause(shop, one, piece)
        contact = may_contact(shop.boutique, context.actor, one.entry.client_id, None, now)
        because = _because(shop, one, piece, cause)
        place = one.place, one.n_open, one.gain
        clients.append(SuitedClient(one.entry.client_id, one.entry.name, *place, because, contact, cause))
    return Suiting(tuple(clients), len(suited), n_asked, last_place)


def bound(shop: Shop) -> int:
    """Return the last place at which a piece is still a reason to think of a client."""
    n_available = int(shop.catalogue.mask(Filters()).sum())
    return max(1, min(SILENT_BEYOND, round(SILENT_SHARE * n_available)))


def _suited(shop: Shop, context: TurnContext, piece: Item, last_place: int) -> tuple[list[Suited], int]:
    """Return the clients for whom the piece is near the top, best place first, then gain, and how many were asked."""
    clients = [one for one in read_book(shop, context).clients if len(one.sequence)]
    if not clients:
        return [], 0
    known = kept_in_mind(shop, context.actor, clients)
    target = shop.catalogue.ids.to_internal(piece.item_id)
    found = stand(shop.recommender, [one.sequence for one in clients], [target], known)
    places, gains = found.place[:, 0], found.gain[:, 0]
    order = np.lexsort((-gains, places))
    return [
        Suited(clients[row], int(places[row]), int(found.n_open[row]), float(gains[row]), known.get(row))
        for row in (int(one) for one in order)
        if 0 < places[row] <= last_place and gains[row] > 0
    ], len(clients)


def _cause(shop: Shop, one: Suited, piece: Item) -> Evidence | None:
    """Return the tested cause that weighs most for this client, None where none was found."""
    moves = one.known.moves if one.known else None
    causes = gather(shop.recommender, one.entry.purchases, piece.item_id, moves).causes
    return max(causes, key=lambda fact: fact.effect, default=None)


def _because(shop: Shop, one: Suited, piece: Item, cause: Evidence | None) -> str:
    """Say the cause to a colleague, and where the piece would stand without it."""
    if cause is None:
        return "no single purchase or quality carries it"
    when = f" in {month(cause.at)}" if cause.at else ""
    said = {
        "history": f"bought the {cause.key}{when}",
        "attribute": f"leans towards what is {cause.key}",
        "house": f"comes back to {cause.key}",
        "order": _in_order(cause.key),
    }.get(cause.kind, f"is remembered to want what is {cause.key}")
    target = shop.catalogue.ids.to_internal(piece.item_id)
    without = place_without(shop.recommender, one.entry.sequence, target, cause, one.known)
    instead = "in another order" if cause.kind == "order" else "without that"
    return f"{said}; {instead} it would {'be' if without != one.place else 'still be'} place {without}"


def _in_order(key: str) -> str:
    """Say what an order of purchases was: "lately the tote", or "the tote then the belt"."""
    return f"chose the {key.removeprefix('lately ')} lately" if key.startswith("lately ") else f"bought the {key}"


def _numbered(causes: Sequence[Evidence | None]) -> list[Evidence]:
    """Return the causes with ids that name the row too, because each client has an h1 of their own."""
    rows = enumerate(causes, start=1)
    return [replace(cause, evidence_id=f"{row}-{cause.evidence_id}") for row, cause in rows if cause is not None]
