"""Reads days out of words: when something is due, and the day of a birthday or a wedding. Knows no clients."""

from __future__ import annotations

import calendar
import datetime as dt
import re

_MONTHS = "january february march april may june july august september october november december".split()
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_MONTH = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? (?P<year>\d{4}))?"
_DATES = (
    re.compile(rf"\b{_DAY}\.? (?:of )?(?P<month>{_MONTH})\b\.?{_YEAR}"),
    re.compile(rf"\b(?P<month>{_MONTH})\.? {_DAY}\b{_YEAR}"),
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})\b"),
    re.compile(r"\b(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})?(?!\d)"),  # the day comes first
)
_ONLY_MONTH = re.compile(rf"\b(?P<month>{_MONTH})\b{_YEAR}")
_AMOUNT = rf"(?P<n>\d{{1,3}}|an?|{'|'.join(_NUMBERS)}|a couple of|a few)"
_IN = re.compile(rf"\b(?:in|within) {_AMOUNT} (?P<unit>day|week|fortnight|month|year)s?\b")
_FROM_NOW = re.compile(rf"\b{_AMOUNT} (?P<unit>day|week|fortnight|month|year)s? from (?P<start>now|today|tomorrow)\b")
_AGO = re.compile(rf"\b{_AMOUNT} (?P<unit>day|week|fortnight|month|year)s? ago\b")
_WEEKDAY = re.compile(
    rf"\b(?P<which>next|this|last|coming)? ?(?P<name>{'|'.join(_WEEKDAYS)})s?\b"
    rf"(?P<later> (?:of )?next week| week| in {_AMOUNT} weeks?)?\b"
)


def read_due(words: str, today: dt.date) -> dt.date | None:
    """Return the day that words name, which may be past; None where they name none, or none for certain.

    A weekday alone is the coming one, "next Friday" that of next week; a date without a year is the coming one.

    Args:
        words: For example "in two weeks", "next Friday", "12 March".
        today: The day on which they were said.
    """
    said = " ".join(words.casefold().split())
    if found := _FROM_NOW.search(said):
        start = today + dt.timedelta(days=found["start"] == "tomorrow")
        return _moved(start, _number(found["n"]), found["unit"])
    for name, days in (("day after tomorrow", 2), ("tomorrow", 1), ("yesterday", -1), ("today", 0), ("tonight", 0)):
        if name in said:
            return today + dt.timedelta(days=days)
    weekday = _WEEKDAY.search(said)
    if weekday and weekday["later"]:
        return _weekday_later(weekday, today)
    for pattern, sign in ((_IN, 1), (_AGO, -1)):
        if found := pattern.search(said):
            return _moved(today, sign * _number(found["n"]), found["unit"])
    for pattern in _DATES:
        if found := pattern.search(said):
            return _date(found, today)
    if "end of the month" in said or "end of this month" in said:
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    if weekday:
        return _weekday(weekday["which"] or "", weekday["name"], today)
    if "next week" in said and "end of next week" not in said:
        return today + dt.timedelta(days=7 - today.weekday())
    return None


def read_occasion_day(words: str) -> str | None:
    """Return the day or month that words name, as it is said: "3 May", "June 2027"; None where they name none."""
    said = " ".join(words.casefold().split())
    for pattern in _DATES:
        found = pattern.search(said)
        if found and _valid(found):
            day = f"{int(found['day'])} {_MONTHS[_month(found['month']) - 1].capitalize()}"
            return f"{day} {found['year']}" if found["year"] else day
    if (found := _ONLY_MONTH.search(said)) and (found["month"] != "may" or re.search(r"\b(?:in|of) may\b", said)):
        month = _MONTHS[_month(found["month"]) - 1].capitalize()
        return f"{month} {found['year']}" if found["year"] else month
    return None


def spoken_day(day: dt.date) -> str:
    """Write a day as it is said, for example "12 March 2027"."""
    return f"{day.day} {day:%B %Y}"


def _number(said: str) -> int:
    if said.isdecimal():
        return int(said)
    if said in _NUMBERS:
        return _NUMBERS.index(said) + 1
    return {"a couple of": 2, "a few": 3}.get(said, 1)


def _moved(today: dt.date, count: int, unit: str) -> dt.date:
    if unit in ("day", "week", "fortnight"):
        return today + dt.timedelta(days=count * {"day": 1, "week": 7, "fortnight": 14}[unit])
    months = today.year * 12 + today.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return dt.date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _weekday(which: str, name: str, today: dt.date) -> dt.date:
    ahead = (_WEEKDAYS.index(name) - today.weekday()) % 7
    if which == "last":
        return today + dt.timedelta(days=ahead - 7)
    if which == "next":
        return today + dt.timedelta(days=7 - today.weekday() + _WEEKDAYS.index(name))
    return today + dt.timedelta(days=ahead or 7)


def _weekday_later(said: re.Match[str], today: dt.date) -> dt.date:
    """Return the weekday of "Friday next week", "Friday week" (a week after the coming one), "Friday in two weeks"."""
    if "next week" in said["later"]:
        return _weekday("next", said["name"], today)
    weeks = _number(said["n"]) if said["n"] else 1
    return _weekday("", said["name"], today) + dt.timedelta(weeks=weeks)


def _month(said: str) -> int:
    return int(said) if said.isdecimal() else [name[:3] for name in _MONTHS].index(said[:3]) + 1


def _valid(found: re.Match[str]) -> bool:
    try:
        dt.date(int(found["year"] or 2024), _month(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return True


def _date(found: re.Match[str], today: dt.date) -> dt.date | None:
    """Return the date of a match, of the coming year where none is named; None where there is no such day."""
    years = [int(found["year"])] if found["year"] else range(today.year, today.year + 9)  # 29 February comes within 8
    for year in years:
        try:
            day = dt.date(year, _month(found["month"]), int(found["day"]))
        except ValueError:
            continue
        if found["year"] or day >= today:
            return day
    return None
