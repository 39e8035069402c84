"""Figures of the simulated shoppers: how soon the hidden item was found, beside the control, and their own errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from agent.journeys.target_check import Checked


@dataclass(frozen=True)
class TargetReport:
    """Searches with true hints, and the same with hints of other items."""

    model: str
    seed: int
    hints: Sequence[Checked]
    control: Sequence[Checked]
    max_turns: int

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "model": self.model,
            "seed": self.seed,
            "n_clients": len(self.hints),
            "hints": self._found(self.hints),
            "control": self._found(self.control),
            "simulator_errors": _errors(self.hints),
            "searches": [search.as_dict() for search in self.hints],
        }

    def table(self) -> str:
        """Return the report for a terminal."""
        found = self.as_dict()
        turns = range(1, self.max_turns + 1)
        lines = [f"{self.model}, {found['n_clients']} clients, seed {self.seed}", ""]
        lines.append(f"{'found by turn':<16}" + "".join(f"{turn:>8}" for turn in turns) + f"{'mean turn':>12}")
        for name, label in (("hints", "true hints"), ("control", "other hints")):
            shares = "".join(f"{100 * found[name]['hit_at'][str(turn)]:>7.0f}%" for turn in turns)
            mean = found[name]["mean_turns_to_hit"]
            lines.append(f"{label:<16}{shares}{'-' if mean is None else f'{mean:.1f}':>12}")
        errors = found["simulator_errors"]
        lines += ["", f"hints that are not true of the target: {errors['contradicted']} of {errors['hints']}"]
        lines.append(f"words that are no known hint: {errors['unread']}")
        lines.append(f"took another item for the target: {errors['wrong_item']} of {errors['searches']} searches")
        lines.append(f"overlooked the target on show: {errors['overlooked']} of {errors['searches']} searches")
        return "\n".join(lines)

    def _found(self, searches: Sequence[Checked]) -> dict[str, Any]:
        hits = [search.hit_at for search in searches if search.hit_at is not None]
        return {
            "hit_at": {
                str(turn): sum(hit <= turn for hit in hits) / max(len(searches), 1)
                for turn in range(1, self.max_turns + 1)
            },
            "mean_turns_to_hit": fmean(hits) if hits else None,
        }


def _errors(searches: Sequence[Checked]) -> dict[str, int]:
    return {
        "searches": len(searches),
        "hints": sum(search.n_hints for search in searches),
        "contradicted": sum(len(search.contradicted) for search in searches),
        "unread": sum(len(search.unread) for search in searches),
        "wrong_item": sum(search.wrong_item for search in searches),
        "overlooked": sum(search.overlooked for search in searches),
    }
