"""Who calls: a program's key becomes an actor here, for REST and MCP alike. No other place makes one for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from agent.context import Actor
from agent.errors import Refused
from agent.records.access_keys import AccessKeys

Clock = Callable[[], dt.datetime]
NO_KEY = "no valid key: send 'Authorization: Bearer KEY'; the boutique issues keys with 'clienteller keys add'"


class NotRecognised(Refused):
    """The caller showed no key, or one that opens nothing; the text does not tell which."""


@dataclass(frozen=True)
class Caller:
    """A program and the person for whom it speaks."""

    key_id: str
    actor: Actor


class Callers:
    """Recognises callers by their keys, asked anew for every request: a revoked key opens nothing any more.

    Args:
        keys: The keys on record.
        clock: Tells the time, with a zone.
    """

    def __init__(self, keys: AccessKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock

    def by_key(self, presented: str) -> Caller:
        """Return whose key this is; raise NotRecognised for one that is unknown, expired or revoked."""
        record = self._keys.find(presented, self._clock())
        if record is None:
            raise NotRecognised(NO_KEY)
        return Caller(record.key_id, record.actor)

    def by_header(self, authorization: str | None) -> Caller:
        """Return whose key an Authorization header bears."""
        scheme, _, presented = (authorization or "").strip().partition(" ")
        if scheme.casefold() != "bearer":
            raise NotRecognised(NO_KEY)
        return self.by_key(presented.strip())
