"""The page's rooms with canaries in every record of others, and a visitor who sends routes what they should not get."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote_from_bytes

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import select, update
from starlette.routing import BaseRoute

from agent.context import Actor, TurnContext
from agent.floor import approving
from agent.records.deliveries import Deliveries
from agent.records.dismissals import FOR_GOOD, Dismissals
from agent.records.facts import Fact
from agent.records.handovers import BriefLine, Handovers
from agent.records.look_books import LookBooks, Page, StoredLookBook
from agent.records.messages import Draft, draft_digest
from agent.records.notes import ClientNotes, StoredNote, StoredProposal
from agent.records.opinions import Feedback, ReasonFeedback
from agent.records.responses import Responses
from recsys.data.service_tables import drafts
from recsys.data.tables import clients, metadata
from recsys.schema import Client, Note
from tests.surface_world import ACTORS
from tests.web_world import Rooms
from ui.web import gate

THEIRS, STAFF, GUESTS = "zqtheirs", "zqstaff", "zqguest"
"""What only a2 and a manager may read, what only the staff may read, and what only the guest may."""
VISITOR = Actor("guest:00000000000000a1", "shopper")
OTHER_VISITOR = Actor("guest:00000000000000b2", "shopper")
WHO = {"own": ACTORS["own"], "shopper": ACTORS["shopper"], "manager": ACTORS["manager"], "guest": VISITOR}
DAY = dt.timedelta(days=1)

HOSTILE = (
    b"",
    b"'\"><b zq>{{99991*99989}}",
    b"a\r\nx-zq: 1\r\n\r\n<b zq>",
    b"\0",
    b"\xed\xa0\x80\xff",
    "\u202e\u2066\U000e0041\ufdfa".encode(),
    b"9" * 19,
    b"-1",
    b"1e400",
    b"9999-12-31",
    b"[" * 6_000,
)


@dataclass(frozen=True)
class Planted:
    """The names of what was written about one client."""

    draft_id: str
    outbox_id: str
    failed_id: str
    look_book_id: str
    plan: int
    dismissal: int
    code: str
    talk: str


_ONCE = count()


def plant(rooms: Rooms, actor: Actor, client_id: str, canary: str) -> Planted:
    """Write a record of every kind about a client; each text of it bears the canary."""
    shop, number = rooms.house.assistant.shop, next(_ONCE)
    now = shop.clock() - DAY
    talk = rooms.house.talks.open(actor, client_id)
    where, key = talk.context, f"{talk.key}:{number}"
    shop.follow_ups.add(actor, client_id, canary, now.date() + DAY, key=f"{key}:plan", at=now)
    dismissals = Dismissals(shop.boutique)
    dismissals.add(actor, client_id, f"{canary}:{number}", canary, FOR_GOOD, key=f"{key}:aside", at=now)
    made = StoredLookBook(f"b{number}", actor.actor_id, canary, (Page("i1", canary, (canary,)),), now, canary)
    LookBooks(shop.boutique).add(actor, client_id, made, key=f"{key}:book")
    waiting, failed = (_sent(rooms, where, f"{key}:{place}", canary) for place in ("waiting", "failed"))
    attempt = Deliveries(shop.boutique).begin(actor, failed, canary, at=now)
    Deliveries(shop.boutique).settle(attempt, "failed", canary, at=now)
    Responses(shop.boutique).record(actor, waiting, "opened", key=f"{key}:opened", at=now)
    draft = _draft(rooms, where, key, canary)
    exact = {"draft_id": draft.draft_id, "channel": draft.channel, "digest": draft_digest(draft)}
    asked: list[Any] = []
    approving.ask(shop, where, "send_message", exact, canary, canary, f"{key}:send", asked.append)
    plan = max(one.number for one in shop.follow_ups.plans(actor))
    aside = max(one.number for one in dismissals.standing(actor, now.date()))
    return Planted(draft.draft_id, waiting, failed, f"b{number}", plan, aside, asked[-1].code, talk.key)


def plant_once(rooms: Rooms) -> None:
    """Write what a client has once: name, notes, facts, consents, contacts, opinions, how they changed hands."""
    shop, now = rooms.house.assistant.shop, rooms.house.assistant.shop.clock() - 30 * DAY
    reached = {"contact": "e-mail", "e-mail address": f"{THEIRS}@example.org", "size": THEIRS}
    note = (Note(at=dt.date(2025, 1, 1), text=THEIRS),)
    theirs = Client(client_id="c2", name=f"Bo {THEIRS}", associate_id="a3", preferences=reached, notes=note)
    own = Client(
        client_id="c1",
        name="Ada",
        associate_id="a1",
        preferences={"contact": "e-mail", "e-mail address": "ada@example.org"},
        notes=(replace_text(note[0], STAFF),),
    )
    with shop.boutique.writer() as writer:
        writer.upsert_clients([own, theirs])
    rooms.house.users.add("third", "correct horse battery", Actor("a3", "associate"), now=now)
    brief = [BriefLine("Who they are", "w1", THEIRS, THEIRS, "record")]
    Handovers(shop.boutique).give(ACTORS["manager"], "a2", {"c2": brief}, key="given", at=now)
    for actor, client_id, canary in ((ACTORS["foreign"], "c2", THEIRS), (ACTORS["own"], "c1", STAFF)):
        suggested = (StoredProposal(1, "avoid", canary, "anything", None, canary),)
        ClientNotes(shop.boutique).add(
            actor, client_id, StoredNote(canary, actor.actor_id, now), suggested, key=f"{client_id}:note"
        )
        shop.messages.record_contact(actor, client_id, "telephone", canary, key=f"{client_id}:contact", at=now - DAY)
        said = ReasonFeedback("i1", "wrong", canary, "template", canary, actor.actor_id, now)
        shop.opinions.add_of_reason(actor, client_id, said, key=f"{client_id}:reason")
    _plant_facts(rooms, ACTORS["foreign"], "c2", THEIRS)
    size = Fact("size", "shoe size", "39", None, f"written by {STAFF}", STAFF, now)
    shop.facts.put(ACTORS["own"], "c1", size, key="c1:size")
    for visitor in (VISITOR, OTHER_VISITOR):
        rooms.house.enter(visitor, None)
    _plant_facts(rooms, OTHER_VISITOR, OTHER_VISITOR.actor_id, GUESTS)
    rooms.house.talks.open(OTHER_VISITOR, OTHER_VISITOR.actor_id)


def replace_text(note: Note, text: str) -> Note:
    """Return a note with another text."""
    return note.model_copy(update={"text": text})


def _plant_facts(rooms: Rooms, actor: Actor, client_id: str, canary: str) -> None:
    shop, now = rooms.house.assistant.shop, rooms.house.assistant.shop.clock() - 9 * DAY
    shop.facts.put(
        actor, client_id, Fact("avoid", canary, "anything", None, canary, canary, now), key=f"{client_id}:fact"
    )
    shop.messages.record_consent(actor, client_id, "letter", given=True, source=canary, key=f"{client_id}:yes", at=now)
    shop.saved.put(actor, client_id, "i5", "wishlist", key=f"{client_id}:saved", at=now)
    shop.opinions.add(actor, client_id, Feedback("i6", "like", canary, now), key=f"{client_id}:like")


def _draft(rooms: Rooms, where: TurnContext, key: str, canary: str) -> Draft:
    shop = rooms.house.assistant.shop
    told = {"channel": "e-mail", "tone": "warm", "language": "en", "subject": canary, "body": f"{canary}.", "items": ()}
    draft = Draft(
        f"d{abs(hash(key)):x}", where.client_id or "", where.thread_id, where.actor.actor_id,
        claims=((f"{canary}.", (canary,)),), state="draft", at=shop.clock(), **told,
    )  # type: ignore[arg-type]  # fmt: skip
    return shop.messages.keep(where.actor, draft, key=f"{key}:draft")


def _sent(rooms: Rooms, where: TurnContext, key: str, canary: str) -> str:
    draft = _draft(rooms, where, key, canary)
    with rooms.house.assistant.shop.boutique.database.transaction() as connection:
        connection.execute(update(drafts).where(drafts.c.draft_id == draft.draft_id).values(state="outbox"))
    return draft.draft_id


def rows_of(rooms: Rooms, client_id: str) -> dict[str, list[Any]]:
    """Return all that is on record of a client, table by table."""
    database = rooms.house.assistant.shop.boutique.database
    number = database.rows(select(clients.c.number).where(clients.c.client_id == client_id))[0]["number"]
    kept = {"clients": database.rows(select(clients).where(clients.c.number == number))}
    for table in metadata.sorted_tables:
        if "client" in table.c:
            kept[table.name] = database.rows(select(table).where(table.c.client == number).order_by(table.c.number))
    return {name: [tuple(row.values()) for row in rows] for name, rows in kept.items()}


def routes_of(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Yield every route, those of included routers too."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from routes_of(included.routes)


def asked_of(dependant: Any, kind: str) -> dict[str, None]:
    """Return the names that a route and what it depends on read of a kind: path_params, query_params, body_params."""
    found = {one.alias: None for one in getattr(dependant, kind)}
    for one in dependant.dependencies:
        found |= asked_of(one, kind)
    return found


@dataclass(frozen=True)
class Sent:
    """One request: what it put where, and what came back."""

    who: str
    method: str
    path: str
    what: str
    answer: httpx.Response

    def __str__(self) -> str:
        return f"{self.who} {self.method} {self.path} {self.what}: {self.answer.status_code} {self.answer.text[:120]!r}"


@dataclass
class Visitor:
    """Somebody with a session who sends a route one strange value after another, the others as they should be."""

    rooms: Rooms
    app: FastAPI
    who: str
    theirs: Planted
    about: str = "c1"
    n: int = field(default=0)

    async def visit(self, route: APIRoute, strange: Mapping[str, tuple[bytes, ...]]) -> AsyncIterator[Sent]:
        """Yield the answers to a route asked with each of its values strange, one at a time, and in other talks."""
        method = next(iter(route.methods))
        kinds = {kind: list(asked_of(route.dependant, kind)) for kind in ("path_params", "query_params", "body_params")}
        usual, keys = self._usual(route), self._talks()
        transport = httpx.ASGITransport(self.app, client=("127.0.0.1", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://boutique.test") as browser:
            session = self.rooms.house.sessions.begin(WHO[self.who], None, now=self.rooms.house.clock())
            browser.cookies[gate.COOKIE] = session
            roles = self.app.state.rules[method, route.path].roles
            is_open = WHO[self.who].role in roles
            for key in keys if is_open else keys[:1]:
                yield await self._send(browser, method, route.path, kinds, usual, key, "as usual")
            # The manager's answers to hostile values are the associate's, but for the routes that are theirs alone.
            is_own = self.about == "c1" and (self.who != "manager" or len(roles) == 1)
            hostile = HOSTILE if is_open and is_own else ()
            for name in [name for names in kinds.values() for name in names]:
                for value in (*hostile, *strange.get(name, ())):
                    values, what = {**usual, name: value}, f"{name}={value[:40]!r}"
                    yield await self._send(browser, method, route.path, kinds, values, keys[0], what)

    async def _send(
        self,
        browser: httpx.AsyncClient,
        method: str,
        path: str,
        kinds: Mapping[str, list[str]],
        values: Mapping[str, bytes],
        key: str,
        what: str,
    ) -> Sent:
        self.n += 1
        values = {"key": b"kkkkkkkk%d" % self.n, **values}
        url = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: quote_from_bytes(values.get(found[1], b"x"), safe=""), path)
        query, form = (_encoded({name: values.get(name, b"") for name in kinds[kind]}) for kind in KINDS)
        headers = {"X-Talk": key, "content-type": "application/x-www-form-urlencoded"}
        address = f"{url}?{query}" if query else url
        answer = await browser.request(method, address, content=form.encode(), headers=headers)
        return Sent(self.who, method, path, what, answer)

    def _talks(self) -> list[str]:
        """Return the keys to come with: of the own conversations, of another's, of none."""
        actor = WHO[self.who]
        whom = actor.actor_id if actor.role == "shopper" else self.about
        opened = [self.rooms.house.talks.open(actor, whom).key]
        opened += [self.rooms.house.talks.open(actor, None).key] if actor.role != "shopper" else []
        return [*opened, self.theirs.talk, ""]

    def _usual(self, route: APIRoute) -> dict[str, bytes]:
        has_records = self.about == "c1" and route.path.startswith(WITH_RECORDS)
        own = plant(self.rooms, ACTORS["own"], "c1", STAFF) if has_records else None
        values = {name: value.encode() for name, value in (USUAL | _of_route(route.path)).items()}
        if own is not None:
            draft = own.failed_id if route.path.endswith("/send") else own.outbox_id
            number = own.dismissal if route.path.endswith("/undo") else own.plan
            known = {"draft_id": draft, "look_book_id": own.look_book_id, "number": str(number), "code": own.code}
            values |= {name: value.encode() for name, value in known.items()}
        return values


KINDS = ("query_params", "body_params")
WITH_RECORDS = ("/room/outbox", "/room/follow-ups", "/room/look-books", "/room/messages", "/room/today")
USUAL = {
    "about": "a coat", "answer": "no", "associate": "a1", "axis": "warmth", "bought": "bag", "by": "telephone",
    "channel": "e-mail", "client": "c1", "client_id": "c1", "code": "ABCDEF", "days": "90", "decision": "accept",
    "due": (dt.datetime.now(dt.UTC) + 30 * DAY).date().isoformat(),
    "greeting": "Dear Ada", "item": "i1", "item_id": "i1", "kind": "size", "language": "en",
    "mark": "wishlist", "number": "1", "occasion": "taste", "page": "1", "place": "1", "sort": "name", "source": "card",
    "state": "done", "subject": "Hello", "table": "outcomes", "text": "Likes tea", "title": "A title", "to": "a1",
    "tone": "warm", "until": "month", "verdict": "decline", "wanted": "true", "way": "chosen", "what": "call",
    "why": "because", "window": "30", "yes": "true", "body": "Dear Ada, come and see.", "x": "warmth",
}  # fmt: skip


def _of_route(path: str) -> dict[str, str]:
    """Return what a name means on one route alone."""
    match path:
        case "/room/client/consents":
            return {"state": "given"}
        case "/room/outbox/{draft_id}/response":
            return {"kind": "replied"}
        case "/room/look-books/{look_book_id}.html":
            return {"to": "keep"}
        case "/room/pieces" | "/room/pieces/found" | "/room/pieces/piece/{item_id}":
            return {"order": "", "here": "on", "low": "1", "high": "9"}
        case _:
            return {}


def strange_of(theirs: Planted) -> dict[str, tuple[bytes, ...]]:
    """Return the names of another's records, by what a route calls them."""
    named = {
        "draft_id": (theirs.draft_id, theirs.outbox_id, theirs.failed_id),
        "look_book_id": (theirs.look_book_id,),
        "number": (str(theirs.plan), str(theirs.dismissal)),
        "code": (theirs.code,),
        "client_id": ("c2", OTHER_VISITOR.actor_id),
        "client": ("c2", "Bo (c2)", OTHER_VISITOR.actor_id),
        "thread": (theirs.talk,),
        "associate": ("a2", "a3"),
        "everyone_of": ("a2",),
        "item_id": ("c2",),
        "words": ("bo",),
    }
    return {name: tuple(value.encode() for value in values) for name, values in named.items()}


def _encoded(values: Mapping[str, bytes]) -> str:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in values.items())
