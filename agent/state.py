"""What a thread remembers beside its messages: the slate on show, how it came about, and what was shown before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, NotRequired

from langchain.agents import AgentState
from langchain_core.messages import ToolMessage
from langgraph.types import Command
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict  # typing.TypedDict before Python 3.12 cannot be validated by pydantic

from recsys.schema import Evidence, Explanation


class View(TypedDict):
    """One slate and everything needed to make it again. Plain values only: it is written into the checkpoint."""

    slate: list[str]  # item ids; the first is reference 1
    moves: dict[str, float]
    filters: dict[str, Any]
    query: str  # words of a search, "" for a recommendation
    like: str  # id of an item whose like is looked for, "" if none
    look: NotRequired[str]  # id of an item that the slate completes
    superlative: NotRequired[str]  # words of the order over the whole catalogue, such as "cheapest"
    without: NotRequired[list[str]]  # ids of items that must not come, because they were shown on the way here
    reasons: NotRequired[list[dict[str, Any]]]  # the explanations as they were shown, in the order of the slate


def empty_view() -> View:
    """Return the view before anything was shown."""
    return View(slate=[], moves={}, filters={}, query="", like="")


_EXPLANATION = TypeAdapter(Explanation)


def remembered(view: View, position: int) -> Explanation | None:
    """Return the explanation that was shown with an item of the slate, None where none is on record."""
    reasons = view.get("reasons") or []
    try:
        return _EXPLANATION.validate_python(reasons[position]) if position < len(reasons) else None
    except ValidationError:  # the thread was kept by another version: the reason is written anew
        return None


def to_remember(reasons: Sequence[Explanation]) -> list[dict[str, Any]]:
    """Return explanations as plain values, for the checkpoint."""
    return [_EXPLANATION.dump_python(reason, mode="json") for reason in reasons]


def _last(_old: Any, new: Any) -> Any:
    """Keep the newest value; two tool calls of one step may both write."""
    return new


class SlateState(AgentState[Any]):
    """The agent's state."""

    view: NotRequired[Annotated[View, _last]]
    past: NotRequired[Annotated[list[View], _last]]
    shown: NotRequired[Annotated[list[str], _last]]


@dataclass(frozen=True)
class TurnResult:
    """What a tool gives back.

    Attributes:
        content: Text with references for the model.
        spoken: What code says to the person if the model adds nothing that may be shown.
        update: Changes of the state.
        references: Ids of the items that the result speaks of.
        evidence: The facts that it rests on.
        measured: Sentences whose figures code counted or tested for this answer; they are evidence as well.
        outcome: How a search or a change ended: "shown", "not carried", "nothing more", "not possible"; "" for others.
    """

    content: str
    spoken: str = ""
    update: Mapping[str, Any] = field(default_factory=dict)
    references: Sequence[str] = ()
    evidence: Sequence[Evidence] = ()
    outcome: str = ""
    measured: Sequence[str] = ()

    def as_command(self, tool_call_id: str | None) -> Command[Any]:
        """Return the LangGraph command that answers the tool call; references and evidence go into its artifact."""
        artifact = {
            "spoken": self.spoken,
            "outcome": self.outcome,
            "references": list(self.references),
            "evidence": [
                {"id": one.evidence_id, "kind": one.kind, "subject": one.subject, "statement": one.statement}
                for one in self.evidence
            ]
            + [
                {"id": f"m{number}", "kind": "measured", "subject": "", "statement": sentence}
                for number, sentence in enumerate(self.measured, start=1)
            ],
        }
        message = ToolMessage(self.content, tool_call_id=tool_call_id or "", artifact=artifact)
        return Command(update={**self.update, "messages": [message]})


def resolve(reference: str, slate: Sequence[str], titles: Sequence[str]) -> int | None:
    """Find which item of the slate a reference means: "2", "#2", "[2]", "the second", "last", or words of its title.

    Args:
        reference: As the model or the person wrote it.
        slate: Item ids on show.
        titles: Their titles, in the same order.

    Returns:
        The position from 0, or None where it means none of them or more than one.
    """
    said = reference.casefold().strip(" .#[]()<>\"'")
    if said in (item_id.casefold() for item_id in slate):
        return [item_id.casefold() for item_id in slate].index(said)
    ordinals = ("first", "second", "third", "fourth", "fifth")
    tokens = said.replace("#", " ").split()
    for token in tokens:
        digits = token.rstrip("stndrh.") if token[:1].isdigit() else ""
        position = int(digits) - 1 if digits.isdecimal() else ordinals.index(token) if token in ordinals else None
        if position is not None and 0 <= position < len(slate):
            return position
    if "last" in tokens and slate:
        return len(slate) - 1
    named = [index for index, title in enumerate(titles) if len(said) > 3 and said in title.casefold()]
    if not named and len(slate) == 1 and said in ("it", "this", "that", "this one", "that one"):
        return 0
    return named[0] if len(named) == 1 else None
