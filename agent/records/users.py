"""People who may log in to the page. Users belong to whoever runs the boutique's machine, at the command line.

Like the keys of programs, this repository has no actor, because it is what makes actors.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Select, insert, select, update

from agent.context import Actor, Role
from agent.policy import GUEST
from recsys.data.boutique import Boutique
from recsys.data.service_tables import users, web_sessions
from recsys.errors import InputError, NotFound

MIN_PASSWORD, MAX_PASSWORD = 10, 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_ACTOR = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_HASHER = PasswordHasher()  # argon2id


@dataclass(frozen=True)
class User:
    """What is on record of a user; never the password."""

    number: int
    name: str
    actor: Actor
    at: dt.datetime
    revoked_at: dt.datetime | None


class Users:
    """Adds, recognises and revokes users.

    Args:
        boutique: The records.
        hasher: Turns passwords into what is kept of them, by default at a cost that makes guessing slow.
    """

    def __init__(self, boutique: Boutique, hasher: PasswordHasher | None = None) -> None:
        self._boutique = boutique
        self._database = boutique.database
        self._hasher = hasher or _HASHER
        # Checked where there is no such user, so that it takes as long.
        self._nobody = self._hasher.hash("nobody has this password")

    def add(self, name: str, password: str, actor: Actor, *, now: dt.datetime) -> User:
        """Write a user down. One who was revoked comes back under the name with the new password, as who `actor` is.

        Args:
            name: What they type to log in.
            password: 10 to 200 characters.
            actor: Who they are; a shopper's id is that of a client.

        Raises:
            InputError: If the name is taken or malformed, or the password too short or too long.
            NotFound: If a shopper's id is no client's.
        """
        _check(name, password, actor)
        if actor.role == "shopper":
            self._boutique.client(actor.actor_id)
        row: dict[str, Any] = {"password_hash": self._hasher.hash(password), "at": now, "revoked_at": None}
        row |= {"actor_id": actor.actor_id, "role": actor.role}
        with self._database.transaction() as connection:
            found = connection.execute(select(users.c.revoked_at).where(users.c.name == name)).one_or_none()
            if found is None:
                connection.execute(insert(users).values(name=name, **row))
            elif found.revoked_at is None:
                raise InputError(f"there is a user {name!r} already: choose another name, or revoke theirs first")
            else:
                connection.execute(update(users).where(users.c.name == name).values(**row))
        return self._one(name)

    def recognise(self, name: str, password: str) -> User | None:
        """Return whose name and password these are; None where they are nobody's, in the same time."""
        rows = self._database.rows(_columns().where(users.c.name == name, users.c.revoked_at.is_(None)))
        kept = rows[0]["password_hash"] if rows else self._nobody
        try:
            self._hasher.verify(kept, password[:MAX_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return _read(rows[0]) if rows else None

    def all(self) -> list[User]:
        """Return all users, revoked ones too, oldest first."""
        return [_read(row) for row in self._database.rows(_columns().order_by(users.c.number))]

    def revoke(self, name: str, *, now: dt.datetime) -> User:
        """Let a user log in no more, and end their sessions at once; raise NotFound if there is no such user."""
        with self._database.transaction() as connection:
            change = update(users).where(users.c.name == name, users.c.revoked_at.is_(None)).values(revoked_at=now)
            if connection.execute(change).rowcount == 0:
                raise NotFound(f"no user {name!r} who may log in: list them with 'clienteller users list'")
            # Ended for good, so that none opens again when the name is given anew.
            theirs = select(users.c.number).where(users.c.name == name).scalar_subquery()
            open_ones = (web_sessions.c.user == theirs, web_sessions.c.ended_at.is_(None))
            connection.execute(update(web_sessions).where(*open_ones).values(ended_at=now))
        return self._one(name)

    def _one(self, name: str) -> User:
        return _read(self._database.rows(_columns().where(users.c.name == name))[0])


def _check(name: str, password: str, actor: Actor) -> None:
    if not _NAME.fullmatch(name):
        raise InputError(f"{name!r} is no name for a user: use small letters, digits and . _ @ + -, at most 64")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InputError(f"the password has {len(password)} characters: use {MIN_PASSWORD} to {MAX_PASSWORD}")
    if actor.role not in get_args(Role):
        raise InputError(f"no role {actor.role!r}: use one of {', '.join(get_args(Role))}")
    if not _ACTOR.fullmatch(actor.actor_id) or actor.actor_id.startswith(GUEST):
        raise InputError(
            f"the id {actor.actor_id[:40]!r} cannot be used: give up to 64 letters, digits, '.', '_', ':' or '-', "
            f"not beginning with {GUEST!r}"
        )


def _columns() -> Select[Any]:
    return select(users)


def _read(row: Any) -> User:
    return User(row["number"], row["name"], Actor(row["actor_id"], row["role"]), row["at"], row["revoked_at"])
