import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from agent.context import TurnContext
from agent.errors import Refused
from agent.events import ApprovalRequest
from agent.floor import approving, drafting, follow_ups, keeping, memory, notes, sending
from agent.records.erasure import erase_client, erase_conversations, threads_of
from recsys.data.boutique import Boutique
from recsys.data.tables import metadata
from tests.service_world import ASSOCIATE, COLLEAGUE, MANAGER, ServiceWorld, context

CANARY = "CANARY7731"


def live(world: ServiceWorld, where: TurnContext, canary: str) -> None:
    """Write into every table that one client's conversation can fill, each time with the canary."""
    shop, thread = world.shop, where.thread_id
    state = world.slate("i2", "i5", client_id=where.client_id or "", actor=where.actor)
    memory.remember(shop, where, f"loves {canary}", f"{thread}:1")
    notes.add_note(shop, where, f"Allergic to {canary}. She said {canary}.", f"{thread}:2", world.emit)
    follow_ups.add_follow_up(shop, where, f"call about {canary}", "tomorrow", f"{thread}:3")
    keeping.give_feedback(shop, where, state, "1", "like", canary, f"{thread}:4")
    keeping.save(shop, where, state, "1", "wishlist", f"{thread}:5")
    shop.messages.record_consent(
        where.actor, where.client_id or "", "e-mail", given=True, source=canary, key=f"{thread}:6", at=world.now
    )
    drafting.draft_message(shop, where, state, ["1"], None, None, "e-mail", f"{thread}:7", world.emit)
    sending.send_message(shop, where, f"{thread}:8", world.emit)
    approving.answer(shop, where, f"approve {world.of_type(ApprovalRequest)[-1].code}", world.emit)
    memory.forget(shop, where, canary, f"{thread}:9", world.emit)


def make_conversation(folder: Path, thread: str, client_id: str, canary: str) -> None:
    with sqlite3.connect(folder / "threads.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS checkpoints (thread_id TEXT, checkpoint BLOB)")
        connection.execute("INSERT INTO checkpoints VALUES (?, ?)", (thread, canary * 50))
    with sqlite3.connect(folder / "turns.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS threads (thread_id TEXT, client_id TEXT)")
        connection.execute("CREATE TABLE IF NOT EXISTS turns (thread_id TEXT, message TEXT)")
        connection.execute("INSERT INTO threads VALUES (?, ?)", (thread, client_id))
        connection.execute("INSERT INTO turns VALUES (?, ?)", (thread, canary))


def holding(folder: Path, canary: str) -> list[str]:
    return [file.name for file in folder.iterdir() if file.is_file() and canary.encode() in file.read_bytes()]


def test_nothing_of_an_erased_client_is_left_in_any_file(tmp_path: Path) -> None:
    folder = tmp_path / "boutique"
    world = ServiceWorld(folder)
    live(world, context(thread="tA"), CANARY)
    live(world, context(client_id="c4", thread="tB"), "OTHER5512")
    make_conversation(folder, "tA", "c1", CANARY)
    make_conversation(folder, "tC", "c1", CANARY)  # nothing was written in it
    make_conversation(folder, "tB", "c4", "OTHER5512")
    world.close()
    assert set(holding(folder, CANARY)) == {"boutique.db", "threads.db", "turns.db"}
    boutique = Boutique.open(folder)
    threads = threads_of(boutique, ASSOCIATE, "c1")
    assert {"tA", "tC"} <= threads
    assert "tB" not in threads
    erased = erase_client(boutique, ASSOCIATE, "c1")
    assert erase_conversations(folder, threads) == 6
    boutique.close()
    used = {name for name, count in erased.items() if count}
    assert used >= {"facts", "notes", "proposals", "follow_ups", "feedback", "saved", "consents", "drafts", "contacts"}
    assert "approvals" in used
    assert holding(folder, CANARY) == []
    assert holding(folder, "OTHER5512") != []


def test_the_record_and_the_purchases_stay(tmp_path: Path) -> None:
    world = ServiceWorld(tmp_path / "boutique")
    erase_client(world.boutique, MANAGER, "c1")
    assert world.boutique.client("c1").name == "Ada Lund"
    assert len(world.boutique.interactions("c1")) == 3
    world.close()


def test_only_who_sees_the_client_may_erase(tmp_path: Path) -> None:
    world = ServiceWorld(tmp_path / "boutique")
    with pytest.raises(Refused):
        erase_client(world.boutique, COLLEAGUE, "c1")
    with pytest.raises(Refused):
        threads_of(world.boutique, COLLEAGUE, "c1")
    world.close()


def test_every_table_with_rows_of_clients_is_erased(tmp_path: Path) -> None:
    """A table added later must be erased too, or be named as not ours."""
    world = ServiceWorld(tmp_path / "boutique")
    erased = erase_client(world.boutique, MANAGER, "c1")
    about_clients = {
        table.name
        for table in metadata.sorted_tables
        if any("clients" in str(key.target_fullname) for key in table.foreign_keys)
    }
    assert about_clients - set(erased) == {"interactions"}
    for table in metadata.sorted_tables:
        world.boutique.database.rows(select(table))
    world.close()
