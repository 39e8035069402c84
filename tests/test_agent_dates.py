import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intent.dates import find_date, without_date
from agent.intent.dates_said import read_due

TODAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("message", "date", "rest"),
    [
        ("remind me in two weeks to call her", "in two weeks", "remind me to call her"),
        ("call her on next Friday", "next Friday", "call her"),
        ("12 March: birthday flowers", "12 March", ": birthday flowers"),
        ("plan a fitting on 2027-01-15", "2027-01-15", "plan a fitting"),
        ("on the 15th ask her in spring", "the 15th", "ask her in spring"),
        ("tomorrow morning ring him", "tomorrow morning", "ring him"),
        ("the 2nd one", None, "the 2nd one"),
        ("she may like it", None, "she may like it"),
        ("compare 1 and 3", None, "compare 1 and 3"),
    ],
)
def test_finds_the_words_that_say_when(message: str, date: str | None, rest: str) -> None:
    assert find_date(message) == date
    assert without_date(message) == rest


@pytest.mark.parametrize("said", ["in two weeks", "next friday", "12 march", "tomorrow", "2027-01-15", "in a month"])
def test_what_is_found_can_be_reckoned_with(said: str) -> None:
    found = find_date(f"remind me {said} to call")
    assert found is not None
    assert read_due(found, TODAY) is not None


@given(st.text(max_size=200))
def test_a_date_found_stands_in_the_message(message: str) -> None:
    date = find_date(message)
    assert date is None or date in message
