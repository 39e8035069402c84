"""The shop floor: what the tools do, with one boutique's catalogue, recommender, vector store and explainer.

Every method that touches a client asks the policy first. Methods return short text with references for the model and
emit events for the person; figures reach the person only through those events.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Literal

import numpy as np

from agent.context import TurnContext
from agent.events import Card, Chips, TextDelta, TurnEvent
from agent.floor import phrasing
from agent.intent.wishes import Wishes
from agent.policy import require_client
from agent.state import SlateState, TurnResult, View, empty_view, remembered, resolve, to_remember
from recsys.catalogue import words
from recsys.data.boutique import Boutique, Feedback
from recsys.errors import NotFound
from recsys.faithfulness import places
from recsys.recommender import Recommender
from recsys.schema import Client, Explanation, Filters, Item, Ranking
from recsys.seller.checks import plain_words
from recsys.seller.evidence import Purchase, short_title
from recsys.seller.explainer import Explainer
from recsys.seller.facts import purchases_of
from recsys.steering import Critique, combine
from recsys.vector_store import VectorStore

SLATE_SIZE = 3
_SEARCHED = 80  # how many items a search by words brings before the client's ranking orders them
_RELEVANCE = 8.0  # standard deviations of score for one unit of cosine similarity to the words searched
_NAMED = 3.0  # standard deviations of score for an item whose own text holds every word searched
_RELEVANT = 0.25  # cosine similarity below which an item does not answer the words at all
_LIKE = re.compile(r"\b(?:like|similar to|close to|resembl(?:es|ing)) (.+)$")
Emit = Callable[[TurnEvent], None]


class ShopFloor:
    """One open boutique.

    Args:
        boutique: The records.
        recommender: Catalogue, ranker and guided embeddings.
        store: Vector store over the same catalogue, collections built.
        wishes: Reads words of wishes and critiques into filters and moves.
        explainer: SELLER's interface.
    """

    def __init__(
        self, boutique: Boutique, recommender: Recommender, store: VectorStore, wishes: Wishes, explainer: Explainer
    ) -> None:
        self.boutique = boutique
        self.recommender = recommender
        self.catalogue = recommender.catalogue
        self.store = store
        self.wishes = wishes
        self.explainer = explainer

    def client(self, context: TurnContext) -> Client:
        """Return the client of this conversation if the actor may see them; raise Refused or NotFound."""
        client = self.boutique.client(context.client_id)
        require_client(context.actor, client)
        return client

    def purchases(self, context: TurnContext) -> list[Purchase]:
        """Return the client's kept purchases, oldest first."""
        self.client(context)
        return purchases_of(self.boutique.interactions(context.client_id))

    def search(self, context: TurnContext, state: SlateState, query: str, filters: Filters, emit: Emit) -> TurnResult:
        """Find items by words and filters, ordered by relevance and then by what suits the client."""
        self.client(context)
        like = self._likened(state, query)
        view = View(slate=[], moves={}, filters=filters.model_dump(), query="" if like else query, like=like)
        return self._show(context, state, view, emit, exclude=())

    def recommend(
        self, context: TurnContext, state: SlateState, words: str, filters: Filters, emit: Emit
    ) -> TurnResult:
        """Suggest items for the client; `words` that name no filter narrow the suggestions by their meaning."""
        view = View(slate=[], moves={}, filters=filters.model_dump(), query=words, like="")
        return self._show(context, state, view, emit, exclude=())

    def refine(self, context: TurnContext, state: SlateState, critique: str, emit: Emit) -> TurnResult:
        """Change the slate on show by a critique, or take the last change back."""
        view, past = state.get("view") or empty_view(), state.get("past") or []
        asked = self.wishes.critique(critique)
        if asked.undo:
            return self._undo(context, state, past, emit)
        if not asked.understood:
            spoken = f"I cannot change the suggestions that way. I can make them: {self.wishes.possible()}."
            return TurnResult(spoken, spoken)
        problem = self._unworkable(asked)
        if problem:
            return TurnResult(problem, problem)
        changed = View(
            slate=[],
            moves=combine(view["moves"], asked.moves),
            filters=self._narrowed(view, asked).model_dump(),
            query=view["query"],
            like=view["like"],
        )
        return self._show(context, state, changed, emit, exclude=self._not_again(state, view, asked))

    def explain(self, context: TurnContext, state: SlateState, item: str, emit: Emit) -> TurnResult:
        """Say why one item on show was suggested."""
        position = self._position(state, item)
        purchases = self.purchases(context)
        view = state.get("view") or empty_view()
        item_id = view["slate"][position]
        reason = remembered(view, position) or self.explainer.explain(purchases, item_id, view["moves"])
        card = self._plain_card(position + 1, item_id, reason)
        emit(card)
        tested = self._tested(purchases, card)
        emit(TextDelta(tested + "\n\n"))
        return TurnResult(f"Shown already, do not repeat it: {short_title(card.item)}. {reason.text} {tested}")

    def compare(self, context: TurnContext, state: SlateState, items: Sequence[str], emit: Emit) -> TurnResult:
        """Put items on show side by side, on the attributes that weigh most for the client."""
        slate = (state.get("view") or empty_view())["slate"]
        positions = list(dict.fromkeys(self._position(state, item) for item in items))
        if len(positions) < 2:
            positions = list(range(len(slate)))
        purchases = self.purchases(context)
        rows = [self.catalogue.ids.to_internal(slate[position]) for position in positions]
        cards = tuple(self._plain_card(position + 1, slate[position]) for position in positions)
        columns = self._weighing(purchases)
        emit(phrasing.compare(cards, self.recommender.guided, rows, columns))
        names = "; ".join(phrasing.line(card.reference, card.item) for card in cards)
        return TurnResult(f"A comparison table is shown of: {names}.", "Side by side, on what weighs most for them.")

    def profile(self, context: TurnContext, emit: Emit) -> TurnResult:
        """Tell what is known of the client."""
        client = self.client(context)
        purchases = self.purchases(context)
        bought = [(self.catalogue.item(purchase.item_id), purchase.at) for purchase in purchases]
        said = [(entry, self.catalogue.item(entry.item_id)) for entry in self.boutique.feedback(client.client_id)]
        text = phrasing.profile_text(
            client, bought, self.taste_words(purchases), said, with_notes=context.actor.role != "shopper"
        )
        emit(TextDelta(text + "\n\n"))
        return TurnResult(f"Shown to the person already, do not repeat it:\n{text}")

    def feedback(
        self,
        context: TurnContext,
        state: SlateState,
        item: str,
        verdict: Literal["like", "dislike", "wishlist"],
        reason: str,
        call_id: str,
    ) -> TurnResult:
        """Write down what the client thinks of an item; the same call written twice is one entry."""
        self.client(context)
        chosen = self._slate_item(state, item)
        self.boutique.add_feedback(
            Feedback(
                key=f"{context.thread_id}:{call_id}",
                client_id=context.client_id,
                item_id=chosen.item_id,
                verdict=verdict,
                reason=reason[:500],
                at=dt.datetime.now(dt.UTC),
            )
        )
        done = {
            "like": "noted as liked",
            "dislike": "noted: it will not be suggested again",
            "wishlist": "put on the wish list",
        }[verdict]
        text = f"{short_title(chosen)}: {done}."
        return TurnResult(text, text)

    def taste_words(self, purchases: Sequence[Purchase]) -> tuple[str, ...]:
        """Return the client's taste in the attributes' phrases."""
        guided = self.recommender.guided
        if guided is None:
            return ()
        return phrasing.taste_words(guided, guided.taste(self._internal(purchases)))

    def _show(
        self, context: TurnContext, state: SlateState, view: View, emit: Emit, exclude: Sequence[str]
    ) -> TurnResult:
        purchases = self.purchases(context)
        ranking = self._rank(context, purchases, view, exclude)
        filters = Filters.model_validate(view["filters"])
        wanted = phrasing.describe_filters(filters, self.catalogue.currency)
        if not ranking.candidates:
            nothing = self._nothing(view, wanted)
            return TurnResult(nothing, nothing)
        shown = View(**{**view, "slate": [candidate.item_id for candidate in ranking.candidates], "reasons": []})
        cards = self._cards(purchases, shown, emit)
        shown["reasons"] = to_remember([card.reason for card in cards if card.reason is not None])
        what = "Found" if view["query"] or view["like"] else "Suggested"
        moved = phrasing.describe_moves(view["moves"], self.recommender.guided)
        heading = ", ".join(part for part in (wanted, moved) if part)
        items = [card.item for card in cards]
        content = (
            f"{what}{f' ({heading})' if heading else ''}, shown as cards with reasons:\n{phrasing.slate_lines(items)}"
        )
        spoken = f"{_counted(len(items), what)}{f', {heading}' if heading else ''}. Each card says why."
        return TurnResult(content, spoken, self._update(state, shown))

    def _rank(self, context: TurnContext, purchases: Sequence[Purchase], view: View, exclude: Sequence[str]) -> Ranking:
        filters = Filters.model_validate(view["filters"])
        refused = [entry.item_id for entry in self.boutique.feedback(context.client_id) if entry.verdict == "dislike"]
        return self.recommender.rank(
            [purchase.item_id for purchase in purchases],
            k=SLATE_SIZE,
            filters=filters,
            moves=view["moves"],
            exclude=[*exclude, *refused],
            among=self._found(view, filters),
        )

    def _found(self, view: View, filters: Filters) -> dict[str, float] | None:
        """Return what a search brings, each item with its bonus: near in the guided space, or near in words.

        None where nothing is searched for, so that the whole catalogue is ranked.
        """
        guided = self.recommender.guided
        if view["like"] and guided is not None:
            vector = guided.standard[self.catalogue.ids.to_internal(view["like"])]
            near = self.store.nearest("guided", vector, _SEARCHED, filters)
            return {one.item_id: _RELEVANCE * one.score for one in near if one.item_id != view["like"]}
        if not view["query"]:
            return None
        named = set(words(view["query"])) - plain_words()
        found = self.store.nearest("text", self.wishes.encode(view["query"]), _SEARCHED, filters)
        return {
            one.item_id: _RELEVANCE * one.score + _NAMED * self._share_named(one.item_id, named)
            for one in found
            if one.score >= _RELEVANT
        }

    def _likened(self, state: SlateState, query: str) -> str:
        """Return the item on show that a search wants the like of ("like the second", "similar to 1"), "" if none."""
        asked = _LIKE.search(query.casefold())
        slate = (state.get("view") or empty_view())["slate"]
        if asked is None or self.recommender.guided is None:
            return ""
        position = resolve(asked[1], slate, [self.catalogue.item(item_id).title for item_id in slate])
        return slate[position] if position is not None else ""

    def _share_named(self, item_id: str, named: Collection[str]) -> float:
        """Return the share of the words searched that the item's own text holds."""
        return len(set(words(self.catalogue.item(item_id).text())) & set(named)) / max(len(named), 1)

    def _cards(self, purchases: Sequence[Purchase], view: View, emit: Emit) -> list[Card]:
        """Show a slate: each card as soon as its reason is there, then what could be asked next."""
        cards: list[Card] = []
        for item_id, reason in zip(view["slate"], self._reasons(purchases, view), strict=True):
            cards.append(self._plain_card(len(cards) + 1, item_id, reason))
            emit(cards[-1])
        emit(Chips(self._chips(view)))
        return cards

    def _reasons(self, purchases: Sequence[Purchase], view: View) -> Iterator[Explanation]:
        """Return the reasons of a slate: those it was shown with before, else newly written ones."""
        shown = [remembered(view, position) for position in range(len(view["slate"]))]
        before = [reason for reason in shown if reason is not None]
        if len(before) == len(shown):
            return iter(before)
        suggestions = [(purchases, item_id) for item_id in view["slate"]]
        return (explained.explanation for explained in self.explainer.work(suggestions, view["moves"]))

    def _plain_card(self, reference: int, item_id: str, reason: Explanation | None = None) -> Card:
        item = self.catalogue.item(item_id)
        row = self.catalogue.ids.to_internal(item_id)
        shown = phrasing.bars(self.recommender.guided, row, reason.evidence if reason else ())
        return Card(reference, item, phrasing.price_of(item), shown, reason)

    def _tested(self, purchases: Sequence[Purchase], card: Card) -> str:
        """Say what the counterfactual test of the reason's strongest cause found."""
        causes = [fact for fact in (card.reason.evidence if card.reason else ()) if fact.is_cause]
        if not causes:
            return "No single purchase or quality was found to carry this suggestion."
        cause = max(causes, key=lambda fact: fact.effect)
        sequence = self._internal(purchases)
        now, without = places(self.recommender, sequence, self.catalogue.ids.to_internal(card.item.item_id), cause)
        named = {
            "history": f"without your {cause.key}",
            "request": "without what you asked for",
            "house": f"were it of another house than {cause.key}",
            "order": "had you bought the same in another order",
        }
        what = named.get(cause.kind, f"if it were not {cause.key}")
        return f"This was tested: {what}, it would stand at place {without} of {len(self.catalogue)} instead of {now}."

    def _update(self, state: SlateState, view: View) -> dict[str, object]:
        before = state.get("view")
        past = [*(state.get("past") or []), before] if before and before["slate"] else state.get("past") or []
        shown = list(dict.fromkeys([*(state.get("shown") or []), *view["slate"]]))
        return {"view": view, "past": past[-20:], "shown": shown}

    def _undo(self, context: TurnContext, state: SlateState, past: Sequence[View], emit: Emit) -> TurnResult:
        if not past:
            nothing = "There is no earlier slate to go back to."
            return TurnResult(nothing, nothing)
        view = past[-1]
        items = [card.item for card in self._cards(self.purchases(context), view, emit)]
        return TurnResult(
            f"The slate before is shown again:\n{phrasing.slate_lines(items)}",
            "Back to the suggestions before.",
            {"view": view, "past": list(past[:-1])},
        )

    def _narrowed(self, view: View, asked: Critique) -> Filters:
        filters = Filters.model_validate(view["filters"])
        prices = [price for item_id in view["slate"] if (price := self.catalogue.item(item_id).price_minor) is not None]
        change: dict[str, object] = {}
        if asked.price == "cheaper" and prices:
            change["max_price_minor"] = int(np.median(prices)) - 1
            change["min_price_minor"] = None
        if asked.price == "dearer" and prices:
            change["min_price_minor"] = int(np.median(prices)) + 1
            change["max_price_minor"] = None
        if asked.max_price is not None:
            change["max_price_minor"] = self.wishes.minor(asked.max_price)
        if asked.min_price is not None:
            change["min_price_minor"] = self.wishes.minor(asked.min_price)
        change |= {name: value for name in ("colour", "category", "brand") if (value := getattr(asked, name))}
        return filters.model_copy(update=change)

    def _not_again(self, state: SlateState, view: View, asked: Critique) -> list[str]:
        """Items that must not come again: the slate just criticised, and its brands' others if that was asked."""
        again = list(view["slate"]) if not asked.others else list(state.get("shown") or view["slate"])
        if asked.other_brands:
            brands = {self.catalogue.item(item_id).brand for item_id in view["slate"]}
            again += [item.item_id for item in self.catalogue.items if item.brand and item.brand in brands]
        return again

    def _unworkable(self, asked: Critique) -> str | None:
        priced = asked.price or asked.max_price is not None or asked.min_price is not None
        if priced and self.catalogue.currency is None:
            return "This catalogue has no prices, so I cannot go by price here."
        return None

    def _nothing(self, view: View, wanted: str) -> str:
        what = " ".join(part for part in (view["query"], wanted) if part) or "that"
        return f"The boutique has nothing more for {what}. Shall I widen the search?"

    def _chips(self, view: View) -> tuple[str, ...]:
        axis = self.wishes.splitting_axes(view["slate"])
        priced = ("Something cheaper",) if self.catalogue.currency and view["slate"] else ()
        several = ("Compare the first two",) if len(view["slate"]) > 1 else ()
        return (*priced, *axis, "Why the first one?", *several)

    def _weighing(self, purchases: Sequence[Purchase]) -> list[int]:
        guided = self.recommender.guided
        if guided is None:
            return []
        taste = guided.taste(self._internal(purchases))
        return [int(column) for column in np.argsort(-np.abs(taste))[:4]]

    def _internal(self, purchases: Sequence[Purchase]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self.recommender.internal([purchase.item_id for purchase in purchases])

    def _slate_item(self, state: SlateState, reference: str) -> Item:
        return self.catalogue.item((state.get("view") or empty_view())["slate"][self._position(state, reference)])

    def _position(self, state: SlateState, reference: str) -> int:
        slate = (state.get("view") or empty_view())["slate"]
        titles = [self.catalogue.item(item_id).title for item_id in slate]
        position = resolve(reference, slate, titles)
        if position is None:
            can = f"numbers 1 to {len(slate)}" if slate else "nothing is shown yet: recommend or search first"
            raise NotFound(f"no item {reference!r} on show; {can}")
        return position


def _counted(number: int, what: str) -> str:
    noun = "find" if what == "Found" else "suggestion"
    return f"{('No', 'One', 'Two', 'Three')[number]} {noun}{'' if number == 1 else 's'}"
