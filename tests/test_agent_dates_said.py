import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.intent.dates_said import read_due, read_occasion_day, spoken_day

TODAY = dt.date(2026, 3, 4)  # a Wednesday


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("in two weeks", dt.date(2026, 3, 18)),
        ("in 10 days", dt.date(2026, 3, 14)),
        ("in a month", dt.date(2026, 4, 4)),
        ("tomorrow", dt.date(2026, 3, 5)),
        ("on Friday", dt.date(2026, 3, 6)),
        ("next Friday", dt.date(2026, 3, 13)),
        ("Wednesday", dt.date(2026, 3, 11)),
        ("12 March", dt.date(2026, 3, 12)),
        ("March 3rd", dt.date(2027, 3, 3)),
        ("the 1st of April", dt.date(2026, 4, 1)),
        ("2026-12-24", dt.date(2026, 12, 24)),
        ("24.12.2026", dt.date(2026, 12, 24)),
        ("end of the month", dt.date(2026, 3, 31)),
        ("29 February", dt.date(2028, 2, 29)),
        ("two weeks ago", dt.date(2026, 2, 18)),
        ("last Monday", dt.date(2026, 3, 2)),
        ("3 March 2025", dt.date(2025, 3, 3)),
        ("three days from today", dt.date(2026, 3, 7)),
        ("a week from tomorrow", dt.date(2026, 3, 12)),
        ("Friday next week", dt.date(2026, 3, 13)),
        ("Friday week", dt.date(2026, 3, 13)),
        ("Friday in two weeks", dt.date(2026, 3, 20)),
    ],
)
def test_days_are_read_from_words(words: str, day: dt.date) -> None:
    assert read_due(words, TODAY) == day


@pytest.mark.parametrize(
    "words", ["after the holidays", "soon", "next month", "end of next week", "31 June", "", "call her, she may come"]
)
def test_words_without_a_certain_day_are_asked_about(words: str) -> None:
    assert read_due(words, TODAY) is None


def test_the_day_of_an_occasion_is_said_without_a_year_where_none_was() -> None:
    assert read_occasion_day("birthday: May 3rd") == "3 May"
    assert read_occasion_day("wedding in june") == "June"
    assert read_occasion_day("she may come") is None


@given(st.dates(dt.date(2026, 3, 4), dt.date(2035, 1, 1)))
def test_a_day_as_it_is_spoken_reads_as_itself(day: dt.date) -> None:
    assert read_due(spoken_day(day), TODAY) == day
    assert read_due(day.isoformat(), TODAY) == day


@given(st.text(max_size=60))
def test_any_words_are_read_without_a_fault(words: str) -> None:
    read_due(words, TODAY)
    read_occasion_day(words)
