"""Figures over graded journeys: shares that are right, gates with their counts, pass^k, times; as table and as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean, median
from typing import Any

from agent.journeys.gates import GATES
from agent.journeys.grade import GradedJourney, GradedTurn


@dataclass(frozen=True)
class Report:
    """All that was graded, with who answered.

    Attributes:
        model: The chat model's name.
        skipped: Journeys that this boutique cannot play, with the reason.
    """

    model: str
    journeys: Sequence[GradedJourney]
    skipped: Sequence[tuple[str, str]] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        turns = _turns(self.journeys)
        return {
            "model": self.model,
            "shares": _shares(self.journeys),
            "gates": _gates(turns),
            "pass_hat": pass_hat(self.journeys),
            "seconds": {"first_words": _times(turns, _first), "whole": _times(turns, _whole)},
            "tokens": _tokens(turns),
            "by_split": _by(self.journeys, lambda journey: journey.split),
            "by_role": _by(self.journeys, lambda journey: journey.role),
            "by_kind": _by(self.journeys, lambda journey: journey.kind),
            "skipped": [{"journey": name, "why": why} for name, why in self.skipped],
            "wrong": _wrong(self.journeys),
        }

    def table(self, *, wrong: bool = True) -> str:
        """Return the report for a terminal.

        Args:
            wrong: Whether to list each turn that is not right.
        """
        found = self.as_dict()
        lines = [f"{self.model}", ""]
        heads = ("", "journeys", "turns", "tool+args", "single", "state", "turn", "journey")
        rows = [("all", found["shares"])]
        for group in ("by_split", "by_role", "by_kind"):
            rows += [(f"  {name}", shares) for name, shares in found[group].items()]
        lines.append(_row(heads))
        lines += [_row((name, *_cells(shares))) for name, shares in rows]
        lines += ["", *(_gate_line(name, gate) for name, gate in found["gates"].items())]
        if len(found["pass_hat"]) > 1:
            lines += ["", "pass^k: " + ", ".join(f"{k}: {_percent(share)}" for k, share in found["pass_hat"].items())]
        lines += ["", *(_time_line(name, times) for name, times in found["seconds"].items())]
        if found["tokens"]:
            lines.append(", ".join(f"tokens {name} {count:,}" for name, count in found["tokens"].items()))
        lines += [f"not played: {one['journey']} ({one['why']})" for one in found["skipped"]]
        return "\n".join(lines + (_wrong_lines(found["wrong"]) if wrong else []))


def pass_hat(journeys: Sequence[GradedJourney]) -> dict[str, float]:
    """Return pass^k for every k up to the number of runs: how likely k runs of a journey are all right.

    Of n runs of which c are right, C(c, k) / C(n, k) is the unbiased estimate (tau-bench, arXiv 2406.12045).
    """
    runs: dict[str, list[bool]] = defaultdict(list)
    for journey in journeys:
        runs[journey.id].append(journey.right)
    n = min((len(results) for results in runs.values()), default=0)
    return {
        str(k): fmean(comb(sum(results), k) / comb(len(results), k) for results in runs.values())
        for k in range(1, n + 1)
    }


def _shares(journeys: Sequence[GradedJourney]) -> dict[str, Any]:
    turns = _turns(journeys)
    single = [turn for turn in turns if turn.single_intent]
    return {
        "n_journeys": len(journeys),
        "n_turns": len(turns),
        "n_single_intent": len(single),
        "right_tool": _share(not turn.tool for turn in turns),
        "right_tool_single_intent": _share(not turn.tool for turn in single),
        "right_state": _share(not turn.state for turn in turns),
        "right_turns": _share(turn.right for turn in turns),
        "right_journeys": _share(journey.right for journey in journeys),
    }


def _gates(turns: Sequence[GradedTurn]) -> dict[str, dict[str, Any]]:
    """Return how often each gate failed in how many turns; of zero in N the 95 % upper bound is 3 / N."""
    found = {}
    for name in GATES:
        failing = [turn for turn in turns if turn.gates.get(name)]
        n_faults = sum(len(turn.gates[name]) for turn in failing)
        bound = 3 / len(turns) if turns and not failing else None
        found[name] = {"faults": n_faults, "turns": len(failing), "of": len(turns), "upper_bound": bound}
    return found


def _by(journeys: Sequence[GradedJourney], key: Callable[[GradedJourney], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[GradedJourney]] = defaultdict(list)
    for journey in journeys:
        groups[key(journey)].append(journey)
    return {name: _shares(groups[name]) for name in sorted(groups)}


def _wrong(journeys: Sequence[GradedJourney]) -> list[dict[str, Any]]:
    return [
        {
            "journey": journey.id,
            "run": journey.run,
            "turn": turn.number + 1,
            "split": journey.split,
            "said": turn.said,
            "called": list(turn.called),
            "tool": turn.tool,
            "state": turn.state,
            "gates": turn.gates,
        }
        for journey in journeys
        for turn in journey.turns
        if not turn.right
    ]


def _wrong_lines(wrong: Sequence[dict[str, Any]]) -> list[str]:
    lines = [""]
    for one in wrong:
        lines.append(f"{one['journey']} {one['turn']}: {one['said']}  [{', '.join(one['called']) or 'reply'}]")
        lines += [f"    tool: {fault}" for fault in one["tool"]] + [f"    state: {fault}" for fault in one["state"]]
        lines += [f"    {gate}: {fault}" for gate, faults in one["gates"].items() for fault in faults]
    return lines


def _turns(journeys: Sequence[GradedJourney]) -> list[GradedTurn]:
    return [turn for journey in journeys for turn in journey.turns]


def _share(results: Any) -> float | None:
    found = [bool(result) for result in results]
    return sum(found) / len(found) if found else None


def _times(turns: Sequence[GradedTurn], of: Callable[[GradedTurn], float]) -> dict[str, float]:
    ordered = sorted(of(turn) for turn in turns)
    if not ordered:
        return {}
    return {"median": median(ordered), "p95": ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)]}


def _first(turn: GradedTurn) -> float:
    return turn.first_s


def _whole(turn: GradedTurn) -> float:
    return turn.whole_s


def _tokens(turns: Sequence[GradedTurn]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for turn in turns:
        total.update(turn.tokens)
    return dict(total)


def _cells(shares: dict[str, Any]) -> tuple[str, ...]:
    names = ("right_tool", "right_tool_single_intent", "right_state", "right_turns", "right_journeys")
    return (str(shares["n_journeys"]), str(shares["n_turns"]), *(_percent(shares[name]) for name in names))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _row(cells: Sequence[str]) -> str:
    return f"{cells[0]:<26}" + "".join(f"{cell:>11}" for cell in cells[1:])


def _gate_line(name: str, gate: dict[str, Any]) -> str:
    bound = f", so below {100 * gate['upper_bound']:.1f} % of turns (95 %)" if gate["upper_bound"] is not None else ""
    return f"{GATES[name]}: {gate['faults']} in {gate['turns']} of {gate['of']} turns{bound}"


def _time_line(name: str, times: dict[str, float]) -> str:
    told = ", ".join(f"{label} {seconds:.2f} s" for label, seconds in times.items())
    return f"{name.replace('_', ' ')}: {told}"
