"""The embedded chat model: a small language model in this process, with LangChain's interface and tools.

A model of this size cannot be trusted to call tools in its own format. A bound model therefore weighs the tools that a
classifier leaves open by the probability of their names, and writes the arguments that no rule can read, held to the
tool's schema. To the person it says only sentences that the boutique stands by.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr, SkipValidation

import prompts
from agent.chat_models.embedded_engine import Engine, Slot, Timing, Turn, chat_prompt
from agent.chat_models.local import ASKED_FOR, LocalChatModel, question, spoken
from agent.errors import ModelUnavailable
from agent.intent.arguments import merge, unread
from agent.intent.digest import Digest, digest
from agent.intent.tool_choice import NO_TOOL, ToolSpec, arguments_schema, possible_tools
from agent.intent.tool_examples import REPLY, tool_examples

_ARGUMENT_TOKENS, _ANSWER_TOKENS = 120, 400
# How much a nat of the language model counts beside one of the classifier. On the dev requests that the classifier
# leaves open, the log loss falls from .37 to .29 at .15 and to .27 at .3, but from .3 on more is put wrong than right.
_LANGUAGE_MODEL = 0.15
# A lead of the classifier, in nats, beyond which the language model is not asked: of 69 dev requests it changed three
# decisions, all where the lead was small and all for the worse, and each time it is asked costs about a second.
_CLEAR_LEAD = 0.7
_BEGUN = "Tool:"  # every decision begins so; the next token tells the tools apart
_SPOKEN = re.compile(r"\S+\s*")


class EmbeddedChatModel(LocalChatModel):
    """The packaged language model.

    Attributes:
        engine: The loaded model.
        timeout_s: Seconds that one call may take.
    """

    engine: SkipValidation[Engine] = Field(exclude=True)
    timeout_s: float = 60.0
    # Every tool that was ever bound. The model is told of all of them, so that the beginning of its decisions stays the
    # same for every role; it chooses only among those that are bound now.
    _told: dict[str, ToolSpec] = PrivateAttr(default_factory=dict)

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def warm_up(self, tools: Sequence[BaseTool] = (), systems: Mapping[Slot, str] | None = None) -> None:
        """Process the prompts' stable beginnings, so that the first message is answered as fast as later ones.

        The first time this takes as long as reading some thousand tokens does, later starts find them kept on disk.

        Args:
            tools: The tools that will be bound; without them the decision's prompt is left out.
            systems: Further system texts by slot, for example the explainer's.
        """
        super().warm_up(tools, systems)
        for slot, text in (systems or {}).items():
            self.engine.prepare(chat_prompt([Turn("system", text)]), slot)
        if tools:
            specs = [ToolSpec.from_openai(convert_to_openai_tool(tool)) for tool in tools]
            self.engine.prepare(chat_prompt(self._decision_turns(specs)), "decide")

    def generate_json(
        self,
        messages: Sequence[BaseMessage],
        schema: Mapping[str, Any],
        max_tokens: int = _ANSWER_TOKENS,
        slot: Slot = "plain",
    ) -> Any:
        """Answer with a JSON value that meets a schema.

        Raises:
            ModelUnavailable: If the answer is cut off twice, or there is none in time.
        """
        return self._json(_turns(messages), schema, max_tokens, slot, Timing())

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
        slot: Slot = "plain",
        max_tokens: int = _ANSWER_TOKENS,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        if not tools:
            yield from self._write(_turns(messages), slot, max_tokens, stop or ())
            return
        known = digest(messages)
        specs = [ToolSpec.from_openai(tool) for tool in tools]
        wish = known if tool_choice is not None else self.next_wish(known, specs)
        if wish is None:
            # A model of this size only repeats a result in worse words.
            yield _last_chunk(AIMessageChunk(content=spoken(known.results)), Timing())
            return
        yield from self._decide(wish, specs, tool_choice)

    def _decide(
        self, known: Digest, specs: Sequence[ToolSpec], tool_choice: str | None
    ) -> Iterator[ChatGenerationChunk]:
        """Choose a tool and fill in its arguments; answer in words where none is right or one is missing."""
        timing = Timing()
        turns = [
            *self._decision_turns(specs),
            Turn("user", _request(known.message, known.shown, known.before, known.after)),
        ]
        possible = possible_tools(specs, len(known.shown), tool_choice)
        spec = self._choose(known, possible, turns, timing)
        if spec is NO_TOOL:
            yield from self._reply(self.reply(known, possible), timing)
            return
        arguments = self.read(known, spec)
        if missing := [name for name in spec.required if name in ASKED_FOR and name not in arguments]:
            yield _last_chunk(AIMessageChunk(content=question(spec, missing, len(known.shown))), timing)
            return
        if left := unread(spec.arguments, spec.required, known.message, arguments):
            schema = arguments_schema(spec, left, len(known.shown))
            written = self._json(turns, schema, _ARGUMENT_TOKENS, "decide", timing, begun=_begun(spec.name))
            arguments = merge(arguments, written, known.message, self.vocabulary)
        call = tool_call_chunk(name=spec.name, args=json.dumps(arguments), id=f"call_{uuid.uuid4().hex}", index=0)
        yield _last_chunk(AIMessageChunk(content="", tool_call_chunks=[call]), timing)

    def _choose(self, known: Digest, possible: Sequence[ToolSpec], turns: Sequence[Turn], timing: Timing) -> ToolSpec:
        """Return the most probable tool by the classifier and the language model together.

        The language model is asked only of tools that its word could still make the most probable one.
        """
        scores = self.scores(known, possible)
        best = max(scores.values())
        open_ = [spec for spec in possible if scores[spec.name] >= best - _CLEAR_LEAD]
        if len(open_) == 1:
            return open_[0]
        words = [_word(spec.name) for spec in open_]
        weighed = self.engine.weigh(chat_prompt(turns, _BEGUN), words, "decide", self.timeout_s, timing)
        together = [scores[spec.name] + _LANGUAGE_MODEL * said for spec, said in zip(open_, weighed, strict=True)]
        return open_[together.index(max(together))]

    def _decision_turns(self, specs: Sequence[ToolSpec]) -> list[Turn]:
        """Return the stable beginning of every decision: the tools, then worked examples as turns."""
        for spec in specs:
            self._told.setdefault(spec.name, spec)
        order = {name: place for place, name in enumerate(tool_examples().tools)}
        return _decision_turns(sorted(self._told.values(), key=lambda spec: order.get(spec.name, len(order))))

    def _reply(self, sentence: str, timing: Timing) -> Iterator[ChatGenerationChunk]:
        """Answer what no tool answers with the prepared sentence that fits best, word by word.

        Left to its own words, a model of this size promises free delivery and says that it is a person.
        """
        for word in _SPOKEN.findall(sentence):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        yield _last_chunk(AIMessageChunk(content=""), timing)

    def _write(
        self,
        turns: Sequence[Turn],
        slot: Slot,
        max_tokens: int,
        stop: Sequence[str] = (),
    ) -> Iterator[ChatGenerationChunk]:
        timing = Timing()
        prompt = chat_prompt(turns)
        for piece in self.engine.write(prompt, slot, max_tokens, self.timeout_s, stop=stop, timing=timing):
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        yield _last_chunk(AIMessageChunk(content=""), timing)

    def _json(
        self,
        turns: Sequence[Turn],
        schema: Mapping[str, Any],
        max_tokens: int,
        slot: Slot,
        timing: Timing,
        begun: str = "",
    ) -> Any:
        """Write one JSON value; an answer cut at the limit is asked for once more with twice the room."""
        prompt, grammar = chat_prompt(turns, begun), {"json_schema": schema}
        for room in (max_tokens, 2 * max_tokens):
            pieces = self.engine.write(prompt, slot, room, self.timeout_s, grammar, timing=timing)
            try:
                return json.loads("".join(pieces))
            except ValueError:
                continue
        raise ModelUnavailable(f"the embedded chat model wrote no whole answer in {2 * max_tokens} tokens, twice")


def _decision_turns(specs: Sequence[ToolSpec]) -> list[Turn]:
    tools = [(_word(spec.name), spec.purpose) for spec in specs]
    turns = [Turn("system", prompts.render("embedded_tools.md", tools=tools, reply=_word(REPLY)))]
    file = tool_examples()
    names = (*(spec.name for spec in specs), REPLY)
    # One example of each tool in turn: with all of one kind together, the last kind is chosen too often.
    for around in zip_longest(*([(name, example) for example in file.of(name).examples] for name in names)):
        for name, example in filter(None, around):
            turns.append(Turn("user", _request(example.message, file.slate(example), after=example.after)))
            turns.append(Turn("assistant", f"{_begun(name)}{json.dumps(example.arguments, ensure_ascii=False)}"))
    return turns


def _word(name: str) -> str:
    """Return what the language model calls a tool; no two known words begin with the same token."""
    return tool_examples().of(name).word or name


def _begun(name: str) -> str:
    """Return a decision up to where its arguments begin."""
    return f"{_BEGUN} {_word(name)} "


def _request(message: str, shown: Sequence[str], before: str = "", after: str = "") -> str:
    numbered = [f"{number}. {line}" for number, line in enumerate(shown, start=1)]
    last = _word(after) if after else ""
    return prompts.render("embedded_request.md", message=message, shown=numbered, before=before, last=last)


def _turns(messages: Sequence[BaseMessage]) -> list[Turn]:
    """Return a history as prompt turns, tool results as what the person's side says."""
    turns = []
    for message in messages:
        role: Any = "user"
        if isinstance(message, SystemMessage):
            role = "system"
        elif isinstance(message, AIMessage):
            role = "assistant"
        turns.append(Turn(role, message.text))
    return turns


def _last_chunk(message: AIMessageChunk, timing: Timing) -> ChatGenerationChunk:
    n_prompt = timing.n_cached + timing.n_read
    message.usage_metadata = UsageMetadata(
        input_tokens=n_prompt, output_tokens=timing.n_written, total_tokens=n_prompt + timing.n_written
    )
    message.response_metadata = {
        "model_name": "embedded",
        "finish_reason": "length" if timing.cut else "stop",
        "read_tokens": timing.n_read,
        "read_s": round(timing.read_s, 3),
        "written_s": round(timing.written_s, 3),
    }
    message.chunk_position = "last"
    return ChatGenerationChunk(message=message)
