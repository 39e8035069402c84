import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ormsgpack
import pytest
from langchain_core.messages import AIMessage
from langgraph.checkpoint.serde.jsonplus import EXT_CONSTRUCTOR_POS_ARGS, JsonPlusSerializer

from agent.events import Card, Notice, TextDelta, TurnEvent
from agent.graph import open_saver
from agent.turns import checkpoints
from agent.turns.journal import Journal
from tests.desk import Desk
from tests.scripted import call


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "boutique")
    yield desk
    desk.close()


def text_of(events: list[TurnEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta)).strip()


def notices(events: list[TurnEvent]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def overwrite(desk: Desk, thread: str, kind: str, blob: bytes, *, every: bool = False) -> None:
    newest = "" if every else " AND checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?)"
    desk.saver.conn.execute(
        f"UPDATE checkpoints SET type = ?, checkpoint = ? WHERE thread_id = ?{newest}",
        (kind, blob, thread) if every else (kind, blob, thread, thread),
    )
    desk.saver.conn.commit()


def malicious(marker: Path) -> bytes:
    """A checkpoint that makes the default serializer run a command when it is read."""
    run = ormsgpack.packb(("os", "system", [f"touch {marker}"]))
    return ormsgpack.packb(ormsgpack.Ext(EXT_CONSTRUCTOR_POS_ARGS, run))


def test_the_planted_row_is_one_that_works_on_the_default_serializer(tmp_path: Path) -> None:
    JsonPlusSerializer(allowed_msgpack_modules=True).loads_typed(("msgpack", malicious(tmp_path / "marker")))
    assert (tmp_path / "marker").exists()


@pytest.mark.parametrize("every", [False, True])
def test_a_planted_row_does_not_run_and_is_thrown_away(desk: Desk, tmp_path: Path, every: bool) -> None:
    conversation = desk.talk(AIMessage("One."), AIMessage("Two."), AIMessage("Three."))
    list(conversation.respond("one"))
    list(conversation.respond("two"))
    overwrite(desk, "t1", "msgpack", malicious(tmp_path / "marker"), every=every)
    events = list(conversation.respond("three"))
    assert not (tmp_path / "marker").exists()
    assert text_of(events) == "Three."
    assert ["could not be read" in text for text in notices(events)] == [True]


@pytest.mark.parametrize(
    ("kind", "blob"),
    [("msgpack", b"\xff\x00 not msgpack"), ("msgpack", b""), ("pickle", b"cos\nsystem\n(S'true'\ntR."), ("json", b"{"),
     ("msgpack", ormsgpack.packb({"channel_values": {"messages": "text"}})), ("msgpack", ormsgpack.packb([1, 2]))],
)  # fmt: skip
def test_a_damaged_row_loses_only_its_thread_and_it_is_said(desk: Desk, kind: str, blob: bytes) -> None:
    one = desk.talk(call("recommend"), AIMessage("Here."), AIMessage("Again."), AIMessage("Hello."), thread="t1")
    list(one.respond("suggest"))
    other = desk.talk(thread="t2")
    overwrite(desk, "t1", kind, blob, every=True)
    assert text_of(events := list(one.respond("and now?"))) == "Again."
    assert len(notices(events)) == 1
    assert notices(list(other.respond("hi"))) == []


def test_of_a_damaged_newest_row_the_turns_before_are_kept(desk: Desk) -> None:
    conversation = desk.talk(call("recommend"), AIMessage("Here."), AIMessage("So."), AIMessage("Again."))
    list(conversation.respond("suggest"))
    shown = conversation.view()["slate"]
    list(conversation.respond("fine"))
    overwrite(desk, "t1", "msgpack", b"\xff")
    list(conversation.respond("and now?"))
    assert conversation.view()["slate"] == shown


def test_only_the_newest_states_of_a_thread_are_kept(desk: Desk) -> None:
    conversation = desk.talk(*[AIMessage(f"Answer {number}.") for number in range(30)], thread="t1")
    list(desk.talk(thread="other").respond("hi"))
    for number in range(29):
        list(conversation.respond(f"message {number}"))
    rows = dict(desk.saver.conn.execute("SELECT thread_id, count(*) FROM checkpoints GROUP BY thread_id").fetchall())
    assert rows == {"t1": checkpoints.KEPT, "other": 1}
    assert len(conversation.messages()) < 60  # older turns are in short
    assert desk.saver.conn.execute("SELECT count(*) FROM writes").fetchone()[0] == 0


def test_a_message_sent_again_after_a_fault_begins_where_its_first_run_did(desk: Desk, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    conversation = desk.talk(call("recommend"), AIMessage("Here."), journal=journal)
    list(conversation.respond("suggest"))
    first = conversation.view()
    desk.model.script[:] = [call("refine", critique="warmer")]
    stream = conversation.respond("warmer")
    while not isinstance(next(stream), Card):
        pass
    stream.close()  # the browser went away with the new slate half shown
    assert conversation.interrupted is not None
    assert conversation.interrupted.message == "warmer"
    desk.model.script[:] = [call("refine", critique="warmer"), AIMessage("Warmer.")]
    events = list(conversation.respond("warmer"))
    assert conversation.interrupted is None
    assert conversation.view()["past"] == [first] if "past" in conversation.view() else True
    moved = conversation.view()["moves"]["warmth"]
    desk.model.script[:] = [call("recommend"), AIMessage("."), call("refine", critique="warmer"), AIMessage("Warmer.")]
    fresh = desk.talk(thread="t2", journal=journal)
    list(fresh.respond("suggest"))
    list(fresh.respond("warmer"))
    assert moved == fresh.view()["moves"]["warmth"]  # moved once, not twice
    assert text_of(events) == "Warmer."
    assert [turn.state for turn in conversation.turns()] == ["answered", "answered"]
    journal.close()


def test_feedback_of_a_turn_that_is_sent_again_is_one_entry(desk: Desk, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    conversation = desk.talk(call("recommend"), AIMessage("Here."), journal=journal)
    list(conversation.respond("suggest"))
    desk.model.script[:] = [call("record_feedback", item="1", verdict="like")]  # then the model fails for good
    stream = conversation.respond("I like the first")
    for event in stream:
        if type(event).__name__ == "ToolFinished":
            break
    stream.close()
    desk.model.script[:] = [call("record_feedback", item="1", verdict="like"), AIMessage("Noted.")]
    list(conversation.respond("I like the first"))
    rows = sqlite3.connect(desk.boutique.path / "boutique.db").execute("SELECT count(*) FROM feedback").fetchone()
    assert rows == (1,)
    journal.close()


def test_the_file_is_for_its_owner_only_and_strict_whatever_the_environment_says(tmp_path: Path) -> None:
    open_saver(tmp_path / "threads.db").conn.close()
    assert stat.S_IMODE((tmp_path / "threads.db").stat().st_mode) == 0o600
    code = "import agent.state\nfrom langgraph.checkpoint.serde import _msgpack\nassert _msgpack.STRICT_MSGPACK_ENABLED"
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "LANGGRAPH_STRICT_MSGPACK": "false"})
