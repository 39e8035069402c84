"""Keys by which programs (REST, MCP) say for whom they speak. The key itself is shown once; only its hash is kept.

Keys belong to whoever runs the boutique's machine, at the command line: this is the one repository without an actor,
because it is what makes actors.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import RowMapping, insert, select, update

from agent.context import Actor, Role
from recsys.data.boutique import Boutique
from recsys.data.service_tables import access_keys
from recsys.errors import InputError, NotFound
from recsys.schema import VISIBLE

MAX_DAYS = 366
_MAX_LABEL = 100
_ACTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_KEY = re.compile(r"ck_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NOBODY = hashlib.sha256(b"").hexdigest()  # compared with where no such key exists, so that both take the same time


@dataclass(frozen=True)
class AccessKey:
    """What is on record of a key; never the key itself."""

    key_id: str
    actor: Actor
    label: str
    at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None

    def is_valid(self, now: dt.datetime) -> bool:
        """Whether the key opens anything at this time."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True)
class IssuedKey:
    """A new key: `text` is what the program sends, and is nowhere else."""

    text: str
    record: AccessKey


class AccessKeys:
    """Issues, checks and revokes keys.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._boutique = boutique
        self._database = boutique.database

    def add(self, actor: Actor, label: str, *, days: int, now: dt.datetime) -> IssuedKey:
        """Issue a key.

        Args:
            actor: For whom its bearer speaks; a shopper's id is that of a client.
            label: What it is for, in words.
            days: How long it is valid, 1 to 366.
            now: The time, with a zone.

        Raises:
            InputError: If the actor, label or days are outside what is allowed.
            NotFound: If a shopper's id is no client's.
        """
        self._require_holder(actor)
        if not 1 <= days <= MAX_DAYS:
            raise InputError(f"a key cannot be valid for {days} days: give 1 to {MAX_DAYS}")
        if len(label) > _MAX_LABEL or not re.match(VISIBLE, label):
            raise InputError(f"the label {label[:40]!r} cannot be used: give at most {_MAX_LABEL} visible characters")
        key_id = secrets.token_hex(6)
        text = f"ck_{key_id}_{secrets.token_urlsafe(32)}"
        expires_at = now + dt.timedelta(days=days)
        row = {"key_id": key_id, "digest": _digest(text), "actor_id": actor.actor_id, "role": actor.role}
        with self._database.transaction() as connection:
            connection.execute(insert(access_keys).values(**row, label=label, at=now, expires_at=expires_at))
        return IssuedKey(text, AccessKey(key_id, actor, label, now, expires_at, None))

    def find(self, presented: str, now: dt.datetime) -> AccessKey | None:
        """Return the record of a key that somebody presents; None unless it is known, not expired and not revoked."""
        shape = _KEY.fullmatch(presented)
        found = self._row(shape[1]) if shape is not None else None
        record, digest = found if found is not None else (None, _NOBODY)
        same = hmac.compare_digest(digest, _digest(presented))
        return record if same and record is not None and record.is_valid(now) else None

    def all(self) -> list[AccessKey]:
        """Return the records of all keys, oldest first, those that ended among them."""
        query = select(access_keys).order_by(access_keys.c.number)
        return [_record(row) for row in self._database.rows(query)]

    def revoke(self, key_id: str, *, now: dt.datetime) -> AccessKey:
        """End a key at once; one that was revoked before stays so. Raise NotFound if there is no such key."""
        with self._database.transaction() as connection:
            ended = update(access_keys).where(access_keys.c.key_id == key_id, access_keys.c.revoked_at.is_(None))
            connection.execute(ended.values(revoked_at=now))
        found = self._row(key_id)
        if found is None:
            raise NotFound(f"no key {key_id!r}: list the keys with 'clienteller keys list'")
        return found[0]

    def _row(self, key_id: str) -> tuple[AccessKey, str] | None:
        for row in self._database.rows(select(access_keys).where(access_keys.c.key_id == key_id)):
            return _record(row), row["digest"]
        return None

    def _require_holder(self, actor: Actor) -> None:
        if actor.role not in get_args(Role):
            raise InputError(f"no role {actor.role!r}: give {', '.join(get_args(Role))}")
        if not _ACTOR.fullmatch(actor.actor_id):
            raise InputError(
                f"the id {actor.actor_id[:40]!r} cannot be used: give up to 64 letters, digits, '.', '_', ':' or '-'"
            )
        if actor.role == "shopper":
            self._boutique.client(actor.actor_id)


def _record(row: RowMapping) -> AccessKey:
    kept = {name: row[name] for name in ("key_id", "label", "at", "expires_at", "revoked_at")}
    return AccessKey(actor=Actor(row["actor_id"], row["role"]), **kept)


def _digest(text: str) -> str:
    # A key holds 256 random bits, so a plain hash keeps it: there is nothing to guess as with a password.
    return hashlib.sha256(text.encode()).hexdigest()
