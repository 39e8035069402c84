"""How people ask for each tool: prompts/tool_examples.yaml, read and checked. Shared by both local chat models."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

import prompts
from recsys.errors import InputError

FILE = "tool_examples.yaml"
REPLY = "reply"  # the answer that calls no tool


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Example(_Checked):
    """One worked request.

    Attributes:
        shown: Name of the slate on show, None for none.
        after: The tool that answered just before, "" for none.
        arguments: Those of the right call.
    """

    message: str
    shown: str | None = None
    after: str = ""
    arguments: dict[str, Any] = {}


class ToolExamples(_Checked):
    """What is known of one tool beside its own description.

    Attributes:
        word: What the embedded chat model calls it, "" for its name.
        needs_items: The tool works on items on show, so it cannot be meant while there are none.
        utterances: Ways to ask for it.
        follow_ups: Ways to ask for it right after another tool, by that tool's name.
        examples: Worked requests.
    """

    word: str = ""
    needs_items: bool = False
    utterances: tuple[str, ...] = ()
    follow_ups: dict[str, tuple[str, ...]] = {}
    examples: tuple[Example, ...] = ()


class Answer(_Checked):
    """A sentence that may be said without a tool.

    Attributes:
        messages: What it answers.
        about: A name by which rules ask for it, "" where only its messages do.
    """

    say: str
    messages: tuple[str, ...]
    about: Literal["", "another person", "approval"] = ""


class Replies(_Checked):
    """The messages that no tool answers: worked examples of that decision, and everything that may be said then."""

    word: str
    examples: tuple[Example, ...]
    answers: tuple[Answer, ...]


class Words(_Checked):
    """The words of the boutique that the utterances are said in."""

    categories: tuple[str, ...]
    brands: tuple[str, ...]
    colours: tuple[str, ...]


class ExampleFile(_Checked):
    """The whole file.

    Attributes:
        rail: Name of the slate that is on show while the utterances are said.
    """

    vocabulary: Words
    rail: str
    slates: dict[str, tuple[str, ...]]
    tools: dict[str, ToolExamples]
    reply: Replies

    def of(self, tool: str) -> ToolExamples:
        """Return what is known of a tool; nothing for a tool the file does not name."""
        if tool != REPLY:
            return self.tools.get(tool, ToolExamples())
        messages = tuple(message for answer in self.reply.answers for message in answer.messages)
        return ToolExamples(word=self.reply.word, utterances=messages, examples=self.reply.examples)

    def slate(self, example: Example) -> tuple[str, ...]:
        """Return the items on show in an example."""
        return self.slates[example.shown] if example.shown is not None else ()


@cache
def tool_examples() -> ExampleFile:
    """Read the file.

    Raises:
        InputError: If it does not have the expected form; the message names the place.
    """
    try:
        return ExampleFile.model_validate(yaml.safe_load(prompts.load(FILE)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InputError(f"prompts/{FILE}: {place}: {first['msg']}") from error
