"""The swap report: the same journeys on two backends, and where what they did differs in shape."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.tracing.difference import Difference, differences
from agent.tracing.trace import TurnTrace
from recsys.evaluation.markdown import markdown_table

Runs = Mapping[str, Sequence[TurnTrace]]
"""The traces of each journey by its id, one for each turn that was played."""


@dataclass(frozen=True)
class SwappedTurn:
    """One message on both backends.

    Attributes:
        number: Its turn in the journey, from 1.
    """

    journey: str
    number: int
    message: str
    found: tuple[Difference, ...]


@dataclass(frozen=True)
class SwapReport:
    """How two backends differ over the turns that both were played on."""

    names: tuple[str, str]
    turns: tuple[SwappedTurn, ...]
    sides: tuple[dict[str, Any], dict[str, Any]]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "backends": list(self.names),
            "turns": len(self.turns),
            "same": self._same(),
            "sides": dict(zip(self.names, self.sides, strict=True)),
            "differences": [
                {"journey": turn.journey, "turn": turn.number, "message": turn.message,
                 "differs": [vars(one) for one in turn.found]}
                for turn in self.turns if turn.found
            ],
        }  # fmt: skip

    def table(self) -> str:
        """Return it as text: totals, then every turn that differs."""
        measures = list(self.sides[0])
        rows = [[measure, *(str(side[measure]) for side in self.sides)] for measure in measures]
        same = "; ".join(f"{what} {n} of {len(self.turns)}" for what, n in self._same().items())
        lines = [*markdown_table(["", *self.names], rows), "", f"The same: {same}."]
        for turn in self.turns:
            lines += [f"{turn.journey}, turn {turn.number}: {turn.message}"] if turn.found else []
            lines += [f"    {one.line()}" for one in turn.found]
        return "\n".join(lines)

    def _same(self) -> dict[str, int]:
        counts = Counter(one.what for turn in self.turns for one in turn.found)
        return {what: len(self.turns) - counts[what] for what in ("tools", "arguments", "outcomes", "items shown")}


def swap_report(names: tuple[str, str], before: Runs, after: Runs) -> SwapReport:
    """Compare two runs; turns that one of them did not reach are left out."""
    pairs = [
        (journey, number, old, new)
        for journey in before
        for number, (old, new) in enumerate(zip(before[journey], after.get(journey, ()), strict=False), start=1)
    ]
    turns = [
        SwappedTurn(journey, number, old.message, tuple(differences(old, new))) for journey, number, old, new in pairs
    ]
    return SwapReport(
        names, tuple(turns), (_side([old for _, _, old, _ in pairs]), _side([new for _, _, _, new in pairs]))
    )


def _side(traces: Sequence[TurnTrace]) -> dict[str, Any]:
    """Return the totals of one backend."""
    calls = [call for trace in traces for call in trace.models]
    first = [trace.first_words_s for trace in traces if trace.first_words_s is not None]
    failed = sum(len(item.failed_checks) for trace in traces for item in trace.shown)
    return {
        "items shown": sum(len(trace.shown) for trace in traces),
        "sentences struck": sum(len(trace.struck) for trace in traces),
        "failed checks of shown reasons": failed,
        "tool calls that failed": sum(not tool.ok for trace in traces for tool in trace.tools),
        "faults": sum(bool(trace.fault) for trace in traces),
        "first words, median s": round(statistics.median(first), 2) if first else None,
        "whole turn, median s": round(statistics.median([trace.seconds for trace in traces]), 2) if traces else None,
        "model calls": len(calls),
        "tokens read": _total(call.input_tokens for call in calls),
        "tokens read from cache": _total(call.cached_tokens for call in calls),
        "tokens written": _total(call.output_tokens for call in calls),
    }


def _total(counts: Any) -> int | None:
    """Return a sum, None where no call told its number."""
    told = [count for count in counts if count is not None]
    return sum(told) if told else None
