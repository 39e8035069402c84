"""Reads a reason as people do: sentence by sentence, whole names and phrases before single words.

Checks, ledger and claims all work on this one reading, so a name that contains a full stop, a word of order or the
words of a quality is never taken for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from recsys.seller.evidence import EvidenceSet, month, short_title

UnitKind = Literal["item", "purchase", "fact", "brand", "date", "number", "word"]
# The last letters make "lines" of "line's" one word; digits may carry separators ("1,200.50").
_TOKEN = re.compile(r"\d[\d.,:/]*\d|\d|[^\W\d_]+(?:['’-][^\W\d_]+)*")
_END = re.compile(r"[.!?]+(?=\s|$)")
_POINTS = re.compile(r"\b(?:your|the|a|an|that|bought|chose|own)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """One name, phrase or word of a text.

    Attributes:
        value: The name, key, brand or date that it stands for, as the evidence writes it; else the word itself.
        start, end: Its place in the text.
    """

    kind: UnitKind
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """One sentence: its text with the full stop, and its units."""

    text: str
    units: tuple[Unit, ...]

    def values(self, kind: UnitKind) -> tuple[str, ...]:
        """Return the values of its units of one kind, in the order they are said."""
        return tuple(unit.value for unit in self.units if unit.kind == kind)


@dataclass(frozen=True)
class Reading:
    """A text taken apart against one evidence set."""

    text: str
    evidence: EvidenceSet
    units: tuple[Unit, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The distinct names of all purchases, oldest first; <p0> of a masked text is the first of them."""
        return purchase_names(self.evidence)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences; a full stop inside a name or brand ends none."""
        taken = [(unit.start, unit.end) for unit in self.units if unit.kind != "word"]
        ends = [end.end() for end in _END.finditer(self.text) if not any(a <= end.start() < b for a, b in taken)]
        starts = [0, *ends]
        bounds = [*zip(starts, ends, strict=False), (starts[-1], len(self.text))]
        return tuple(
            Sentence(self.text[a:b].strip(), tuple(unit for unit in self.units if a <= unit.start < b))
            for a, b in bounds
            if self.text[a:b].strip()
        )

    @cached_property
    def masked(self) -> str:
        """The text in lower case, names as <p0>, <p1>, ... and <it>, brands as <b>, dates as <d>."""
        return self.masked_part(0, len(self.text))

    def masked_part(self, start: int, end: int) -> str:
        """Return what `masked` holds between two places of the text."""
        parts, at = list[str](), start
        for unit in self.units:
            if start <= unit.start < end and unit.kind in ("item", "purchase", "brand", "date"):
                parts += [self.text[at : unit.start].lower(), self._mark(unit)]
                at = unit.end
        return "".join([*parts, self.text[at:end].lower()]).replace("’", "'")

    def masked_sentences(self) -> Iterator[tuple[Sentence, str]]:
        """Yield each sentence with its masked text."""
        for sentence in self.sentences:
            if sentence.units:
                yield sentence, self.masked_part(sentence.units[0].start, sentence.units[-1].end)

    def _mark(self, unit: Unit) -> str:
        if unit.kind == "purchase":
            return f"<p{self.names.index(unit.value)}>"
        return {"item": "<it>", "brand": "<b>"}.get(unit.kind, "<d>")


def purchase_names(evidence: EvidenceSet) -> tuple[str, ...]:
    """Return the distinct names of the client's purchases, oldest first, of tested ones also without `owned`."""
    history = [fact.key for fact in evidence.evidence if fact.kind == "history"]
    return tuple(dict.fromkeys([*(owned.name for owned in evidence.owned), *history]))


def sayings(key: str) -> tuple[str, ...]:
    """Return how a fact's key may be said: whole, and of two joined qualities the first alone ("clean-lined")."""
    first, joined, _ = key.partition(" and ")
    return (key, first) if joined and " " not in first and len(first) > 3 else (key,)


def read(text: str, evidence: EvidenceSet, phrases: Sequence[str] = ()) -> Reading:
    """Take a text apart.

    Args:
        phrases: Further phrases that are read as one unit of kind "fact", such as those of an attribute set.
    """
    known = _known(evidence, phrases)
    pattern = "|".join(
        _pattern(value, exact) for value, (_, _, exact) in sorted(known.items(), key=lambda one: -len(one[0]))
    )
    named = re.compile(rf"(?<![^\W_])(?:{pattern})(?![^\W_])")
    # two names may differ in capitals alone: the one that is written so is meant, else the first, which is tested
    spelled = {said: (kind, value) for said, (kind, value, _) in known.items()}
    folded = {said.casefold(): meant for said, meant in reversed(spelled.items())}
    houses = {(one.brand or "").casefold() for one in (evidence.item, *(owned.item for owned in evidence.owned))}
    units, at = list[Unit](), 0
    for match in named.finditer(text):
        said = _plain(match[0])
        known_as = spelled.get(said) or folded.get(said.casefold())
        if known_as is None:
            continue  # the expression takes more letters for the same than casefold does: a dotless i for an i
        kind, value = known_as
        units += _words(text, at, match.start())
        if kind == "purchase" and value.casefold() in houses and not _POINTS.search(text[: match.start()]):
            kind = "brand"  # a purchase that is called like its house: "your Duna" is the one, "by Duna" the other
        units.append(Unit(kind, value, match.start(), match.end()))
        at = match.end()
    return Reading(text, evidence, (*units, *_words(text, at, len(text))))


def _known(evidence: EvidenceSet, phrases: Sequence[str]) -> dict[str, tuple[UnitKind, str, bool]]:
    """Return each saying with its kind, what it stands for, and whether its case matters; the first kind wins."""
    known: dict[str, tuple[UnitKind, str, bool]] = {}
    names = purchase_names(evidence)
    title = short_title(evidence.item)
    brands = [item.brand for item in (evidence.item, *(one.item for one in evidence.owned)) if item.brand]
    keys = [fact.key for fact in evidence.evidence if fact.kind not in ("history", "house", "order") and fact.key]
    tested = {fact.key for fact in evidence.evidence if fact.kind == "history"}
    if title.casefold() not in {
        name.casefold() for name in tested
    }:  # an untested purchase of the same name cannot be meant
        known[_plain(title)] = ("item", title, " " not in title)
    for name in sorted(names, key=lambda name: name not in tested):
        known.setdefault(_plain(name), ("purchase", name, " " not in name))
    known.setdefault(_plain(title), ("item", title, " " not in title))
    for brand in brands:
        # without its article, which would begin the match before a name that begins with the brand
        known.setdefault(_plain(brand).removeprefix("The "), ("brand", brand, True))
    for key in (*(key for key in keys if key not in brands), *phrases):
        for saying in sayings(key):
            known.setdefault(_plain(saying), ("fact", key, False))
    for owned in evidence.owned:
        if owned.at:
            known.setdefault(month(owned.at), ("date", month(owned.at), False))
    for fact in evidence.evidence:
        if fact.at:
            known.setdefault(month(fact.at), ("date", month(fact.at), False))
    return known


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def _pattern(saying: str, exact: bool) -> str:
    spaced = r"\s+".join(re.escape(part).replace("'", "['’]") for part in saying.split())
    return spaced if exact else f"(?i:{spaced})"


def _words(text: str, start: int, end: int) -> list[Unit]:
    return [
        Unit("number" if match[0][0].isdigit() else "word", match[0].replace("’", "'"), match.start(), match.end())
        for match in _TOKEN.finditer(text, start, end)
    ]
