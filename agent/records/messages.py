"""Messages to clients: drafts, the outbox, contacts so far, consent, and whether a client may be written to."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import Connection

from agent.context import Actor
from agent.errors import Refused
from agent.policy import require
from agent.records.access import client_number, insert_once, visible
from recsys.data.boutique import Boutique
from recsys.data.service_tables import consents, contacts, drafts
from recsys.data.tables import as_utc, clients
from recsys.errors import NotFound

Channel = Literal["e-mail", "text message", "WhatsApp", "letter"]
CHANNELS: tuple[Channel, ...] = ("e-mail", "text message", "WhatsApp", "letter")
ALL_CHANNELS = "all"  # a withdrawal of every channel
CONTACT_EVERY = dt.timedelta(days=14)
"""At most one message in so many days to a client, whoever of the house writes it."""

_WORDS: dict[Channel, tuple[str, ...]] = {
    "WhatsApp": ("whatsapp", "whats app"),
    "text message": ("text message", "texting", "text", "sms", "imessage"),
    "e-mail": ("e-mail", "email", "mail"),
    "letter": ("letter", "card", "post"),
}


@dataclass(frozen=True)
class ContactDecision:
    """Whether a client may be written to on a channel now.

    Attributes:
        reason: Why not, in words for the associate; "" where it is allowed.
        earliest: From when it is allowed, where waiting helps.
        channel: The channel that was decided about.
    """

    allowed: bool
    reason: str
    earliest: dt.date | None
    channel: str


@dataclass(frozen=True)
class Reach:
    """How a client may be reached now.

    Attributes:
        decisions: For each channel.
        agreed: The channels with consent.
        last: When the house was last in touch, None if that is not on record.
    """

    decisions: Mapping[Channel, ContactDecision]
    agreed: tuple[Channel, ...]
    last: dt.datetime | None


@dataclass(frozen=True)
class Draft:
    """A message to a client.

    Attributes:
        claims: Its sentences in order, each with the statements that it rests on.
        own: Those of them that a person wrote.
    """

    draft_id: str
    client_id: str
    thread: str
    author: str
    channel: str
    tone: str
    language: str
    subject: str
    body: str
    claims: tuple[tuple[str, tuple[str, ...]], ...]
    items: tuple[str, ...]
    state: Literal["draft", "outbox", "discarded"]
    at: dt.datetime
    own: tuple[str, ...] = ()


def channel_of(words: str) -> Channel | None:
    """Return the channel that words name ("text message in the evening"), None if none."""
    said = words.casefold()
    return next(
        (one for one, names in _WORDS.items() if any(re.search(rf"\b{name}s?\b", said) for name in names)), None
    )


def may_contact(
    boutique: Boutique, actor: Actor, client_id: str, channel: str | None, at: dt.datetime
) -> ContactDecision:
    """Decide whether a client may be written to: by consent to the channel, and by how lately they were.

    Args:
        channel: One of CHANNELS; None for the one that the client agreed to.
        at: Now.

    Raises:
        Refused: If the actor may not see the client, or may not write to any.
    """
    require(actor, "send")
    with boutique.database.read() as connection:
        return decide_contact(connection, client_number(connection, actor, client_id), channel, at)


def reach_of(boutique: Boutique, actor: Actor, client_id: str, at: dt.datetime) -> Reach:
    """Return by which channels a client may be written to now, and why not by the others."""
    require(actor, "send")
    with boutique.database.read() as connection:
        client = client_number(connection, actor, client_id)
        agreed = agreed_channels(connection, client)
        last = connection.execute(select(func.max(contacts.c.at)).where(contacts.c.client == client)).scalar()
        decisions = {one: decide_contact(connection, client, one, at) for one in CHANNELS}
        return Reach(decisions, tuple(one for one in CHANNELS if one in agreed), as_utc(last) if last else None)


def decide_contact(connection: Connection, client: int, channel: str | None, at: dt.datetime) -> ContactDecision:
    """Decide for one client's row in the transaction under way."""
    agreed = agreed_channels(connection, client)
    wanted = channel or next((one for one in CHANNELS if one in agreed), "")
    if wanted not in agreed:
        on = f"on the channel {wanted!r}" if wanted else "on any channel"
        instead = f"; agreed to: {', '.join(sorted(agreed))}" if agreed else ""
        return ContactDecision(False, f"no consent to be written to {on} is on record{instead}", None, wanted)
    last = connection.execute(select(func.max(contacts.c.at)).where(contacts.c.client == client)).scalar()
    free = as_utc(last) + CONTACT_EVERY if last is not None else None
    if last is not None and free is not None and at < free:
        earliest = free.date() if free.time() == dt.time(0) else free.date() + dt.timedelta(days=1)
        reason = (
            f"the last message went out on {_day(last.date())}, and at most one is sent in {CONTACT_EVERY.days} days: "
            f"the earliest day is {_day(earliest)}"
        )
        return ContactDecision(False, reason, earliest, wanted)
    return ContactDecision(True, "", None, wanted)


def agreed_channels(connection: Connection, client: int) -> set[str]:
    """Return the channels that the client of a row agreed to.

    What they said of a channel last holds. The channel named in their own record counts as agreed until they say
    otherwise, and no other does.
    """
    record = connection.execute(select(clients.c.preferences).where(clients.c.number == client)).scalar_one()
    preferred = channel_of(record.get("contact", ""))
    agreed: set[str] = {preferred} if preferred else set()
    said = select(consents.c.channel, consents.c.state).where(consents.c.client == client)
    # of two entries of the same moment the withdrawal is read last, so it holds
    for channel, state in connection.execute(said.order_by(consents.c.at, consents.c.state, consents.c.number)):
        if state == "given":
            agreed.add(channel)
        else:
            agreed = set() if channel == ALL_CHANNELS else agreed - {channel}
    return agreed


class Messages:
    """Reads and writes drafts, contacts and consents for an actor.

    Args:
        boutique: The records.
    """

    def __init__(self, boutique: Boutique) -> None:
        self._database = boutique.database

    def keep(self, actor: Actor, draft: Draft, *, key: str) -> Draft:
        """Keep a draft and discard the thread's earlier ones; the same key gives the draft kept before."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            client = client_number(connection, actor, draft.client_id)
            row = {
                "key": key,
                "draft_id": draft.draft_id,
                "client": client,
                "thread": draft.thread,
                "author": draft.author,
                "channel": draft.channel,
                "tone": draft.tone,
                "language": draft.language,
                "subject": draft.subject,
                "body": draft.body,
                "claims": [_claim(draft, sentence, rests_on) for sentence, rests_on in draft.claims],
                "items": list(draft.items),
                "state": draft.state,
                "at": draft.at,
            }
            if insert_once(connection, drafts, row):
                older = update(drafts).where(drafts.c.client == client, drafts.c.thread == draft.thread)
                older = older.where(drafts.c.state == "draft", drafts.c.key != key)
                connection.execute(older.values(state="discarded"))
            kept = connection.execute(select_drafts().where(drafts.c.key == key, visible(actor))).mappings().one()
        return read_draft(kept)

    def newest(self, actor: Actor, client_id: str, thread: str) -> Draft | None:
        """Return the open draft of a thread about a client, None if there is none."""
        require(actor, "serve")
        query = select_drafts().where(clients.c.client_id == client_id, visible(actor), drafts.c.thread == thread)
        query = query.where(drafts.c.state == "draft").order_by(drafts.c.number.desc()).limit(1)
        return next((read_draft(row) for row in self._database.rows(query)), None)

    def all(self, actor: Actor, client_id: str) -> list[Draft]:
        """Return all drafts about a client, sent and discarded ones too, oldest first."""
        require(actor, "serve")
        query = select_drafts().where(clients.c.client_id == client_id, visible(actor)).order_by(drafts.c.number)
        return [read_draft(row) for row in self._database.rows(query)]

    def find(self, actor: Actor, draft_id: str) -> Draft:
        """Return a draft about a client in the book; raise NotFound if there is none of this id."""
        require(actor, "serve")
        query = select_drafts().where(drafts.c.draft_id == draft_id, visible(actor))
        found = next((read_draft(row) for row in self._database.rows(query)), None)
        if found is None:
            raise NotFound("this message is not there any more, or is not of your book: look at the list again")
        return found

    def record_contact(
        self, actor: Actor, client_id: str, channel: str, purpose: str, *, key: str, at: dt.datetime
    ) -> None:
        """Write down a contact that was made by other means; it counts for how often a client is written to."""
        require(actor, "serve")
        with self._database.transaction() as connection:
            client = client_number(connection, actor, client_id)
            insert_once(connection, contacts, _contact(key, client, actor, channel, purpose, None, at))

    def undo_contact(self, actor: Actor, key: str) -> bool:
        """Take back a contact that the actor wrote down by mistake; return whether there was one. Messages stay."""
        require(actor, "serve")
        mine = (contacts.c.key == key, contacts.c.author == actor.actor_id, contacts.c.draft_id.is_(None))
        with self._database.transaction() as connection:
            return connection.execute(delete(contacts).where(*mine)).rowcount == 1

    def record_consent(
        self, actor: Actor, client_id: str, channel: str, *, given: bool, source: str, key: str, at: dt.datetime
    ) -> None:
        """Write down that a client agreed to be written to on a channel, or does not any more.

        Args:
            channel: One of CHANNELS; a withdrawal may name ALL_CHANNELS.
            source: How it is known.
        """
        if channel not in CHANNELS and (given or channel != ALL_CHANNELS):
            raise Refused(f"no channel {channel!r}: use one of {', '.join(CHANNELS)}")
        with self._database.transaction() as connection:
            client = client_number(connection, actor, client_id)
            state = "given" if given else "withdrawn"
            row = {"key": key, "client": client, "channel": channel, "state": state, "source": source, "at": at}
            insert_once(connection, consents, row)


def send_draft(connection: Connection, actor: Actor, arguments: dict[str, Any], key: str, at: dt.datetime) -> str:
    """Put a draft into the outbox in the transaction under way; an approved act.

    Args:
        arguments: What was approved: client_id, draft_id, channel, digest of the text.

    Returns:
        What was done, in words.

    Raises:
        Refused: If the draft is not what was approved, or the client may not be written to now.
    """
    client = client_number(connection, actor, arguments["client_id"])
    query = select_drafts().where(drafts.c.draft_id == arguments["draft_id"], drafts.c.client == client, visible(actor))
    row = connection.execute(query).mappings().one_or_none()
    if row is None or row["state"] != "draft":
        raise Refused("the draft was replaced or sent since you were asked: draft and send again")
    draft = read_draft(row)
    if draft_digest(draft) != arguments["digest"] or draft.channel != arguments["channel"]:
        raise Refused("the draft is not the text that you were asked about: send it again to see it as it is now")
    decision = decide_contact(connection, client, draft.channel, at)
    if not decision.allowed:
        raise Refused(f"the message was not sent: {decision.reason}")
    connection.execute(update(drafts).where(drafts.c.draft_id == draft.draft_id).values(state="outbox"))
    insert_once(connection, contacts, _contact(key, client, actor, draft.channel, "message", draft.draft_id, at))
    return f"The message is in the outbox, to go by {draft.channel}."


def draft_digest(draft: Draft) -> str:
    """Return the SHA-256 of what a person reads of a draft."""
    return hashlib.sha256(f"{draft.channel}\0{draft.subject}\0{draft.body}".encode()).hexdigest()


def _contact(
    key: str, client: int, actor: Actor, channel: str, purpose: str, draft_id: str | None, at: dt.datetime
) -> dict[str, Any]:
    row = {"key": key, "client": client, "author": actor.actor_id, "channel": channel, "purpose": purpose}
    return row | {"draft_id": draft_id, "at": at}


def _claim(draft: Draft, sentence: str, rests_on: tuple[str, ...]) -> list[Any]:
    return [sentence, list(rests_on), *(["own"] if sentence in draft.own else [])]


def select_drafts() -> Any:
    """Return the query of drafts with their client's id."""
    return select(clients.c.client_id, drafts).join_from(drafts, clients)


def read_draft(row: Any) -> Draft:
    """Return a draft from a row of `select_drafts`."""
    values = {name: row[name] for name in Draft.__dataclass_fields__ if name != "own"}
    claims = tuple((one[0], tuple(one[1])) for one in row["claims"])
    own = tuple(one[0] for one in row["claims"] if len(one) > 2)
    return Draft(**values | {"claims": claims, "items": tuple(row["items"]), "own": own})


def _day(at: dt.date) -> str:
    return f"{at.day} {at:%B %Y}"
