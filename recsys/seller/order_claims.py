"""What a text claims about the order of purchases, and whether it is so.

A claim that is not understood counts as false: a reason may say only what can be verified.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from recsys.seller.evidence import Owned

N_RECENT = 3  # how many of the latest purchases "lately" reaches back

Place = Literal["latest", "recent", "earliest", "past", "before the suggestion"]

ORDER_WORDS = frozenset(
    "lately recently recent latest newest last since first then next now after afterwards later before earlier "
    "previous previously moved moving turned turning shifted began begun started starting followed follow follows "
    "following subsequently afterward formerly once until till".split()
)
_ORDER = re.compile(
    rf"\b(?:{'|'.join(sorted(ORDER_WORDS))}|when you (?:had|bought|chose|picked)|already (?:had|owned)|"
    r"used to|these days|of late|no longer|any more|anymore|long ago|"
    r"just (?=bought|chose|chosen|picked|added|purchased|took|taken|got))\b|(?:you|you've|have) just\b"
)
_NO_ORDER = re.compile(
    r"\bnext to\b|\b(?:for|at|than) once\b|\bfirst of all\b|"
    r"\bfollow(?:s|ing)? (?:the same|a|that|your) (?:line|idea)\b"
)
_P = r"<p\d+>"
_GAP = r"[^<.;]{0,60}?"
_LIST = rf"{_P}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){_P})*"
_JOINED = rf"{_P}(?:\s+and\s+{_P})*"
_SUGGESTED = r"(?:<it>|\bthis\b|\bit\b|\bhere\b|\bthese\b)"
_DETERMINER = re.compile(r"\b(?:the|a|an|your|that)\s+(?=<p\d+>|<it>)")
_DATE = re.compile(r"(?:,?\s*\b(?:of|in|from|back in)\s+)?<d>,?")
_THEN = re.compile(r"\b(?:after that|afterwards?|after which|later(?: on)?|subsequently|(?:and )?next (?:came|you))\b")
_LATEST = r"\b(?:most recently|most recent|latest|newest|last|just)\b"
_RECENT = r"\b(?:lately|recently|recent|of late|these days)\b"
_LED = re.compile(rf"({_P})[^<.;]{{0,15}}\b(?:led|leads|leading|brought|took)\b[^<.;]{{0,20}}\bto ({_P})")
_ADDED = re.compile(rf"({_P})[^<.;]{{0,35}}\byou (?:have )?(?:added|joined)\b[^<.;]{{0,12}}({_P})")
_PLACES: tuple[tuple[str, Place], ...] = (
    (_LATEST, "latest"), (_RECENT, "recent"), (r"\b(?:earlier|previous(?:ly)?|formerly)\b", "past")
)  # fmt: skip
_CHAIN = re.compile(
    rf"\b(?:(?:moved|moving|shifted|turned)\s+)?(?:on\s+)?from\s+({_P}(?:\s*,?\s*(?:through|via|over|to)\s+{_P})*)"
    rf"\s*,?\s*(?:and\s+)?(?:then\s+)?(?:on\s+)?to\s+({_P}|{_SUGGESTED})"
)
_BOUGHT = (
    r"(?:(?:you\s+)?(?:had\s+|have\s+)?"
    r"(?:had|own|owned|have|bought|buying|chose|chosen|choosing|picked|added|took)\s+)?"
)


@dataclass(frozen=True)
class OrderClaim:
    """One claim about order: one name before another, or a name at a place; neither where it was not understood.

    Attributes:
        said: The words that make the claim.
        earlier, later: Names of purchases, the first bought before the second.
        name, place: A purchase and where in the order it stands.
    """

    said: str
    earlier: str | None = None
    later: str | None = None
    name: str | None = None
    place: Place | None = None


def speaks_of_order(masked: str) -> bool:
    """Whether a masked text (see Reading.masked) has words of order, or goes from one purchase to another."""
    plain = _NO_ORDER.sub(" ", _simplified(masked))
    between = any(len(re.findall(_P, one[0])) > 1 for one in _CHAIN.finditer(plain))
    return between or any(one.search(plain) for one in (_ORDER, _LED, _ADDED))


def order_claims(masked: str, names: Sequence[str]) -> tuple[OrderClaim, ...]:
    """Return what a masked text claims about order.

    Args:
        masked: The text with purchases as <p0>, <p1>, ...; claims of novelty ("your first scarf") blanked out.
        names: The name of each purchase in the masked text.
    """
    parser = _Parser(masked, names)
    for step in (parser.chains, parser.followed, parser.places, parser.after, parser.before, parser.then, parser.first):
        step()
    parser.now()
    return (*parser.claims, *(OrderClaim(word) for word in _ORDER.findall(parser.text)))


def holds(claim: OrderClaim, owned: Sequence[Owned]) -> bool:
    """Whether a claim is true of the purchases, oldest first; two of the same day have no order."""
    if claim.earlier is not None and claim.later is not None:
        pairs = [(a, b) for a in _positions(claim.earlier, owned) for b in _positions(claim.later, owned)]
        return any(a < b and not _same_day(owned[a], owned[b]) for a, b in pairs)
    if claim.name is None or claim.place is None:
        return False
    found = _positions(claim.name, owned)
    return any(_stands(place, claim.place, owned) for place in found)


def _stands(position: int, place: Place, owned: Sequence[Owned]) -> bool:
    one, last = owned[position], len(owned) - 1
    if place == "latest":
        return position == last or _same_day(one, owned[last])
    if place == "recent":
        return position > last - N_RECENT or _same_day(one, owned[max(0, last - N_RECENT + 1)])
    if place == "earliest":
        return position == 0 or _same_day(one, owned[0])
    return place == "before the suggestion" or (position < last and not _same_day(one, owned[last]))


def _positions(name: str, owned: Sequence[Owned]) -> list[int]:
    return [place for place, one in enumerate(owned) if one.name.casefold() == name.casefold()]


def _same_day(one: Owned, other: Owned) -> bool:
    return one.at is not None and one.at == other.at


def _simplified(masked: str) -> str:
    return _THEN.sub("then", _DATE.sub(" ", _DETERMINER.sub("", masked)))


class _Parser:
    """Consumes words of order rule by rule; what no rule consumes remains in `text` and is not understood."""

    def __init__(self, masked: str, names: Sequence[str]) -> None:
        self.text = re.sub(r"\s+", " ", _NO_ORDER.sub(" ", _simplified(masked)))
        self.names = names
        self.claims: list[OrderClaim] = []

    def chains(self) -> None:
        """Read 'From the X to the Y'."""
        while match := _CHAIN.search(self.text):
            steps = re.findall(_P, match[0])
            self._pairs(match[0], steps)
            if not match[2].startswith("<p"):
                self._place(match[0], steps, "before the suggestion")
            self._blank(match, re.compile(r"\b(?:moved|moving|shifted|turned|from|then)\b"))

    def followed(self) -> None:
        """Read 'X, followed by Y', 'Y followed X', 'this follows your X'."""
        self._each(rf"({_P}){_GAP}\bfollowed by\b{_GAP}({_P})", lambda m: self._pairs(m[0], [m[1], m[2]]))
        self._each(rf"({_P}){_GAP}\bfollowed by\b{_GAP}{_SUGGESTED}", lambda m: self._ahead(m[0], [m[1]]))
        self._each(
            rf"({_P})[^<.;]{{0,15}}\bfollow(?:s|ed|ing)\b(?: on)?(?: from)? ({_P})",
            lambda m: self._pairs(m[0], [m[2], m[1]]),
        )
        for pattern in (_LED, _ADDED):
            self._each(pattern.pattern, lambda m: self._pairs(m[0], [m[1], m[2]]))
        if named := re.findall(_P, self.text):
            self._each(rf"{_SUGGESTED}[^<.;]{{0,15}}\bfollows?\b(?! [^.]*<p)", lambda m: self._ahead(m[0], named[-1:]))
        self._each(
            rf"\bfollow(?:s|ed|ing)?\b(?: on)?(?: from)? ({_JOINED})", lambda m: self._ahead(m[0], re.findall(_P, m[1]))
        )

    def places(self) -> None:
        """Read 'Your latest purchase, the X', 'the X you recently chose', 'your earlier X'."""
        for words, place in _PLACES:
            for pattern in (rf"{words}{_GAP}({_LIST})", rf"({_LIST}){_GAP}{words}"):
                for match in self._matches(pattern):
                    marks = re.findall(_P, match[1])
                    self._place(match[0], marks, "recent" if place == "latest" and len(marks) > 1 else place)

    def after(self) -> None:
        """Read 'After the X came the Y', 'since the X you chose the Y', 'after the X, this'."""
        for match in self._matches(rf"\b(?:after|since|once) {_BOUGHT}({_JOINED})"):
            earlier = re.findall(_P, match[1])
            later = self._others(match, earlier)
            for one in earlier:
                self._pair_all(match[0], [one], later)
            if not later and not match[0].startswith("since"):
                self._ahead(match[0], earlier)
            elif not later:
                self.claims.append(OrderClaim(match[0]))  # "since the X" with nothing after it to verify

    def before(self) -> None:
        """Read 'Before the Y came the X'."""
        for match in self._matches(rf"\bbefore {_BOUGHT}({_JOINED})"):
            later = re.findall(_P, match[1])
            earlier = self._others(match, later)
            self._pair_all(match[0], earlier, later)
            if not earlier:
                self.claims.append(OrderClaim(match[0]))

    def then(self) -> None:
        """Read 'X, then Y', 'then this'."""
        for match in self._matches(r"\bthen\b"):
            sentence_end = self.text.find(".", match.end())
            rest = self.text[match.end() : sentence_end if sentence_end >= 0 else None]
            ahead = re.findall(_P, self.text[: match.start()])
            coming = re.search(rf"{_P}|{_SUGGESTED}", rest)
            if not ahead or coming is None:
                self.claims.append(OrderClaim(match[0]))
            elif coming[0].startswith("<p"):
                self._pairs(f"then {coming[0]}", [ahead[-1], coming[0]])
            else:
                self._ahead(match[0], ahead[-1:])

    def first(self) -> None:
        """Read 'First the X, ...', 'it began with the X', 'your first purchase, the X'."""
        begun = r"\b(?:first|(?:began|begun|started|starting) with)\b"
        for match in self._matches(rf"\b(?:your )(?:very )?first (?:purchase|choice|piece|pick){_GAP}({_P})"):
            self._place(match[0], [match[1]], "earliest")
        for match in self._matches(rf"{begun}{_GAP}({_P})"):
            others = self._others(match, [match[1]])
            if others:
                self._pair_all(match[0], [match[1]], others)
            else:
                self._place(match[0], [match[1]], "earliest")

    def now(self) -> None:
        """Read 'and now this', 'the next step': the suggestion comes after every purchase."""
        self._each(rf"\bnow {_BOUGHT}({_P})", lambda m: self._place(m[0], [m[1]], "latest"))
        named = re.findall(_P, self.text)
        if named:
            self._each(rf"\b(?:now|next)\b(?! you)[^<.;]{{0,25}}?{_SUGGESTED}", lambda m: self._ahead(m[0], named[-1:]))
            self._each(rf"{_SUGGESTED}[^<.;]{{0,25}}?\b(?:now|next)\b", lambda m: self._ahead(m[0], named[-1:]))

    def _each(self, pattern: str, claim: Callable[[re.Match[str]], None]) -> None:
        for match in self._matches(pattern):
            claim(match)

    def _matches(self, pattern: str) -> list[re.Match[str]]:
        """Return all matches and blank their words of order, places kept."""
        found = list(re.finditer(pattern, self.text))
        for match in found:
            self._blank(match, _ORDER)
        return found

    def _blank(self, match: re.Match[str], words: re.Pattern[str]) -> None:
        part = words.sub(lambda word: " " * len(word[0]), match[0])
        self.text = self.text[: match.start()] + part + self.text[match.end() :]

    def _others(self, match: re.Match[str], known: Sequence[str]) -> list[str]:
        """Return the other purchases named in the sentence of a match."""
        start, end = self.text.rfind(".", 0, match.start()) + 1, self.text.find(".", match.end())
        sentence = self.text[start : end if end >= 0 else None]
        return [one for one in dict.fromkeys(re.findall(_P, sentence)) if one not in known]

    def _name(self, mark: str) -> str:
        return self.names[int(mark[2:-1])]

    def _pairs(self, said: str, marks: Sequence[str]) -> None:
        for one, other in zip(marks, marks[1:], strict=False):
            self.claims.append(OrderClaim(said, self._name(one), self._name(other)))

    def _pair_all(self, said: str, earlier: Sequence[str], later: Sequence[str]) -> None:
        for one in earlier:
            self.claims += [OrderClaim(said, self._name(one), self._name(other)) for other in later]

    def _place(self, said: str, marks: Sequence[str], place: Place) -> None:
        self.claims += [OrderClaim(said, name=self._name(mark), place=place) for mark in marks]

    def _ahead(self, said: str, marks: Sequence[str]) -> None:
        self._place(said, marks, "before the suggestion")
