"""The MCP server: search_catalog, get_product, recommend, explain, compare.

Who calls comes from the key of the very request that carries the call, never from an argument. A client's id is an
argument, as on every surface for programs; the policy decides whether this caller sees that client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from agent.errors import Refused
from agent.floor import enquiries
from agent.floor.shop import Shop
from recsys.errors import ClientellerError
from ui.callers import Caller
from ui.limits import Quota
from ui.mcp.answers import ExplanationOfItem, Match, Product, Products, Recommendations, SideBySide
from ui.wire import TrialOut

Call = Context[Any, Any]
WhoCalls = Callable[[Call], Caller]
_READING = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_INSTRUCTIONS = (
    "Suggestions of one boutique from its own catalogue and records. State only what the results hold: reasons rest on "
    "their evidence, and an item without match factors has no strong reason."
)

ItemRef = Annotated[str, Field(min_length=1, max_length=64, description="A reference from another result.")]
ClientRef = Annotated[
    str | None,
    Field(max_length=64, description="A client of the caller's own book; left out by a shopper, who is the client."),
]
Moves = Annotated[
    dict[str, float] | None,
    Field(description='Shifts along guided attributes, for example {"minimal": 1.5}; -3 to 3 each.'),
]
Price = Annotated[float | None, Field(ge=0, le=1e9, description="In the boutique's currency.")]
Word = Annotated[str | None, Field(max_length=100)]


def build_server(shop: Shop, quota: Quota, who: WhoCalls) -> MCPServer[Any]:
    """Return the server.

    Args:
        shop: The boutique.
        quota: What each key has asked; tools that take long hold one of the key's places.
        who: Tells who makes a call; raises NotRecognised for nobody.
    """
    server: MCPServer[Any] = MCPServer("clienteller", instructions=_INSTRUCTIONS, log_level="WARNING")
    _add_catalogue_tools(server, shop, who)
    _add_client_tools(server, shop, quota, who)
    return server


def _add_catalogue_tools(server: MCPServer[Any], shop: Shop, who: WhoCalls) -> None:
    @server.tool(annotations=_READING)
    def search_catalog(
        ctx: Call,
        query: Annotated[str, Field(min_length=1, max_length=200)],
        category: Word = None,
        brand: Word = None,
        colour: Word = None,
        material: Word = None,
        season: Word = None,
        size: Word = None,
        min_price: Price = None,
        max_price: Price = None,
        limit: Annotated[int, Field(ge=1, le=50)] = 10,
    ) -> Products:
        """Find items by words, category, brand, colour, material, season, size or price."""
        with _told():
            wanted = enquiries.Wanted(category, brand, colour, material, season, size, min_price, max_price)
            return Products.of(query, enquiries.search(shop, who(ctx).actor, query, wanted, k=limit))

    @server.tool(annotations=_READING)
    def get_product(ctx: Call, item_id: ItemRef) -> Product:
        """Return one item with price, availability and catalogue facts."""
        with _told():
            return Product.of(enquiries.product(shop, who(ctx).actor, item_id))


def _add_client_tools(server: MCPServer[Any], shop: Shop, quota: Quota, who: WhoCalls) -> None:
    @server.tool(annotations=_READING)
    def recommend(
        ctx: Call, client_id: ClientRef = None, count: Annotated[int, Field(ge=1, le=10)] = 3, moves: Moves = None
    ) -> Recommendations:
        """Suggest items for a client, each with a tested reason and its evidence."""
        with _told():
            caller = who(ctx)
            about, asked = _client(caller, client_id), moves or {}
            with quota.working(caller.key_id):
                cards = enquiries.recommend(shop, caller.actor, about, k=count, moves=asked)
            return Recommendations(client_id=about, moves=asked, matches=[Match.of(card) for card in cards])

    @server.tool(annotations=_READING)
    def explain(ctx: Call, item_id: ItemRef, client_id: ClientRef = None) -> ExplanationOfItem:
        """Say why an item suits a client: reason, evidence, and what removing the strongest cause does."""
        with _told():
            caller = who(ctx)
            about = _client(caller, client_id)
            with quota.working(caller.key_id):
                card, trial = enquiries.explain(shop, caller.actor, about, item_id)
            told = TrialOut.of(trial) if trial is not None else None
            return ExplanationOfItem(client_id=about, match=Match.of(card), trial=told)

    @server.tool(annotations=_READING)
    def compare(
        ctx: Call,
        item_ids: Annotated[list[ItemRef], Field(min_length=2, max_length=5)],
        client_id: ClientRef = None,
    ) -> SideBySide:
        """Put two to five items side by side, on what weighs most for a client."""
        with _told():
            caller = who(ctx)
            about = _client(caller, client_id)
            table = enquiries.compare(shop, caller.actor, about, item_ids)
            rows = {label: list(values) for label, values in table.rows.items()}
            return SideBySide(client_id=about, references=[card.item.item_id for card in table.cards], rows=rows)


def _client(caller: Caller, client_id: str | None) -> str:
    """Return whom a call is about: a shopper who names nobody means themselves."""
    if client_id is None and caller.actor.role == "shopper":
        return caller.actor.actor_id
    if client_id is None:
        raise Refused("say which client this is about: give client_id, one of your own clients")
    return client_id


@contextmanager
def _told() -> Iterator[None]:
    """Tell the caller our own errors, each one line; any other stays on this side."""
    try:
        yield
    except ClientellerError as error:
        raise ToolError(str(error)) from error
