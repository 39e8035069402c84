"""Was the right tool called with the right arguments? Items are compared by what they refer to, not by their words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.journeys.file import REPLY, Turn
from agent.journeys.transcript import PlayedTurn, ToolCall
from agent.state import resolve
from recsys.catalogue import Catalogue, words

WRITING = frozenset(
    (
        "save_item",
        "remove_saved",
        "record_feedback",
        "rate_reason",
        "remember_fact",
        "forget_fact",
        "add_note",
        "decide_proposals",
        "add_follow_up",
        "draft_message",
        "make_look_book",
        "send_message",
    )
)


def tool_faults(turn: Turn, played: PlayedTurn, catalogue: Catalogue) -> list[str]:
    """Return what is wrong with a turn's calls: the tool, its arguments, or a writing call that nobody asked for."""
    names = [call.name for call in played.calls]
    right = [call for call in played.calls if call.name in turn.tool]
    if not right and not (REPLY in turn.tool and not names):
        return [f"called {', '.join(names) or 'no tool'}, expected {' or '.join(turn.tool)}"]
    faults = [f"called {name}, which was not asked for" for name in names if name in WRITING and name not in turn.tool]
    if right:
        told = [_argument_faults(turn, call, played.before, catalogue) for call in right]
        faults += sorted(told, key=len)[0]  # of repeated calls the best one counts
    return faults


def _argument_faults(turn: Turn, call: ToolCall, before: Sequence[str], catalogue: Catalogue) -> list[str]:
    titles = [catalogue.item(item_id).title for item_id in before]
    faults = [
        f"{name} is {call.args.get(name)!r}, expected {value!r}"
        for name, value in turn.arguments.items()
        if not _same(name, call.args.get(name), value, before, titles)
    ]
    said = _flat(call.args)
    return faults + [f"{word!r} is not among the arguments {said!r}" for word in turn.words if not within(word, said)]


def _same(name: str, got: Any, wanted: Any, before: Sequence[str], titles: Sequence[str]) -> bool:
    if name in ("item", "items"):
        positions = {resolve(str(one), before, titles) for one in _list(got)}
        expected = {resolve(str(one), before, titles) for one in _list(wanted)}
        # No items named means all of them, wherever a tool takes several.
        return positions == expected or (name == "items" and not _list(got) and len(expected) == len(before))
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return got is not None and float(got) == float(wanted)
    return got is not None and words(str(got)) == words(str(wanted))


def within(word: str, text: str) -> bool:
    """Whether a word or phrase occurs in a text, case and plural apart."""
    return word.casefold() in text.casefold() or f" {' '.join(words(word))} " in f" {' '.join(words(text))} "


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_flat(inner) for inner in value.values())
    return " ".join(_flat(inner) for inner in value) if isinstance(value, list | tuple) else str(value)
