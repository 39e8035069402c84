"""The shop: everything that the rooms of the floor share. Every reading of a client goes through the book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from agent.context import TurnContext
from agent.events import Card, TurnEvent
from agent.floor import phrasing
from agent.intent.wishes import Wishes
from agent.records.book import ClientBook
from agent.records.facts import ClientFacts
from agent.records.follow_ups import FollowUps
from agent.records.messages import Messages
from agent.records.notes import ClientNotes
from agent.records.opinions import Opinions
from agent.records.saved import SavedItems
from agent.state import SlateState, empty_view, resolve
from recsys.catalogue import Catalogue
from recsys.clock import now
from recsys.complements import KindPairs
from recsys.data.boutique import Boutique
from recsys.errors import InputError, NotFound
from recsys.ranker import IntArray
from recsys.recommender import Recommender
from recsys.schema import Client, Explanation
from recsys.seller.evidence import Purchase
from recsys.seller.explainer import Explainer
from recsys.seller.facts import purchases_of
from recsys.vector_store import VectorStore

Emit = Callable[[TurnEvent], None]


@dataclass(frozen=True)
class Shop:
    """One open boutique.

    Attributes:
        boutique: The records.
        recommender: Catalogue, ranker and guided embeddings.
        store: Vector store over the same catalogue, collections built.
        wishes: Reads words of wishes and critiques into filters and moves.
        explainer: SELLER's interface.
        clock: Tells the time, with a time zone.
    """

    boutique: Boutique
    recommender: Recommender
    store: VectorStore
    wishes: Wishes
    explainer: Explainer
    clock: Callable[[], dt.datetime] = now

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue."""
        return self.recommender.catalogue

    @cached_property
    def book(self) -> ClientBook:
        """The client book."""
        return ClientBook(self.boutique)

    @cached_property
    def facts(self) -> ClientFacts:
        """What is remembered of clients."""
        return ClientFacts(self.boutique)

    @cached_property
    def opinions(self) -> Opinions:
        """What clients said of items and reasons."""
        return Opinions(self.boutique)

    @cached_property
    def saved(self) -> SavedItems:
        """Wish lists and baskets."""
        return SavedItems(self.boutique)

    @cached_property
    def notes(self) -> ClientNotes:
        """What the staff noted about clients."""
        return ClientNotes(self.boutique)

    @cached_property
    def follow_ups(self) -> FollowUps:
        """What the staff planned to do for clients."""
        return FollowUps(self.boutique)

    @cached_property
    def messages(self) -> Messages:
        """Drafts, the outbox, contacts and consents."""
        return Messages(self.boutique)

    @cached_property
    def kind_pairs(self) -> KindPairs:
        """Which kinds of things the boutique's clients buy near one another."""
        sequences = self.boutique.sequences()
        return KindPairs.fit(self.catalogue, [sequences.of(index) for index in range(len(sequences))])

    def prepare(self) -> None:
        """Make now what the first search and the first look would otherwise wait for."""
        _ = self.wishes.keywords, self.kind_pairs

    def client_id(self, context: TurnContext) -> str:
        """Return whom the conversation is about; raise InputError if it is about no one client."""
        if context.client_id is None:
            raise InputError("this conversation is about the whole book: open a client's own conversation for that")
        return context.client_id

    def client(self, context: TurnContext) -> Client:
        """Return the client of this conversation; raise Refused if the actor may not see them."""
        return self.book.client(context.actor, self.client_id(context))

    def purchases(self, context: TurnContext) -> list[Purchase]:
        """Return the client's kept purchases, oldest first."""
        return purchases_of(self.book.interactions(context.actor, self.client_id(context)))

    def internal(self, purchases: Sequence[Purchase]) -> IntArray:
        """Return the internal item ids of purchases."""
        return self.recommender.internal([purchase.item_id for purchase in purchases])

    def taste_words(self, purchases: Sequence[Purchase]) -> tuple[str, ...]:
        """Return the client's taste in the attributes' phrases."""
        guided = self.recommender.guided
        if guided is None:
            return ()
        return phrasing.taste_words(guided, guided.taste(self.internal(purchases)))

    def card(self, reference: int, item_id: str, reason: Explanation | None = None) -> Card:
        """Return an item as the client sees it."""
        item = self.catalogue.item(item_id)
        row = self.catalogue.ids.to_internal(item_id)
        shown = phrasing.bars(self.recommender.guided, row, reason.evidence if reason else ())
        return Card(reference, item, phrasing.price_of(item), shown, reason)

    def position(self, state: SlateState, reference: str) -> int:
        """Return which item of the slate a reference means, from 0; raise NotFound if none or several."""
        slate = (state.get("view") or empty_view())["slate"]
        titles = [self.catalogue.item(item_id).title for item_id in slate]
        position = resolve(reference, slate, titles)
        if position is None:
            can = f"the numbers go from 1 to {len(slate)}" if slate else "ask for suggestions or search first"
            raise NotFound(f"no item {reference!r} is on show: {can}")
        return position

    def slate_item(self, state: SlateState, reference: str) -> str:
        """Return the id of the item of the slate that a reference means."""
        return (state.get("view") or empty_view())["slate"][self.position(state, reference)]
