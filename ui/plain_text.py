"""What a turn shows, as plain text for a terminal: indented, wrapped, without control characters."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from typing import assert_never

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

WIDTH = 100
_CELL = 34


def printable(text: str) -> str:
    """Return a text without what a terminal would obey: control characters other than line ends."""
    return "".join(letter if _is_harmless(letter) else "\ufffd" for letter in text)


def _is_harmless(letter: str) -> bool:
    # Python calls only the plain space printable, but prices in many languages hold one that does not break.
    return letter.isprintable() or letter in "\n\t" or unicodedata.category(letter) == "Zs"


def text_of(event: Shown) -> str:
    """Return what is shown as lines, each indented by two spaces."""
    return printable(_text_of(event))


def _text_of(event: Shown) -> str:
    match event:
        case Card():
            return card_text(event)
        case Comparison():
            return comparison_text(event)
        case SavedList():
            return _joined([_cards("Wish list", event.wishlist), _cards("Basket", event.basket)])
        case LookBook():
            return _joined([_cards(event.title, event.cards)])
        case ClientList():
            rows = [f"{row.name} ({row.client_id}): {row.why}" for row in event.rows]
            return _joined([_section(event.title, rows or ["nobody"])])
        case ClientCard():
            return _client_text(event)
        case MessageDraft():
            return _draft_text(event)
        case ApprovalRequest():
            answer = f'answer "approve {event.code}" or "decline {event.code}" before {event.expires_at:%H:%M %Z}'
            return _joined([f"  Waits for you: {event.title}", _paragraphs(event.detail), _wrapped(answer, "     ")])
        case Proposals():
            rows = [f'{one.number}. {one.text} (the note says "{one.words}")' for one in event.proposals]
            return _joined([_section("The note suggests", rows)])
        case Brief():
            return _joined([f"  {event.title}", *_sections(event.sections)])
        case _:
            assert_never(event)


def card_text(card: Card) -> str:
    """Write a card as indented lines."""
    facts = [card.item.brand, card.price, "" if card.item.available else "not available now"]
    head = f"  {card.reference}. {card.item.title}" + "".join(f" - {fact}" for fact in facts if fact)
    why = [_wrapped(card.reason.text, "     ")] if card.reason is not None else []
    return "\n".join([head, *_bars(card.bars, "     "), *why])


def comparison_text(comparison: Comparison) -> str:
    """Write a comparison as an aligned table."""
    rows = [("", tuple(f"{card.reference}. {card.item.title}"[:_CELL] for card in comparison.cards))]
    rows += list(comparison.rows.items())
    width = max(len(label) for label, _ in rows)
    lines = [f"  {label:<{width}}  " + "  ".join(f"{cell:<{_CELL}}" for cell in cells) for label, cells in rows]
    return "\n".join(line.rstrip() for line in lines)


def _client_text(client: ClientCard) -> str:
    taste = ["  Most marked qualities", *_bars(client.taste, "     ")] if client.taste else []
    moved = [f"{move.when}: {', '.join(move.moves)}, with {', '.join(move.purchases)}" for move in client.moves]
    bent = [_section("Where it bent", moved)] if moved else []
    return _joined([f"  {client.name} ({client.client_id})", *_sections(client.sections), "\n".join(taste), *bent])


def _draft_text(draft: MessageDraft) -> str:
    head = f"  Draft {draft.draft_id}, not sent: {draft.channel}, {draft.tone}, {draft.language}"
    subject = [_wrapped(f"Subject: {draft.subject}", "     ")] if draft.subject else []
    claims = [f'"{claim.sentence}": {"; ".join(claim.evidence)}' for claim in draft.claims if claim.evidence]
    rests = [_section("Rests on", claims)] if claims else []
    return _joined([head, *subject, _paragraphs(draft.body), *rests])


def _cards(title: str, cards: Iterable[Card]) -> str:
    shown = [card_text(card) for card in cards]
    return "\n".join([f"  {title}", *(shown or ["     nothing yet"])])


def _sections(sections: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [_section(heading, lines) for heading, lines in sections.items()]


def _section(heading: str, lines: Iterable[str]) -> str:
    return "\n".join([f"  {heading}", *(_wrapped(line, "     ", hanging="  ") for line in lines)])


def _paragraphs(text: str) -> str:
    return "\n".join(_wrapped(line, "     ") for line in text.splitlines())


def _bars(bars: Iterable[AttributeBar], indent: str) -> list[str]:
    """Write bars two in a line."""
    told = [f"{bar.label:<16} {'#' * round(bar.value * 10):.<10}" for bar in bars]
    return [indent + "   ".join(told[start : start + 2]) for start in range(0, len(told), 2)]


def _wrapped(line: str, indent: str, hanging: str = "") -> str:
    """Wrap a line; what runs on stands below its beginning, or further in where lines of a list follow each other."""
    below = indent + hanging
    return textwrap.fill(
        line, WIDTH, initial_indent=indent, subsequent_indent=below, break_long_words=False, break_on_hyphens=False
    )


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
