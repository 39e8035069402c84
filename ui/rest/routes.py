"""The routes: each reads its request, asks the assistant or the floor as the caller's actor, and tells the result."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from agent.floor import enquiries
from recsys.errors import InputError
from ui.callers import Caller
from ui.rest.events import Event, TextDelta
from ui.rest.models import (
    AnswerOut,
    ApprovalAnswer,
    AttributeOut,
    AttributesOut,
    ClientsOut,
    ExplanationOut,
    FeedbackOut,
    Identifier,
    ItemsOut,
    NewFeedback,
    NewMessage,
    NewSession,
    PastTurn,
    RecommendationsOut,
    SessionOut,
    SessionTurns,
)
from ui.rest.problems import FAULT, Busy
from ui.rest.rules import What, Who, require_client
from ui.rest.sessions import Session
from ui.rest.surface import Surface
from ui.rest.turn_stream import as_server_sent
from ui.wire import CardOut, ClientOut, RecordOut, TrialOut

_MOVE = r"[a-z_]{2,31}:[+-]?([0-2](\.[0-9]{1,3})?|3(\.0{1,3})?)"
MOVES = f"^{_MOVE}(,{_MOVE}){{0,{enquiries.MAX_MOVES - 1}}}$"
STREAM = "text/event-stream"
_EVENT_SCHEMA = {  # of one server-sent event
    "type": "object",
    "required": ["event", "data", "id"],
    "properties": {
        "event": {"type": "string", "description": "The event's type, as in its data."},
        "data": {"type": "string", "contentMediaType": "application/json", "description": "An event of AnswerOut."},
        "id": {"type": "string", "description": "The turn's id, a dot, and a running number."},
    },
}
router = APIRouter(prefix="/v1")

ClientId = Annotated[Identifier, Path(description="A client of the caller's own book.")]
ItemId = Annotated[Identifier, Path()]
SessionId = Annotated[str, Path(min_length=1, max_length=64, description="As POST /v1/sessions returned it.")]
Word = Annotated[str | None, Query(max_length=100)]
IdempotencyKey = Annotated[
    str, Header(pattern=r"^[\x21-\x7e]{8,64}$", description="Names the occasion: sent twice, it is written once.")
]


@router.post("/sessions", status_code=201, summary="Begin a conversation")
def begin_session(new: NewSession, caller: Who, surface: What) -> SessionOut:
    """About one client, or about the whole book where no client is named."""
    if new.client_id is not None:
        require_client(surface, caller, new.client_id)
    return _session_out(surface, surface.sessions.open(caller.actor, new.client_id))


@router.get("/sessions/{session_id}", summary="Read a conversation")
def read_session(session_id: SessionId, caller: Who, surface: What) -> SessionTurns:
    """The turns so far, with the words of their answers; a session of somebody else is not found."""
    session = surface.sessions.find(caller.actor, session_id)
    names = ("turn_id", "number", "message", "received_at", "state", "answer", "answered_at")
    turns = [PastTurn(**{name: getattr(turn, name) for name in names}) for turn in session.conversation.turns()]
    return SessionTurns(session=_session_out(surface, session), turns=turns)


@router.post(
    "/sessions/{session_id}/messages",
    summary="Send a message",
    response_model=AnswerOut,
    responses={200: {"content": {STREAM: {"schema": _EVENT_SCHEMA}}, "description": "The turn."}},
)
async def send_message(
    session_id: SessionId, message: NewMessage, request: Request, caller: Who, surface: What
) -> Response | AnswerOut:
    """Answered as server-sent events, one for each event of the turn, or whole with `Accept: application/json`."""
    session = await run_in_threadpool(surface.sessions.find, caller.actor, session_id)
    return await _answer(request, surface, caller, session, message.text)


@router.post("/approvals", summary="Approve or decline what waits for leave", response_model=AnswerOut)
async def answer_approval(answer: ApprovalAnswer, request: Request, caller: Who, surface: What) -> Response | AnswerOut:
    """Said in the conversation that asked: only the same person may approve, once, and in time."""
    session = await run_in_threadpool(surface.sessions.find, caller.actor, answer.session_id)
    said = f"{answer.decision} {answer.code}"
    return await _answer(request, surface, caller, session, said, streamed=False)


@router.get("/clients", summary="List the own clients")
def list_clients(
    caller: Who,
    surface: What,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> ClientsOut:
    """A shopper sees themselves, an associate the own book, a manager all."""
    found = surface.assistant.clients(caller.actor)
    shown = [ClientOut.of(client) for client in found[offset : offset + limit]]
    return ClientsOut(clients=shown, offset=offset, n_total=len(found))


@router.get("/clients/{client_id}", summary="Read a client's record")
def read_client(client_id: ClientId, caller: Who, surface: What) -> RecordOut:
    """Purchases, taste, preferences; notes for the staff only."""
    return RecordOut.of(enquiries.record_of(surface.assistant.shop, caller.actor, client_id))


@router.get("/clients/{client_id}/recommendations", summary="Recommend to a client")
def recommend(
    client_id: ClientId,
    caller: Who,
    surface: What,
    k: Annotated[int, Query(ge=1, le=10, description="How many.")] = 3,
    moves: Annotated[
        str | None, Query(pattern=MOVES, max_length=300, description="For example minimal:1.5,formality:-1.")
    ] = None,
) -> RecommendationsOut:
    """Ranked from the client's own purchases and taste; `moves` shift the ranking along guided attributes."""
    asked = _moves(moves)
    with surface.quota.working(caller.key_id):
        cards = enquiries.recommend(surface.assistant.shop, caller.actor, client_id, k=k, moves=asked)
    return RecommendationsOut(client_id=client_id, moves=asked, cards=[CardOut.of(card) for card in cards])


@router.get("/clients/{client_id}/explanations/{item_id}", summary="Explain an item")
def explain(client_id: ClientId, item_id: ItemId, caller: Who, surface: What) -> ExplanationOut:
    """Why an item suits a client: the reason, its evidence, and what removing the strongest cause does."""
    with surface.quota.working(caller.key_id):
        card, trial = enquiries.explain(surface.assistant.shop, caller.actor, client_id, item_id)
    told = TrialOut.of(trial) if trial is not None else None
    return ExplanationOut(client_id=client_id, card=CardOut.of(card), trial=told)


@router.post(
    "/clients/{client_id}/feedback",
    status_code=201,
    summary="Record what a client says of an item",
    responses={200: {"model": FeedbackOut, "description": "Written before under the same key."}},
)
def give_feedback(
    client_id: ClientId,
    said: NewFeedback,
    idempotency_key: IdempotencyKey,
    response: Response,
    caller: Who,
    surface: What,
) -> FeedbackOut:
    """Written once for each Idempotency-Key of the caller and client; a repeat changes nothing."""
    key = f"rest:{caller.actor.role}:{caller.actor.actor_id}:{client_id}:{idempotency_key}"
    new = enquiries.give_feedback(
        surface.assistant.shop, caller.actor, client_id, said.item_id, said.verdict, said.reason.strip(), key=key
    )
    response.status_code = 201 if new else 200
    return FeedbackOut(recorded=new)


@router.get("/attributes", summary="List the guided attributes")
def list_attributes(surface: What) -> AttributesOut:
    """The qualities that ranking, moves and reasons use."""
    guided = surface.assistant.shop.recommender.guided
    if guided is None:
        return AttributesOut(domain=None, attributes=[])
    names = ("name", "label", "anchors", "low", "high", "statable")
    told = [AttributeOut(**{name: getattr(one, name) for name in names}) for one in guided.attribute_set.attributes]
    return AttributesOut(domain=guided.attribute_set.domain, attributes=told)


@router.get("/items", summary="Search the catalogue")
def search(
    caller: Who,
    surface: What,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    category: Word = None,
    brand: Word = None,
    colour: Word = None,
    material: Word = None,
    season: Word = None,
    size: Word = None,
    min_price: Annotated[float | None, Query(ge=0, le=1e9)] = None,
    max_price: Annotated[float | None, Query(ge=0, le=1e9)] = None,
    k: Annotated[int, Query(ge=1, le=50)] = 10,
) -> ItemsOut:
    """By words, category, brand, colour, material, season, size or price, without a client's taste."""
    wanted = enquiries.Wanted(category, brand, colour, material, season, size, min_price, max_price)
    finds = enquiries.search(surface.assistant.shop, caller.actor, q, wanted, k=k)
    return ItemsOut(
        query=q,
        carried=finds.carried,
        missing=list(finds.missing),
        unkept=list(finds.unkept),
        cards=[CardOut.of(card) for card in finds.cards],
    )


@router.get("/items/{item_id}", summary="Read an item")
def read_item(item_id: ItemId, caller: Who, surface: What) -> CardOut:
    """One entry of the catalogue with its two most marked attributes."""
    return CardOut.of(enquiries.product(surface.assistant.shop, caller.actor, item_id))


async def _answer(
    request: Request, surface: Surface, caller: Caller, session: Session, said: str, *, streamed: bool = True
) -> Response | AnswerOut:
    """Run a turn; its first event is awaited, so that a message that cannot be taken is a problem and not a stream."""
    turn = surface.run(caller, session, said)
    rest = turn.events(request.is_disconnected)
    first = await _first(rest)
    if streamed and "application/json" not in request.headers.get("accept", ""):
        return StreamingResponse(as_server_sent(first, rest), media_type=STREAM)
    events = [first, *[event async for event in rest if event is not None]]
    text = "".join(event.text for event in events if isinstance(event, TextDelta)).strip()
    return AnswerOut(session_id=session.session_id, text=text, events=events)


async def _first(events: AsyncIterator[Event | None]) -> Event:
    async for event in events:
        if event is not None:
            return event
    raise Busy(FAULT)


def _session_out(surface: Surface, session: Session) -> SessionOut:
    backend = surface.assistant.backend
    return SessionOut(
        session_id=session.session_id,
        client_id=session.client_id,
        answered_by=backend.label,
        notice=backend.notice or None,
    )


def _moves(text: str | None) -> dict[str, float]:
    """Read "minimal:1.5,formality:-1"; raise InputError where an attribute is named twice."""
    pairs = [pair.split(":") for pair in text.split(",")] if text else []
    moves = {name: float(value) for name, value in pairs}
    if len(moves) < len(pairs):
        raise InputError("moves name an attribute twice: give each one once")
    return moves
