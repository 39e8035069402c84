"""kill -9 at random moments of chat and feedback: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests import kill_child
from tests.desk import Desk

KILLS = 60
SEED = 20261122
ROOT = Path(__file__).parents[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    desk = Desk(tmp_path / "boutique")
    desk.close()
    return tmp_path / "boutique"


class Killed:
    """The process that forks a chatting child for every seed."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kill_child", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip

    def run(self, seed: int, n_lines: int, after_s: float) -> Iterator[str]:
        """Let a child chat, kill it a little after it said some lines; yield all it said before it died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{seed}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline().split()[1])
        assert self._process.stdout.readline() == "ready\n"
        for _ in range(n_lines):
            yield self._process.stdout.readline().strip()
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
        while (line := self._process.stdout.readline()) != "gone\n":
            assert line, "the process ended by itself"
            yield line.strip()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(folder: Path) -> None:
    rng = random.Random(SEED)
    killed = Killed(folder)
    acknowledged: set[tuple[str, int]] = set()
    liked: set[tuple[str, int]] = set()
    interrupted = 0
    try:
        for number in range(KILLS):
            for line in killed.run(rng.randrange(10**6), rng.randrange(6), rng.uniform(0.0, 0.1)):
                kind, thread, turn, *_ = line.split()
                (liked if kind == "liked" else acknowledged).add((thread, int(turn)))
            check_files(folder)
            with closing(sqlite3.connect(folder / "turns.db")) as journal:
                states = Counter(state for (state,) in journal.execute("SELECT state FROM turns"))
            assert states["received"] <= 1, f"after kill {number}"
            interrupted += states["received"]
    finally:
        killed.close()
    assert len(acknowledged) > KILLS
    assert liked
    assert interrupted > KILLS // 10  # the kills do fall into turns
    check_records(folder, acknowledged, liked)


def check_files(folder: Path) -> None:
    for name in ("boutique.db", "turns.db", "threads.db"):
        with closing(sqlite3.connect(folder / name)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], name
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == [], name


def check_records(folder: Path, acknowledged: set[tuple[str, int]], liked: set[tuple[str, int]]) -> None:
    """Open the boutique once more: every thread goes on, and the likes are those of the turns."""
    desk = kill_child.Desk(folder)
    for thread in kill_child.THREADS:
        conversation = desk.conversation(thread)
        if conversation.interrupted is not None:
            kill_child.answer(conversation, conversation.interrupted.message)
        kill_child.answer(conversation, "suggest something")
        assert conversation.interrupted is None
        assert len(conversation.view()["slate"]) == 3
    turns = {(thread, turn.number): turn for thread in kill_child.THREADS for turn in desk.journal.turns(thread)}
    assert all(turns[one].state == "answered" for one in acknowledged)
    assert all(turn.state == "answered" for turn in turns.values())  # whoever was interrupted was sent again
    rows = Counter(row["key"].split(":")[0] for row in written_likes(folder))
    said = Counter(thread for thread, number in turns if "noted as liked" in turns[thread, number].answer)
    assert rows == said  # one row for each turn that says so: none lost, none twice
    assert all("noted as liked" in turns[one].answer for one in liked)
    desk.close()


def written_likes(folder: Path) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(folder / "boutique.db")) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute("SELECT key FROM feedback WHERE verdict = 'like'").fetchall()
