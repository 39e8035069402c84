import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from agent.context import Actor
from agent.records.access_keys import AccessKeys
from agent.settings import Settings
from recsys.data.boutique import Boutique
from recsys.data.service_tables import access_keys
from recsys.errors import InputError, NotFound
from recsys.schema import Client
from ui.serve_commands import keys as keys_command

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
STAFF = Actor("a1", "associate")


@pytest.fixture
def boutique(tmp_path: Path) -> Iterator[Boutique]:
    made = Boutique.create(tmp_path / "boutique")
    with made.writer() as writer:
        writer.upsert_clients([Client(client_id="c1", associate_id="a1")])
    yield made
    made.close()


def test_a_key_speaks_for_its_actor_and_only_its_hash_is_kept(boutique: Boutique) -> None:
    keys = AccessKeys(boutique)
    issued = keys.add(STAFF, "till 3", days=90, now=NOW)
    found = keys.find(issued.text, NOW)
    assert found == issued.record
    assert found.actor == STAFF
    assert found.expires_at == NOW + dt.timedelta(days=90)
    stored = repr([dict(row) for row in boutique.database.rows(select(access_keys))])
    secret = issued.text.split("_", 2)[-1]
    assert len(secret) >= 32
    assert secret not in stored


def test_no_two_keys_are_alike(boutique: Boutique) -> None:
    keys = AccessKeys(boutique)
    texts = {keys.add(STAFF, "", days=1, now=NOW).text for _ in range(50)}
    assert len(texts) == 50


@pytest.mark.parametrize("change", ["last letter", "another id", "no secret", "longer", "empty", "white space"])
def test_anything_but_the_exact_key_opens_nothing(boutique: Boutique, change: str) -> None:
    keys = AccessKeys(boutique)
    one, other = (keys.add(STAFF, "", days=1, now=NOW).text for _ in range(2))
    prefix, secret = one[:15], one[16:]
    presented = {
        "last letter": one[:-1] + ("A" if one[-1] != "A" else "B"),
        "another id": other[:16] + secret,
        "no secret": prefix,
        "longer": one + "A",
        "empty": "",
        "white space": one + "\n",
    }[change]
    assert keys.find(one, NOW) is not None
    assert keys.find(presented, NOW) is None


def test_a_key_ends_when_it_expires_and_at_once_when_it_is_revoked(boutique: Boutique) -> None:
    keys = AccessKeys(boutique)
    short, long = keys.add(STAFF, "", days=1, now=NOW), keys.add(STAFF, "", days=30, now=NOW)
    assert keys.find(short.text, NOW + dt.timedelta(hours=23)) is not None
    assert keys.find(short.text, NOW + dt.timedelta(days=1)) is None
    ended = keys.revoke(long.record.key_id, now=NOW)
    assert keys.find(long.text, NOW) is None
    assert keys.revoke(long.record.key_id, now=NOW + dt.timedelta(days=1)) == ended
    assert [one.is_valid(NOW) for one in keys.all()] == [True, False]


@pytest.mark.parametrize(
    ("actor", "days", "label", "match"),
    [
        (Actor("a1", "associate"), 0, "", "1 to 366"),
        (Actor("a1", "associate"), 367, "", "1 to 366"),
        (Actor("a 1", "associate"), 1, "", "cannot be used"),
        (Actor("", "manager"), 1, "", "cannot be used"),
        (Actor("a1", "admin"), 1, "", "no role 'admin'"),  # type: ignore[arg-type]
        (Actor("a1", "associate"), 1, "x" * 101, "100 visible"),
        (Actor("a1", "associate"), 1, "a\x1b[31m", "visible"),
    ],
)
def test_what_cannot_be_a_key_is_refused(boutique: Boutique, actor: Actor, days: int, label: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        AccessKeys(boutique).add(actor, label, days=days, now=NOW)
    assert AccessKeys(boutique).all() == []


def test_a_shopper_key_needs_a_client_and_a_revocation_a_key(boutique: Boutique) -> None:
    keys = AccessKeys(boutique)
    assert keys.add(Actor("c1", "shopper"), "", days=1, now=NOW).record.actor.actor_id == "c1"
    with pytest.raises(NotFound, match="unknown client 'c9'"):
        keys.add(Actor("c9", "shopper"), "", days=1, now=NOW)
    with pytest.raises(NotFound, match="clienteller keys list"):
        keys.revoke("nothing", now=NOW)


def test_the_commands_issue_list_and_revoke(boutique: Boutique) -> None:
    settings = replace(Settings(), boutique=boutique.path)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(keys_command, arguments, obj=settings)
        assert result.exit_code == 0, result.output
        return result.stdout

    text = run("add", "--as", "associate", "--actor", "a1", "--label", "till 3").strip()
    assert re.fullmatch(r"ck_[0-9a-f]{12}_[\w-]{43}", text)
    (told,) = json.loads(run("list", "--json"))
    assert (told["actor_id"], told["label"]) == ("a1", "till 3")
    assert text.rsplit("_", 1)[-1] not in run("list") + run("list", "--json")
    assert told["state"].startswith("valid until")
    assert "is revoked" in run("revoke", told["key_id"])
    assert "revoked" in run("list")
    assert AccessKeys(boutique).find(text, dt.datetime.now(dt.UTC)) is None
