"""Names as people say them: titles without sizes, codes, enumerations and shouting; months with their year."""

from __future__ import annotations

import datetime as dt
import re

from recsys.schema import Item

MAX_WORDS = 8
_UNIT = (
    r"fl|fluid|oz|ounces?|ozs|ml|cc|mm|cm|g|gm|gr|grams?|kg|lbs?|pounds?|count|ct|packs?|inch(?:es)?|pieces?|pcs?|"
    r"pairs?|bottles?|sets?|kit|tabs?|tablets?|sheets?|months?|dozen"
)
_TAIL = re.compile(  # what follows is size, shade, number or advertisement
    r"\s*(?:\(|\[|\||;|~|\*|\bSPF\b|\b(?:set|pack|lot|box|case|bag) of \d|\b\d+/\d+|"
    rf"\.?\b\d[\d./]*\s*-?\s*(?:{_UNIT})\b).*",
    re.IGNORECASE,
)
_AMOUNT = re.compile(rf"\.?\b\d[\d./]*\s*-?\s*(?:{_UNIT})\b(?:[\s.]*(?:{_UNIT})\b)?", re.IGNORECASE)
_MARKS = re.compile(r"[<>{}\[\]`*_#|\\$]")
_HEAD = re.compile(
    rf"^(?:(?:on sale|free shipping|brand new|newest|new|hot sale|hot|wholesale|lot of)\b[\s:!*-]*|the\s|"
    rf"\d+\s*(?:x\s|(?:{_UNIT}|colou?rs?)\b)\s*(?:of\s)?)",
    re.IGNORECASE,
)
_PARTS = re.compile(r"\s*(?:,|:| - | – | -|- |\s/|/\s|(?<=[a-z]{4})\.\s|!)\s*")
_BREAKS = frozenset("and by for from in of on to with plus & + w w/".split())
_JOINS = frozenset("and & +".split())
_DANGLING = _BREAKS | frozenset("a an at or the your new regular nude each ea x ideal great best tm".split())
_FIGURE = re.compile(r"\d+%|\d\d+")
_CODE = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Z0-9-]{4,}|\d{3,}|[A-Z]\d{2,3}")


def month(at: dt.date) -> str:
    """Write a date as it is said in a sentence, for example "March 2025"."""
    return f"{at:%B} {at.year}"


def short_title(item: Item) -> str:
    """Return the name by which a person would call the item.

    It has no sizes, codes, enumerations or capitals that shout, at most MAX_WORDS words, and ends in none that asks
    for another. A leading article is dropped, so that "your" and "the" can stand before the name.
    """
    title = item.title
    while (bare := _HEAD.sub("", title, count=1)) != title and len(bare.split()) > 1:
        title = bare
    named = _TAIL.sub("", title)
    if len(named.split()) < 3:  # the amount stands before the noun
        named = _TAIL.sub("", _AMOUNT.sub("", title))
    kept = _MARKS.sub("", _first_parts(named, item.brand or "")).split()
    kept = _quiet(_ended(_at_most(_ended(_without_code(kept)))), item.brand or "")
    return " ".join(kept).strip(" ,.-–&+/:!") or item.title


def _ended(name: list[str]) -> list[str]:
    """Drop words at the end that ask for another."""
    end = len(name)
    while end > 2 and (
        name[end - 1].strip(".").casefold() in _DANGLING
        or (_FIGURE.fullmatch(name[end - 1]) and name[end - 2].casefold() not in ("no", "no."))
    ):
        end -= 1
    return name[:end]


def _first_parts(title: str, brand: str) -> str:
    """Return the first part of an enumeration; the next one too where the first is only a house or a number."""
    parts = [part.strip(" .") for part in _PARTS.split(title) if part.strip(" .")]
    kept = parts[:1]
    known = brand.casefold()
    for part in parts[1:]:
        so_far = " ".join(kept)
        says_little = so_far.casefold() == known or len(so_far.split()) == 1 or _CODE.search(so_far)
        if len(so_far.split()) > 2 or not says_little:
            break
        kept.append(part)
    return re.sub(r"\s?#\w+|(?<=[a-z])/\S+", "", " ".join(kept))


def _without_code(name: list[str]) -> list[str]:
    """Cut a name at an article number once it has said enough, and leave the number out where it has not."""
    for place, word in enumerate(name):
        if place >= 3 and _CODE.fullmatch(word):
            return name[:place]
    return [word for place, word in enumerate(name) if place == 0 or not _CODE.fullmatch(word) or len(name) < 4]


def _at_most(name: list[str]) -> list[str]:
    """Shorten a long name at its last connecting word, else keep its beginning and the noun that it ends in."""
    if len(name) <= MAX_WORDS:
        return name
    words = enumerate(name[: MAX_WORDS + 1])
    breaks = [place for place, word in words if word.casefold() in _BREAKS and place > (4 if word in _JOINS else 2)]
    if breaks:
        return name[: breaks[-1]]
    # a few words too long it is a phrase with its noun at the end; much too long it is a heap of search words
    return [*name[: MAX_WORDS - 1], name[-1]] if len(name) <= MAX_WORDS + 2 else name[:MAX_WORDS]


def _quiet(name: list[str], brand: str) -> list[str]:
    """Write words that shout in small letters; short ones alone ("BB", "OPI") and the house's own stay."""
    known = set(brand.split())
    loud = [word.isupper() and word.isalpha() and len(word) > 2 and word not in known for word in name]
    result = []
    for place, word in enumerate(name):
        beside = any(loud[max(0, place - 1) : place]) or any(loud[place + 1 : place + 2])
        result.append(word.capitalize() if loud[place] and (len(word) > 4 or beside) else word)
    return result
