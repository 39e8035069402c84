"""Suggestions, comparisons and clients as HTML, from one autoescaping template; every value in it is text.

An item's own image address is never put on the page: pictures come from the page's own server, so looking at a card
asks nothing of any other machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from agent.events import (
    ApprovalRequest,
    AttributeBar,
    Brief,
    Card,
    ClientCard,
    ClientList,
    Comparison,
    LookBook,
    MessageDraft,
    Proposals,
    SavedList,
    Shown,
)
from agent.floor.message_phrases import languages
from agent.translatable import _
from recsys.schema import Explanation, Item
from ui.web.formats import formats
from ui.web.languages import speak

_KINDS = {
    "history": _("Purchase"),
    "attribute": _("Quality"),
    "house": _("House"),
    "order": _("Order of purchases"),
    "request": _("Your wish"),
    "field": _("Catalogue"),
}
_WRITERS = {
    "model": _("the language model, from these facts only"),
    "seller": _("the trained generator, from these facts only"),
    "template": _("a set sentence, from these facts only"),
    "none": "",
}

_SHEETS: dict[type[Shown], str] = {
    Card: "card",
    Comparison: "comparison",
    SavedList: "saved_list",
    ClientList: "client_list",
    ClientCard: "client_card",
    MessageDraft: "message_draft",
    ApprovalRequest: "approval",
    Proposals: "proposals",
    LookBook: "look_book",
    Brief: "brief",
}


def card_html(card: Card, language: str = "en") -> Markup:
    """Return one suggestion: number, picture, facts, two bars, its reason with the evidence on tap, and its buttons."""
    return _macro(language, "card", card)


def slate_html(cards: Sequence[Card], language: str = "en") -> Markup:
    """Return suggestions side by side (one below the other where it is narrow)."""
    return _macro(language, "slate", cards)


def comparison_html(comparison: Comparison, language: str = "en") -> Markup:
    """Return items as the columns of a table."""
    return _macro(language, "comparison", comparison)


def sheet_html(shown: Shown, language: str = "en") -> Markup:
    """Return anything that is shown as a whole; every kind has a macro of its own."""
    return _macro(language, _SHEETS[type(shown)], shown)


def remark_html(text: str) -> Markup:
    """Return one quiet line about the assistant itself."""
    return _macro("en", "remark", text)


def _macro(language: str, name: str, *values: object) -> Markup:
    html: str = getattr(_templates(language), name)(*values)
    # Without line breaks the text can stand inside Markdown, where an empty line would end an HTML block.
    return Markup(" ").join(Markup(line) for line in html.splitlines() if line.strip())


@cache
def _templates(language: str) -> Any:
    environment = Environment(
        loader=PackageLoader("ui"), autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"]
    )
    speak(environment, language)
    environment.filters |= {**FILTERS, **formats(language)}
    return environment.get_template("cards.html").module


def _percent(bar: AttributeBar) -> int:
    return round(100 * min(max(bar.value, 0.0), 1.0))


def _language_name(code: str) -> str:
    """Return the English name of the language that a message is written in: "Italian" for "it"."""
    return next((one.names[1] for known, one in languages().items() if known == code), code).capitalize()


def _checks(reason: Explanation, *, passed: bool) -> list[str]:
    return [name.replace("_", " ") for name, result in reason.checks.items() if result is passed]


def picture_path(item: Item) -> str:
    """Return where the page's server shows an item's picture."""
    return f"/pictures/{quote(item.item_id, safe='', errors='replace')}.svg"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "language_name": _language_name,
    "percent": _percent,
    "picture": picture_path,
    "kind": lambda kind: _KINDS.get(kind, kind),
    "passed": lambda reason: _checks(reason, passed=True),
    "failed": lambda reason: _checks(reason, passed=False),
    "writer": lambda reason: _WRITERS[reason.source],
}
"""What templates call: bars in per cent, pictures by address, kinds of evidence in words."""
