"""The agent's tools by name, arguments and roles only, as a chat model is told of them; none of them does anything."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict
from typing import Literal

from langchain_core.tools import BaseTool, StructuredTool

from agent.context import Role
from agent.tools.marks import Effect, Mark, for_role

Place = Literal["wishlist", "basket"]


def search_catalogue(
    query: str,
    category: str | None = None,
    brand: str | None = None,
    colour: str | None = None,
    material: str | None = None,
    season: str | None = None,
    size: str | None = None,
    min_price: float | None = None,
    max_price: float | None = None,
    superlative: str | None = None,
) -> str:
    """Find items by what they are: words, kind, brand, colour, material, season, size, price; the cheapest, warmest."""
    return ""


def recommend(category: str | None = None, colour: str | None = None, max_price: float | None = None) -> str:
    """Suggest items that suit this client, ranked from their own purchases and taste."""
    return ""


def refine(critique: str) -> str:
    """Change the suggestions shown now: cheaper, more minimal, less formal, another colour, another brand, undo."""
    return ""


def similar(item: str) -> str:
    """Find items that look and feel like one item."""
    return ""


def complete_look(item: str | None = None) -> str:
    """Find what goes with an item, to complete the outfit."""
    return ""


def compare(items: list[str]) -> str:
    """Put two or more of the items shown side by side for this client."""
    return ""


def explain(item: str) -> str:
    """Say why one item shown was suggested to this client, with the evidence."""
    return ""


def what_would_it_take(item: str) -> str:
    """Say what would have to be different for an item to come first."""
    return ""


def show_saved() -> str:
    """Show the wish list and the basket."""
    return ""


def client_profile() -> str:
    """Tell what is known of this client: past purchases, taste, sizes, preferences, notes."""
    return ""


def find_clients(query: str | None = None, bought: str | None = None, not_bought: str | None = None) -> str:
    """Look up clients of the own book by name, taste, or what they bought and did not buy."""
    return ""


def contact_today() -> str:
    """Say which clients to contact today, and why."""
    return ""


def clients_for_item(item: str) -> str:
    """Say which clients of the own book an item would suit."""
    return ""


def handover_brief() -> str:
    """Sum up what a colleague who takes over must know."""
    return ""


def save_item(item: str, place: Place) -> str:
    """Put an item on the wish list or into the basket."""
    return ""


def remove_saved(item: str, place: Place) -> str:
    """Take an item off the wish list or out of the basket."""
    return ""


def record_feedback(item: str, verdict: Literal["like", "dislike"], reason: str = "") -> str:
    """Write down that the client likes or dislikes an item shown."""
    return ""


def rate_reason(item: str, verdict: Literal["helpful", "unhelpful", "wrong"], comment: str = "") -> str:
    """Write down whether the reason given for an item was helpful, unhelpful or wrong."""
    return ""


def remember_fact(fact: str) -> str:
    """Keep a fact about the client: a size, a preference, a dislike."""
    return ""


def forget_fact(fact: str) -> str:
    """Delete a fact that is kept about the client."""
    return ""


def add_note(text: str) -> str:
    """Add a note to the client's file."""
    return ""


def decide_proposals(decision: Literal["accept", "reject"], which: str = "all") -> str:
    """Accept or reject the changes of taste proposed from a note."""
    return ""


def add_follow_up(what: str, due: str) -> str:
    """Plan to do something for the client by a date."""
    return ""


def draft_message(
    items: list[str] | None = None, tone: str | None = None, language: str | None = None, channel: str | None = None
) -> str:
    """Draft a message to the client, or write the last draft again in another tone or language."""
    return ""


def make_look_book(items: list[str] | None = None) -> str:
    """Make a look-book of items for the client."""
    return ""


def send_message() -> str:
    """Send the newest draft to the client."""
    return ""


_READING: tuple[Callable[..., str], ...] = (
    search_catalogue,
    recommend,
    refine,
    similar,
    complete_look,
    compare,
    explain,
    what_would_it_take,
    show_saved,
    client_profile,
    find_clients,
    contact_today,
    clients_for_item,
    handover_brief,
)
_WRITING: tuple[Callable[..., str], ...] = (
    save_item,
    remove_saved,
    record_feedback,
    rate_reason,
    remember_fact,
    forget_fact,
    add_note,
    decide_proposals,
    add_follow_up,
    draft_message,
    make_look_book,
)
_STAFF_ONLY = frozenset(
    (
        find_clients,
        contact_today,
        clients_for_item,
        handover_brief,
        add_note,
        decide_proposals,
        add_follow_up,
        draft_message,
        make_look_book,
        send_message,
    )
)


def signatures(role: Role = "manager") -> list[BaseTool]:
    """Return the tools of a role."""
    effects: list[tuple[Callable[..., str], Effect]] = [(one, "reading") for one in _READING]
    effects += [(one, "writing") for one in _WRITING]
    return for_role([_tool(function, effect) for function, effect in (*effects, (send_message, "outbound"))], role)


def _tool(function: Callable[..., str], effect: Effect) -> BaseTool:
    mark = Mark(effect, "serve" if function in _STAFF_ONLY else "see")
    return StructuredTool.from_function(function, description=inspect.getdoc(function), metadata=asdict(mark))
