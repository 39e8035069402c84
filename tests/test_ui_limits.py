import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.limits import Buckets, Limits, Quota, TooMuch


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_one_at_a_time() -> None:
    clock = Seconds()
    buckets = Buckets(20, clock)
    for _ in range(20):
        buckets.take("k", "messages")
    with pytest.raises(TooMuch, match="more than 20 messages a minute") as refusal:
        buckets.take("k", "messages")
    assert refusal.value.retry_after_s == 3  # one token every 60 / 20 seconds
    clock.now = 2.9
    with pytest.raises(TooMuch):
        buckets.take("k", "messages")
    clock.now = 3.0
    buckets.take("k", "messages")
    buckets.take("another", "messages")


@given(st.integers(1, 30), st.lists(st.floats(0, 90), max_size=120))
def test_no_minute_lets_more_through_than_twice_the_rate(a_minute: int, pauses: list[float]) -> None:
    clock = Seconds()
    buckets, passed = Buckets(a_minute, clock), list[float]()
    for pause in pauses:
        clock.now += pause
        try:
            buckets.take("k", "messages")
        except TooMuch:
            continue
        passed.append(clock.now)
    for begin in passed:
        assert sum(begin <= at < begin + 60 for at in passed) <= 2 * a_minute


def test_whoever_waits_as_long_as_told_is_served() -> None:
    clock = Seconds()
    buckets = Buckets(7, clock)
    for _ in range(50):
        try:
            buckets.take("k", "messages")
        except TooMuch as refusal:
            clock.now += refusal.retry_after_s
            buckets.take("k", "messages")


def test_a_place_is_given_back_however_the_work_ends() -> None:
    quota = Quota(Limits(turns_at_once=1))

    def fail() -> None:
        with quota.working("k"):
            with pytest.raises(TooMuch, match="being worked on"):
                quota.working("k").__enter__()
            with quota.working("another"):
                raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fail()
