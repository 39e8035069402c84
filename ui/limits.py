"""How much one key may ask: messages and requests a minute, turns at once. The same for REST and MCP."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from recsys.errors import ClientellerError

MAX_BODY = 64_000  # bytes of a request's body
_ROUNDING_S = 1e-6
_MANY = 10_000  # buckets kept before those that are full again are forgotten


class TooMuch(ClientellerError):
    """A key asked more than it may for now; `retry_after_s` says when it may ask again."""

    def __init__(self, text: str, retry_after_s: int) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Limits:
    """What one key may ask.

    Attributes:
        messages_a_minute: Messages, each of which makes a turn.
        requests_a_minute: Requests of every kind, messages among them.
        turns_at_once: Turns, recommendations and explanations that are worked on at the same time.
    """

    messages_a_minute: int = 20
    requests_a_minute: int = 240
    turns_at_once: int = 2


class Buckets:
    """A token bucket for each key: full at first, refilled evenly, one token for each thing asked.

    Args:
        a_minute: How many are allowed in a minute, and at most in one burst.
        clock: Seconds that never go back.
    """

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._full_at: dict[str, float] = {}  # when the bucket will be full again if nothing more is asked
        self._lock = threading.Lock()

    def take(self, key_id: str, what: str) -> None:
        """Take one token; raise TooMuch if there is none."""
        with self._lock:
            now = self._clock()
            if len(self._full_at) > _MANY:  # a full bucket is as good as none
                self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
            full_at = max(self._full_at.get(key_id, now), now) + 60 / self._a_minute
            missing_s = full_at - now - 60
            if missing_s > _ROUNDING_S:
                wait = math.ceil(missing_s - _ROUNDING_S)
                raise TooMuch(f"more than {self._a_minute} {what} a minute: try again in {wait} s", wait)
            self._full_at[key_id] = full_at


class Quota:
    """What each key has asked, held to its limits.

    Args:
        limits: What one key may ask.
        clock: Seconds that never go back.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._messages = Buckets(limits.messages_a_minute, clock)
        self._requests = Buckets(limits.requests_a_minute, clock)
        self._working: Counter[str] = Counter()
        self._lock = threading.Lock()

    def request(self, key_id: str) -> None:
        """Count a request; raise TooMuch if there were too many."""
        self._requests.take(key_id, "requests")

    def message(self, key_id: str) -> None:
        """Count a message; raise TooMuch if there were too many."""
        self._messages.take(key_id, "messages")

    @contextmanager
    def working(self, key_id: str) -> Iterator[None]:
        """Hold one of the key's places for work that takes long; raise TooMuch if all are taken."""
        with self._lock:
            if self._working[key_id] >= self.limits.turns_at_once:
                raise TooMuch(
                    f"{self.limits.turns_at_once} requests of this key are being worked on: wait for one of them", 1
                )
            self._working[key_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._working[key_id] -= 1
                if not self._working[key_id]:
                    del self._working[key_id]
