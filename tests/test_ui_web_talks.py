"""Conversations on the server: whose they are, and what becomes of them."""

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage

from agent.context import Actor
from agent.errors import ModelUnavailable, Refused
from agent.records.handovers import Handovers
from recsys.errors import NotFound
from tests.scripted import call
from tests.surface_world import ACTORS, recommended
from tests.web_world import Rooms, open_rooms
from ui.limits import Limits, Quota
from ui.turn import Block, Remark, Slate, Step, Words
from ui.web import talks
from ui.web.talks import BUSY, CUT_OFF, ENDED, FAULT, MAX_MESSAGE, Talk, Talks

OWN, FOREIGN, MANAGER, SHOPPER = (ACTORS[who] for who in ("own", "foreign", "manager", "shopper"))
MAY_SEE: dict[Actor, set[str | None]] = {
    OWN: {"c1", "c3", None},
    FOREIGN: {"c2", None},
    MANAGER: {"c1", "c2", "c3", None},
    SHOPPER: {"c1"},
}


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rooms]:
    with open_rooms(Path(tmp_path_factory.mktemp("rooms"))) as opened:
        yield opened


@pytest.fixture
def talk(rooms: Rooms) -> Talk:
    rooms.world.model.script.clear()
    return rooms.house.talks.open(OWN, "c1")


def last(talk: Talk, message: str) -> tuple[Block, ...]:
    return list(talk.answer(message))[-1]


def reopened(rooms: Rooms) -> Talks:
    """Return the conversations as a server that has just started finds them."""
    return Talks(rooms.world.assistant)


def test_a_conversation_begins_with_a_greeting_and_remembers_its_turns(rooms: Rooms, talk: Talk) -> None:
    greeting = talk.blocks
    assert isinstance(greeting[-1], Words)
    assert greeting[-1].text.startswith("This is about Ada.")
    rooms.world.model.script.extend(recommended())

    after = last(talk, "  What do you suggest? ")

    assert after[: len(greeting) + 1] == (*greeting, Words("What do you suggest?", by_client=True))
    assert [one for one in after if isinstance(one, Slate)]
    assert rooms.house.talks.find(OWN, talk.key).blocks == after


def test_two_conversations_do_not_share_what_they_show(rooms: Rooms, talk: Talk) -> None:
    other = rooms.house.talks.open(OWN, "c1")
    before = other.blocks
    rooms.world.model.script.extend(recommended())
    last(talk, "What do you suggest?")
    assert talk.conversation.view()["slate"]
    assert other.blocks == before
    assert not other.conversation.view()


@pytest.mark.parametrize("actor", MAY_SEE)
@pytest.mark.parametrize("client_id", ["c1", "c2", "c3", "c99", "", None])
def test_a_conversation_begins_only_about_whom_one_sees(rooms: Rooms, actor: Actor, client_id: str | None) -> None:
    if client_id in MAY_SEE[actor]:
        assert rooms.house.talks.open(actor, client_id).context.actor == actor
    else:
        with pytest.raises(Refused):
            rooms.house.talks.open(actor, client_id)


def test_keys_cannot_be_guessed(rooms: Rooms) -> None:
    keys = {rooms.house.talks.open(OWN, "c1").key for _ in range(40)}
    assert len(keys) == 40
    assert min(map(len, keys)) >= 32
    for key in ("", "c1", "a" * 32, "%", "' OR 1=1 --", "\x00", "../turns.db"):
        with pytest.raises(NotFound, match="has ended, or is not yours"):
            rooms.house.talks.find(OWN, key)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([*MAY_SEE]), st.sampled_from(["c1", "c2", None])), min_size=2, max_size=6))
def test_no_sequence_of_conversations_finds_anothers(rooms: Rooms, begun: list[tuple[Actor, str | None]]) -> None:
    """Among those open, and again on a server that has just started, for everybody with every key."""
    opened = [rooms.house.talks.open(*one) for one in begun if one[1] in MAY_SEE[one[0]]]
    for actor in (*MAY_SEE, Actor(OWN.actor_id, "manager"), Actor("c1", "associate"), Actor("", "shopper")):
        for talk in opened:
            if talk.context.actor == actor:
                assert rooms.house.talks.find(actor, talk.key) is talk
                continue
            for on_server in (rooms.house.talks, reopened(rooms)):
                with pytest.raises(NotFound):
                    on_server.find(actor, talk.key)


def test_a_client_who_changed_hands_takes_the_conversation_out_of_sight(rooms: Rooms) -> None:
    talk = rooms.house.talks.open(OWN, "c3")
    client = rooms.house.assistant.shop.boutique.client("c3")
    writer = rooms.house.assistant.shop.boutique.writer
    with writer() as at:
        at.upsert_clients([client.model_copy(update={"associate_id": "a2"})])
    try:
        with pytest.raises(NotFound):
            rooms.house.talks.find(OWN, talk.key)
    finally:
        with writer() as at:
            at.upsert_clients([client])
    assert rooms.house.talks.find(OWN, talk.key) is talk


@pytest.mark.parametrize("message", ["", "  \n ", "x" * (MAX_MESSAGE + 1)])
def test_empty_and_too_long_messages_never_reach_the_assistant(talk: Talk, message: str) -> None:
    before = talk.blocks
    after = last(talk, message)
    assert talk.conversation.turns() == []
    assert talk.blocks == before
    assert after == before or "4,001 characters" in str(after[-1])


def test_a_second_message_waits_its_turn(rooms: Rooms, talk: Talk) -> None:
    rooms.world.model.script.extend([AIMessage("One."), AIMessage("Two.")])
    turn = talk.answer("first")
    next(turn)
    assert last(talk, "second")[-1] == Remark(BUSY)
    assert Words("One.") in list(turn)[-1]
    assert Words("Two.") in last(talk, "third")
    assert [one.message for one in talk.conversation.turns()] == ["first", "third"]


def test_an_answer_is_cut_off_when_the_browser_goes_away(rooms: Rooms, talk: Talk) -> None:
    rooms.world.model.script.extend([*recommended(), *recommended()])
    turn = talk.answer("What do you suggest?")
    while not any(isinstance(block, Step) for block in next(turn)):
        pass
    turn.close()  # type: ignore[attr-defined]  # a generator, which is what the page closes

    assert talk.blocks[-1] == Remark(CUT_OFF)
    assert all(block.duration_s is not None for block in talk.blocks if isinstance(block, Step))
    assert talk.conversation.interrupted is not None
    rooms.world.model.script[:] = recommended()
    assert [one for one in last(talk, "What do you suggest?") if isinstance(one, Slate)]
    assert [one.state for one in talk.conversation.turns()] == ["answered"]


def test_a_server_that_has_just_started_goes_on(rooms: Rooms, talk: Talk) -> None:
    rooms.world.model.script.extend([*recommended(), AIMessage("Of wool.")])
    last(talk, "What do you suggest?")
    last(talk, "What is the first made of?")
    turn = talk.answer("And the second?")
    assert next(turn) == next(turn)  # shown, then written down
    turn.close()  # type: ignore[attr-defined]

    again = reopened(rooms).find(OWN, talk.key)

    said = [block.text for block in again.blocks if isinstance(block, Words) and block.by_client]
    assert said == ["What do you suggest?", "What is the first made of?", "And the second?"]
    assert again.blocks[-1] == Remark(CUT_OFF)
    assert again.conversation.view()["slate"] == talk.conversation.view()["slate"]


def test_a_fault_is_told_without_its_text(rooms: Rooms, talk: Talk, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> Iterator[object]:
        yield from ()
        raise RuntimeError("SECRET-OF-THE-HOUSE")

    talk.conversation.respond = fail  # type: ignore[method-assign, assignment]
    with caplog.at_level(logging.ERROR):
        after = last(talk, "hello")
    assert after[-1] == Remark(FAULT)
    assert "RuntimeError" in caplog.text
    assert "SECRET" not in caplog.text + str(after)
    assert not talk.is_busy


@pytest.mark.parametrize(
    "error", [ModelUnavailable("http://gpu.internal:8000 said SECRET"), OSError("SECRET key=sk-1")]
)
def test_what_a_language_model_says_of_its_failure_is_never_shown(
    rooms: Rooms, talk: Talk, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> AIMessage:
        raise error

    monkeypatch.setattr(type(rooms.world.model), "_next", fail)
    assert not re.search(r"SECRET|gpu\.internal|sk-1", str(last(talk, "hello")))


def test_only_so_much_is_kept_in_memory(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talks, "MAX_OF_ONE", 2)
    monkeypatch.setattr(talks, "MAX_OPEN", 4)
    kept = reopened(rooms)
    busy = kept.open(OWN, "c1")
    turn = busy.answer("hello")
    next(turn)
    for actor in (OWN, FOREIGN, MANAGER):
        opened = [kept.open(actor, None) for _ in range(5)]
        assert kept.find(actor, opened[-1].key) is opened[-1]
        with pytest.raises(NotFound):  # nothing was said in it, so nothing is left of it
            kept.find(actor, opened[0].key)
    assert len(kept._open) <= 4
    assert kept.find(OWN, busy.key) is busy
    turn.close()  # type: ignore[attr-defined]


def test_the_oldest_words_of_a_long_conversation_scroll_away(
    rooms: Rooms, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talks, "MAX_BLOCKS", 6)
    for n in range(6):
        rooms.world.model.script.append(AIMessage(f"Answer {n}."))
        last(talk, f"message {n}")
    assert len(talk.blocks) <= 6
    assert Words("message 0", by_client=True) not in talk.blocks
    assert Words("message 5", by_client=True) in talk.blocks


def test_a_session_sends_and_works_only_so_much(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    house, talk = rooms.house, rooms.house.talks.open(OWN, "c1")
    session = house.session(house.enter(OWN, house.users.recognise("own", "correct horse battery")))
    assert session is not None
    monkeypatch.setattr(house, "quota", Quota(Limits(messages_a_minute=2, turns_at_once=1)))
    rooms.world.model.script[:] = [AIMessage("One."), AIMessage("Two.")]
    turn = house.answer(session, talk.key, "hello")
    next(turn)
    at_once = list(house.answer(session, house.talks.open(OWN, "c1").key, "hello"))[-1]
    assert "are being worked on" in str(at_once[-1])
    list(turn)
    refused = list(house.answer(session, talk.key, "hello"))[-1]
    assert refused[:-1] == talk.blocks  # what was said stays on show
    assert "more than 2 messages a minute" in str(refused[-1])
    with pytest.raises(NotFound):
        list(house.answer(session, house.talks.open(FOREIGN, "c2").key, "hello"))


def test_nothing_more_is_shown_of_a_client_who_went_into_other_hands(rooms: Rooms) -> None:
    house, talk = rooms.house, rooms.house.talks.open(OWN, "c3")
    session = house.session(house.enter(OWN, house.users.recognise("own", "correct horse battery")))
    assert session is not None
    rooms.world.model.script[:] = recommended()
    turn = house.answer(session, talk.key, "What do you suggest?")
    assert Words("What do you suggest?", by_client=True) in next(turn)
    Handovers(house.assistant.shop.boutique).give(MANAGER, "a2", {"c3": []}, key="away", at=house.clock())
    try:
        assert list(turn) == [(Remark(ENDED),)]
        assert not talk.is_busy
        with pytest.raises(NotFound):
            next(house.answer(session, talk.key, "And now?"))
    finally:
        Handovers(house.assistant.shop.boutique).give(MANAGER, "a1", {"c3": []}, key="back", at=house.clock())


def test_a_tool_call_is_a_step(rooms: Rooms, talk: Talk) -> None:
    rooms.world.model.script.extend([call("recommend"), AIMessage("There.")])
    assert [block.ok for block in last(talk, "What do you suggest?") if isinstance(block, Step)] == [True]
