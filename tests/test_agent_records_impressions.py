"""What was shown is counted once, by whoever may see the client, and never at a turn's expense; so are responses."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from agent.conversation import Conversation
from agent.errors import Refused
from agent.events import Card, TextDelta
from agent.floor import enquiries
from agent.records.erasure import erase_client, threads_of
from agent.records.impressions import Impression, Impressions
from agent.records.responses import Response, Responses
from agent.state import TurnResult
from recsys.data.boutique import Boutique
from recsys.data.service_tables import drafts, impressions
from recsys.errors import InputError, NotFound
from recsys.schema import Explanation, Item
from tests.service_world import ADA, ASSOCIATE, BO, COLLEAGUE, MANAGER, START, ServiceWorld, context
from tests.surface_world import ACTORS, recommended
from tests.web_world import Rooms, open_rooms

SHOWN = (Impression("i4", "recommend", "template", ("history",)), Impression("i5", "recommend", "none", ()))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    opened = ServiceWorld(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


def _rows(boutique: Boutique, **wanted: str) -> list[Any]:
    rows = boutique.database.rows(select(impressions).order_by(impressions.c.number))
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _talk(rooms: Rooms, who: str, client_id: str | None) -> Conversation:
    return rooms.house.talks.open(ACTORS[who], client_id).conversation


def test_an_item_counts_once_on_an_occasion(world: ServiceWorld) -> None:
    written = Impressions(world.boutique)

    assert written.add(context(), SHOWN, occasion="turn 1", at=START) == 2
    assert written.add(context(), [*SHOWN, SHOWN[0]], occasion="turn 1", at=START) == 0
    assert written.add(context(), SHOWN[:1], occasion="turn 2", at=START) == 1

    first = _rows(world.boutique)[0]
    assert (first["shown_to"], first["thread"], first["way"]) == ("associate:a1", "t1", "recommend")
    assert (first["reason_source"], first["reason_kinds"]) == ("template", ["history"])


def test_nothing_is_counted_about_the_book_or_for_strangers(world: ServiceWorld) -> None:
    written = Impressions(world.boutique)

    assert written.add(context(client_id=None), SHOWN, occasion="turn 1", at=START) == 0
    with pytest.raises(Refused, match="no client 'c1'"):
        written.add(context(actor=BO), SHOWN, occasion="turn 1", at=START)
    written.note(context(actor=BO), SHOWN, occasion="turn 1", at=START)

    assert _rows(world.boutique) == []


def test_a_client_is_erased_with_what_they_were_shown(world: ServiceWorld) -> None:
    Impressions(world.boutique).add(context(thread="t7"), SHOWN, occasion="turn 1", at=START)
    Impressions(world.boutique).add(context(client_id="c3"), SHOWN, occasion="turn 2", at=START)

    assert "t7" in threads_of(world.boutique, ASSOCIATE, "c1")
    assert erase_client(world.boutique, ASSOCIATE, "c1")["impressions"] == 2
    assert len(_rows(world.boutique)) == 2


def test_a_program_is_counted_once_a_day(world: ServiceWorld) -> None:
    for _ in range(2):
        enquiries.recommend(world.shop, ASSOCIATE, "c1", k=3)
    world.now += timedelta(days=1)
    enquiries.recommend(world.shop, ASSOCIATE, "c1", k=3)

    rows = _rows(world.boutique)
    assert [row["way"] for row in rows] == ["program"] * 6
    assert {row["thread"] for row in rows} == {""}


def test_a_turn_counts_its_cards_with_their_reasons(rooms: Rooms) -> None:
    talk = _talk(rooms, "own", "c1")
    rooms.world.model.script.extend(recommended())
    cards = [event for event in talk.respond("What do you suggest?") if isinstance(event, Card)]

    rows = _rows(rooms.world.assistant.shop.boutique, thread=talk.context.thread_id)
    assert [(row["way"], row["shown_to"]) for row in rows] == [("recommend", "associate:a1")] * len(cards) != []
    assert [row["reason_source"] for row in rows] == [card.reason.source for card in cards if card.reason]
    assert rows[0]["reason_kinds"] == sorted({fact.kind for fact in cards[0].reason.evidence})  # type: ignore[union-attr]


def test_what_a_hand_puts_on_show_is_counted_too(rooms: Rooms) -> None:
    talk = _talk(rooms, "shopper", "c1")
    reason = Explanation("Quiet.", (), {}, "template")
    shown = Card(1, Item(item_id="i4", title="Bag", category=("Bags",)), "", (), reason)

    def act(_context, _state, emit):  # type: ignore[no-untyped-def]
        emit(shown)
        return TurnResult("Moved.")

    list(talk.do("More minimal", act))

    (row,) = _rows(rooms.world.assistant.shop.boutique, thread=talk.context.thread_id)
    assert (row["way"], row["shown_to"], row["reason_kinds"]) == ("page", "shopper:c1", [])


def test_a_conversation_across_the_book_is_not_counted(rooms: Rooms) -> None:
    talk = _talk(rooms, "own", None)
    shown = Card(1, Item(item_id="i4", title="Bag", category=("Bags",)), "", (), None)

    def act(_context, _state, emit):  # type: ignore[no-untyped-def]
        emit(shown)
        return TurnResult("There.")

    list(talk.do("Show one", act))

    assert _rows(rooms.world.assistant.shop.boutique, thread=talk.context.thread_id) == []


def test_a_busy_file_spoils_no_turn(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys.data.database.LOCK_WAIT_S", 0.1)
    talk = _talk(rooms, "own", "c1")
    rooms.world.model.script.extend(recommended())
    boutique = rooms.world.assistant.shop.boutique

    with boutique.database.transaction():  # somebody else writes all the while
        events = list(talk.respond("What do you suggest?"))

    assert any(isinstance(event, TextDelta) for event in events)
    assert talk.turns()[-1].state == "answered"
    assert _rows(boutique, thread=talk.context.thread_id) == []


def _message(world: ServiceWorld, state: str = "outbox", client: int = 1) -> str:
    draft_id = f"d-{state}-{client}"
    row = {"key": draft_id, "draft_id": draft_id, "client": client, "thread": "t1", "author": "a1", "channel": "e-mail"}
    row |= {"tone": "warm", "language": "en", "subject": "", "body": "", "claims": [], "items": [], "state": state}
    with world.boutique.database.transaction() as connection:
        connection.execute(insert(drafts).values(**row, at=START))
    return draft_id


def test_a_response_is_kept_once_for_each_key(world: ServiceWorld) -> None:
    responses, draft_id = Responses(world.boutique), _message(world)

    assert responses.record(ASSOCIATE, draft_id, "opened", key="r1", at=START)
    assert not responses.record(ASSOCIATE, draft_id, "opened", key="r1", at=START)
    assert responses.record(MANAGER, draft_id, "replied", key="r2", at=START + timedelta(days=1))

    assert responses.all(ASSOCIATE, "c1") == [
        Response(draft_id, "opened", "a1", START),
        Response(draft_id, "replied", "m1", START + timedelta(days=1)),
    ]


def test_nobody_answers_for_another_book_or_for_what_never_left(world: ServiceWorld) -> None:
    responses, sent = Responses(world.boutique), _message(world)

    with pytest.raises(NotFound, match="has left the house"):
        responses.record(COLLEAGUE, sent, "opened", key="r1", at=START)
    with pytest.raises(NotFound, match="has left the house"):
        responses.record(ASSOCIATE, _message(world, "draft"), "opened", key="r1", at=START)
    with pytest.raises(Refused, match="only the boutique's staff"):
        responses.record(ADA, sent, "opened", key="r1", at=START)
    with pytest.raises(InputError, match="no response 'read'"):
        responses.record(ASSOCIATE, sent, "read", key="r1", at=START)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="no client 'c1'"):
        responses.all(COLLEAGUE, "c1")

    assert responses.all(ASSOCIATE, "c1") == []
