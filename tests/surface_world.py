"""The small world behind the surfaces: an open assistant with a scripted model, and keys for everybody who may call."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from langchain_core.messages import AIMessage, BaseMessage
from pydantic import Field, SkipValidation
from starlette.types import ASGIApp

from agent.assistant import Assistant
from agent.chat_models.backends import Backend, open_planner
from agent.context import Actor
from agent.intent.vocabulary import vocabulary_of
from agent.records.access_keys import AccessKeys
from recsys.data.boutique import Boutique
from tests.desk import Desk
from tests.scripted import ScriptedChatModel, call
from tests.small_world import CATALOGUE, WordEncoder

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ACTORS = {  # c1 is in the book of a1, c2 in that of a2
    "own": Actor("a1", "associate"),
    "foreign": Actor("a2", "associate"),
    "shopper": Actor("c1", "shopper"),
    "other shopper": Actor("c2", "shopper"),
    "manager": Actor("m1", "manager"),
}
STRANGERS = ("nobody", "wrong", "revoked", "expired")


def recommended() -> tuple[AIMessage, AIMessage]:
    """What a model answers to a wish for suggestions."""
    return call("recommend"), AIMessage("Three quiet pieces.")


class PatientModel(ScriptedChatModel):
    """Answers only once `gate` is open, so that a test can look at a turn under way."""

    gate: SkipValidation[threading.Event] = Field(default_factory=threading.Event)
    asked: int = 0

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        self.asked += 1
        assert self.gate.wait(20)
        return super()._next(messages)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class World:
    """An open assistant and the keys to it, by who holds them; "expired" and "revoked" were an associate's."""

    assistant: Assistant
    model: PatientModel
    keys: dict[str, str]
    clock: Clock

    def header(self, who: str) -> dict[str, str]:
        """The header that a caller sends; none for "nobody"."""
        return {"authorization": f"Bearer {self.keys[who]}"} if who in self.keys else {}


@contextmanager
def open_world(folder: Path) -> Iterator[World]:
    """Open the boutique; its model answers at once until a test closes the gate."""
    desk = Desk(folder)
    model = PatientModel()
    model.gate.set()
    planner = open_planner(vocabulary_of(CATALOGUE, WordEncoder()))
    backend = Backend(model, "Scripted", "remote", "A script answers.")
    assistant = Assistant(desk.shop, backend, planner, "Small")
    yield World(assistant, model, _keys(desk.boutique), Clock())
    desk.saver.conn.close()
    assistant.close()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Serve an application on loopback; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def _keys(boutique: Boutique) -> dict[str, str]:
    keys = AccessKeys(boutique)
    texts = {who: keys.add(actor, who, days=30, now=NOW).text for who, actor in ACTORS.items()}
    ended = keys.add(ACTORS["own"], "revoked", days=30, now=NOW)
    keys.revoke(ended.record.key_id, now=NOW)
    old = keys.add(ACTORS["own"], "expired", days=1, now=NOW - dt.timedelta(days=2))
    wrong = texts["own"][:-1] + ("A" if texts["own"][-1] != "A" else "B")
    return texts | {"revoked": ended.text, "expired": old.text, "wrong": wrong}
