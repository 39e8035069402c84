"""How much one turn may take: model calls, tool calls, seconds, tokens; and what is said when it is used up."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from agent.turns.history import turn_messages
from agent.turns.safety import spoken_fallback

_LOG = logging.getLogger(__name__)
_REMEMBERED = 1_000  # turns whose budget is kept; far more than run at the same time
_STOPPED = "I stopped here, because this took more steps than one message may take. Please ask for one thing at a time."
_LATE = "This took longer than one message may take, so I stopped. Please try again, or ask for less at once."
Clock = Callable[[], float]


@dataclass(frozen=True)
class TurnLimits:
    """What one turn may take at most.

    Attributes:
        model_calls: Calls of chat models, repeated ones included.
        tool_calls: Calls of tools.
        timeout_s: Seconds after which no further call begins and a stream that still runs is cut.
        tokens: Tokens read and written by chat models.
        history_chars: Characters of earlier turns that are sent to a chat model.
        turn_chars: Characters of the present turn that are sent to a chat model.
    """

    model_calls: int = 8
    tool_calls: int = 12
    timeout_s: float = 60.0
    tokens: int = 120_000
    history_chars: int = 16_000
    turn_chars: int = 24_000


@dataclass
class Budget:
    """What one turn has used.

    Attributes:
        given_up: Models that failed in this turn; the turn goes on without them.
    """

    limits: TurnLimits
    clock: Clock
    began: float = field(init=False)
    calls: int = 0
    tokens: int = 0
    given_up: list[BaseChatModel] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def left_s(self) -> float:
        """Return the seconds that are left, negative after the end."""
        return self.limits.timeout_s - (self.clock() - self.began)

    def may_call(self) -> bool:
        """Whether another call of a chat model may begin."""
        within = self.calls < self.limits.model_calls and self.tokens < self.limits.tokens
        return within and self.left_s() > 0


class Budgets:
    """The budgets of the turns that run, by the id of the message that began each."""

    def __init__(self, limits: TurnLimits, clock: Clock = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._budgets: OrderedDict[str, Budget] = OrderedDict()

    def begin(self, messages: Sequence[AnyMessage]) -> Budget:
        """Return a fresh budget for the turn that these messages end in; its time begins now."""
        with self._lock:
            self._budgets.pop(turn_id_of(messages), None)  # of a first run that was interrupted
        return self.of(messages)

    def of(self, messages: Sequence[AnyMessage]) -> Budget:
        """Return the budget of the turn that these messages end in."""
        with self._lock:
            budget = self._budgets.setdefault(turn_id_of(messages), Budget(self.limits, self._clock))
            while len(self._budgets) > _REMEMBERED:
                self._budgets.popitem(last=False)
        return budget


class Limits(AgentMiddleware[Any, Any]):
    """Ends a turn that has used its budget, with what was found so far."""

    def __init__(self, budgets: Budgets) -> None:
        super().__init__()
        self._budgets = budgets

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model if the turn may."""
        is_first = len(turn_messages(request.messages)) == 1
        budget = self._budgets.begin(request.messages) if is_first else self._budgets.of(request.messages)
        if budget.may_call():
            return handler(request)
        _LOG.warning(
            "a turn was stopped: %d calls, %d tokens, %.1f s left", budget.calls, budget.tokens, budget.left_s()
        )
        found = any(isinstance(message, ToolMessage) for message in turn_messages(request.messages))
        said = spoken_fallback(request.messages) if found else ""
        if budget.left_s() <= 0:  # what was found is an answer, though a late one
            return ModelResponse(result=[AIMessage(said or _LATE)])
        return ModelResponse(result=[AIMessage(f"{said} {_STOPPED}".strip())])


def turn_id_of(messages: Sequence[AnyMessage]) -> str:
    """Return the id of the person's last message, "" if there is none."""
    return next((message.id or "" for message in reversed(messages) if isinstance(message, HumanMessage)), "")


def tool_calls_made(messages: Sequence[AnyMessage]) -> int:
    """Return how many tools were called in the present turn."""
    return sum(len(message.tool_calls) for message in turn_messages(messages) if isinstance(message, AIMessage))
