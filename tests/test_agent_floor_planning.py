"""Follow-ups by date, what the records propose, and a calendar file that any calendar can read."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from agent.floor.follow_ups import planned_words
from agent.floor.planning import by_when, to_calendar
from agent.records.follow_ups import Plan

MONDAY = dt.date(2026, 3, 2)
NOW = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


def plan(number: int = 1, due: dt.date = MONDAY, what: str = "call", name: str = "Ada Lund") -> Plan:
    return Plan(number, f"t1:{number}", "c1", name, "a1", "a1", what, due)


def test_plans_are_told_by_when_they_are_due() -> None:
    days = [-1, 0, 1, 7, 8, 400]
    found = by_when([plan(day, MONDAY + dt.timedelta(days=day)) for day in days], MONDAY)
    assert {when: [one.number for one in plans] for when, plans in found.items()} == {
        "overdue": [-1], "today": [0], "this week": [1, 7], "later": [8, 400],
    }  # fmt: skip


def test_an_entry_is_a_whole_day_with_the_name_and_the_plan_alone() -> None:
    content = to_calendar([plan(what="call about the coat")], NOW)
    assert b"DTSTART;VALUE=DATE:20260302\r\n" in content
    assert b"DTSTAMP:20260302T100000Z\r\n" in content
    assert b"SUMMARY:Ada Lund: call about the coat\r\n" in content
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert event.decoded("dtend") == dt.date(2026, 3, 3)
    assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"}
    assert b"c1" not in content.replace(str(event["uid"]).encode(), b"")


def test_a_moved_entry_keeps_its_uid_and_two_have_two() -> None:
    def uids(*plans: Plan) -> list[str]:
        return [str(one["uid"]) for one in Calendar.from_ical(to_calendar(plans, NOW)).walk("VEVENT")]

    assert uids(plan()) == uids(plan(due=MONDAY + dt.timedelta(days=9), what="write"))
    assert len(set(uids(plan(1), plan(2)))) == 2


@given(what=st.text(max_size=200), name=st.text(min_size=1, max_size=60))
def test_no_text_adds_a_line_to_the_calendar(what: str, name: str) -> None:
    content = to_calendar([plan(what=what, name=name)], NOW)
    lines = content.replace(b"\r\n ", b"").split(b"\r\n")
    known = (b"BEGIN:", b"END:", b"PRODID:", b"VERSION:", b"METHOD:", b"UID:", b"DT", b"SUMMARY:", b"TRANSP:")
    assert all(line.startswith(known) for line in lines if line)
    assert content.count(b"BEGIN:VEVENT") == 1 or b"BEGIN:VEVENT" in f"{name}{what}".encode()


def test_the_last_day_of_all_and_breaks_of_other_systems_leave_the_calendar_whole() -> None:
    content = to_calendar([plan(due=dt.date.max, name="Ada\rBEGIN:VEVENT\x0b\u2028\x85X")], NOW)
    assert len(content.splitlines()) == content.count(b"\r\n") == len(content.decode().splitlines())
    [event] = Calendar.from_ical(content).walk("VEVENT")
    assert event.decoded("dtstart") == dt.date.max
    assert "\r" not in str(event["summary"])


def test_a_calendar_without_plans_is_one_still() -> None:
    assert not Calendar.from_ical(to_calendar([], NOW)).walk("VEVENT")


def test_a_plan_without_a_verb_gets_one() -> None:
    assert planned_words("with her about the scarf") == "follow up with her about the scarf"
    assert planned_words("about the scarf") == "follow up about the scarf"
    assert planned_words("call about\nthe scarf") == "call about the scarf"
    assert planned_words(" ") == ""
    assert planned_words("without her") == "without her"
