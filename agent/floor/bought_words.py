"""Reading what somebody bought out of words: which pieces, and when ("a tote and a belt in March 2026")."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.floor.piece_words import items_meant, spoken_words
from agent.floor.shop import Shop
from recsys.seller.facts import Owned

_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_WHEN = re.compile(
    rf"\b(?:in|during)\s+(?:(?P<month>{'|'.join(_MONTHS)})\b\s*)?(?P<year>(?:19|20)\d\d)?", re.IGNORECASE
)
_ALSO = re.compile(r"\s*(?:,|\band\b|\bor\b|\bnor\b)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Bought:
    """Pieces that words mean, and when they must have been bought.

    Attributes:
        what: The words that tell which pieces.
        items: Ids of the pieces; empty where the words mean none.
        month, year: None for any.
    """

    what: str
    items: frozenset[str]
    month: int | None = None
    year: int | None = None

    def among(self, owned: Sequence[Owned]) -> list[Owned]:
        """Return the purchases that are meant, oldest first."""
        return [one for one in owned if one.item.item_id in self.items and self._then(one.at)]

    def _then(self, at: dt.date | None) -> bool:
        if self.month is None and self.year is None:
            return True
        return at is not None and at.month == (self.month or at.month) and at.year == (self.year or at.year)


def read_bought(shop: Shop, said: str) -> list[Bought]:
    """Read words into the pieces named one by one; a time holds for all of them."""
    found = next((one for one in _WHEN.finditer(said) if one["month"] or one["year"]), None)
    rest = said[: found.start()] + said[found.end() :] if found is not None else said
    month = _MONTHS[found["month"].casefold()] if found is not None and found["month"] else None
    year = int(found["year"]) if found is not None and found["year"] else None
    parts = [part for part in _ALSO.split(rest) if spoken_words(part)]
    if len(parts) > 1 and (whole := items_meant(shop, rest)):
        return [Bought(_plain(rest), whole, month, year)]  # "Scarves and silks" is one name
    return [Bought(_plain(part), items_meant(shop, part), month, year) for part in parts]


def _plain(said: str) -> str:
    """Return the words without articles, in their order."""
    telling = spoken_words(said)
    return " ".join(word for word in said.strip(" .?!").split() if spoken_words(word) & telling) or said.strip()
