"""Tools as a local chat model sees them: what they are for, which can be meant, and the form of their arguments."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.intent.tool_examples import REPLY, tool_examples

_MAX_LIST = 6
_SHORT_TEXT = r"[^\"\\{}\[\]`\n]{0,60}"
# The runtime's own extension: spaces as json.dumps writes them. Allowed at will, a small model writes no end of them.
_AS_DUMPED = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_ITEM_ARGUMENTS = ("item", "items")  # these hold numbers of items on show


@dataclass(frozen=True)
class ToolSpec:
    """One bound tool as a model is told of it: its name, the first line of its description, its arguments' schema."""

    name: str
    purpose: str
    parameters: Mapping[str, Any]

    @classmethod
    def from_openai(cls, tool: Mapping[str, Any]) -> ToolSpec:
        """Read LangChain's OpenAI form of a tool."""
        function = tool["function"]
        purpose = (function.get("description") or "").strip().split("\n")[0]
        return cls(function["name"], purpose, function.get("parameters") or {})

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of all arguments."""
        return tuple(self.parameters.get("properties", {}))

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the arguments that a call must have."""
        return tuple(self.parameters.get("required", ()))

    @property
    def signature(self) -> str:
        """The tool as one calls it, optional arguments marked: "search(query, colour?)"."""
        names = (name if name in self.required else f"{name}?" for name in self.arguments)
        return f"{self.name}({', '.join(names)})"


NO_TOOL = ToolSpec(REPLY, "", {})


def possible_tools(specs: Sequence[ToolSpec], n_shown: int, tool_choice: str | None) -> list[ToolSpec]:
    """Return what can be meant, NO_TOOL included unless a tool is demanded.

    Args:
        specs: The bound tools.
        n_shown: Items on show; without any, tools that work on them are left out.
        tool_choice: A tool's name, another text to demand any of them, or None.
    """
    named = [spec for spec in specs if spec.name == tool_choice]
    usable = [spec for spec in specs if n_shown or not tool_examples().of(spec.name).needs_items]
    return named or [*usable, *([NO_TOOL] if tool_choice is None else [])]


def arguments_schema(spec: ToolSpec, names: Collection[str], n_shown: int) -> dict[str, Any]:
    """Return the JSON schema that a tool's arguments are held to while they are written.

    Args:
        spec: The tool.
        names: The arguments that are to be written.
        n_shown: Items on show; references are limited to their numbers.
    """
    properties = spec.parameters.get("properties", {})
    return {
        "type": "object",
        "properties": {name: _bounded(name, schema, n_shown) for name, schema in properties.items() if name in names},
        "required": [name for name in spec.required if name in names],
        "additionalProperties": False,
        "x-guidance": _AS_DUMPED,
    }


def _bounded(name: str, schema: Mapping[str, Any], n_shown: int) -> dict[str, Any]:
    numbers = {"type": "string", "enum": [str(number) for number in range(1, n_shown + 1)]}
    if name in _ITEM_ARGUMENTS and n_shown:
        return numbers if schema.get("type") != "array" else {"type": "array", "items": numbers, "maxItems": _MAX_LIST}
    return _without_null(schema)


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema without null and without room to ramble: a small model loops in open strings."""
    options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
    plain = copy.deepcopy(dict(options[0] if len(options) == 1 else schema))
    for noise in ("default", "description", "title"):
        plain.pop(noise, None)
    kind = plain.get("type")
    if kind == "string" and "enum" not in plain:
        plain = {"type": "string", "pattern": f"^{_SHORT_TEXT}$"}
    elif kind in ("number", "integer"):
        plain |= {"type": "integer", "minimum": 0, "maximum": 1_000_000}  # decimals would go on for ever
    elif kind == "array":
        plain |= {"items": _without_null(plain.get("items", {"type": "string"})), "maxItems": _MAX_LIST}
    return plain
