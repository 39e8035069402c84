"""How two runs of the same turn differ in shape: tools, arguments, items, checks, time. Wording is not compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.tracing.trace import ToolCall, TurnTrace


@dataclass(frozen=True)
class Difference:
    """One thing that differs: `what` in words, as it was and as it is."""

    what: str
    before: str
    after: str

    def line(self) -> str:
        """Return it as one line."""
        return f"{self.what}: {self.before or 'none'} -> {self.after or 'none'}"


def differences(before: TurnTrace, after: TurnTrace) -> list[Difference]:
    """Compare two runs of one message; times are no difference, they vary by themselves."""
    pairs = [
        ("tools", _tools(before), _tools(after)),
        ("arguments", _arguments(before), _arguments(after)),
        ("outcomes", _outcomes(before), _outcomes(after)),
        ("items shown", _items(before), _items(after)),
        ("who worded the reasons", _sources(before), _sources(after)),
        ("failed checks", _failed(before), _failed(after)),
        ("sentences struck", str(len(before.struck)), str(len(after.struck))),
        ("fault", before.fault, after.fault),
    ]
    return [Difference(what, old, new) for what, old, new in pairs if old != new]


def _tools(trace: TurnTrace) -> str:
    return ", ".join(tool.name for tool in trace.tools)


def _arguments(trace: TurnTrace) -> str:
    return "; ".join(_call(tool) for tool in trace.tools)


def _call(tool: ToolCall) -> str:
    return f"{tool.name}({', '.join(f'{name}={value!r}' for name, value in _given(tool.arguments).items())})"


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in sorted(arguments) if arguments[name] not in (None, "", [])}


def _outcomes(trace: TurnTrace) -> str:
    return "; ".join(f"{tool.name} {'' if tool.ok else 'failed '}{tool.outcome}".strip() for tool in trace.tools)


def _items(trace: TurnTrace) -> str:
    return ", ".join(item.item_id for item in trace.shown)


def _sources(trace: TurnTrace) -> str:
    return ", ".join(sorted({item.source for item in trace.shown}))


def _failed(trace: TurnTrace) -> str:
    return ", ".join(sorted({name for item in trace.shown for name in item.failed_checks}))
