import datetime as dt
import sqlite3
import subprocess
import sys
import threading

import pytest
from sqlalchemy.exc import IntegrityError

from agent.context import Actor
from agent.records.opinions import Feedback, Opinions
from agent.records.saved import SavedItems
from recsys.data import database, service_tables, tables
from recsys.data.boutique import Boutique
from recsys.errors import InputError, NotReady
from recsys.schema import Client, Interaction, Item

NOON = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
HAT = Item(item_id="hat-1", title="Hat", price_minor=100, currency="EUR")


@pytest.fixture
def boutique(tmp_path):
    opened = Boutique.create(tmp_path / "boutique")
    with opened.writer() as writer:
        writer.upsert_items([HAT, Item(item_id="bag-1", title="Bag"), Item(item_id="shoe-1", title="Shoe")])
        writer.upsert_clients([Client(client_id="anna")])
    yield opened
    opened.close()


MANAGER = Actor("m1", "manager")
FIRST_VERSION = ("items", "clients", "interactions", "guided_sets", "guided_scores", "feedback")


def give_feedback(boutique, key):
    return Opinions(boutique).add(MANAGER, "anna", Feedback("hat-1", "like", "", NOON), key=key)


def bought(item_id, day):
    return Interaction(client_id="anna", item_id=item_id, at=NOON + dt.timedelta(days=day))


def test_newer_schema_is_refused_in_one_line(boutique):
    boutique.close()
    with sqlite3.connect(boutique.path / "boutique.db") as connection:
        connection.execute(f"PRAGMA user_version = {database.SCHEMA_VERSION + 1}")
    connection.close()

    for opened in (Boutique.open, Boutique.create):
        with pytest.raises(InputError, match="schema version 4, .* knows up to 3: update clienteller") as caught:
            opened(boutique.path)
        assert "\n" not in str(caught.value)


def test_a_database_of_the_first_version_is_brought_up_to_date_and_keeps_its_wishes(boutique):
    boutique.close()
    with sqlite3.connect(boutique.path / "boutique.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for table in service_tables.metadata.sorted_tables:
            if table.name not in FIRST_VERSION:
                connection.execute(f"DROP TABLE {table.name}")
        connection.execute(
            "INSERT INTO feedback (key, client, item, verdict, reason, at) VALUES"
            " ('k1', 1, 1, 'wishlist', '', '2025-01-01T00:00:00.000000+00:00'),"
            " ('k2', 1, 1, 'like', '', '2025-01-02T00:00:00.000000+00:00')"
        )
        connection.execute("PRAGMA user_version = 1")
    connection.close()

    for _ in range(2):
        upgraded = Boutique.open(boutique.path)
        assert [one.place for one in SavedItems(upgraded).all(MANAGER, "anna")] == ["wishlist"]
        assert [one.verdict for one in Opinions(upgraded).all(MANAGER, "anna")] == ["like"]
        with upgraded.database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == database.SCHEMA_VERSION
        upgraded.close()


def test_other_databases_and_damaged_ones_are_refused(tmp_path):
    with sqlite3.connect(tmp_path / "boutique.db") as connection:
        connection.execute("CREATE TABLE other (a)")
    connection.close()
    with pytest.raises(InputError, match="not the database of a boutique"):
        Boutique.open(tmp_path)

    (tmp_path / "boutique.db").write_bytes(b"no database at all " * 100)
    for opened in (Boutique.open, Boutique.create):
        with pytest.raises(InputError, match="cannot be read .*not a database"):
            opened(tmp_path)


def test_damage_found_later_is_an_input_error(boutique):
    boutique.close()
    file = boutique.path / "boutique.db"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)

    with pytest.raises(InputError, match="ingest anew"):
        Boutique.open(boutique.path).items()


def test_the_schema_refuses_what_no_code_should_write(boutique):
    row = {**tables.item_row(HAT), "item_id": "bad", "price_minor": -1}
    with pytest.raises(IntegrityError), boutique.database.transaction() as connection:
        connection.execute(tables.items.insert(), row)
    with pytest.raises(IntegrityError), boutique.database.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO guided_scores VALUES (999, '[1]')")
    with pytest.raises(IntegrityError), boutique.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE items SET price_minor = 'cheap'")


def test_reading_connections_cannot_write(boutique):
    with pytest.raises(InputError, match="readonly"), boutique.database.read() as connection:
        connection.exec_driver_sql("DELETE FROM items")


def test_readers_see_whole_states_while_a_writer_writes(boutique):
    with boutique.writer() as writer:
        writer.add_interactions([bought("hat-1", day) for day in range(10)])
    seen, failures, done = [], [], threading.Event()

    def read():
        try:
            while not done.is_set():
                seen.append(len(boutique.interactions("anna")))
                boutique.sequences()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for start in range(10, 110, 10):
        with boutique.writer() as writer:
            for day in range(start, start + 10):
                writer.add_interactions([bought("hat-1", day)])
    done.set()
    for thread in threads:
        thread.join()

    assert failures == []
    assert {count % 10 for count in seen} == {0}
    assert boutique.n_interactions() == 110


def test_many_threads_give_feedback_at_once(boutique):
    results = []

    def give(number):
        results.append(give_feedback(boutique, f"k{number % 8}"))

    threads = [threading.Thread(target=give, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [False] * 8 + [True] * 8
    assert len(Opinions(boutique).all(MANAGER, "anna")) == 8


def test_a_second_writer_waits_and_then_says_so(boutique, monkeypatch):
    monkeypatch.setattr(database, "LOCK_WAIT_S", 0.1)
    other = Boutique.open(boutique.path)
    with boutique.writer():
        with pytest.raises(NotReady, match="is being written to"):
            give_feedback(boutique, "k")
        with pytest.raises(NotReady, match="is being written to"):
            give_feedback(other, "k")
        assert other.n_items() == 3
    assert give_feedback(other, "k")


def test_a_killed_writer_leaves_the_boutique_as_it_was(boutique):
    script = (
        "import os, sys, pathlib\n"
        "from recsys.data.boutique import Boutique\n"
        "from recsys.schema import Item\n"
        "with Boutique.open(pathlib.Path(sys.argv[1])).writer() as writer:\n"
        "    writer.upsert_items([Item(item_id=f'x{n}', title='X') for n in range(5000)])\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(boutique.path)], check=False)

    assert killed.returncode == -9
    assert boutique.n_items() == 3
    assert give_feedback(boutique, "k")
