"""The tables of what happens between a boutique and its clients: likes, lists, facts, notes, messages, approvals.

They share boutique.db with the catalogue, so that every query can be limited to the clients that somebody may see.
Every row that a tool writes has a `key` that names the occasion (thread and tool call): written twice, it counts once.
"""

from __future__ import annotations

from sqlalchemy import REAL, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from recsys.data.tables import Json, Moment, clients, items, metadata


def _one_of(column: str, *values: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})")


def _number() -> Column[int]:
    return Column("number", Integer, primary_key=True)


def _key() -> Column[str]:
    return Column("key", Text, nullable=False, unique=True)


def _client() -> Column[int]:
    return Column("client", Integer, ForeignKey(clients.c.number), nullable=False, index=True)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


# The wish list and the basket: one row for an item in a place. A removed one stays, so that a wish which came with the
# client's record does not return.
saved = Table(
    "saved",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("item", Integer, ForeignKey(items.c.number), nullable=False),
    Column("place", Text, _one_of("place", "wishlist", "basket"), nullable=False),
    Column("state", Text, _one_of("state", "kept", "removed"), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)
Index("saved_once", saved.c.client, saved.c.item, saved.c.place, unique=True)

# What is remembered of a client for good, with who said it and when. `amount` is a move along a guided attribute.
facts = Table(
    "facts",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("kind", Text, _one_of("kind", "size", "taste", "avoid", "preference", "date"), nullable=False),
    _text("subject"),
    _text("value"),
    Column("amount", REAL),
    _text("source"),
    _text("author"),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)
Index("facts_once", facts.c.client, facts.c.kind, facts.c.subject, unique=True)

reason_feedback = Table(
    "reason_feedback",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("item", Integer, ForeignKey(items.c.number), nullable=False),
    Column("verdict", Text, _one_of("verdict", "helpful", "unhelpful", "wrong"), nullable=False),
    _text("reason"),  # as it was shown
    _text("source"),  # who worded it
    _text("comment"),
    _text("author"),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# Notes written here; those that came with the client's record stay in `clients`.
notes = Table(
    "notes",
    metadata,
    _number(),
    _key(),
    _client(),
    _text("author"),
    _text("text"),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# What a note suggests about the client's taste: it counts only once a person has accepted it.
proposals = Table(
    "proposals",
    metadata,
    _number(),
    Column("note", Integer, ForeignKey(notes.c.number), nullable=False, index=True),
    _text("kind"),
    _text("subject"),
    _text("value"),
    Column("amount", REAL),
    _text("words"),  # of the note, that it rests on
    Column("state", Text, _one_of("state", "open", "accepted", "rejected"), nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    sqlite_strict=True,
)

follow_ups = Table(
    "follow_ups",
    metadata,
    _number(),
    _key(),
    _client(),
    _text("author"),
    _text("what"),
    _text("due"),  # a date, ISO 8601
    Column("state", Text, _one_of("state", "open", "done", "dropped"), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# Messages to a client; `claims` maps each sentence to the evidence that it rests on.
drafts = Table(
    "drafts",
    metadata,
    _number(),
    _key(),
    Column("draft_id", Text, nullable=False, unique=True),
    _client(),
    _text("thread"),
    _text("author"),
    _text("channel"),
    _text("tone"),
    _text("language"),
    _text("subject"),
    _text("body"),
    Column("claims", Json, nullable=False),
    Column("items", Json, nullable=False),
    Column("state", Text, _one_of("state", "draft", "outbox", "discarded"), nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# Every contact with a client that counts for how often they are written to.
contacts = Table(
    "contacts",
    metadata,
    _number(),
    _key(),
    _client(),
    _text("author"),
    _text("channel"),
    _text("purpose"),
    Column("draft_id", Text),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

consents = Table(
    "consents",
    metadata,
    _number(),
    _key(),
    _client(),
    _text("channel"),
    Column("state", Text, _one_of("state", "given", "withdrawn"), nullable=False),
    _text("source"),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

look_books = Table(
    "look_books",
    metadata,
    _number(),
    _key(),
    Column("look_book_id", Text, nullable=False, unique=True),
    _client(),
    _text("author"),
    _text("title"),
    Column("pages", Json, nullable=False),  # the greeting; for each piece its id, the reason and what it rests on
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# A human's leave to do one exact thing once: bound to who may give it, the thread, the arguments and a time.
approvals = Table(
    "approvals",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("code", Text, nullable=False, unique=True),
    _text("approver"),  # role and id
    _text("thread"),
    _text("action"),
    Column("arguments", Json, nullable=False),
    _text("digest"),
    Column("expires_at", Moment, nullable=False),
    Column("state", Text, _one_of("state", "open", "approved", "declined"), nullable=False),
    Column("decided_at", Moment),
    sqlite_strict=True,
)

# Keys of programs (REST, MCP): only their hash is kept.
access_keys = Table(
    "access_keys",
    metadata,
    _number(),
    Column("key_id", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False, unique=True),
    _text("actor_id"),
    Column("role", Text, _one_of("role", "shopper", "associate", "manager"), nullable=False),
    _text("label"),
    Column("at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    sqlite_strict=True,
)

# People who may log in to the page. The password's argon2id hash is all that is kept of it.
users = Table(
    "users",
    metadata,
    _number(),
    Column("name", Text, nullable=False, unique=True),
    _text("password_hash"),
    _text("actor_id"),
    Column("role", Text, _one_of("role", "shopper", "associate", "manager"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("revoked_at", Moment),
    sqlite_strict=True,
)

# Open sessions of the page: of the cookie's token only the hash is kept. A guest has no user.
web_sessions = Table(
    "web_sessions",
    metadata,
    _number(),
    Column("session_id", Text, nullable=False, unique=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("user", Integer, ForeignKey(users.c.number), index=True),
    _text("actor_id"),
    Column("role", Text, _one_of("role", "shopper", "associate", "manager"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("used_at", Moment, nullable=False),
    Column("ended_at", Moment),
    sqlite_strict=True,
)

# What was put before a client, with the reason that stood beside it: what the dashboard counts.
impressions = Table(
    "impressions",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("item", Integer, ForeignKey(items.c.number), nullable=False),
    _text("shown_to"),  # role and id of who looked
    _text("thread"),
    _text("way"),  # how it came, see agent.records.impressions
    _text("reason_source"),  # who worded the reason, "none" where there was no strong one
    Column("reason_kinds", Json, nullable=False),  # kinds of the evidence that the reason rests on
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# Entries of the list of today that somebody put aside, with the words of why they were on it.
dismissals = Table(
    "dismissals",
    metadata,
    _number(),
    _key(),
    _client(),
    _text("author"),
    _text("occasion"),
    _text("why"),
    Column("until", Text, nullable=False),  # a date, ISO 8601
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# What became of a message in the outbox. "begun" stands before the mail server is spoken to and stays if nobody knows
# how that ended; "copied" is a message that somebody sent by their own means.
deliveries = Table(
    "deliveries",
    metadata,
    _number(),
    _key(),
    Column("draft_id", Text, nullable=False, index=True),
    _client(),
    Column("state", Text, _one_of("state", "begun", "sent", "failed", "copied"), nullable=False),
    _text("detail"),
    _text("author"),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# What a client did about a message: the rule of attribution goes by the strongest.
responses = Table(
    "responses",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("draft_id", Text, nullable=False, index=True),
    Column("kind", Text, _one_of("kind", "opened", "visited", "replied"), nullable=False),
    _text("author"),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)

# Clients who changed hands, with the brief that went with them.
handovers = Table(
    "handovers",
    metadata,
    _number(),
    _key(),
    _client(),
    Column("from_associate", Text),
    _text("to_associate"),
    _text("author"),
    Column("brief", Json, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_strict=True,
)
