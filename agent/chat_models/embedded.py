"""The embedded chat model: a small language model in this process, with LangChain's interface and tools.

A model of this size cannot be trusted to call tools in its own format. A bound model therefore weighs the tools' names
by their probability, writes the arguments held to the tool's schema, and says the words for the person in a step of
their own, streamed as they come: only sentences that the boutique stands by can be said.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, SkipValidation

import prompts
from agent.chat_models.embedded_engine import Engine, Slot, Timing, Turn, chat_prompt
from agent.errors import ModelUnavailable
from agent.intent.arguments import merge, read_arguments, unread
from agent.intent.digest import Digest, digest
from agent.intent.tool_choice import NO_TOOL, ToolSpec, arguments_schema, possible_tools
from agent.intent.tool_examples import REPLY, tool_examples
from agent.intent.tool_router import ToolRouter
from agent.intent.vocabulary import Vocabulary

_ARGUMENT_TOKENS, _REPLY_TOKENS, _ANSWER_TOKENS = 120, 80, 400
# Nats that one unit of the router's score is worth; 20 to 35 make the right tools of the dev requests most probable.
_ROUTER = 25.0
# A lead of the router worth 7.5 nats; on the dev requests the language model never speaks against the right tool by
# more than 2.
_CLEAR_LEAD = 0.3
_IMPROBABLE = -25.0
_BEGUN = '{"tool": "'  # every decision begins so; the next token tells the tools apart


class EmbeddedChatModel(BaseChatModel):
    """The packaged language model.

    Attributes:
        engine: The loaded model.
        vocabulary: The boutique's words, by which the arguments of a call are checked.
        timeout_s: Seconds that one call may take.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, ignored_types=(cached_property,))
    engine: SkipValidation[Engine] = Field(exclude=True)
    vocabulary: SkipValidation[Vocabulary] = Field(exclude=True)
    timeout_s: float = 60.0

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools to choose from.

        Args:
            tools: The tools.
            tool_choice: A tool's name, or "any" or "required" to forbid an answer without a tool.
            kwargs: Options that only other models know; they are left out.
        """
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice)

    def warm_up(self, tools: Sequence[BaseTool] = (), systems: Mapping[Slot, str] | None = None) -> None:
        """Process the prompts' stable beginnings, so that the first message is answered as fast as later ones.

        The first time this takes as long as reading some thousand tokens does, later starts find them kept on disk.

        Args:
            tools: The tools that will be bound; without them the decision's prompt is left out.
            systems: Further system texts by slot, for example the explainer's.
        """
        self.engine.prepare(chat_prompt(_reply_turns()), "reply")
        for slot, text in (systems or {}).items():
            self.engine.prepare(chat_prompt([Turn("system", text)]), slot)
        if tools:
            specs = [ToolSpec.from_openai(convert_to_openai_tool(tool)) for tool in tools]
            self.engine.prepare(chat_prompt(_decision_turns(specs)), "decide")

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
            yield from self._write(_turns(messages), slot, max_tokens, stop=stop or ())
            return
        known = digest(messages)
        if known.results and tool_choice is None:
            yield _last_chunk(AIMessageChunk(content=_prepared(known)), Timing())
            return
        call = self._decide(known, [ToolSpec.from_openai(tool) for tool in tools], tool_choice)
        if call is None:
            yield from self._reply(known)
        else:
            yield call

    def _decide(self, known: Digest, specs: Sequence[ToolSpec], tool_choice: str | None) -> ChatGenerationChunk | None:
        """Choose a tool and write its arguments; None where no tool is right."""
        timing = Timing()
        turns = [*_decision_turns(specs), Turn("user", _request(known.message, known.shown, known.before))]
        spec = self._choose(known, possible_tools(specs, len(known.shown), tool_choice), turns, timing)
        if spec is NO_TOOL:
            return None
        arguments = read_arguments(spec.arguments, known.message, known.shown, self.vocabulary)
        if left := unread(spec.arguments, spec.required, known.message, arguments):
            schema = arguments_schema(spec, left, len(known.shown))
            written = self._json(turns, schema, _ARGUMENT_TOKENS, "decide", timing, begun=_begun(spec.name))
            arguments = merge(arguments, written, known.message, self.vocabulary)
        call = tool_call_chunk(name=spec.name, args=json.dumps(arguments), id=f"call_{uuid.uuid4().hex}", index=0)
        return _last_chunk(AIMessageChunk(content="", tool_call_chunks=[call]), timing)

    def _choose(self, known: Digest, possible: Sequence[ToolSpec], turns: Sequence[Turn], timing: Timing) -> ToolSpec:
        """Return the most probable tool: the language model's log-probability of its name, plus the router's score.

        Where the router's lead is beyond what the language model could outweigh, it is not asked.
        """
        scores = self._router.scores(known.message, known.shown, [spec.name for spec in possible])
        ordered = sorted(possible, key=lambda spec: -scores[spec.name])
        if len(ordered) == 1 or scores[ordered[0].name] - scores[ordered[1].name] >= _CLEAR_LEAD:
            return ordered[0]
        expected = self.engine.next_token(chat_prompt(turns, _BEGUN), "decide", self.timeout_s, timing)
        return max(ordered, key=lambda spec: _log_probability(spec.name, expected) + _ROUTER * scores[spec.name])

    @cached_property
    def _router(self) -> ToolRouter:
        return ToolRouter(self.vocabulary)

    def _reply(self, known: Digest) -> Iterator[ChatGenerationChunk]:
        """Answer what no tool answers, with the prepared sentence that the language model finds most fitting.

        Left to its own words, a model of this size promises free delivery and says that it is a person.
        """
        turns = [*_reply_turns(), Turn("user", known.message)]
        sentences = " | ".join(json.dumps(answer.say) for answer in tool_examples().reply.answers)
        return self._write(turns, "reply", _REPLY_TOKENS, {"grammar": f"root ::= {sentences}"})

    def _write(
        self,
        turns: Sequence[Turn],
        slot: Slot,
        max_tokens: int,
        grammar: Mapping[str, Any] | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[ChatGenerationChunk]:
        timing = Timing()
        prompt = chat_prompt(turns)
        for piece in self.engine.write(prompt, slot, max_tokens, self.timeout_s, grammar, stop, timing):
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


def _prepared(known: Digest) -> str:
    """Return what the tools prepared to be said. A model of this size only repeats a result in worse words."""
    last = known.results[-1]
    return last.content if last.failed else last.spoken


def _decision_turns(specs: Sequence[ToolSpec]) -> list[Turn]:
    """Return the stable beginning of every decision: the tools, then worked examples as turns."""
    turns = [Turn("system", prompts.render("embedded_tools.md", tools=specs))]
    file = tool_examples()
    names = (*(spec.name for spec in specs), REPLY)
    # One example of each tool in turn: with all of one kind together, the last kind is chosen too often.
    for around in zip_longest(*([(name, example) for example in file.of(name).examples] for name in names)):
        for name, example in filter(None, around):
            turns.append(Turn("user", _request(example.message, file.slate(example), "")))
            turns.append(Turn("assistant", f"{_begun(name)}{json.dumps(example.arguments)}}}"))
    return turns


def _reply_turns() -> list[Turn]:
    """Return the stable beginning of every answer without a tool: what may be said, then when."""
    answers = tool_examples().reply.answers
    turns = [Turn("system", prompts.render("embedded_reply.md", sentences=[answer.say for answer in answers]))]
    for around in zip_longest(*([(message, answer.say) for message in answer.messages] for answer in answers)):
        for message, say in filter(None, around):
            turns += [Turn("user", message), Turn("assistant", say)]
    return turns


def _begun(name: str) -> str:
    """Return a decision up to where its arguments begin."""
    return f'{_BEGUN}{name}", "arguments": '


def _request(message: str, shown: Sequence[str], before: str) -> str:
    numbered = [f"{number}. {line}" for number, line in enumerate(shown, start=1)]
    return prompts.render("embedded_request.md", message=message, shown=numbered, before=before)


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


def _log_probability(name: str, expected: Mapping[str, float]) -> float:
    """Return the log-probability that an answer begins with a name, judged by its first token."""
    return max((value for token, value in expected.items() if token and name.startswith(token)), default=_IMPROBABLE)


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
