"""Several chat models as one: the first that answers is heard, and one that keeps failing is left alone for a while.

A retryable fault is tried once more on the same backend while there is time; then the next one is asked. Once a piece
of an answer was passed on no other backend takes over, since it would say something else.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field, SkipValidation

from agent.chat_models.breaker import Breaker, BreakerState
from agent.chat_models.faults import Fault, ModelFailed, fault_of
from agent.chat_models.streams import as_chunk, quiet_pieces, quietly
from agent.errors import ModelUnavailable
from recsys.errors import ClientellerError

_LOG = logging.getLogger(__name__)
LONGEST_WAIT_S = 10.0  # a server that asks for more is not waited for
_PAUSE_S = 0.3  # before a second try that the server set no time for
RETRY_WITHIN_S = 20.0  # a first try that took longer has used up the person's patience


@dataclass
class Link:
    """One backend of the chain.

    Attributes:
        label: Its model's name.
        options: Given with each of its calls, for what only its provider knows.
    """

    label: str
    model: BaseChatModel
    breaker: Breaker
    options: Mapping[str, Any] = field(default_factory=dict)


class ResilientChatModel(BaseChatModel):
    """A chain of chat models with a circuit breaker each.

    An answer's response_metadata says who gave it: `backend`, and in `fell_back` who failed before, each with the kind
    of fault. If nobody answers, ModelFailed of the last fault is raised.

    Attributes:
        links: The backends in the order they are asked.
        clock: Seconds that only go forward.
        sleep: Waits.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    links: SkipValidation[tuple[Link, ...]] = Field(exclude=True)
    clock: Callable[[], float] = Field(default=time.monotonic, exclude=True)
    sleep: Callable[[float], None] = Field(default=time.sleep, exclude=True)

    @property
    def _llm_type(self) -> str:
        return "chain"

    @property
    def states(self) -> dict[str, BreakerState]:
        """The breaker's state of each backend by its label."""
        return {link.label: link.breaker.state for link in self.links}

    def warm_up(self, tools: Sequence[BaseTool] = (), systems: Mapping[Any, str] | None = None) -> None:
        """Let the backends that can read their prompts' fixed beginnings ahead."""
        for link in self.links:
            if hasattr(link.model, "warm_up"):
                link.model.warm_up(tools, systems or {})

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the chain with tools to choose from; each backend is bound to them when it is asked."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        def ask(link: Link) -> Iterator[BaseMessage]:
            yield quietly(lambda: _bound(link, kwargs).invoke(messages, stop=stop))

        (answer,) = self._first_answer(ask)
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        def ask(link: Link) -> Iterator[BaseMessage]:
            return map(as_chunk, quiet_pieces(lambda: _bound(link, kwargs).stream(messages, stop=stop)))

        for piece in self._first_answer(ask):
            assert isinstance(piece, AIMessageChunk)
            yield ChatGenerationChunk(message=piece)

    def _first_answer(self, ask: _Ask) -> Iterator[BaseMessage]:
        """Yield the pieces of the first answer that begins."""
        failed: list[tuple[str, Fault]] = []
        for link in self.links:
            attempt = self._begin(link, ask)
            if isinstance(attempt, _Attempt):
                yield from attempt.pieces(failed)
                return
            failed.append((link.label, attempt))
        # A backend that was left alone says nothing new: the one that was really asked does.
        asked = [one for one in failed if one[1].kind != "busy"] or failed
        raise ModelFailed(*asked[-1]) from None

    def _begin(self, link: Link, ask: _Ask) -> _Attempt | Fault:
        """Ask one backend, twice if that may help; return the answer that began, or why there is none."""
        began, fault = self.clock(), Fault("busy")
        for is_last in (False, True):
            if not link.breaker.allows():
                break
            attempt = _Attempt(link, ask)
            found = attempt.begin()
            if found is None:
                return attempt
            fault = found
            wait_s = fault.retry_after_s if fault.retry_after_s is not None else _PAUSE_S
            spent_s = self.clock() - began
            if is_last or not fault.retryable or wait_s > LONGEST_WAIT_S or spent_s + wait_s > RETRY_WITHIN_S:
                break
            self.sleep(wait_s)
        return fault


_Ask = Callable[[Link], Iterator[BaseMessage]]


class _Attempt:
    """One call of one backend. However it ends, the breaker hears of it."""

    def __init__(self, link: Link, ask: _Ask) -> None:
        self._link = link
        self._answer = ask(link)
        self._begun: list[BaseMessage] = []

    def begin(self) -> Fault | None:
        """Wait for the first piece that says something; return what went wrong before that."""
        try:
            for piece in self._answer:
                self._begun.append(piece)
                if piece.content or getattr(piece, "tool_call_chunks", None):
                    return None
        except Exception as error:  # every provider's client fails in its own way
            if isinstance(error, ClientellerError) and not isinstance(error, ModelUnavailable):
                self._link.breaker.left()
                raise  # a fault of ours, such as a file that cannot be read: no other backend would do better
            _LOG.warning("chat model %r failed: %s", self._link.label, type(error).__name__)
            return self._failed(fault_of(error))
        except BaseException:
            self._link.breaker.left()
            raise
        # An answer that ended without words: what to make of it is for the turn to decide.
        return None if self._begun else self._failed(Fault("malformed"))

    def pieces(self, failed: Sequence[tuple[str, Fault]]) -> Iterator[BaseMessage]:
        """Yield the answer, the first piece with who gave it and who failed before."""
        who = {"backend": self._link.label}
        before = [{"backend": label, "fault": fault.kind} for label, fault in failed]
        first = self._begun[0]
        first.response_metadata = {**first.response_metadata, **who, **({"fell_back": before} if before else {})}
        try:
            yield from self._begun
            yield from self._answer
        except GeneratorExit:
            self._link.breaker.left()
            raise
        except Exception as error:
            raise ModelFailed(self._link.label, self._failed(fault_of(error))) from None
        self._link.breaker.succeeded()

    def _failed(self, fault: Fault) -> Fault:
        if fault.counts:
            self._link.breaker.failed()
        else:
            self._link.breaker.left()
        return fault


def _bound(link: Link, options: Mapping[str, Any]) -> Runnable[LanguageModelInput, AIMessage]:
    """Return a backend's model with the options of this call, in the provider's own form."""
    given = {**link.options, **options}
    tools, choice = given.pop("tools", None), given.pop("tool_choice", None)
    if not tools:
        return link.model.bind(**given)
    return link.model.bind_tools(tools, **({} if choice is None else {"tool_choice": choice}), **given)
