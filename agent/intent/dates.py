"""Dates as people say them: found in a message and left in their own words, for the tool to reckon with."""

from __future__ import annotations

import re

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_COUNT = r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|a couple of|a few)"
_UNIT = r"(?:days?|weeks?|months?|years?|fortnights?)"
_WHOLE = r"(?:week|month|year|spring|summer|autumn|fall|winter|season)"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_FORMS = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})",
    rf"(?:the )?{_NTH}\.? (?:of )?{_MONTH}(?: \d{{4}})?",
    rf"{_MONTH} (?:the )?{_NTH}(?:,? \d{{4}})?",
    rf"in {_COUNT} {_UNIT}(?:'s? time)?",
    rf"{_COUNT} {_UNIT} from (?:now|today)",
    r"in a fortnight",
    r"(?:the )?day after tomorrow",
    rf"(?:next|this|the coming|coming) (?:{_DAY}|{_WHOLE}|weekend|{_MONTH})",
    rf"(?:(?:at|by|before) )?(?:the )?end of (?:the |this |next )?(?:{_WHOLE}|{_MONTH})",
    rf"{_DAY} (?:next week|week|in {_COUNT} weeks?)",
    r"(?:today|tonight|tomorrow(?: (?:morning|afternoon|evening))?)",
    _DAY,
    rf"the {_NTH}(?=[\s.,:;!?]|$)(?! (?:one|item|piece|and|or))",
    rf"in (?:spring|summer|autumn|winter|{_MONTH})",
)
_DATE = re.compile(rf"\b(?:{'|'.join(_FORMS)})(?![\w-])", re.IGNORECASE)
_ORDINAL_ONLY = re.compile(r"the \d", re.IGNORECASE)
_SEASON = re.compile(r"in (?:spring|summer|autumn|winter)", re.IGNORECASE)


def find_date(message: str) -> str | None:
    """Return the words of a message that say when, as they stand; None where it says no date.

    The plainest way to say it comes first: a day and a month before "the 15th", that before "in spring".
    """
    found = sorted(_DATE.findall(message), key=_doubt)
    return found[0] if found else None


def without_date(message: str) -> str:
    """Return a message without the words that say when, and without the preposition before them."""
    date = find_date(message)
    if date is None:
        return message
    return " ".join(re.sub(rf"\b(?:(?:on|for|by|until|till|before|at|due)\s+)?{re.escape(date)}", " ", message).split())


def _doubt(words: str) -> int:
    return 2 if _SEASON.fullmatch(words) else 1 if _ORDINAL_ONLY.match(words) else 0
