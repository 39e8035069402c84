"""How often somebody may try to come in: from one address, under one name, and at the same time.

All of it is kept in memory and bounded. Behind a proxy every visitor has the proxy's address, and shares its limit.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ui.limits import TooMuch

FREE_FAILURES = 5  # before a name is locked for a while
FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 900.0  # it doubles with each further failure
FORGOTTEN_S = 3600.0  # after the last failure
AT_ONCE = 1  # verifications of a password, each of which takes 64 MB and a core for a moment
MAX_WAITING = 8
_MAX_KEPT = 10_000  # addresses, and names; those tried longest ago go first

LOCKED = "Too many wrong passwords for this name: try again in {wait} s."
TOO_OFTEN = "Too many attempts from your network: try again in {wait} s."
CROWDED = "Many people are coming in at this moment: try again in a few seconds."


class Attempts:
    """Counts attempts to come in, and says when one comes too soon.

    Args:
        a_minute: How many attempts one address may make in a minute.
        clock: Seconds that never go back.
    """

    def __init__(self, a_minute: int = 10, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = 60 / a_minute
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()  # by address: when all its attempts will be free again
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()  # by name: how often, and when last
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._waiting = 0
        self._lock = threading.Lock()

    def come(self, address: str) -> None:
        """Count an attempt of an address; raise TooMuch if there were too many."""
        network = network_of(address)
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(network, now), now) + self._every_s
            wait = full_at - now - 60
            if wait > 1e-6:  # what is left of rounding
                raise _too_much(TOO_OFTEN, wait)
            _put(self._full_at, network, full_at)

    @contextmanager
    def verifying(self, name: str) -> Iterator[None]:
        """Hold a place for checking the password of a name; raise TooMuch if the name is locked or all places taken."""
        with self._lock:
            wait = self._locked_for(name)
            if wait > 0:
                raise _too_much(LOCKED, wait)
            if self._waiting >= MAX_WAITING:
                raise _too_much(CROWDED, 5)
            self._waiting += 1
        try:
            with self._places:
                yield
        finally:
            with self._lock:
                self._waiting -= 1

    def fail(self, name: str) -> None:
        """Note that a password was wrong; it makes no difference whether there is such a name."""
        with self._lock:
            n, at = self._failed.get(name, (0, 0.0))
            now = self._clock()
            _put(self._failed, name, (n + 1 if now - at < FORGOTTEN_S else 1, now))

    def succeed(self, name: str) -> None:
        """Forget the failures of a name whose owner has come in."""
        with self._lock:
            self._failed.pop(name, None)

    def _locked_for(self, name: str) -> float:
        n, at = self._failed.get(name, (0, 0.0))
        if n < FREE_FAILURES:
            return 0.0
        wait: float = min(FIRST_WAIT_S * 2.0 ** min(n - FREE_FAILURES, 16), LONGEST_WAIT_S)
        return at + wait - self._clock()


def network_of(address: str) -> str:
    """Return what counts as one visitor: an address, of IPv6 the network that a household is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _put(kept: OrderedDict[str, Any], key: str, value: Any) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > _MAX_KEPT:
        kept.popitem(last=False)


def _too_much(text: str, wait_s: float) -> TooMuch:
    wait = math.ceil(wait_s - 1e-6)
    return TooMuch(text.format(wait=wait), wait)
