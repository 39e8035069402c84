"""How often somebody may try to come in."""

import threading
import time

import pytest

from tests.test_ui_limits import Seconds
from ui.limits import TooMuch
from ui.web import attempts
from ui.web.attempts import FREE_FAILURES, LONGEST_WAIT_S, MAX_WAITING, Attempts, network_of


def fail(counted: Attempts, name: str, times: int = 1) -> None:
    for _ in range(times):
        with counted.verifying(name):
            counted.fail(name)


def locked_for(counted: Attempts, name: str) -> int:
    try:
        with counted.verifying(name):
            return 0
    except TooMuch as refusal:
        return refusal.retry_after_s


def test_an_address_tries_ten_times_a_minute() -> None:
    clock = Seconds()
    counted = Attempts(10, clock)
    for _ in range(10):
        counted.come("192.0.2.1")
    with pytest.raises(TooMuch, match="try again in 6 s") as refusal:
        counted.come("192.0.2.1")
    assert refusal.value.retry_after_s == 6
    counted.come("192.0.2.2")
    clock.now = 6
    counted.come("192.0.2.1")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("testclient", "", False),
    ],
)
def test_one_household_is_one_visitor(one: str, other: str, *, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_a_name_waits_longer_with_every_wrong_password() -> None:
    clock = Seconds()
    counted = Attempts(10, clock)
    fail(counted, "claire", FREE_FAILURES - 1)
    assert locked_for(counted, "claire") == 0
    waits = []
    for _ in range(9):
        fail(counted, "claire")
        waits.append(locked_for(counted, "claire"))
        clock.now += waits[-1]
    assert waits[:4] == [15, 30, 60, 120]
    assert waits[-1] == LONGEST_WAIT_S
    assert locked_for(counted, "another") == 0


def test_coming_in_or_an_hour_forgets_the_failures() -> None:
    clock = Seconds()
    counted = Attempts(10, clock)
    fail(counted, "claire", FREE_FAILURES - 1)
    counted.succeed("claire")
    fail(counted, "claire")
    assert locked_for(counted, "claire") == 0
    fail(counted, "claire", FREE_FAILURES - 2)
    clock.now += 3601
    fail(counted, "claire")
    assert locked_for(counted, "claire") == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_MAX_KEPT", 3)
    counted = Attempts(1)
    for n in range(9):
        counted.come(f"192.0.2.{n}")
        counted.fail(f"name{n}")
    assert len(counted._full_at) == len(counted._failed) == 3
    with pytest.raises(TooMuch):
        counted.come("192.0.2.8")


def test_passwords_are_verified_one_at_a_time_and_few_wait() -> None:
    counted, at_once, most, refused = Attempts(), 0, 0, 0
    lock, free = threading.Lock(), threading.Event()

    def come() -> None:
        nonlocal at_once, most, refused
        try:
            with counted.verifying("claire"):
                with lock:
                    at_once += 1
                    most = max(most, at_once)
                free.wait(5)
                with lock:
                    at_once -= 1
        except TooMuch:
            with lock:
                refused += 1

    threads = [threading.Thread(target=come) for _ in range(MAX_WAITING + 4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while refused < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    free.set()
    for thread in threads:
        thread.join()
    assert (most, refused) == (1, 4)
    assert locked_for(counted, "claire") == 0  # every place was given back
