"""A circuit breaker: a backend that keeps failing is left alone for a while, then tried with one call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

BreakerState = Literal["closed", "open", "half open"]
FAILURES, PAUSE_S = 5, 30.0


class Breaker:
    """Counts failures in a row and says whether to call. Safe to share between threads.

    Args:
        clock: Seconds that only go forward.
        failures: In a row, after which it opens.
        pause_s: How long it stays open before one call may try again.
    """

    def __init__(self, clock: Callable[[], float], failures: int = FAILURES, pause_s: float = PAUSE_S) -> None:
        self._clock = clock
        self._limit = failures
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> BreakerState:
        """Closed: calls go through. Open: none do. Half open: one call may try."""
        with self._lock:
            return self._state()

    def allows(self) -> bool:
        """Return whether to call now. Who is told yes must report back by `succeeded`, `failed` or `left`."""
        with self._lock:
            state = self._state()
            if state == "half open" and not self._trying:
                self._trying = True
                return True
            return state == "closed"

    def succeeded(self) -> None:
        """Close it."""
        with self._lock:
            self._failures, self._opened_at, self._trying = 0, None, False

    def failed(self) -> None:
        """Count a failure; at the limit, or when the one try failed, open it."""
        with self._lock:
            self._failures += 1
            if self._trying or self._failures >= self._limit:
                self._opened_at = self._clock()
            self._trying = False

    def left(self) -> None:
        """Note a call that says nothing about the backend: its caller went away, or asked what nobody can answer."""
        with self._lock:
            self._trying = False

    def _state(self) -> BreakerState:
        if self._opened_at is None:
            return "closed"
        return "half open" if self._clock() - self._opened_at >= self._pause_s else "open"
