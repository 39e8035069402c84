"""Drafts to a client, with what each sentence rests on; sending asks for a person's leave first."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from agent.context import TurnContext
from agent.errors import Refused, as_sentence
from agent.events import ApprovalRequest, TurnEvent
from agent.floor import approving
from agent.floor.delivering import reachable
from agent.floor.drafting import draft_about, draft_message
from agent.floor.editing import Checked, checked, edit_draft, take_up
from agent.floor.message_phrases import languages
from agent.floor.occasions import Occasion, own_occasions
from agent.floor.persona import persona
from agent.floor.sending import send_message
from agent.floor.shop import Emit, Shop
from agent.records.deliveries import Deliveries
from agent.records.messages import CHANNELS, Draft, reach_of
from agent.records.responses import Responses
from agent.state import SlateState, TurnResult, View, empty_view
from agent.translatable import _
from recsys.errors import InputError
from ui.web.by_hand import CHAT_CHANGED, done
from ui.web.rooms.today import KINDS
from ui.web.rules import STAFF, Key, Rule, What
from ui.web.talking import About
from ui.web.talks import Talk
from ui.web.templating import page

RULES: Mapping[tuple[str, str], Rule] = {
    ("GET", "/room/messages"): Rule("serve", STAFF),
    ("GET", "/room/messages/write"): Rule("serve", STAFF),
    ("POST", "/room/messages/begin"): Rule("serve", STAFF),
    ("POST", "/room/messages/again"): Rule("serve", STAFF),
    ("POST", "/room/messages/write"): Rule("serve", STAFF),
    ("POST", "/room/messages/take-up"): Rule("serve", STAFF),
    ("POST", "/room/messages/send"): Rule("send", STAFF),
    ("POST", "/room/messages/answer"): Rule("send", STAFF),
}
router = APIRouter()

Short = Annotated[str, Form(max_length=80)]
N_HISTORY = 8
N_STARTS = 3
ABOUT_A_PIECE = ("wish", "new piece")


TONES = {"warm": _("Warmer"), "short": _("Shorter"), "formal": _("More formal"), "neutral": _("Plainer")}
# The channels as the records name them: translated where a template says `_(channel)`.
CHANNEL_WORDS = (_("e-mail"), _("text message"), _("WhatsApp"), _("letter"))


@dataclass(frozen=True)
class Start:
    """Something to begin a draft with: a reason of today; `item_id` where it is about one piece."""

    kind: str
    because: str
    item_id: str
    with_suggestions: bool


@dataclass(frozen=True)
class Earlier:
    """A message of before and what became of it."""

    draft: Draft
    begins: str
    became: str


@router.get("/room/messages")
def show_messages(request: Request, house: What, talk: About) -> Response:
    """The newest draft of the conversation, or what one could begin with."""
    return _room(request, house.assistant.shop, talk)


@router.get("/room/messages/write")
def show_writing(
    request: Request, house: What, talk: About, draft_id: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """The text to change, or an empty sheet."""
    shop = house.assistant.shop
    before = _own(shop, talk, draft_id) if draft_id else None
    return _room(request, shop, talk, writing=True, before=before)


@router.post("/room/messages/begin")
def begin(request: Request, house: What, talk: About, key: Key, item_id: Short = "") -> Response:
    """Draft a first message as a turn of the conversation: about a piece, else about suggestions."""
    shop = house.assistant.shop
    context = talk.context
    if item_id:
        shop.catalogue.item(item_id)  # raises NotFound before anything is said

    def act(context: TurnContext, state: SlateState, emit: Emit) -> TurnResult:
        return draft_about(shop, context, state, item_id, f"{context.thread_id}:{key}", emit)

    said = done(talk, f"Draft a message to {persona(shop, context).name}", act)
    drafted = shop.messages.newest(context.actor, shop.client_id(context), context.thread_id)
    if drafted is None:
        raise InputError(said or "no draft could be made: start with an empty sheet")
    return _room(request, shop, talk, headers=CHAT_CHANGED)


@router.post("/room/messages/again")
def word_again(
    request: Request,
    house: What,
    talk: About,
    key: Key,
    tone: Short = "",
    language: Short = "",
    channel: Short = "",
) -> Response:
    """Word the draft anew in another tone, language or for another channel."""
    view = cast(View, talk.conversation.view() or empty_view())
    state = SlateState(messages=[], view=view)
    said = (tone or None, language or None, channel or None)
    result = draft_message(
        house.assistant.shop, talk.context, state, [], *said, f"{talk.context.thread_id}:{key}", _nobody
    )
    return _room(request, house.assistant.shop, talk, said=result.spoken)


@router.post("/room/messages/write")
def write(
    request: Request,
    house: What,
    talk: About,
    key: Key,
    body: Annotated[str, Form(max_length=20_000)],
    channel: Short,
    subject: Annotated[str, Form(max_length=1_000)] = "",
    draft_id: Short = "",
) -> Response:
    """Keep a person's own text as the draft, each changed sentence checked again."""
    shop = house.assistant.shop
    before = _own(shop, talk, draft_id) if draft_id else None
    edit_draft(shop, talk.context, before, subject, body, channel, f"{talk.context.thread_id}:{key}")
    return _room(request, shop, talk)


@router.post("/room/messages/take-up")
def take_up_again(request: Request, house: What, talk: About, key: Key, draft_id: Short) -> Response:
    """Make an earlier draft the one to go on with."""
    shop = house.assistant.shop
    take_up(shop, talk.context, _own(shop, talk, draft_id), f"{talk.context.thread_id}:{key}")
    return _room(request, shop, talk)


@router.post("/room/messages/send")
def ask_to_send(request: Request, house: What, talk: About, key: Key, draft_id: Short) -> Response:
    """Ask for leave to put the draft that is on show into the outbox."""
    shop, context = house.assistant.shop, talk.context
    newest = shop.messages.newest(context.actor, shop.client_id(context), context.thread_id)
    if newest is None or newest.draft_id != draft_id:
        raise Refused("the draft was changed meanwhile: look at it again before you send it")
    shown: list[TurnEvent] = []
    result = send_message(shop, context, f"{context.thread_id}:{key}", shown.append)
    asked = next((one for one in shown if isinstance(one, ApprovalRequest)), None)
    return _room(request, shop, talk, said="" if asked else result.spoken, asked=asked)


@router.post("/room/messages/answer")
def answer(
    request: Request, house: What, talk: About, code: Short, verdict: Annotated[Literal["approve", "decline"], Form()]
) -> Response:
    """Take the answer to a request; approved, the message lies in the outbox and nothing more happens by itself."""
    shop = house.assistant.shop
    result = approving.answer(shop, talk.context, f"{verdict} {code}", _nobody)
    if result is None:
        raise InputError("this is no answer to a request: ask to send again")
    before = shop.messages.newest(talk.context.actor, shop.client_id(talk.context), talk.key)
    return _room(request, shop, talk, said=result.spoken, approved=before is None and verdict == "approve")


def _nobody(_event: TurnEvent) -> None:
    """Show an event to nobody: the room shows the draft itself."""


def _own(shop: Shop, talk: Talk, draft_id: str) -> Draft:
    """Return a draft about the client of the conversation."""
    draft = shop.messages.find(talk.context.actor, draft_id)
    if draft.client_id != shop.client_id(talk.context):
        raise Refused("this draft is about another client")
    return draft


def _room(
    request: Request,
    shop: Shop,
    talk: Talk,
    *,
    writing: bool = False,
    before: Draft | None = None,
    said: str = "",
    asked: ApprovalRequest | None = None,
    approved: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Response:
    context, now = talk.context, shop.clock()
    client = shop.client(context)
    draft = shop.messages.newest(context.actor, client.client_id, context.thread_id)
    reach = reach_of(shop.boutique, context.actor, client.client_id, now)
    paragraphs = checked(shop, draft) if draft is not None and not writing else []
    response = page(
        request,
        "messages.html",
        name=persona(shop, context).name,
        draft=draft,
        paragraphs=paragraphs,
        counts=_counts(paragraphs),
        reach=reach,
        decision=reach.decisions[draft.channel] if draft is not None else None,  # type: ignore[index]
        address=reachable(client).address,
        starts=[] if draft is not None or writing else _starts(shop, context),
        history=_history(shop, context, draft),
        writing=writing,
        before=before,
        said=said,
        asked=asked,
        approved=approved,
        tones=TONES,
        languages={code: one.names[1].capitalize() for code, one in languages().items()},
        channels=CHANNELS,
        key=secrets.token_hex(8),
    )
    response.headers.update(headers or {})
    return response


def _counts(paragraphs: list[list[Checked]]) -> dict[str, int]:
    said = [one.rests for paragraph in paragraphs for one in paragraph]
    return {kind: said.count(kind) for kind in ("evidence", "nothing", "names", "unchecked", "beyond")}


def _starts(shop: Shop, context: TurnContext) -> list[Start]:
    return [_start(one) for one in own_occasions(shop, context)[:N_STARTS]]


def _start(one: Occasion) -> Start:
    item_id = one.subject if one.kind in ABOUT_A_PIECE else ""
    with_suggestions = bool(item_id) or one.kind in ("taste", "away", "birthday")
    return Start(KINDS.get(one.kind, one.kind), as_sentence(one.fact), item_id, with_suggestions)


def _history(shop: Shop, context: TurnContext, shown: Draft | None) -> list[Earlier]:
    """Return the messages of before, newest first; drafts that were soon replaced by another count too."""
    actor, client_id = context.actor, shop.client_id(context)
    known = [one for one in shop.messages.all(actor, client_id) if shown is None or one.draft_id != shown.draft_id]
    states = {one.draft.draft_id: one.delivery for one in Deliveries(shop.boutique).outbox(actor, client_id)}
    answers = {one.draft_id: one.kind for one in Responses(shop.boutique).all(actor, client_id)}
    found = []
    for draft in reversed(known[-N_HISTORY:]):
        delivery = states.get(draft.draft_id)
        became = answers.get(draft.draft_id) or (delivery.state if delivery else draft.state)
        found.append(Earlier(draft, " ".join(draft.body.split())[:110], BECAME[became]))
    return found


BECAME = {
    "draft": _("draft of another conversation"),
    "discarded": _("replaced"),
    "outbox": _("waits in the outbox"),
    "begun": _("perhaps sent: see the outbox"),
    "failed": _("could not be sent: see the outbox"),
    "sent": _("sent"),
    "copied": _("sent by hand"),
    "opened": _("opened"),
    "visited": _("came by"),
    "replied": _("replied"),
}
