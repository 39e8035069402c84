"""Grades a journey that was played: each turn's tool, state and evidence, and the gates that hold for every turn."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.journeys.figures import read_texts
from agent.journeys.file import Answer, Journey, Turn
from agent.journeys.gates import gate_faults
from agent.journeys.record_checks import client_faults, record_faults
from agent.journeys.slate_checks import change_faults, slate_faults
from agent.journeys.stage import filled_turn, suits
from agent.journeys.tool_checks import tool_faults, within
from agent.journeys.transcript import PlayedJourney, PlayedTurn
from agent.journeys.world import World

EVENTS = {
    "comparison": "Comparison",
    "saved": "SavedList",
    "clients": "ClientList",
    "profile": "ClientCard",
    "draft": "MessageDraft",
    "approval": "ApprovalRequest",
    "proposals": "Proposals",
    "look_book": "LookBook",
    "brief": "Brief",
}
# What code says when it has no item to show for it; the product's own sentences, and no others.
SENTENCES: dict[Answer, re.Pattern[str]] = {
    "not_carried": re.compile(r"(?:does not|do not|don't) carry|not carried|nothing here fits", re.IGNORECASE),
    "nothing_more": re.compile(r"\bnothing more\b", re.IGNORECASE),
    "no_prices": re.compile(r"has no prices|no prices|without prices", re.IGNORECASE),
    "nothing_to_undo": re.compile(r"no earlier|nothing (?:left )?to (?:undo|go back)", re.IGNORECASE),
}


@dataclass(frozen=True)
class GradedTurn:
    """What a turn got wrong: nothing, where every list is empty."""

    number: int
    said: str
    called: tuple[str, ...]
    single_intent: bool
    tool: list[str]
    state: list[str]
    gates: dict[str, list[str]]
    first_s: float
    whole_s: float
    tokens: dict[str, int]

    @property
    def right(self) -> bool:
        """Whether tool, state and gates all hold."""
        return not (self.tool or self.state or self.gates)


@dataclass(frozen=True)
class GradedJourney:
    """One journey, played once, graded."""

    id: str
    kind: str
    role: str
    split: str
    run: int
    model: str
    turns: list[GradedTurn] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether every turn is right."""
        return all(turn.right for turn in self.turns)


def grade(journey: Journey, played: PlayedJourney, world: World, today: dt.date) -> GradedJourney:
    """Grade a journey that was played.

    Args:
        today: The day on which it was played; follow-ups count from it.
    """
    graded = GradedJourney(journey.id, journey.kind, journey.role, journey.split, played.run, played.model)
    expected = {number: turn for number, turn in enumerate(journey.turns) if suits(turn, world)}
    for at, turn in enumerate(played.turns):
        wanted = filled_turn(expected[turn.number], played.filled)
        graded.turns.append(_graded(wanted, turn, played.turns[:at], played, world, today))
    return graded


def _graded(
    wanted: Turn,
    turn: PlayedTurn,
    earlier: Sequence[PlayedTurn],
    played: PlayedJourney,
    world: World,
    today: dt.date,
) -> GradedTurn:
    gates = gate_faults(turn, earlier, played, world)
    # An item that does not exist fails its gate; nothing else can be asked of it.
    unknown = "references" in gates
    return GradedTurn(
        number=turn.number,
        said=turn.said,
        called=tuple(call.name for call in turn.calls),
        single_intent=wanted.single_intent,
        tool=[] if unknown else tool_faults(wanted, turn, world.catalogue),
        state=[] if unknown else _state_faults(wanted, turn, earlier, world, today),
        gates=gates,
        first_s=turn.first_s,
        whole_s=turn.whole_s,
        tokens=turn.tokens,
    )


def _state_faults(
    wanted: Turn, turn: PlayedTurn, earlier: Sequence[PlayedTurn], world: World, today: dt.date
) -> list[str]:
    faults = slate_faults(wanted.slate, turn, earlier, world) if wanted.slate is not None else []
    faults += change_faults(wanted.change, turn, world)
    if wanted.records is not None:
        faults += record_faults(wanted.records, turn, today)
    if wanted.clients is not None:
        faults += client_faults(wanted.clients, turn, world)
    faults += [f"no {kind} is shown" for kind in wanted.shows if not turn.of_kind(EVENTS[kind])]
    faults += [f"a {kind} is shown" for kind in wanted.hides if turn.of_kind(EVENTS[kind])]
    faults += [f"it is not said: {answer}" for answer in wanted.answers if not _is_answered(answer, turn)]
    read = " ".join(text for _, text in read_texts(turn))
    return faults + [f"{word!r} is not said" for word in wanted.says if not within(word, read)]


def _is_answered(answer: Answer, turn: PlayedTurn) -> bool:
    kinds = {str(fact.get("kind")) for call in turn.calls for fact in call.artifact.get("evidence", [])}
    return answer in kinds or SENTENCES[answer].search(turn.text) is not None
