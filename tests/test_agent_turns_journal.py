import datetime as dt
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from agent.context import Actor, TurnContext
from agent.turns.journal import Journal
from recsys.errors import InputError, NotFound, NotReady

ADA = Actor("a1", "associate")
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def context(actor: Actor = ADA, client_id: str | None = "c1", thread_id: str = "t1") -> TurnContext:
    return TurnContext(actor, client_id, thread_id)


def test_a_message_is_written_before_it_is_answered(tmp_path: Path) -> None:
    journal = Journal(tmp_path, lambda: NOW)
    journal.claim(context())
    turn = journal.begin("t1", "hello", "")
    other = sqlite3.connect(tmp_path / "turns.db")
    assert other.execute("SELECT message, state FROM turns").fetchall() == [("hello", "received")]
    other.close()
    journal.end("t1", turn.turn_id, "Hello.")
    (answered,) = journal.turns("t1")
    assert (answered.number, answered.state, answered.answer) == (1, "answered", "Hello.")
    assert answered.received_at == answered.answered_at == NOW
    journal.close()
    assert stat.S_IMODE((tmp_path / "turns.db").stat().st_mode) == 0o600


def test_a_turn_that_was_not_answered_is_interrupted_when_the_thread_is_opened_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.claim(context())
    journal.begin("t1", "hello", "")
    journal.close()  # as after a power cut
    again = Journal(tmp_path)
    again.claim(context())
    last = again.last("t1")
    assert last is not None
    assert last.state == "interrupted"


def test_a_message_sent_again_goes_on_as_the_same_turn(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.claim(context())
    first = journal.begin("t1", "I like the first", "checkpoint 7")
    journal.end("t1", first.turn_id, None)
    again = journal.begin("t1", "I like the first", "checkpoint 9")
    assert (again.turn_id, again.again, again.checkpoint) == (first.turn_id, True, "checkpoint 7")
    journal.end("t1", again.turn_id, "Noted.")
    later = journal.begin("t1", "I like the first", "checkpoint 10")
    assert (later.turn_id != first.turn_id, later.again, later.number) == (True, False, 2)


def test_another_message_after_an_interruption_is_a_turn_of_its_own(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.claim(context())
    journal.end("t1", journal.begin("t1", "one", "").turn_id, None)
    journal.end("t1", journal.begin("t1", "two", "").turn_id, "Two.")
    assert [(turn.message, turn.state) for turn in journal.turns("t1")] == [("one", "interrupted"), ("two", "answered")]


@pytest.mark.parametrize(
    "stranger",
    [
        context(Actor("a2", "associate")),
        context(Actor("a1", "manager")),
        context(Actor("a1", "shopper")),
        context(client_id="c2"),
        context(client_id=None),
    ],
)
def test_a_thread_is_opened_only_by_its_owner_about_its_client(stranger: TurnContext) -> None:
    journal = Journal()
    journal.claim(context())
    with pytest.raises(NotFound, match="begin a new one"):
        journal.claim(stranger)


def test_the_threads_in_which_something_was_said_are_listed_to_their_owner_in_that_role() -> None:
    journal = Journal()
    for thread_id, client_id in (("t1", "c1"), ("t2", None), ("silent", "c2")):
        journal.claim(context(client_id=client_id, thread_id=thread_id))
    for thread_id in ("t1", "t2"):
        journal.end(thread_id, journal.begin(thread_id, f"hello from {thread_id}", "").turn_id, "Hello.")
    listed = [(thread.thread_id, thread.client_id, thread.title) for thread in journal.threads(ADA)]
    assert listed == [("t2", None, "hello from t2"), ("t1", "c1", "hello from t1")]
    assert journal.threads(Actor("a1", "manager")) == journal.threads(Actor("a2", "associate")) == []


def test_of_two_messages_at_once_the_second_is_told_to_wait() -> None:
    journal = Journal()
    journal.claim(context())
    journal.begin("t1", "one", "")
    with pytest.raises(NotReady, match="still being answered"):
        journal.begin("t1", "two", "")
    journal.claim(context())  # opening the thread in another window does not interrupt the turn
    assert journal.turns("t1")[0].state == "received"


def test_what_was_said_about_a_client_can_be_erased_without_a_trace(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for thread_id, client_id in (("t1", "c1"), ("t2", "c2"), ("t3", "c1")):
        journal.claim(context(client_id=client_id, thread_id=thread_id))
        journal.end(thread_id, journal.begin(thread_id, f"CANARY-{client_id}", "").turn_id, "Hello.")
    assert sorted(journal.erase("c1")) == ["t1", "t3"]
    assert [turn.message for turn in journal.turns("t2")] == ["CANARY-c2"]
    assert journal.turns("t1") == []
    journal.close()  # writes the log into the file
    assert b"CANARY-c1" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_many_threads_of_the_process_write_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)

    def chat(name: str) -> None:
        journal.claim(context(thread_id=name))
        for number in range(10):
            turn = journal.begin(name, f"message {number}", "")
            journal.end(name, turn.turn_id, "ok")

    workers = [threading.Thread(target=chat, args=(f"t{number}",)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all([turn.number for turn in journal.turns(f"t{number}")] == list(range(1, 11)) for number in range(8))


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b""])
def test_a_file_that_is_no_journal_is_refused_and_an_empty_one_is_made(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "turns.db").write_bytes(content)
    if not content:
        Journal(tmp_path).close()
        return
    with pytest.raises(InputError, match="restore a copy"):
        Journal(tmp_path)


def test_the_database_of_something_else_is_refused(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "turns.db")
    other.execute("CREATE TABLE notes (text TEXT)")
    other.commit()
    other.close()
    with pytest.raises(InputError, match="not a turn journal"):
        Journal(tmp_path)


def test_a_message_that_cannot_be_written_is_refused_and_the_next_one_is_taken(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.claim(context())
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")  # as a full disk
    with pytest.raises(InputError, match="cannot be written"):
        journal.begin("t1", "long " * 5_000, "")
    journal._connection.execute("PRAGMA max_page_count = 10000")
    assert journal.begin("t1", "long " * 5_000, "").number == 1
