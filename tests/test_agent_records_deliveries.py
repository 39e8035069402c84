"""A message goes out at most once; what was put aside stays aside until its day; plans move and close."""

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import Refused
from agent.floor import approving, sending
from agent.records.deliveries import UNDER_WAY, Deliveries
from agent.records.dismissals import FOR_GOOD, Dismissals
from agent.records.erasure import erase_client
from agent.records.messages import Draft, may_contact, reach_of
from recsys.errors import NotFound
from tests.service_world import ADA, ASSOCIATE, COLLEAGUE, MANAGER, START, ServiceWorld, context

DAY = dt.timedelta(days=1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ServiceWorld]:
    world = ServiceWorld(tmp_path / "boutique")
    yield world
    world.close()


def approved(world: ServiceWorld, draft_id: str = "d1") -> Deliveries:
    """Put a message to Ada into the outbox, as a person approves it."""
    kept = Draft(
        draft_id, "c1", "t1", "a1", "e-mail", "warm", "en", "S", "Dear Ada,", (("Dear Ada,", ()),), (), "draft", START
    )
    world.shop.messages.keep(ASSOCIATE, kept, key=f"k:{draft_id}")
    sending.send_message(world.shop, context(), f"t1:{draft_id}", world.emit)
    approving.answer(world.shop, context(), f"approve {world.events[-1].code}", world.emit)  # type: ignore[union-attr]
    return Deliveries(world.boutique)


def state(deliveries: Deliveries) -> str:
    [one] = deliveries.outbox(ASSOCIATE)
    return one.delivery.state if one.delivery is not None else "waiting"


def test_a_message_is_begun_once_and_once_only(world: ServiceWorld) -> None:
    deliveries = approved(world)
    attempt = deliveries.begin(ASSOCIATE, "d1", "id", at=START)
    with pytest.raises(Refused):
        deliveries.begin(ASSOCIATE, "d1", "id", at=START)
    deliveries.settle(attempt, "sent", "handed over", at=START)
    deliveries.settle(attempt, "failed", "too late", at=START)
    assert state(deliveries) == "sent"
    with pytest.raises(Refused, match="sent already"):
        deliveries.begin(ASSOCIATE, "d1", "id", at=START)
    with pytest.raises(Refused):
        deliveries.sent_by_hand(ASSOCIATE, "d1", at=START)
    with pytest.raises(Refused):
        deliveries.take_back(ASSOCIATE, "d1")


def test_a_failed_attempt_can_be_made_again(world: ServiceWorld) -> None:
    deliveries = approved(world)
    deliveries.settle(deliveries.begin(ASSOCIATE, "d1", "id", at=START), "failed", "refused", at=START)
    assert state(deliveries) == "failed"
    deliveries.settle(deliveries.begin(ASSOCIATE, "d1", "id", at=START), "sent", "", at=START)
    assert state(deliveries) == "sent"


def test_of_many_presses_at_once_one_sends(world: ServiceWorld) -> None:
    deliveries, won = approved(world), []

    def press() -> None:
        try:
            won.append(deliveries.begin(ASSOCIATE, "d1", "id", at=START))
        except Refused:
            pass

    threads = [threading.Thread(target=press) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(won) == 1


def test_after_a_stop_midway_a_person_says_how_it_ended(world: ServiceWorld) -> None:
    deliveries = approved(world)
    deliveries.begin(ASSOCIATE, "d1", "id", at=START)
    with pytest.raises(Refused, match="under way"):
        deliveries.resolve(ASSOCIATE, "d1", went_out=False, at=START + UNDER_WAY / 2)
    assert deliveries.resolve(ASSOCIATE, "d1", went_out=False, at=START + UNDER_WAY)
    assert state(deliveries) == "failed"
    deliveries.begin(ASSOCIATE, "d1", "id", at=START + DAY)
    assert deliveries.resolve(ASSOCIATE, "d1", went_out=True, at=START + 2 * DAY)
    assert state(deliveries) == "sent"
    assert not deliveries.resolve(ASSOCIATE, "d1", went_out=False, at=START + 2 * DAY)


@given(st.lists(st.sampled_from(["send", "fail", "hand", "lost", "yes", "no", "back"]), max_size=12))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_order_of_presses_sends_twice(world: ServiceWorld, presses: list[str]) -> None:
    world.now += 30 * DAY  # each example is a message of its own
    name = f"d{world.now:%Y%m%d}"
    deliveries, now, gone = approved(world, name), world.now, 0
    for press in presses:
        now += DAY
        try:
            match press:
                case "send" | "fail" | "lost":
                    attempt = deliveries.begin(ASSOCIATE, name, "id", at=now)
                    if press != "lost":
                        deliveries.settle(attempt, "sent" if press == "send" else "failed", "", at=now)
                    gone += press != "fail"
                case "hand":
                    deliveries.sent_by_hand(ASSOCIATE, name, at=now)
                    gone += 1
                case "back":
                    deliveries.take_back(ASSOCIATE, name)
                case _:
                    lost = deliveries.resolve(ASSOCIATE, name, went_out=press == "yes", at=now)
                    gone -= lost and press == "no"  # a person looked: it had not gone out
        except (Refused, NotFound):
            continue
        assert gone <= 1


def test_taken_back_it_counts_as_no_contact(world: ServiceWorld) -> None:
    deliveries = approved(world)
    assert not may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START + DAY).allowed
    deliveries.take_back(ASSOCIATE, "d1")
    assert deliveries.outbox(ASSOCIATE) == []
    assert may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START + DAY).allowed


def test_nothing_is_sent_after_consent_is_withdrawn(world: ServiceWorld) -> None:
    deliveries = approved(world)
    world.shop.messages.record_consent(ADA, "c1", "e-mail", given=False, source="said", key="w", at=START)
    with pytest.raises(Refused, match="withdrawn"):
        deliveries.begin(ASSOCIATE, "d1", "id", at=START)
    with pytest.raises(Refused, match="withdrawn"):
        deliveries.sent_by_hand(ASSOCIATE, "d1", at=START)


def test_others_see_and_touch_nothing(world: ServiceWorld) -> None:
    deliveries = approved(world)
    assert deliveries.outbox(COLLEAGUE) == []
    assert len(deliveries.outbox(MANAGER)) == 1
    for act in (
        lambda: deliveries.begin(COLLEAGUE, "d1", "id", at=START),
        lambda: deliveries.sent_by_hand(COLLEAGUE, "d1", at=START),
        lambda: deliveries.resolve(COLLEAGUE, "d1", went_out=True, at=START),
        lambda: deliveries.take_back(COLLEAGUE, "d1"),
        lambda: world.shop.messages.find(COLLEAGUE, "d1"),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Refused):
        deliveries.outbox(ADA)


def test_only_what_was_approved_is_in_the_outbox(world: ServiceWorld) -> None:
    kept = Draft("d2", "c1", "t1", "a1", "e-mail", "warm", "en", "", "Hi", (), (), "draft", START)
    world.shop.messages.keep(ASSOCIATE, kept, key="k")
    with pytest.raises(NotFound):
        Deliveries(world.boutique).begin(ASSOCIATE, "d2", "id", at=START)


def test_what_is_put_aside_comes_back_on_its_day(world: ServiceWorld) -> None:
    dismissals, today = Dismissals(world.boutique), START.date()
    assert dismissals.add(ASSOCIATE, "c1", "wish:i1:", "why", today + DAY, key="1", at=START)
    assert not dismissals.add(ASSOCIATE, "c1", "wish:i1:", "why", today + DAY, key="1", at=START)
    dismissals.add(ASSOCIATE, "c3", "away:", "why", FOR_GOOD, key="2", at=START)
    assert [one.client_id for one in dismissals.standing(ASSOCIATE, today)] == ["c3", "c1"]
    assert [one.client_id for one in dismissals.standing(ASSOCIATE, today + DAY)] == ["c3"]
    assert dismissals.standing(MANAGER, today) == []
    with pytest.raises(Refused):
        dismissals.add(ASSOCIATE, "c2", "x", "y", FOR_GOOD, key="3", at=START)
    [number] = [one.number for one in dismissals.standing(ASSOCIATE, today + DAY)]
    assert not dismissals.undo(COLLEAGUE, number)
    assert dismissals.undo(ASSOCIATE, number)
    assert dismissals.standing(ASSOCIATE, today + DAY) == []


def test_plans_are_listed_moved_and_closed_by_their_own_book(world: ServiceWorld) -> None:
    plans = world.shop.follow_ups
    plans.add(ASSOCIATE, "c1", "call", START.date() + DAY, key="1", at=START)
    plans.add(COLLEAGUE, "c2", "write", START.date(), key="2", at=START)
    [mine] = plans.plans(ASSOCIATE)
    assert (mine.name, mine.what, len(plans.plans(MANAGER))) == ("Ada Lund", "call", 2)
    assert not plans.move(COLLEAGUE, mine.number, START.date())
    assert plans.move(ASSOCIATE, mine.number, START.date() + 5 * DAY)
    assert plans.plan(ASSOCIATE, mine.number).due == START.date() + 5 * DAY
    plans.close(ASSOCIATE, mine.number, "done")
    with pytest.raises(NotFound):
        plans.plan(ASSOCIATE, mine.number)
    assert not plans.move(ASSOCIATE, mine.number, START.date())


def test_reach_says_by_which_way_and_from_when(world: ServiceWorld) -> None:
    reach = reach_of(world.boutique, ASSOCIATE, "c1", START)
    assert (reach.agreed, reach.last) == (("e-mail",), None)
    approved(world)
    reach = reach_of(world.boutique, ASSOCIATE, "c1", START)
    assert reach.last == START
    assert reach.decisions["e-mail"].earliest == dt.date(2026, 3, 17)
    assert "no consent" in reach.decisions["letter"].reason


def test_a_contact_by_mistake_is_taken_back_by_its_author(world: ServiceWorld) -> None:
    messages = world.shop.messages
    messages.record_contact(ASSOCIATE, "c1", "in person", "x", key="k", at=START)
    assert not messages.undo_contact(MANAGER, "k")
    assert messages.undo_contact(ASSOCIATE, "k")
    assert may_contact(world.boutique, ASSOCIATE, "c1", "e-mail", START).allowed


def test_erasing_a_client_erases_deliveries_and_what_was_put_aside(world: ServiceWorld) -> None:
    deliveries = approved(world)
    deliveries.begin(ASSOCIATE, "d1", "id", at=START)
    Dismissals(world.boutique).add(ASSOCIATE, "c1", "o", "w", FOR_GOOD, key="1", at=START)
    erased = erase_client(world.boutique, MANAGER, "c1")
    assert (erased["deliveries"], erased["dismissals"]) == (1, 1)
