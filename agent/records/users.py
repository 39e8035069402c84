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
from recsys.data.boutique import Boutique
from recsys.data.service_tables import users
from recsys.errors import InputError, NotFound

MIN_PASSWORD, MAX_PASSWORD = 10, 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
_HASHER = PasswordHasher()  # argon2id
_NOBODY = _HASHER.hash("nobody has this password")  # checked where there is no such user, so that it takes as long


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
    """

    def __init__(self, boutique: Boutique) -> None:
        self._boutique = boutique
        self._database = boutique.database

    def add(self, name: str, password: str, actor: Actor, *, now: dt.datetime) -> User:
        """Write a user down.

        Args:
            name: What they type to log in.
            password: 10 to 200 characters.
            actor: Who they are; a shopper's id is that of a client.

        Raises:
            InputError: If the name is taken or malformed, or the password too short.
        """
        _check(name, password, actor)
        row = {"name": name, "password_hash": _HASHER.hash(password), "at": now}
        with self._database.transaction() as connection:
            if connection.execute(select(users.c.number).where(users.c.name == name)).scalar() is not None:
                raise InputError(f"there is a user {name!r} already: choose another name")
            connection.execute(insert(users).values(actor_id=actor.actor_id, role=actor.role, **row))
        return self._one(name)

    def recognise(self, name: str, password: str) -> User | None:
        """Return whose name and password these are; None where they are nobody's, in the same time."""
        rows = self._database.rows(_columns().where(users.c.name == name, users.c.revoked_at.is_(None)))
        kept = rows[0]["password_hash"] if rows else _NOBODY
        try:
            _HASHER.verify(kept, password[:MAX_PASSWORD])
        except (VerificationError, InvalidHashError):
            return None
        return _read(rows[0]) if rows else None

    def all(self) -> list[User]:
        """Return all users, revoked ones too, oldest first."""
        return [_read(row) for row in self._database.rows(_columns().order_by(users.c.number))]

    def revoke(self, name: str, *, now: dt.datetime) -> User:
        """Let a user log in no more; whoever opens sessions asks for them too."""
        with self._database.transaction() as connection:
            change = update(users).where(users.c.name == name, users.c.revoked_at.is_(None)).values(revoked_at=now)
            if connection.execute(change).rowcount == 0:
                raise NotFound(f"no user {name!r} who may log in: list them with 'clienteller users list'")
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


def _columns() -> Select[Any]:
    return select(users)


def _read(row: Any) -> User:
    return User(row["number"], row["name"], Actor(row["actor_id"], row["role"]), row["at"], row["revoked_at"])
