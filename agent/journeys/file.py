"""The form of a file of journeys: who speaks, what they say, and what must be true after each turn.

A turn is graded by the tool that was called, by what stands on show and in the records afterwards, and by evidence;
never by the wording of the answer.
"""

from __future__ import annotations

import json
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from agent.context import Role
from recsys.data.text_files import check_file
from recsys.errors import InputError

FOLDER = Path(__file__).parent
PACKAGED = ("maison_orvane", "any_boutique")
Split = Literal["development", "held-out"]
Direction = Literal["up", "down"]
Answer = Literal["not_carried", "nothing_more", "no_prices", "nothing_to_undo"]
REPLY = "reply"  # stands where a tool is expected: the answer is words alone


def _listed(value: Any) -> Any:
    """A single entry may be written without brackets."""
    return [value] if isinstance(value, str | int | float) and not isinstance(value, bool) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_listed)]
Answers = Annotated[tuple[Answer, ...], BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extreme(_Strict):
    """The first item must be the end of a scale among the items of a category that can be had.

    Attributes:
        by: "price" or a guided attribute.
        category: Where it is the end of the scale: one of these categories; none for the whole catalogue.
        tolerance: How far from the end it may lie, in points of the attribute's scale; prices must be exact.
    """

    by: str
    end: Literal["most", "least"]
    category: Words = ()
    tolerance: float = 0.0


class SlateIs(_Strict):
    """What must hold of the items that the turn puts on show; a list of words means any of them.

    Attributes:
        n: How many there are; 0 means that nothing new is shown.
        new: Whether none of them may have been shown before in this conversation.
        as_after: They are those that stood on show after this turn, counted from 1.
        has: Words of which one item at least must have each in its title.
        text: Words of which each item must have one in its catalogue text.
    """

    n: int | None = None
    category: Words = ()
    not_category: Words = ()
    colour: Words = ()
    not_colour: Words = ()
    brand: Words = ()
    not_brand: Words = ()
    material: Words = ()
    not_material: Words = ()
    min_price: float | None = None
    max_price: float | None = None
    text: Words = ()
    has: Words = ()
    new: bool = False
    as_after: int | None = None
    extreme: Extreme | None = None


class FeedbackIs(_Strict):
    """An opinion of an item, or of the reason that was given with it."""

    item: int
    verdict: str
    words: Words = ()


class FollowUpIs(_Strict):
    """A follow-up: due in so many days from today, or on a day that ends so ("-03-12")."""

    days: int | None = None
    due_ends: str = ""
    words: Words = ()


class DraftIs(_Strict):
    """A draft of a message; `items` are references that it must be about."""

    channel: str = ""
    language: str = ""
    tone: str = ""
    items: Numbers = ()


class RecordsAre(_Strict):
    """What the turn must have written; numbers are references of the slate before the turn.

    Attributes:
        fact, note: Words that must all occur in what was written.
        forgotten: Words of a fact that must be gone.
        proposals: How many proposals the note must at least have brought.
        decided: What was decided on proposals in this turn.
        sent: How many messages must have gone to the outbox.
        nothing: Whether nothing may have been written at all.
    """

    wishlist: Numbers = ()
    not_wishlist: Numbers = ()
    basket: Numbers = ()
    not_basket: Numbers = ()
    feedback: FeedbackIs | None = None
    reason_feedback: FeedbackIs | None = None
    fact: Words = ()
    forgotten: Words = ()
    note: Words = ()
    proposals: int = 0
    decided: Literal["accepted", "rejected"] | None = None
    follow_up: FollowUpIs | None = None
    draft: DraftIs | None = None
    look_book: bool = False
    sent: int = 0
    nothing: bool = False


class ClientsAre(_Strict):
    """The clients that are listed: everyone has bought this and not that; these among them; at least so many."""

    n_min: int = 0
    n_max: int | None = None
    bought: str = ""
    not_bought: str = ""
    includes: Words = ()


class Turn(_Strict):
    """One message and what must be true when it is answered.

    Attributes:
        say: The message; {code} stands for the code of the approval asked for last.
        tool: Tools of which one must have been called; "reply" for an answer in words alone.
        arguments: Arguments that the call must have; items are compared by what they refer to.
        words: Words that must occur among the call's arguments.
        single_intent: Whether the message asks for one thing only.
        change: Guided attributes, or "price", whose mean (median) over the slate must have moved up or down.
        shows: Kinds of event that must come.
        hides: Kinds of event that must not.
        answers: What must be said, by the evidence or by one of a closed list of sentences.
        says: Words that must occur in what the person reads; for facts, not for phrasing.
        when: Play this turn only in a boutique with prices, or without.
    """

    say: Annotated[str, Field(min_length=1, max_length=4000)]
    tool: Words
    arguments: dict[str, Any] = Field(default_factory=dict)
    words: Words = ()
    single_intent: bool = True
    slate: SlateIs | None = None
    change: dict[str, Direction] = Field(default_factory=dict)
    records: RecordsAre | None = None
    clients: ClientsAre | None = None
    shows: Words = ()
    hides: Words = ()
    answers: Answers = ()
    says: Words = ()
    when: Literal["prices", "no_prices"] | None = None


class Journey(_Strict):
    """One conversation from its first message.

    Attributes:
        client: A client's id, or "rich_history", "short_history" or "few_purchases" to draw one by their record;
            None for a conversation about the whole book.
        actor: Who speaks; the client themselves or the client's own associate where it is not given.
        kind: What the journey tries: plain, typos, mixed languages, hostile, ...
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{3,60}$")]
    role: Role
    client: str | None = None
    actor: str | None = None
    kind: str
    split: Split
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_speaker(self) -> Self:
        if self.client is None and (self.actor is None or self.role == "shopper"):
            raise ValueError("a journey without a client needs an actor who is not a shopper")
        return self

    @property
    def stamp(self) -> str:
        """12 hex digits that change with what is said and by whom, not with what is expected."""
        said = [self.role, self.client, self.actor, [(turn.say, turn.when) for turn in self.turns]]
        return sha256(json.dumps(said).encode()).hexdigest()[:12]


class JourneyFile(_Strict):
    """A file of journeys."""

    journeys: tuple[Journey, ...]

    @model_validator(mode="after")
    def _are_distinct(self) -> Self:
        twice = [name for name, n in Counter(journey.id for journey in self.journeys).items() if n > 1]
        if twice:
            raise ValueError(f"more than one journey is called {twice[0]!r}")
        return self


def read_journeys(name: str) -> tuple[Journey, ...]:
    """Read journeys by the name of a packaged file ("maison_orvane", "any_boutique") or from a .yaml file.

    Raises:
        InputError: If there is no such file, or it is not of this form; the message says where it is not.
    """
    path = FOLDER / f"{name}.yaml" if name in PACKAGED else Path(name)
    if name not in PACKAGED and path.suffix not in (".yaml", ".yml"):
        raise InputError(f"no journeys {name!r}: give {', '.join(PACKAGED)} or a .yaml file")
    check_file(path)
    try:
        return JourneyFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).journeys
    except yaml.YAMLError as error:
        raise InputError(f"{name}: not YAML ({str(error).splitlines()[0]}); fix the file and run again") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{name}: {where or 'document'}: {first['msg']}; see {FOLDER / 'file.py'}") from error
