"""The real site in a process of its own over a copy of a boutique, with people made for a measurement."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.context import ROLES, Actor, Role
from agent.policy import GUEST
from recsys.errors import NotReady

START_S = 300.0  # an embedded model reads a gigabyte from disk first
_CONVERSATIONS = ("threads.db*", "turns.db*", "traces.db*")
_GUESTS_EVERY = 5


@dataclass(frozen=True)
class Visitor:
    """Somebody with an open session.

    Attributes:
        client_id: Whom they talk about.
        token: What their session's cookie bears.
    """

    actor: Actor
    client_id: str
    token: str


@dataclass(frozen=True)
class Login:
    """A user who can log in at the door."""

    role: Role
    name: str
    password: str


@dataclass(frozen=True)
class Memory:
    """Megabytes of a process in memory, now and at most; None where the system does not tell."""

    now_mb: float | None
    peak_mb: float | None


@dataclass(frozen=True)
class Site:
    """A site that answers.

    Attributes:
        start_s: Seconds from its start until it answered.
    """

    address: str
    process_id: int
    start_s: float

    def memory(self) -> Memory:
        """Return what its process takes."""
        try:
            status = Path(f"/proc/{self.process_id}/status").read_text(encoding="ascii")
        except OSError:
            return Memory(None, None)
        told = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith("Vm")}
        return Memory(int(told["VmRSS"]) / 1024, int(told["VmHWM"]) / 1024)


def copy_boutique(source: Path, target: Path) -> None:
    """Copy a boutique without its conversations; a boutique that is open elsewhere is copied whole all the same.

    Raises:
        NotReady: If there is no boutique.
    """
    if not (source / "boutique.db").is_file():
        raise NotReady(f"no boutique in {str(source)!r}: run 'clienteller demo' or 'clienteller ingest' first")
    records = ("boutique.db", "boutique.db-wal", "boutique.db-shm", "boutique.lock")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*records, *_CONVERSATIONS), dirs_exist_ok=True)
    with sqlite3.connect(source / "boutique.db") as old, sqlite3.connect(target / "boutique.db") as new:
        old.backup(new)
    old.close()
    new.close()


def make_people(folder: Path, n: int) -> tuple[list[Visitor], list[Login]]:
    """Open sessions for n visitors, and add a user of each role.

    Every fifth visitor is a guest; of the others every second is a shopper, every second a manager who talks about
    that client.
    """
    from agent.records.guests import Guests
    from agent.records.users import Users
    from agent.records.web_sessions import WebSessions
    from recsys.data.boutique import Boutique

    boutique = Boutique.open(folder)
    try:
        now = dt.datetime.now(dt.UTC)
        clients = [client.client_id for client in boutique.clients() if not client.client_id.startswith(GUEST)]
        if not clients:
            raise NotReady("the boutique has no clients: ingest some first")
        sessions, guests, users = WebSessions(boutique), Guests(boutique), Users(boutique)
        visitors = []
        for number in range(n):
            actor, client_id = _who(number, clients[number % len(clients)])
            visitors.append(Visitor(actor, client_id, sessions.begin(actor, None, now=now)))
            if client_id.startswith(GUEST):
                guests.welcome(actor)
        associate = next((one.associate_id for one in boutique.clients() if one.associate_id), "load")
        ids: dict[Role, str] = {"shopper": clients[0], "associate": associate, "manager": "load"}
        logins = [Login(role, f"load-{secrets.token_hex(4)}", secrets.token_urlsafe(18)) for role in ROLES]
        for login in logins:
            users.add(login.name, login.password, Actor(ids[login.role], login.role), now=now)
        return visitors, logins
    finally:
        boutique.close()


def _who(number: int, client_id: str) -> tuple[Actor, str]:
    if number % _GUESTS_EVERY == _GUESTS_EVERY - 1:
        guest = f"{GUEST}{secrets.token_hex(8)}"
        return Actor(guest, "shopper"), guest
    return (Actor(client_id, "shopper") if number % 2 else Actor("load", "manager")), client_id


@contextmanager
def serving(folder: Path, chat_model: str, log: Path) -> Iterator[Site]:
    """Serve a boutique's site on a free port of this machine until the end.

    Raises:
        NotReady: If it does not start; the message ends with what it said last.
    """
    port = _free_port()
    options: Sequence[str] = ("--boutique", str(folder), "--model", chat_model, "serve", "--port", str(port))
    command = [sys.executable, "-c", "from ui.cli import main; main()", *options]
    began = time.perf_counter()
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=os.environ)
    try:
        address = f"http://127.0.0.1:{port}"
        while not _answers(address):
            if process.poll() is not None or time.perf_counter() - began > START_S:
                last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
                raise NotReady(f"the site did not start: {last[0] if last else 'it said nothing'}")
            time.sleep(0.1)
        yield Site(address, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
