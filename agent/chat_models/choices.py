"""The chat models among which a conversation may choose: opened when first wanted, kept while there is room."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.chat_models.backends import EMBEDDED_LABEL, Backend
from recsys.errors import ClientellerError, NotFound

USUAL = "usual"
PLANNER = "none"
MAX_KEPT = 3  # further models open at once; the one opened first makes room, unless it is the embedded one
Open = Callable[[str], Backend]
State = Literal["ready", "not opened", "failed"]


@dataclass(frozen=True)
class Choice:
    """One chat model that can be named.

    Attributes:
        key: What names it among the choices; never holds an address's password or a key.
        label: As people read it.
        backend: What answers, None where it was not opened yet.
        problem: Why it could not be opened, "" where that was not tried or went well.
    """

    key: str
    label: str
    backend: Backend | None = None
    problem: str = ""

    @property
    def state(self) -> State:
        """Whether it would answer now."""
        if self.backend is not None:
            return "ready"
        return "failed" if self.problem else "not opened"


@dataclass(frozen=True)
class Named:
    """A chat model's name in the settings, and what is shown of it."""

    name: str
    shown: str


class Choices:
    """The chat models of one process.

    Args:
        usual: The one that answers unless another is chosen.
        planner: The deterministic planner.
        named: Further models by name.
        opener: Opens one by its name; raises ClientellerError with the reason if that cannot be.
    """

    def __init__(self, usual: Backend, planner: Backend, named: Sequence[Named], opener: Open) -> None:
        self._fixed = {USUAL: usual, **({PLANNER: planner} if usual.kind != "planner" else {})}
        self._named = {one.shown: one.name for one in named if one.name != PLANNER}
        self._opener = opener
        self._opened: dict[str, Backend] = {}
        self._problems: dict[str, str] = {}
        self._lock = threading.Lock()  # one is opened at a time: it takes memory and cores

    def all(self) -> list[Choice]:
        """Return every choice, the usual one first."""
        fixed = [Choice(key, _label(key, backend), backend) for key, backend in self._fixed.items()]
        further = [
            Choice(
                shown, _label(shown, self._opened.get(shown)), self._opened.get(shown), self._problems.get(shown, "")
            )
            for shown in self._named
        ]
        return [*fixed, *further]

    def backend(self, key: str) -> Backend:
        """Return a chosen model, opened if it is not open yet.

        Raises:
            NotFound: If there is no such choice.
            ClientellerError: If it cannot be opened; the message says why.
        """
        if key in self._fixed:
            return self._fixed[key]
        if key not in self._named:
            raise NotFound(f"there is no chat model {key!r} to choose: 'clienteller backends' lists them")
        with self._lock:
            return self._opened.get(key) or self._open(key)

    def _open(self, key: str) -> Backend:
        try:
            opened = self._opener(self._named[key])
        except ClientellerError as error:
            self._problems[key] = str(error)
            raise
        self._problems.pop(key, None)
        movable = [name for name, backend in self._opened.items() if backend.kind != "embedded"]
        if len(self._opened) >= MAX_KEPT and movable:
            del self._opened[movable[0]]  # conversations that use it keep it until they end
        self._opened[key] = opened
        return opened


def _label(key: str, backend: Backend | None) -> str:
    if backend is not None:
        return backend.label
    return EMBEDDED_LABEL if key == "embedded" else key
