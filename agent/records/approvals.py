"""A person's leave to do one exact thing once: bound to who may give it, the thread, the arguments and a time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.errors import Refused
from agent.policy import Action, require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import approvals
from recsys.data.tables import clients

VALID_FOR = dt.timedelta(minutes=15)
CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that is read for another: no I, L, O, 0, 1
CODE_LENGTH = 6
_UNKNOWN = "no open request has this code in this conversation: ask again for what you want done"

Perform = Callable[[Connection, Actor, dict[str, Any], str, dt.datetime], str]
"""Does an act in the transaction under way and says what was done. The text is a key that names the occasion."""


@dataclass(frozen=True)
class Act:
    """Something that needs a person's leave.

    Attributes:
        policy: What the policy is asked for, when leave is asked and again when it is given.
        perform: Does it.
    """

    policy: Action
    perform: Perform


@dataclass(frozen=True)
class Approval:
    """A request for leave as it was stored."""

    code: str
    action: str
    arguments: Mapping[str, Any]
    expires_at: dt.datetime


class Approvals:
    """Stores requests for leave and answers to them.

    Args:
        boutique: The records; an act and the mark that its leave is used are one transaction.
        acts: What can be asked leave for.
    """

    def __init__(self, boutique: Boutique, acts: Mapping[str, Act]) -> None:
        self._database = boutique.database
        self._acts = acts

    def ask(
        self,
        actor: Actor,
        thread: str,
        action: str,
        client_id: str,
        arguments: Mapping[str, Any],
        *,
        key: str,
        at: dt.datetime,
    ) -> Approval:
        """Store a request for leave; the same key and arguments give the request stored before.

        Args:
            action: A name among the acts.
            client_id: Whom it is about; kept among the arguments.
            arguments: Exactly what will be done.

        Raises:
            Refused: If the actor may not do this at all.
        """
        require(actor, self._acts[action].policy)
        exact = {**arguments, "client_id": client_id}
        digest = digest_of(action, exact)
        key = f"{key}:{digest}"  # what is shown and what is stored are one act, also where a key comes twice
        with self._database.transaction() as connection:
            row = {
                "key": key,
                "client": client_number(connection, actor, client_id),
                "code": "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)),
                "approver": _approver(actor),
                "thread": thread,
                "action": action,
                "arguments": exact,
                "digest": digest,
                "expires_at": at + VALID_FOR,
                "state": "open",
            }
            insert_once(connection, approvals, row)
            stored = connection.execute(_approvals(actor, thread).where(approvals.c.key == key)).mappings().one()
        return Approval(stored["code"], stored["action"], stored["arguments"], stored["expires_at"])

    def answer(self, actor: Actor, thread: str, code: str, *, approve: bool, at: dt.datetime) -> str:
        """Take an answer: do the act once, or mark the request declined.

        Everything is looked at again: who answers, in which thread, when, whether the policy still allows it, and
        whether the arguments are those that were asked about. Act and mark are one transaction, so of two answers at
        the same moment one finds the request used.

        Returns:
            What was done, in words.

        Raises:
            Refused: If it may not be done; nothing was changed then.
        """
        with self._database.transaction() as connection:
            query = _approvals(actor, thread).where(approvals.c.code == code.upper())
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise Refused(_UNKNOWN)
            self._check(actor, row, at)
            mark = update(approvals).where(approvals.c.number == row["number"], approvals.c.state == "open")
            mark = mark.values(state="approved" if approve else "declined", decided_at=at)
            if connection.execute(mark).rowcount != 1:
                raise Refused(_UNKNOWN)
            if not approve:
                return "Declined: nothing was done."
            act = self._acts[row["action"]]
            said = act.perform(connection, actor, row["arguments"], f"approval:{row['key']}", at)
            if act.policy == "erase":
                _forget_arguments(connection, row)
            return said

    def _check(self, actor: Actor, row: Mapping[Any, Any], at: dt.datetime) -> None:
        if row["state"] != "open":
            raise Refused(f"this request was {row['state']} already: ask again for what you want done")
        if at >= row["expires_at"]:
            raise Refused("this request has expired and nothing was done: ask again for what you want done")
        if row["action"] not in self._acts or digest_of(row["action"], row["arguments"]) != row["digest"]:
            raise Refused("this request was changed after it was asked, so nothing was done: ask again")
        if row["arguments"].get("client_id") != row["client_id"]:
            raise Refused("this request is about another client, so nothing was done: ask again")
        require(actor, self._acts[row["action"]].policy)


def _forget_arguments(connection: Connection, row: Mapping[Any, Any]) -> None:
    """Leave nothing of what was erased in the requests to erase it; others for the same are over."""
    same = (
        approvals.c.client == row["client"],
        approvals.c.action == row["action"],
        approvals.c.arguments == row["arguments"],
    )
    connection.execute(update(approvals).where(*same, approvals.c.state == "open").values(state="declined"))
    nothing = {"client_id": row["client_id"]}
    connection.execute(
        update(approvals).where(*same).values(arguments=nothing, digest=digest_of(row["action"], nothing))
    )


def digest_of(action: str, arguments: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an act with its arguments as canonical JSON."""
    text = json.dumps([action, arguments], sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _approver(actor: Actor) -> str:
    return f"{actor.role}:{actor.actor_id}"


def _approvals(actor: Actor, thread: str) -> Any:
    """Return the query of the requests that an actor may answer in a thread, about clients that they still see."""
    query = select(approvals, clients.c.client_id).join_from(approvals, clients).where(visible(actor))
    return query.where(approvals.c.approver == _approver(actor), approvals.c.thread == thread)
