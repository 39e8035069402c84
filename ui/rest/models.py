"""What requests and responses hold; unknown fields are refused."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from agent.conversation import MAX_MESSAGE
from recsys.schema import VISIBLE
from ui.rest.events import Event
from ui.wire import CardOut, ClientOut, TrialOut, Wire

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=MAX_MESSAGE, pattern=r"\S")]


class NewSession(Wire):
    """A conversation to begin."""

    client_id: Identifier | None = Field(None, description="Whom it is about; left out for the whole book (staff).")


class SessionOut(Wire):
    """A conversation."""

    session_id: str
    client_id: str | None
    answered_by: str = Field(description="The chat model, or the deterministic planner.")
    notice: str | None = Field(description="What must be known of it, for example that no language model answers.")


class PastTurn(Wire):
    """One message and the words of its answer."""

    turn_id: str
    number: int
    message: str
    received_at: dt.datetime
    state: Literal["received", "answered", "interrupted"]
    answer: str
    answered_at: dt.datetime | None


class SessionTurns(Wire):
    """A conversation and its turns so far."""

    session: SessionOut
    turns: list[PastTurn]


class NewMessage(Wire):
    """What the person says."""

    text: Words


class AnswerOut(Wire):
    """A whole turn: its events in order, and the words among them."""

    session_id: str
    text: str
    events: list[Event]


class ApprovalAnswer(Wire):
    """A person's answer to an act that waits for their leave."""

    session_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{3,32}$")]
    decision: Literal["approve", "decline"]


class ClientsOut(Wire):
    """Clients of the caller's own book."""

    clients: list[ClientOut]
    offset: int
    n_total: int


class RecommendationsOut(Wire):
    """The best items for a client, each with its reason."""

    client_id: str
    moves: dict[str, float]
    cards: list[CardOut]


class ExplanationOut(Wire):
    """Why an item suits a client, and what the test of the strongest cause found."""

    client_id: str
    card: CardOut
    trial: TrialOut | None


class AttributeOut(Wire):
    """One guided attribute: a quality from 0 to 9 that ranking and reasons use."""

    name: str
    label: str
    anchors: dict[str, str]
    low: str
    high: str
    statable: bool = Field(description="Whether it may be named in a reason.")


class AttributesOut(Wire):
    """The guided attributes of the catalogue; none where nothing was scored."""

    domain: str | None
    attributes: list[AttributeOut]


class ItemsOut(Wire):
    """Items that answer a query, best first, without a client's taste."""

    query: str
    carried: bool = Field(description="Whether the boutique carries anything that answers the words.")
    missing: list[str] = Field(description="What no item of the catalogue has, for example 'brand Gucci'.")
    unkept: list[str] = Field(description="What the catalogue says nothing about, for example 'season'.")
    cards: list[CardOut]


class NewFeedback(Wire):
    """What a client says of an item."""

    item_id: Identifier
    verdict: Literal["like", "dislike"]
    reason: Annotated[str, StringConstraints(max_length=500, pattern=VISIBLE)] = ""


class FeedbackOut(Wire):
    """Whether the feedback was written now; false where the same key had written before."""

    recorded: bool


class Health(Wire):
    """That the server answers."""

    status: Literal["ok"] = "ok"
