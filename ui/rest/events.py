"""The events of a turn as typed JSON, told apart by `type`. Every kind of event has exactly one form here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal, assert_never

from pydantic import Field

from agent import events
from ui.wire import BarOut, CardOut, ComparisonOut, Wire


class Acknowledged(Wire):
    """The message is written down: from now on it is answered, or shown as interrupted."""

    type: Literal["acknowledged"] = "acknowledged"
    turn_id: str


class ToolStarted(Wire):
    """A tool begins."""

    type: Literal["tool_started"] = "tool_started"
    call_id: str
    tool: str
    title: str


class ToolFinished(Wire):
    """A tool ended."""

    type: Literal["tool_finished"] = "tool_finished"
    call_id: str
    tool: str
    title: str
    duration_s: float
    detail: str
    ok: bool


class CardShown(Wire):
    """One suggestion."""

    type: Literal["card"] = "card"
    card: CardOut


class ComparisonShown(Wire):
    """Items side by side."""

    type: Literal["comparison"] = "comparison"
    comparison: ComparisonOut


class SavedListShown(Wire):
    """The client's wish list and basket."""

    type: Literal["saved_list"] = "saved_list"
    wishlist: list[CardOut]
    basket: list[CardOut]


class ClientRowOut(Wire):
    """One client in a list, and why they are in it."""

    client_id: str
    name: str
    why: str
    score: float | None


class ClientListShown(Wire):
    """Clients of the reader's own book."""

    type: Literal["client_list"] = "client_list"
    title: str
    rows: list[ClientRowOut]


class TasteMoveOut(Wire):
    """A point where a client's taste bent."""

    when: str
    moves: list[str]
    purchases: list[str]


class ClientCardShown(Wire):
    """What is known of a client."""

    type: Literal["client_card"] = "client_card"
    client_id: str
    name: str
    sections: dict[str, list[str]]
    taste: list[BarOut]
    moves: list[TasteMoveOut]


class ClaimOut(Wire):
    """A sentence of a message and the facts that it rests on."""

    sentence: str
    evidence: list[str]


class MessageDraftShown(Wire):
    """A message to a client, not sent."""

    type: Literal["message_draft"] = "message_draft"
    draft_id: str
    channel: str
    tone: str
    language: str
    subject: str
    body: str
    claims: list[ClaimOut]


class ApprovalRequested(Wire):
    """An act that waits for the person's leave: POST /v1/approvals with its code."""

    type: Literal["approval_request"] = "approval_request"
    code: str
    title: str
    detail: str
    expires_at: dt.datetime


class ProposalOut(Wire):
    """What a note suggests about the client's taste."""

    number: int
    text: str
    words: str


class ProposalsShown(Wire):
    """The open proposals of the newest note."""

    type: Literal["proposals"] = "proposals"
    proposals: list[ProposalOut]


class LookBookShown(Wire):
    """Pieces put together for a client."""

    type: Literal["look_book"] = "look_book"
    look_book_id: str
    title: str
    cards: list[CardOut]


class BriefShown(Wire):
    """A text for a colleague, in sections by heading."""

    type: Literal["brief"] = "brief"
    title: str
    sections: dict[str, list[str]]


class TextDelta(Wire):
    """A piece of the answer's text, in order."""

    type: Literal["text"] = "text"
    text: str


class Chips(Wire):
    """Follow-ups; each is a message to send."""

    type: Literal["chips"] = "chips"
    messages: list[str]


class Notice(Wire):
    """Something the person must know about the assistant itself."""

    type: Literal["notice"] = "notice"
    text: str


class TurnEnded(Wire):
    """The last event of every turn: a stream without it was cut."""

    type: Literal["turn_ended"] = "turn_ended"
    turn_id: str
    duration_s: float


Shown = (
    CardShown
    | ComparisonShown
    | SavedListShown
    | ClientListShown
    | ClientCardShown
    | MessageDraftShown
    | ApprovalRequested
    | ProposalsShown
    | LookBookShown
    | BriefShown
)
Event = Annotated[
    Acknowledged | ToolStarted | ToolFinished | Shown | TextDelta | Chips | Notice | TurnEnded,
    Field(discriminator="type"),
]


def event_of(event: events.TurnEvent) -> Event:
    """Return the JSON form of an event."""
    match event:
        case events.Acknowledged():
            return Acknowledged(turn_id=event.turn_id)
        case events.ToolStarted():
            return ToolStarted(call_id=event.call_id, tool=event.tool, title=event.title)
        case events.ToolFinished():
            told = {name: getattr(event, name) for name in ("call_id", "tool", "title", "detail", "ok")}
            return ToolFinished(duration_s=round(event.duration_s, 3), **told)
        case events.TextDelta():
            return TextDelta(text=event.text)
        case events.Chips():
            return Chips(messages=list(event.messages))
        case events.Notice():
            return Notice(text=event.text)
        case _:
            return _shown(event)


def _shown(event: events.Shown) -> Shown:
    match event:
        case events.Card():
            return CardShown(card=CardOut.of(event))
        case events.Comparison():
            return ComparisonShown(comparison=ComparisonOut.of(event))
        case events.SavedList():
            return SavedListShown(wishlist=_cards(event.wishlist), basket=_cards(event.basket))
        case events.LookBook():
            return LookBookShown(look_book_id=event.look_book_id, title=event.title, cards=_cards(event.cards))
        case _:
            return _staff(event)


def _staff(event: _ForStaff) -> _ForStaffShown:
    match event:
        case events.ClientList():
            rows = [ClientRowOut(client_id=r.client_id, name=r.name, why=r.why, score=r.score) for r in event.rows]
            return ClientListShown(title=event.title, rows=rows)
        case events.ClientCard():
            return _client_card(event)
        case events.MessageDraft():
            claims = [ClaimOut(sentence=one.sentence, evidence=list(one.evidence)) for one in event.claims]
            names = ("draft_id", "channel", "tone", "language", "subject", "body")
            return MessageDraftShown(claims=claims, **{name: getattr(event, name) for name in names})
        case events.ApprovalRequest():
            told = {name: getattr(event, name) for name in ("code", "title", "detail", "expires_at")}
            return ApprovalRequested(**told)
        case events.Proposals():
            open_ones = [ProposalOut(number=p.number, text=p.text, words=p.words) for p in event.proposals]
            return ProposalsShown(proposals=open_ones)
        case events.Brief():
            return BriefShown(title=event.title, sections=_sections(event.sections))
        case _:
            assert_never(event)


def _client_card(event: events.ClientCard) -> ClientCardShown:
    return ClientCardShown(
        client_id=event.client_id,
        name=event.name,
        sections=_sections(event.sections),
        taste=[BarOut.of(bar) for bar in event.taste],
        moves=[
            TasteMoveOut(when=move.when, moves=list(move.moves), purchases=list(move.purchases)) for move in event.moves
        ],
    )


def _cards(cards: tuple[events.Card, ...]) -> list[CardOut]:
    return [CardOut.of(card) for card in cards]


def _sections(sections: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {heading: list(lines) for heading, lines in sections.items()}


_ForStaff = (
    events.ClientList
    | events.ClientCard
    | events.MessageDraft
    | events.ApprovalRequest
    | events.Proposals
    | events.Brief
)
_ForStaffShown = ClientListShown | ClientCardShown | MessageDraftShown | ApprovalRequested | ProposalsShown | BriefShown
