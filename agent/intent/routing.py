"""How well a chat model routes: scripted requests, each with the call that answers it, scored one by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel, ConfigDict

from agent.context import ROLES, Role
from agent.intent.tool_examples import REPLY
from agent.tools.marks import for_role

_FREE = ("query", "critique", "reason", "comment", "fact", "text", "what")  # arguments in the person's own words


class Request(BaseModel):
    """One scripted message with what is on show, and the call that answers it.

    Attributes:
        shown: Name of the slate on show, None for the first message of a conversation.
        after: The tool that answered just before, "" if that does not matter.
        tool: The right tool, "reply" where none is.
        arguments: Values that must be equal.
        words: Each must occur in one of the text arguments; "a|b" means either.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    split: Literal["dev", "test"]
    role: Role
    shown: str | None
    after: str = ""
    message: str
    tool: str
    arguments: dict[str, Any] = {}
    words: tuple[str, ...] = ()


class RequestFile(BaseModel):
    """The scripted requests, the slates they refer to and the words of the boutique they were written for."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    vocabulary: dict[str, tuple[str, ...]]
    slates: dict[str, tuple[str, ...]]
    requests: tuple[Request, ...]

    @classmethod
    def read(cls, path: Path) -> RequestFile:
        """Read and check the file."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))

    def messages(self, request: Request) -> list[BaseMessage]:
        """Return the conversation that ends with the request."""
        history: list[BaseMessage] = []
        if request.shown is not None:
            asked = "what do you have for me?" if request.role == "shopper" else "what do you have for her?"
            lines = [f"{number}. {line}" for number, line in enumerate(self.slates[request.shown], start=1)]
            shown = "\n".join(["Suggested, shown as cards with reasons:", *lines])
            history += _turn(asked, "recommend", shown, "These follow what was bought before.")
        if request.after:
            history += _turn("go on", request.after, "Done, and shown.", "There it is.")
        return [*history, HumanMessage(request.message)]


def _turn(asked: str, tool: str, result: str, answer: str) -> list[BaseMessage]:
    call = {"name": tool, "args": {}, "id": f"call-{tool}", "type": "tool_call"}
    return [
        HumanMessage(asked),
        AIMessage("", tool_calls=[call]),
        ToolMessage(result, tool_call_id=f"call-{tool}"),
        AIMessage(answer),
    ]


@dataclass(frozen=True)
class RoutedRequest:
    """One request as it was answered.

    Attributes:
        right_arguments: Whether tool and arguments are both right.
        fault: What is wrong, "" if nothing is.
    """

    request: Request
    tool: str
    arguments: Mapping[str, Any]
    right_tool: bool
    right_arguments: bool
    fault: str
    seconds: float


@dataclass(frozen=True)
class RoutingReport:
    """All requests of one run."""

    cases: tuple[RoutedRequest, ...]

    @property
    def n_right_tool(self) -> int:
        """How many got the right tool."""
        return sum(case.right_tool for case in self.cases)

    @property
    def n_right(self) -> int:
        """How many got the right tool with the right arguments."""
        return sum(case.right_arguments for case in self.cases)

    def seconds_at(self, share: float) -> float:
        """Return the time within which this share of the decisions was made, for example 0.5 for the median."""
        ordered = sorted(case.seconds for case in self.cases)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def evaluate_routing(
    model: BaseChatModel,
    file: RequestFile,
    requests: Iterable[Request],
    tools: Sequence[BaseTool],
    on_progress: Callable[[RoutedRequest], None] | None = None,
) -> RoutingReport:
    """Let a model decide every request once and score the first call it makes.

    Args:
        model: Any chat model that can be bound to tools.
        file: Gives the slates.
        requests: The requests to score, for example those of one split.
        tools: The agent's tools with their marks; each request is decided among those of its role, none is run.
        on_progress: Called with every scored request.
    """
    bound = {role: model.bind_tools(for_role(tools, role)) for role in ROLES}
    cases = []
    for request in requests:
        messages = file.messages(request)
        began = time.perf_counter()
        called = _first_call(bound[request.role].stream(messages))
        seconds = time.perf_counter() - began
        cases.append(_score(request, *called, seconds))
        if on_progress is not None:
            on_progress(cases[-1])
    return RoutingReport(tuple(cases))


def _first_call(chunks: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """Return the first tool call; a text answer is not waited for, its first piece decides."""
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
        if chunk.text:
            return REPLY, {}
    if whole is None or not whole.tool_calls:
        return REPLY, {}
    return whole.tool_calls[0]["name"], whole.tool_calls[0]["args"]


def _score(request: Request, tool: str, arguments: dict[str, Any], seconds: float) -> RoutedRequest:
    right_tool = tool == request.tool
    fault = f"{tool} instead of {request.tool}" if not right_tool else "; ".join(_faults(request, arguments))
    return RoutedRequest(request, tool, arguments, right_tool, right_tool and not fault, fault, seconds)


def _faults(request: Request, arguments: Mapping[str, Any]) -> list[str]:
    given = {name: value for name, value in arguments.items() if value not in (None, "", [])}
    faults = [
        f"{name} is {given.get(name)!r} instead of {value!r}"
        for name, value in request.arguments.items()
        if _plain(given.get(name)) != _plain(value)
    ]
    text = " ".join(str(value) for value in given.values()).casefold()
    faults += [f"{word!r} is missing" for word in request.words if not any(one in text for one in word.split("|"))]
    extra = [
        name
        for name, value in given.items()
        if name not in request.arguments and name not in _FREE and not _is_expected_word(value, request)
    ]
    return faults + [f"{name} {given[name]!r} was not asked for" for name in extra]


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return sorted(str(one) for one in value)
    return float(value) if isinstance(value, int | float) else str(value).casefold()


def _is_expected_word(value: Any, request: Request) -> bool:
    """Whether a filter that is not named in the expectation only repeats a word that is expected somewhere."""
    return any(one in str(value).casefold() for word in request.words for one in word.split("|"))
