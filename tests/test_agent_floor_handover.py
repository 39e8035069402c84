"""Clients who change hands: who sees them then, and the brief that goes with them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import Refused
from agent.floor.handover import MAX_AT_ONCE, hand_over, read_again
from agent.records.handovers import Handovers
from agent.records.opinions import Feedback
from agent.records.users import Users
from recsys.errors import InputError, NotFound
from recsys.schema import Client
from tests.service_world import ADA, ASSOCIATE, CLIENTS, COLLEAGUE, MANAGER, START, ServiceWorld, context


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    opened = ServiceWorld(tmp_path / "boutique")
    yield opened
    opened.close()


def test_the_old_associate_sees_the_client_no_more_and_the_next_one_does(world: ServiceWorld) -> None:
    handed = hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1")

    assert handed.client_ids == ("c1",)
    assert world.shop.book.client(COLLEAGUE, "c1").name == "Ada Lund"
    with pytest.raises(Refused, match="no client 'c1' in your book"):
        world.shop.book.client(ASSOCIATE, "c1")
    assert world.shop.book.client(ADA, "c1").associate_id == "a2"


def test_the_brief_is_kept_and_every_line_is_found_in_the_records_again(world: ServiceWorld) -> None:
    hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1")

    kept = Handovers(world.boutique).newest(COLLEAGUE, "c1")

    assert kept is not None
    assert (kept.from_associate, kept.to_associate, kept.author) == ("a1", "a2", "m1")
    assert "the Cirro fine tee, March 2025, catalogue price €150" in [line.text for line in kept.brief]
    assert all(reading.is_still_so for reading in read_again(world.shop, context(COLLEAGUE), kept))


def test_a_line_that_the_records_no_longer_bear_is_marked(world: ServiceWorld) -> None:
    hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1")
    kept = Handovers(world.boutique).newest(COLLEAGUE, "c1")
    assert kept is not None
    world.shop.messages.record_contact(COLLEAGUE, "c1", "telephone", "said hello", key="t:1", at=START)

    changed = [one.line.text for one in read_again(world.shop, context(COLLEAGUE), kept) if not one.is_still_so]

    assert "no contact on record" in changed
    assert len(changed) < len(kept.brief)


def test_the_same_press_counts_once(world: ServiceWorld) -> None:
    assert hand_over(world.shop, MANAGER, ["c1", "c1"], "a2", key="k1").client_ids == ("c1",)
    assert hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1").client_ids == ()
    assert hand_over(world.shop, MANAGER, ["c1"], "a2", key="k2").client_ids == ()  # already there


def test_an_older_brief_is_not_shown_to_a_third_associate(world: ServiceWorld) -> None:
    hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1")
    world.hand_over("c1", "a7")

    assert Handovers(world.boutique).newest(MANAGER, "c1") is None


@pytest.mark.parametrize("actor", [ASSOCIATE, COLLEAGUE, ADA])
def test_only_a_manager_hands_over(world: ServiceWorld, actor: object) -> None:
    with pytest.raises(Refused):
        hand_over(world.shop, actor, ["c1"], "a2", key="k1")  # type: ignore[arg-type]
    with pytest.raises(Refused):
        Handovers(world.boutique).associates(actor)  # type: ignore[arg-type]


def test_nobody_is_handed_to_a_stranger_or_to_one_who_left(world: ServiceWorld) -> None:
    users = Users(world.boutique)
    users.add("gone", "a long password", COLLEAGUE, now=START)
    users.revoke("gone", now=START)

    for to in ("a2", "a99"):
        with pytest.raises(NotFound, match="no associate"):
            hand_over(world.shop, MANAGER, ["c1"], to, key="k1")
    with pytest.raises(Refused):
        hand_over(world.shop, MANAGER, ["c1", "nobody"], "a1", key="k1")
    with pytest.raises(InputError, match="no client is chosen"):
        hand_over(world.shop, MANAGER, [], "a1", key="k1")
    assert world.shop.book.client(ASSOCIATE, "c1")


def test_associates_are_told_with_name_and_number_of_clients(world: ServiceWorld) -> None:
    Users(world.boutique).add("claire", "a long password", ASSOCIATE, now=START)

    staff = {one.associate_id: one for one in Handovers(world.boutique).associates(MANAGER)}

    assert (staff["a1"].label, staff["a1"].n_clients, staff["a1"].has_left) == ("a1 (claire)", 3, False)
    assert (staff["a2"].label, staff["a2"].n_clients) == ("a2", 1)


def test_a_large_book_goes_in_parts_and_the_rest_is_told(world: ServiceWorld) -> None:
    everybody = [Client(client_id=f"x{number}", associate_id="a2") for number in range(MAX_AT_ONCE + 5)]
    with world.boutique.writer() as writer:
        writer.upsert_clients(everybody)

    handed = hand_over(world.shop, MANAGER, [one.client_id for one in everybody], "a1", key="k1")

    assert (len(handed.client_ids), handed.n_left) == (MAX_AT_ONCE, 5)


def test_a_brief_tells_what_was_turned_down(world: ServiceWorld) -> None:
    refused = Feedback("i4", "dislike", "too shiny", dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    world.shop.opinions.add(ASSOCIATE, "c1", refused, key="o1")
    hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1")

    kept = Handovers(world.boutique).newest(COLLEAGUE, "c1")

    assert kept is not None
    assert any(line.heading == "What to avoid" and "too shiny" in line.text for line in kept.brief)


def test_a_new_reading_of_the_source_undoes_no_handover(world: ServiceWorld) -> None:
    hand_over(world.shop, MANAGER, ["c1"], "a2", key="k1")
    with world.boutique.writer() as writer:
        writer.upsert_clients(CLIENTS)

    assert world.shop.book.client(MANAGER, "c1").associate_id == "a2"
    brief = Handovers(world.boutique).newest(COLLEAGUE, "c1")
    assert brief is not None
    assert brief.to_associate == "a2"
