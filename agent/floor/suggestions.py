"""New slates: a search, a recommendation. What the boutique does not carry is said and not replaced unasked."""

from __future__ import annotations

import re
from dataclasses import replace

from agent.context import TurnContext
from agent.events import Chips
from agent.floor import alike
from agent.floor.search import carries, likened, names_a_thing
from agent.floor.shop import Emit, Shop
from agent.floor.slates import order_words, show
from agent.intent.spoken import content_words, read_prices
from agent.intent.wishes import Wish
from agent.state import SlateState, TurnResult, View, empty_view
from recsys.catalogue import matches
from recsys.steering import parse_moves
from recsys.superlatives import read_superlative

_NEAR_KIND = 0.4  # cosine similarity from which a kind of thing is near enough to be offered instead
_SHORT_WISH = 10  # words of a message of which all are part of one wish
_WISH = re.compile(
    r"^(?:please )?(?:(?:show|find|suggest|give|get|recommend) (?:me |her |him |them )?)?(?:something|anything)\b"
)
_JOINED = {"brand": "by", "colour": "in", "material": "of", "season": "for"}
_NAMED = {"brand": "by the brand", "colour": "in the colour", "material": "made of", "season": "for the season"}


def search(
    shop: Shop, context: TurnContext, state: SlateState, query: str, wish: Wish, superlative: str, emit: Emit
) -> TurnResult:
    """Find items by words and filters, ordered by relevance and then by what suits the client.

    Args:
        query: What is looked for, in words.
        wish: The filters asked for.
        superlative: Words of an order over the whole catalogue ("cheapest"), "" for none; the query may hold one too.
    """
    like = likened(shop, state, query)
    if like:
        return alike.show_alike(shop, context, state, like, wish.filters, emit)
    wish, query = _with_prices(shop, wish, query)
    if wish.missing:
        return _missing(shop, wish, query, emit)
    if superlative or _superlative_in(shop, query):
        return _extreme(shop, context, state, query, wish, superlative or _superlative_in(shop, query), emit)
    words = _without_name(shop, context, f"{query} {wish.words}".strip())
    brand = {word.casefold() for word in (wish.filters.brand or "").split()}
    asked = " ".join(word for word in words.split() if word.casefold() not in brand)
    if asked and not (wish.filters.category or carries(shop, asked)):  # a kind or a brand that there is, is carried
        return _not_carried(shop, words, emit)
    moves = shop.wishes.wished_moves(words)
    # "something minimal and warm" is a taste, not a thing to find
    view = _view(wish, "" if moves and not names_a_thing(shop, words) else words)
    view["moves"] = moves
    return _noting(wish, show(shop, context, state, view, emit))


def recommend(shop: Shop, context: TurnContext, state: SlateState, wish: Wish, emit: Emit) -> TurnResult:
    """Suggest items for the client; words of the wish that name no filter narrow the suggestions by their meaning."""
    if wish.missing:
        return _missing(shop, wish, "", emit)
    if wish.words and not carries(shop, wish.words):
        return _not_carried(shop, wish.words, emit)
    view = _view(wish, wish.words)
    view["moves"] = _said_moves(shop, state)
    return _noting(wish, show(shop, context, state, view, emit))


def _said_moves(shop: Shop, state: SlateState) -> dict[str, float]:
    """Return the moves that the person's own words ask for: "something warm and minimal" names two qualities.

    Only a short wish is read so. A longer message tells of other things as well, and "I gave her the warm coat" or
    "nothing warm" asks for nothing warm.
    """
    guided = shop.recommender.guided
    said = next((str(one.content) for one in reversed(state.get("messages") or []) if one.type == "human"), "")
    spoken = said.casefold().split()
    if guided is None or len(spoken) > _SHORT_WISH or not _WISH.search(said.casefold()):
        return {}
    return parse_moves(" ".join(spoken), guided.attribute_set)


def _without_name(shop: Shop, context: TurnContext, query: str) -> str:
    """Return the words of a search without the name of the client whom it is for."""
    name = {word.casefold() for word in (shop.client(context).name or "").split()}
    return " ".join(word for word in query.split() if word.casefold() not in name)


def _view(wish: Wish, words: str) -> View:
    return View(**{**empty_view(), "filters": wish.filters.model_dump(mode="json"), "query": words})


def _with_prices(shop: Shop, wish: Wish, query: str) -> tuple[Wish, str]:
    """Return the wish with the price bounds that its words name, where it has none itself, and the other words."""
    said, filters = read_prices(query), wish.filters
    if said.low is None and said.high is None:
        return wish, query
    rest = content_words(query)
    if filters.min_price_minor or filters.max_price_minor or "price" in wish.unkept:
        return wish, rest
    if shop.catalogue.currency is None:
        return replace(wish, unkept=(*wish.unkept, "price")), rest
    bounds = {
        "min_price_minor": shop.wishes.minor(said.low) if said.low else None,
        "max_price_minor": shop.wishes.minor(said.high) if said.high else None,
    }
    return replace(wish, filters=filters.model_copy(update=bounds)), rest


def _superlative_in(shop: Shop, query: str) -> str:
    """Return the superlative that a query holds in so many words ("the cheapest bag"), "" if none."""
    guided = shop.recommender.guided
    found = read_superlative(query, guided.attribute_set if guided is not None else None)
    return found.words if found is not None else ""


def _extreme(
    shop: Shop, context: TurnContext, state: SlateState, query: str, wish: Wish, said: str, emit: Emit
) -> TurnResult:
    """Show the extreme of everything that satisfies the filters and the words; say what it was ordered by."""
    superlative = shop.wishes.superlative(said)
    if superlative is None:
        axes = ", ".join(shop.recommender.guided.names[:6]) if shop.recommender.guided is not None else ""
        cannot = (
            f'I cannot put things in order by "{said}".{f" I can by price or, for example, {axes}." if axes else ""}'
        )
        return TurnResult(cannot, cannot, outcome="not possible")
    if superlative.by == "price" and shop.catalogue.currency is None:
        cannot = "This catalogue has no prices, so I cannot say which is the cheapest or the most expensive."
        return TurnResult(cannot, cannot, outcome="not possible")
    words = " ".join(f"{query} {wish.words}".casefold().replace(superlative.words, " ").split())
    if not carries(shop, words):
        return _not_carried(shop, words, emit)
    filters, rest = shop.wishes.narrowed(wish.filters, words)
    view = _view(wish, words) if names_a_thing(shop, rest) else _view(replace(wish, filters=filters), "")
    view["superlative"] = said
    result = show(shop, context, state, view, emit)
    if result.outcome != "shown":
        return result
    return _noting(wish, replace(result, content=f"{result.content}\nThey are {order_words(superlative)}."))


def _not_carried(shop: Shop, words: str, emit: Emit) -> TurnResult:
    """Say that nothing carried answers the words, and offer the nearest kind of thing as a question."""
    nearest, likeness = shop.wishes.nearest_category(words)
    kind = nearest.casefold() if nearest and likeness >= _NEAR_KIND else ""
    emit(Chips((*((f"Show me {kind}",) if kind else ()), "What would you suggest?")))
    offer = (
        f"The nearest kind of thing here is {kind}. Shall I show those?"
        if kind
        else "Shall I suggest something else instead?"
    )
    said = f'The boutique does not carry anything for "{words}". {offer}'
    return TurnResult(said, said, outcome="not carried")


def _missing(shop: Shop, wish: Wish, query: str, emit: Emit) -> TurnResult:
    """Say which colour, brand, material or season the catalogue does not have, and offer the nearest as a question."""
    field, words = wish.missing[0]
    filters, _ = shop.wishes.narrowed(wish.filters, query)
    items = [item for item in shop.catalogue.items if matches(item, filters)]
    known = {
        "colour": [item.colour for item in items if item.colour],
        "material": [item.material for item in items if item.material],
        "season": shop.catalogue.seasons if items else (),
    }
    nearest = shop.wishes.nearest_name(words, list(dict.fromkeys(known.get(field, ()))))
    thing = filters.category.casefold() if filters.category else "something"
    other = f"{thing} {_JOINED[field]} {nearest.casefold()}" if nearest else f"{thing} by another brand"
    emit(Chips((f"Show me {other}", "What would you suggest?")))
    said = f"The boutique has nothing {_NAMED[field]} {words}. Shall I show {other}?"
    return TurnResult(said, said, outcome="not carried")


def _noting(wish: Wish, result: TurnResult) -> TurnResult:
    """Say which of the conditions nobody could go by, because the catalogue says nothing of them."""
    if not wish.unkept or result.outcome != "shown":
        return result
    note = f"The catalogue does not give {' or '.join(wish.unkept)}, so I did not go by that."
    return replace(result, content=f"{result.content}\n{note}", spoken=f"{result.spoken} {note}")
