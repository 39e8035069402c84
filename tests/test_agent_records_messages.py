import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from agent.context import Actor
from agent.errors import Refused
from agent.records.messages import ALL_CHANNELS, CHANNELS, CONTACT_EVERY, Draft, channel_of, may_contact
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, MANAGER, START, ServiceWorld

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def draft(number: int = 1, client_id: str = "c1", thread: str = "t1") -> Draft:
    claims = (("Dear Ada,", ("The name on record is Ada",)), ("Hello.", ()))
    fixed = {"channel": "e-mail", "tone": "warm", "language": "en", "subject": "S", "claims": claims, "items": ("i2",)}
    return Draft(f"d{number}", client_id, thread, "a1", body="Dear Ada,", state="draft", at=START, **fixed)


@pytest.mark.parametrize(
    ("words", "channel"),
    [
        ("text message in the evening", "text message"),
        ("SMS", "text message"),
        ("e-mail", "e-mail"),
        ("Email", "e-mail"),
        ("a letter", "letter"),
        ("WhatsApp text", "WhatsApp"),
        ("context", None),
        ("", None),
    ],
)
def test_channels_are_known_by_several_words(words: str, channel: str | None) -> None:
    assert channel_of(words) == channel


def test_the_records_own_channel_is_agreed_and_no_other(world: ServiceWorld) -> None:
    assert may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START).allowed
    for channel in set(CHANNELS) - {"e-mail"}:
        decision = may_contact(world.boutique, ASSOCIATE, "c1", channel, START)
        assert not decision.allowed
        assert "agreed to: e-mail" in decision.reason
    assert may_contact(world.boutique, MANAGER, "c2", None, START).channel == "text message"
    assert not may_contact(world.boutique, ASSOCIATE, "c3", None, START).allowed


def test_a_withdrawal_beats_the_record_and_earlier_consent(world: ServiceWorld) -> None:
    messages = world.shop.messages
    messages.record_consent(ASSOCIATE, "c1", "letter", given=True, source="form", key="1", at=START)
    assert may_contact(world.boutique, ASSOCIATE, "c1", "letter", START).allowed
    messages.record_consent(ADA, "c1", "e-mail", given=False, source="said", key="2", at=START + DAY)
    assert not may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START + DAY).allowed
    assert may_contact(world.boutique, ASSOCIATE, "c1", None, START + DAY).channel == "letter"
    messages.record_consent(ADA, "c1", ALL_CHANNELS, given=False, source="said", key="3", at=START + DAY)
    assert not may_contact(world.boutique, ASSOCIATE, "c1", "letter", START + DAY).allowed
    messages.record_consent(ADA, "c1", "letter", given=True, source="form", key="4", at=START + 2 * DAY)
    assert may_contact(world.boutique, ASSOCIATE, "c1", "letter", START + 2 * DAY).allowed


def test_of_consent_and_withdrawal_at_one_moment_the_withdrawal_holds(world: ServiceWorld) -> None:
    for key, given in (("1", False), ("2", True)):
        world.shop.messages.record_consent(ADA, "c1", "letter", given=given, source="s", key=key, at=START)
    assert not may_contact(world.boutique, ASSOCIATE, "c1", "letter", START).allowed


def test_one_message_in_two_weeks_whoever_of_the_house_writes(world: ServiceWorld) -> None:
    world.shop.messages.record_contact(MANAGER, "c1", "letter", "invitation", key="1", at=START)
    decision = may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START + 3 * DAY)
    assert not decision.allowed
    assert decision.earliest == dt.date(2026, 3, 17)
    assert "the last message went out on 2 March 2026" in decision.reason
    assert "the earliest day is 17 March 2026" in decision.reason
    assert not may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START + CONTACT_EVERY - DAY / 24).allowed
    assert may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START + CONTACT_EVERY).allowed
    earliest = dt.datetime.combine(decision.earliest, dt.time(0), dt.UTC)
    assert may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", earliest).allowed


@pytest.mark.parametrize(("actor", "client_id"), [(ASSOCIATE, "c2"), (COLLEAGUE, "c1"), (ADA, "c1"), (ASSOCIATE, "no")])
def test_who_may_not_see_or_write_is_refused(world: ServiceWorld, actor: Actor, client_id: str) -> None:
    with pytest.raises(Refused):
        may_contact(world.boutique, actor, client_id, "e-mail", START)
    with pytest.raises(Refused):
        world.shop.messages.keep(actor, draft(client_id=client_id), key="k")


def test_a_new_draft_discards_the_threads_older_one_only(world: ServiceWorld) -> None:
    messages = world.shop.messages
    messages.keep(ASSOCIATE, draft(1), key="1")
    messages.keep(ASSOCIATE, draft(2, thread="t2"), key="2")
    kept = messages.keep(ASSOCIATE, draft(3), key="3")
    assert kept == draft(3)
    assert [(one.draft_id, one.state) for one in messages.all(ASSOCIATE, "c1")] == [
        ("d1", "discarded"),
        ("d2", "draft"),
        ("d3", "draft"),
    ]
    assert messages.newest(ASSOCIATE, "c1", "t1") == kept
    assert messages.newest(ASSOCIATE, "c1", "t9") is None


def test_the_same_call_written_twice_is_one_draft(world: ServiceWorld) -> None:
    messages = world.shop.messages
    first = messages.keep(ASSOCIATE, draft(1), key="1")
    assert messages.keep(ASSOCIATE, draft(2), key="1") == first
    assert len(messages.all(ASSOCIATE, "c1")) == 1
    with pytest.raises(IntegrityError):
        messages.keep(ASSOCIATE, draft(1), key="2")


def test_a_shopper_sees_no_drafts_about_herself(world: ServiceWorld) -> None:
    world.shop.messages.keep(ASSOCIATE, draft(1), key="1")
    with pytest.raises(Refused):
        world.shop.messages.all(ADA, "c1")
    with pytest.raises(Refused):
        world.shop.messages.newest(ADA, "c1", "t1")


def test_an_unknown_channel_has_no_consent(world: ServiceWorld) -> None:
    with pytest.raises(Refused, match="no channel 'pigeon'"):
        world.shop.messages.record_consent(ADA, "c1", "pigeon", given=True, source="s", key="1", at=START)
    with pytest.raises(Refused, match="no channel 'all'"):
        world.shop.messages.record_consent(ADA, "c1", ALL_CHANNELS, given=True, source="s", key="1", at=START)
    assert not may_contact(world.boutique, ASSOCIATE, "c1", "pigeon", START).allowed
