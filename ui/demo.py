"""Makes the demo ready: ingest the bundled boutique, train, index, fetch the language model, add users; each once.

The demo's users share a password made at the first start. It stands in a file beside the boutique that its owner alone
may read, to be printed at every start: a password fixed in the program would be known to everybody, and would go on
opening the boutique wherever its folder is served from later, on a network too.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.chat_models.model_file import fetch_chat_weights
from agent.context import Actor
from agent.records.users import Users
from agent.settings import Settings
from recsys.artifacts import refresh_index, served_ranker, weights_folder
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.errors import InputError, NotReady, StaleArtifact
from recsys.indexing import Report
from recsys.language_model import fetch_language_model
from recsys.models.training import train_boutique
from ui.user_commands import new_password

USERS_FILE = "demo-users.json"
Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoUser:
    """Somebody who may log in to the demo; `about` says in words who they are."""

    name: str
    actor: Actor
    about: str


def prepare_demo(settings: Settings, say: Say, report: Report) -> None:
    """Make whatever the demo lacks.

    Args:
        settings: Where the boutique and the model cache are, and which chat model is wanted.
        say: Called with one line for each step.
        report: Called with (what is being done, done, in all) during long steps.
    """
    say(f"boutique: {settings.boutique}")
    say(ingest(open_source(), settings.boutique).lines()[-1])
    _train(settings, say)
    say("index: built" if refresh_index(settings.boutique, report) else "index: up to date")
    if settings.explainer in ("auto", "seller") and settings.chat_model != "none":
        say("small language model for reasons: fetching 93 MB if it is not in the cache yet")
        fetch_language_model(settings.cache, lambda done, total: report("small language model", done, total))
    if settings.chat_model == "embedded" and settings.model_file is None:
        say("language model: fetching 1.1 GB if it is not in the cache yet")
        fetch_chat_weights(settings.cache, lambda done, total: report("language model", done, total))


def _train(settings: Settings, say: Say) -> None:
    boutique = Boutique.open(settings.boutique)
    try:
        served_ranker(boutique)
        say("rankers: trained")
    except (NotReady, StaleArtifact):
        train_boutique(boutique, weights_folder(boutique), on_progress=say)
    finally:
        boutique.close()


def demo_users(folder: Path) -> list[str]:
    """Make the demo's users where they are missing; return the lines that tell who may log in, and how."""
    boutique = Boutique.open(folder)
    try:
        cast, users = _cast(boutique), Users(boutique)
        password = _kept_password(folder / USERS_FILE) or ""
        known = {one.name: users.recognise(one.name, password) for one in cast}
        if any(user is None or user.actor != one.actor for one in cast for user in [known[one.name]]):
            _require_ours(users, [one for one in cast if known[one.name] is None])
            password = new_password()
            _write(folder / USERS_FILE, password)  # first: users whose password is lost are made anew
            for one in cast:
                _add(users, one, password)
    finally:
        boutique.close()
    told = [f"  {one.name:<10} {one.about}" for one in cast]
    return ["log in with one of these names, or look around as a guest:", *told, f"  password   {password}"]


def _cast(boutique: Boutique) -> list[DemoUser]:
    """Choose who is who: the associate with the most clients, and of these the shopper with the most purchases."""
    clients = {client.client_id: client for client in boutique.clients()}
    books = Counter(client.associate_id for client in clients.values() if client.associate_id is not None)
    associate = min(books, key=lambda one: (-books[one], one))
    history = boutique.sequences()
    bought = {client_id: len(history.of(index)) for index, client_id in enumerate(history.clients)}
    own = [client_id for client_id, client in clients.items() if client.associate_id == associate]
    shopper = min(own, key=lambda one: (-bought.get(one, 0), one))
    name = clients[shopper].name or shopper
    return [
        DemoUser("associate", Actor(associate, "associate"), f"has a book of {books[associate]} clients"),
        DemoUser("manager", Actor("manager", "manager"), "sees the whole boutique"),
        DemoUser("shopper", Actor(shopper, "shopper"), f"is {name}, who bought {bought.get(shopper, 0)} pieces"),
    ]


def _require_ours(users: Users, cast: Sequence[DemoUser]) -> None:
    """Raise InputError if somebody else has the name of a user of the demo."""
    actors = {user.name: user.actor for user in users.all() if user.revoked_at is None}
    for one in cast:
        if actors.get(one.name, one.actor) != one.actor:
            raise InputError(
                f"there is a user {one.name!r} who is not of the demo: give the demo a --boutique of its own"
            )


def _add(users: Users, one: DemoUser, password: str) -> None:
    now = dt.datetime.now(dt.UTC)
    if any(user.name == one.name and user.revoked_at is None for user in users.all()):
        users.revoke(one.name, now=now)
    users.add(one.name, password, one.actor, now=now)


def _kept_password(file: Path) -> str | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    password = kept.get("password") if isinstance(kept, dict) else None
    return password if isinstance(password, str) else None


def _write(file: Path, password: str) -> None:
    file.unlink(missing_ok=True)  # so that the new one has the rights below from its first moment
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        json.dump({"password": password}, opened)
