"""Tools for a chat model whose server cannot call them: the choice is asked for as JSON and turned into a tool call.

As with the embedded model, the nearest known ways to ask narrow the choice, rules read the arguments that rules can
read, and after a tool has answered, what it prepared is said: such models are small and repeat a result in worse words.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata, add_usage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, SkipValidation

import prompts
from agent.chat_models.local import LocalChatModel, question, spoken
from agent.chat_models.streams import as_chunk, quiet_pieces, quietly
from agent.intent.arguments import merge, unread
from agent.intent.digest import Digest, digest
from agent.intent.tool_choice import NO_TOOL, ToolSpec, arguments_schema, possible_tools
from recsys.errors import InputError

_LOG = logging.getLogger(__name__)
# Nats behind the likeliest tool up to which another may be meant: beyond them a small model only spoils the choice.
LEAD, MOST = 1.0, 5
MAX_TEXT = 120  # of an argument in words
GUIDANCE = "x-guidance"


class SchemaToolModel(LocalChatModel):
    """A chat model with tools, made of one without.

    Attributes:
        inner: The model that answers.
        json_schema: Whether the model keeps to a JSON schema; else the form is asked for in words and checked here.
    """

    inner: SkipValidation[BaseChatModel] = Field(exclude=True)
    json_schema: bool = True

    @property
    def _llm_type(self) -> str:
        return "schema tools"

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Runnable[LanguageModelInput, Any]:
        """Return the model held to a schema, by its own means."""
        return self.inner.with_structured_output(schema, **kwargs)

    def warm_up(self, tools: Sequence[BaseTool] = (), systems: Mapping[Any, str] | None = None) -> None:
        """Let the server read the stable beginning of the decisions, so that the first message need not wait for it.

        Args:
            tools: The tools that will be bound.
            systems: For models in this process; left out.
        """
        super().warm_up(tools, systems)
        if not tools:
            return
        specs = [ToolSpec.from_openai(convert_to_openai_tool(tool)) for tool in tools]
        try:
            quietly(lambda: self.inner.invoke([_stable(specs), HumanMessage("Answer with {}.")]))
        except Exception as error:  # a slow server has read at least a part of it; the first message tells the rest
            _LOG.warning("reading the tools ahead failed: %s", type(error).__name__)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[Mapping[str, Any]] = (),
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if not tools:
            for piece in quiet_pieces(lambda: self.inner.stream(messages, stop=stop, **kwargs)):
                yield ChatGenerationChunk(message=as_chunk(piece))
            return
        known = digest(messages)
        asked = _Asked(self.inner, self.json_schema)
        specs = [ToolSpec.from_openai(tool) for tool in tools]
        wish = known if tool_choice is not None else self.next_wish(known, specs)
        if wish is None:
            answer = AIMessageChunk(content=spoken(known.results))
        else:
            answer = self._decide(wish, specs, tool_choice, asked)
        answer.usage_metadata = asked.usage
        answer.response_metadata = {**asked.metadata, "finish_reason": "stop"}
        answer.chunk_position = "last"
        yield ChatGenerationChunk(message=answer)

    def _decide(
        self, known: Digest, specs: Sequence[ToolSpec], tool_choice: str | None, asked: _Asked
    ) -> AIMessageChunk:
        """Choose a tool and its arguments, in one request if any is needed; else say that no tool is right."""
        possible = possible_tools(specs, len(known.shown), tool_choice)
        likely = self._likely(known, possible)
        options = [self._option(spec, known) for spec in likely]
        chosen = options[0]
        written: dict[str, Any] = {}
        if len(options) > 1 or chosen.left:
            chosen, written = asked.choose(_stable(specs), known, options)
        if chosen.spec is NO_TOOL:
            return AIMessageChunk(content=self.reply(known, possible))
        arguments = merge(chosen.read, written, known.message, self.vocabulary)
        if missing := [name for name in chosen.spec.required if name not in arguments]:
            return AIMessageChunk(content=question(chosen.spec, missing, len(known.shown)))
        name, id_ = chosen.spec.name, f"call_{uuid.uuid4().hex}"
        call = tool_call_chunk(name=name, args=json.dumps(arguments), id=id_, index=0)
        return AIMessageChunk(content="", tool_call_chunks=[call])

    def _likely(self, known: Digest, possible: Sequence[ToolSpec]) -> list[ToolSpec]:
        """Return the tools that can be meant, the likeliest first."""
        scores = self.scores(known, possible)
        best = max(scores.values())
        ordered = sorted(possible, key=lambda spec: -scores[spec.name])
        return [spec for spec in ordered if scores[spec.name] > best - LEAD][:MOST]

    def _option(self, spec: ToolSpec, known: Digest) -> _Option:
        read = self.read(known, spec)
        left = unread(spec.arguments, spec.required, known.message, read)
        return _Option(spec, read, arguments_schema(spec, left, len(known.shown)))


@dataclass(frozen=True)
class _Option:
    """A tool that may be meant, the arguments that rules read, and the schema of those left to the model."""

    spec: ToolSpec
    read: Mapping[str, Any]
    schema: Mapping[str, Any]

    @property
    def left(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.schema["properties"]
        return found


class _Asked:
    """The requests of one step, with what they used."""

    def __init__(self, model: BaseChatModel, json_schema: bool) -> None:
        self._model = model
        self._json_schema = json_schema
        self.usage: UsageMetadata | None = None
        self.metadata: dict[str, Any] = {}

    def choose(self, stable: BaseMessage, known: Digest, options: Sequence[_Option]) -> tuple[_Option, dict[str, Any]]:
        """Return the option that the model chose and what it wrote; the likeliest if two answers cannot be read."""
        fault = ""
        for _ in range(2):
            answer = self._ask([stable, HumanMessage(_request(known, options, fault))], options)
            try:
                return _read(answer, options)
            except InputError as error:
                fault = str(error)
        return options[0], {}

    def _ask(self, messages: list[BaseMessage], options: Sequence[_Option]) -> str:
        if not self._json_schema:
            answer = quietly(lambda: self._model.invoke(messages))
        else:
            held = self._model.with_structured_output(_schema(options), method="json_schema", include_raw=True)
            answer = cast(dict[str, Any], quietly(lambda: held.invoke(messages)))["raw"]
        self.usage = add_usage(self.usage, answer.usage_metadata)
        self.metadata = dict(answer.response_metadata)
        return str(answer.text)


def _stable(specs: Sequence[ToolSpec]) -> SystemMessage:
    """Return the beginning of every decision: the tools; all that changes comes after it.

    Servers keep what they computed of a prompt and go on from there where the next one begins alike.
    """
    return SystemMessage(prompts.render("schema_tools.md", tools=specs))


def _request(known: Digest, options: Sequence[_Option], fault: str) -> str:
    return prompts.render(
        "schema_request.md",
        before=known.before,
        shown=[f"{number}. {line}" for number, line in enumerate(known.shown, start=1)],
        message=known.message,
        names=[option.spec.name for option in options],
        arguments=list(dict.fromkeys(name for option in options for name in option.left)),
        fault=fault,
    )


def _schema(options: Sequence[_Option]) -> dict[str, Any]:
    """Return the schema of an answer: one call of one of the options."""
    calls = [
        {
            "type": "object",
            "properties": {
                "tool": {"type": "string", "enum": [option.spec.name]},
                "arguments": {name: value for name, value in option.schema.items() if name != GUIDANCE},
            },
            "required": ["tool", "arguments"],
            "additionalProperties": False,
        }
        for option in options
    ]
    return {
        "title": "answer",
        "description": "The tool to call.",
        "type": "object",
        "properties": {"call": calls[0] if len(calls) == 1 else {"anyOf": calls}},
        "required": ["call"],
        "additionalProperties": False,
        GUIDANCE: options[0].schema[GUIDANCE],
    }


def _read(text: str, options: Sequence[_Option]) -> tuple[_Option, dict[str, Any]]:
    """Read an answer, be it in a fence or between words; raise InputError if it names no option."""
    try:
        found = json.loads(text[text.find("{") : text.rfind("}") + 1])
    except ValueError:
        raise InputError("it is no JSON object") from None
    call = found.get("call", found)
    name = call.get("tool") if isinstance(call, dict) else None
    chosen = next((option for option in options if option.spec.name == name), None)
    if chosen is None:
        raise InputError('"tool" is none of the names to choose from')
    given = call.get("arguments")
    arguments = given if isinstance(given, dict) else {}
    return chosen, {name: arguments[name] for name, schema in chosen.left.items() if _fits(arguments.get(name), schema)}


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether a value is one that the schema of a single argument allows."""
    if "enum" in schema:
        return value in schema["enum"]
    if schema.get("type") == "array":
        return isinstance(value, list) and bool(value) and all(_fits(one, schema["items"]) for one in value)
    if schema.get("type") in ("integer", "number"):
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str) and 0 < len(value.strip()) <= MAX_TEXT
