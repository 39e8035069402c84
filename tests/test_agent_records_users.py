"""Users, their sessions, and guests, as they are on record."""

import datetime as dt
from pathlib import Path

import pytest

from agent.context import Actor, Role
from agent.errors import Refused
from agent.policy import GUEST
from agent.records.book import ClientBook
from agent.records.guests import Guests
from agent.records.saved import SavedItems
from agent.records.users import MAX_PASSWORD, MIN_PASSWORD, Users
from agent.records.web_sessions import IDLE, KEPT, LASTS, WebSessions
from recsys.data.boutique import Boutique
from recsys.data.ingest import RESERVED
from recsys.errors import InputError, NotFound
from recsys.schema import Client
from tests.service_world import ADA, ASSOCIATE, BO, MANAGER, START, ServiceWorld

PASSWORD = "correct horse battery"
VISITOR = Actor(f"{GUEST}00ff", "shopper")


@pytest.fixture
def boutique(tmp_path: Path) -> Boutique:
    return ServiceWorld(tmp_path).boutique


def in_file(boutique: Boutique, text: str) -> bool:
    return any(text.encode() in file.read_bytes() for file in boutique.path.glob("boutique.db*"))


def test_a_user_is_recognised_by_name_and_password_alone(boutique: Boutique) -> None:
    users = Users(boutique)
    added = users.add("claire", PASSWORD, ASSOCIATE, now=START)

    assert users.recognise("claire", PASSWORD) == added
    assert added.actor == ASSOCIATE
    for name, password in (("claire", PASSWORD + "x"), ("claire", ""), ("nobody", PASSWORD), ("", "")):
        assert users.recognise(name, password) is None
    assert not in_file(boutique, PASSWORD)


@pytest.mark.parametrize("name", ["", "Claire", "claire martin", "-claire", "x" * 65, "clai\u202ere", "<b>"])
def test_names_that_mislead_are_refused(boutique: Boutique, name: str) -> None:
    with pytest.raises(InputError, match="no name for a user"):
        Users(boutique).add(name, PASSWORD, ASSOCIATE, now=START)


@pytest.mark.parametrize("n", [0, MIN_PASSWORD - 1, MAX_PASSWORD + 1])
def test_passwords_too_short_or_too_long_are_refused(boutique: Boutique, n: int) -> None:
    with pytest.raises(InputError, match=f"{n} characters: use 10 to 200"):
        Users(boutique).add("claire", "x" * n, ASSOCIATE, now=START)


@pytest.mark.parametrize(
    ("actor_id", "role", "error"),
    [
        ("c99", "shopper", NotFound),
        (f"{GUEST}1", "shopper", InputError),
        (f"{GUEST}1", "associate", InputError),
        ("", "manager", InputError),
        ("a b", "associate", InputError),
        ("a1", "owner", InputError),
    ],
)
def test_users_are_somebody(boutique: Boutique, actor_id: str, role: Role, error: type[Exception]) -> None:
    with pytest.raises(error):
        Users(boutique).add("claire", PASSWORD, Actor(actor_id, role), now=START)
    assert Users(boutique).all() == []


def test_a_revoked_user_is_out_at_once_and_for_good(boutique: Boutique) -> None:
    users, sessions = Users(boutique), WebSessions(boutique)
    user = users.add("claire", PASSWORD, ASSOCIATE, now=START)
    token = sessions.begin(ASSOCIATE, user, now=START)
    other = sessions.begin(MANAGER, users.add("m", PASSWORD, MANAGER, now=START), now=START)

    users.revoke("claire", now=START)

    assert users.recognise("claire", PASSWORD) is None
    assert sessions.find(token, now=START) is None
    assert sessions.find(other, now=START) is not None
    with pytest.raises(NotFound, match="no user 'claire' who may log in"):
        users.revoke("claire", now=START)
    back = users.add("claire", "another password", ADA, now=START)
    assert users.recognise("claire", "another password") == back
    assert users.recognise("claire", PASSWORD) is None
    assert sessions.find(token, now=START) is None  # what was open before the name came back stays shut


def test_a_name_is_taken_until_it_is_revoked(boutique: Boutique) -> None:
    users = Users(boutique)
    users.add("claire", PASSWORD, ASSOCIATE, now=START)
    with pytest.raises(InputError, match="there is a user 'claire' already"):
        users.add("claire", "another password", MANAGER, now=START)
    assert users.recognise("claire", PASSWORD) is not None


def test_a_session_is_found_by_its_token_until_it_ends(boutique: Boutique) -> None:
    sessions = WebSessions(boutique)
    token = sessions.begin(VISITOR, None, now=START)
    session = sessions.find(token, now=START)

    assert session is not None
    assert (session.actor, session.user, session.is_guest) == (VISITOR, "", True)
    assert sessions.by_id(session.session_id, now=START) == session
    for wrong in ("", token[:-1], session.session_id, token.swapcase()):
        assert sessions.find(wrong, now=START) is None
    assert not in_file(boutique, token)
    sessions.end(session.session_id, now=START)
    assert sessions.find(token, now=START) is None
    assert sessions.by_id(session.session_id, now=START) is None


def test_a_session_ends_by_rest_and_by_age(boutique: Boutique) -> None:
    sessions = WebSessions(boutique)
    resting, busy = sessions.begin(ASSOCIATE, None, now=START), sessions.begin(ASSOCIATE, None, now=START)
    now, step = START, IDLE / 2
    while now + step < START + LASTS:
        now += step
        assert sessions.find(busy, now=now) is not None
        assert (sessions.find(resting, now=START + IDLE) is None) is (now >= START)
    assert sessions.find(busy, now=START + LASTS) is None


def test_old_sessions_leave_no_rows(boutique: Boutique) -> None:
    sessions = WebSessions(boutique)
    token = sessions.begin(ASSOCIATE, None, now=START)
    session = sessions.find(token, now=START)
    assert session is not None
    assert in_file(boutique, session.session_id)
    later = START + LASTS + KEPT
    sessions.begin(ASSOCIATE, None, now=later)
    with boutique.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM web_sessions").scalar() == 1


def test_nobody_sees_a_guest_but_they_themselves(boutique: Boutique) -> None:
    book = ClientBook(boutique)
    Guests(boutique).welcome(VISITOR)

    assert book.client(VISITOR, VISITOR.actor_id).client_id == VISITOR.actor_id
    for actor in (ASSOCIATE, MANAGER, ADA, Actor(f"{GUEST}00fe", "shopper")):
        with pytest.raises(Refused):
            book.client(actor, VISITOR.actor_id)
        assert VISITOR.actor_id not in {client.client_id for client in book.clients(actor)}


def test_a_guest_is_gone_when_their_session_is_over_and_others_are_not(boutique: Boutique) -> None:
    guests, sessions, lists = Guests(boutique), WebSessions(boutique), SavedItems(boutique)
    second = Actor(f"{GUEST}11ff", "shopper")
    for visitor in (VISITOR, second):
        token = sessions.begin(visitor, None, now=START)
        guests.welcome(visitor)
        lists.put(visitor, visitor.actor_id, "i1", "wishlist", key=f"k-{visitor.actor_id}", at=START)
    lists.put(BO, "c2", "i1", "wishlist", key="k-bo", at=START)
    assert guests.gone(now=START) == []
    session = sessions.find(token, now=START)
    assert session is not None
    sessions.end(session.session_id, now=START)

    assert guests.gone(now=START) == [second.actor_id]
    assert set(guests.gone(now=START + IDLE)) == {VISITOR.actor_id, second.actor_id}
    for client_id in (*guests.gone(now=START), "c2"):
        guests.erase(client_id)

    assert [client.client_id for client in boutique.clients()] == ["c1", "c2", "c3", "c4", VISITOR.actor_id]
    assert lists.all(BO, "c2")
    assert lists.all(VISITOR, VISITOR.actor_id)
    with boutique.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM saved").scalar() == 2


@pytest.mark.parametrize("client_id", ["Guest:1", "GUEST:1", "guest.1", "guestx1"])
def test_a_client_whose_id_only_looks_like_a_guests_is_kept_and_seen(boutique: Boutique, client_id: str) -> None:
    with boutique.writer() as writer:
        writer.upsert_clients([Client(client_id=client_id, associate_id="a1")])
    guests, book = Guests(boutique), ClientBook(boutique)
    assert guests.gone(now=START) == []
    guests.erase(client_id)
    assert {client_id} < {client.client_id for client in book.clients(MANAGER)}


def test_the_ids_of_guests_are_kept_from_every_source() -> None:
    assert RESERVED == GUEST


def test_use_is_not_written_down_while_another_program_writes(
    boutique: Boutique, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsys.data.database.LOCK_WAIT_S", 0.05)
    sessions = WebSessions(boutique)
    token = sessions.begin(ASSOCIATE, None, now=START)
    with boutique.database.transaction():
        assert sessions.find(token, now=START + dt.timedelta(minutes=5)) is not None
