"""What a text claims about qualities: of the item, shared with a purchase, of the client's taste, or as she asked.

Each quality is judged by the words nearest to it in its sentence, so two true qualities that change places are caught.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from recsys.schema import Evidence
from recsys.seller.evidence import EvidenceSet, short_title
from recsys.seller.reading import Reading, Sentence

_NAMES = r"<p\d+>(?:(?: (?:and|or|your|the|a|an|of|in|from|<d>)){0,4} <p\d+>)*"
_LIKE = re.compile(
    r"(?<!you )(?<!will )(?<!may )\b(?:like|as with|as do|as does|as is|as are|as was|echo(?:es)?|match(?:es)?|shares?|"
    rf"shared|same|recalls?|alike|similar|common|both|resembles?)\b(?: [^< ]+){{0,5}} ({_NAMES})"
)
_ABOUT = re.compile(
    rf"({_NAMES})(?: (?:of|in|from) <d>)? (?:too )?(?:is|are|was|were|has|have|shares?|does|do)\b(?! for)"
)
_OF_ITEM = re.compile(r"(?:\b(?:it|this|one)|<it>)(?: too)?(?: is| would be)(?: also| too| as well)?(?: <f> and)?$")
_TOO = re.compile(r"\btoo\b")
_TASTE = re.compile(
    r"\b(?:(?:like|as) )?(?:(?:is|are|with) )?(?:much|most|many|all|so much) of (?:what|the|your)\b|"
    r"\b(?:in|to|for|of|fits?|suits?|match(?:es)?) your (?:own )?(?:taste|choices|purchases|wardrobe|collection)\b|"
    r"\bwhat you (?:have |often |usually )*(?:chosen|choose|like|bought|buy|own|pick)\b|"
    r"\byou (?:often|tend|lean|like|love)\b"
)
_ASKED = re.compile(r"\b(?:asked|wished|wanted|requested|wish|wishes|your request)\b")
_DENIAL = re.compile(r"\b(?:not(?! only)|no|never|without|neither|nor|hardly|less|least|nothing|none|\w+n't|un)\b")
_INTENSE = re.compile(r"\b(?:more|most|too|very|so|quite|rather|even|much|ever|especially|truly|really) <f>|<f> than\b")
_COUNTED = ("first of its kind", "repeat of a kind", "house")  # facts about what she owns, verified as such
# True of nothing that is tested here, although each word alone is harmless.
_PROMISE = re.compile(
    r"\bfits? (?:you\b|well\b|like\b|true\b)|\b(?:well|better|best) made\b|\bmade well\b|\bworks?\b(?! with\b)|"
    r"\bworked\b|\bbest\b|\bbetter\b|\b(?:keeps?|wears?|stays?|feels?|looks?|sits?) (?:so |very )?(?:good|well|like)\b|"
    r"\bgood (?:for|on) you(?! taste)\b|\b(?:so |very )?good\b(?= (?:it|that|you))|\bmust have\b|\bone of the\b|"
    r"\bstays?\b(?! (?:with|true|in|close|by|near|right|on)\b)|\blasts?\b|"
    r"\byou (?:would |will |may |might |can )?(?:look|feel)\b(?! (?:for|through|at|to)\b)|"
    r"\bgives? you (?:a|the|more|another|one)\b|\bfor (?:one|two) of\b|\b(?:two|one) for\b|\bmore for\b|"
    r"\bperfect\w*\b|\bfor (?:so |a |very )?(?:little|less|much)\b(?! of)|"
    r"\b(?:get|have|gives?|getting) (?:you )?(?:so |very )?much\b(?! of| in)|"
    r"\bone of a\b|\bcomes? with\b|\b(?:close|full|true|right|good|similar|like) fit\b|\bon and on\b|"
    r"\bbrings? (?:out|more)\b|\b(?:see|sees|seen|look|looks) (?:at )?you (?:in|with|on)\b"
)
_EVERYTHING = re.compile(
    r"\b(?:with|for|to|beside|of) (?:all|every|any)\b(?! (?:these|this|three|two))|"
    r"\b(?:all|every|each|any) (?:of )?(?:your|pieces?|purchases?|choices?|things?|one|you)\b"
)
# What other people, or the speaker, are said to own, choose or make; and how much the client makes of what she owns.
_HEARSAY = re.compile(
    r"\b(?:many|most|some|all|and|so|the|like|with|by|to|for|as|that|than) others\b|^others\b|"
    r"\bothers (?:like|have|with|to|in|are|did|would)\b|"
    r"\b(?:all|many|most|some|any) (?:will|would|may|might|can|could|have|had|like|see|chose|choose)\b|"
    r"\b(?:i|we) (?:(?:have|had|often|also|all) )*(?:own|owned|wear|use|bought|purchased|make|made|like|love|share)\b|"
    r"\b(?:i|we) (?:(?:have|had) )?(?:chose|chosen|picked|selected|took|brought|gave|suggested) "
    r"(?:you )?(?:(?:your|the|a) )?<p\d+>|"
    r"\byou (?:(?:so|often|may|must|have|still|always|much) )*(?:wear|use|wore|keep|look|looked|ask|asked)"
    r"(?: (?:for|to|at|about))?(?: (?:your|the|a|an))? (?:<p\d+>|<it>)|"
    r"<p\d+> (?:so|as|very) (?:much|often)\b(?! of)"
)


@dataclass(frozen=True)
class _Marker:
    """Words that say where a quality comes from: which kinds of facts they accept, and their place among the units."""

    kind: Literal["shared", "taste", "asked"]
    names: tuple[str, ...]
    start: int
    end: int

    def accepts(self, fact: Evidence, evidence: EvidenceSet) -> bool:
        """Whether a fact bears this claim (for "shared": of one of the names)."""
        if self.kind == "asked":
            return fact.kind == "request"
        if self.kind == "taste":
            return fact.kind == "attribute" and fact.evidence_id not in evidence.links
        return linked_name(fact, evidence) in self.names


def linked_name(fact: Evidence, evidence: EvidenceSet) -> str | None:
    """Return the name of the purchase that a fact is shared with, None where it is shared with none."""
    bought = evidence.links.get(fact.evidence_id)
    return next((one.key for one in evidence.evidence if one.evidence_id == bought), None)


def facts_of(key: str, evidence: EvidenceSet) -> list[Evidence]:
    """Return the facts with this key."""
    return [fact for fact in evidence.evidence if fact.key.casefold() == key.casefold() and fact.kind != "history"]


def unheld(reading: Reading, loose: frozenset[str]) -> tuple[str, ...]:
    """Return the qualities that a text names and no fact holds; `loose` are words that facts hold beside their keys."""
    return tuple(
        unit.value
        for unit in reading.units
        if unit.kind == "fact" and not facts_of(unit.value, reading.evidence) and unit.value.casefold() not in loose
    )


def misplaced(reading: Reading) -> tuple[str, ...]:
    """Return the qualities that are said of something they were not found in."""
    return tuple(said for sentence in reading.sentences for said in _misplaced_in(sentence, reading))


def _misplaced_in(sentence: Sentence, reading: Reading) -> Iterator[str]:
    evidence = reading.evidence
    line = tokens(sentence, reading)
    markers = _markers(line, reading)
    for index, unit in enumerate(sentence.units):
        facts = facts_of(unit.value, evidence) if unit.kind == "fact" else []
        facts = [fact for fact in facts if fact.subject not in _COUNTED]
        if facts and not _is_well_placed(index, facts, markers, line, reading):
            yield unit.value


def _is_well_placed(index: int, facts: list[Evidence], markers: list[_Marker], line: str, reading: Reading) -> bool:
    """Whether the nearest words bear a quality; where none speak of it, what a purchase is named beside must share it.

    Said plainly of the item ("it is ...") it needs no more than to be held.
    """
    evidence = reading.evidence
    if markers:
        near = min(_distance(marker, index) for marker in markers)
        return any(_bears(marker, facts, evidence) for marker in markers if _distance(marker, index) == near)
    named = _purchases(line, reading)
    of_item = _OF_ITEM.search(" ".join(line.split(" ")[:index])) is not None
    of_item = of_item or any(fact.kind == "field" and fact.evidence_id not in evidence.links for fact in facts)
    return not named or of_item or bool({linked_name(fact, evidence) for fact in facts} & set(named))


def _bears(marker: _Marker, facts: list[Evidence], evidence: EvidenceSet) -> bool:
    if marker.kind != "shared":
        return any(marker.accepts(fact, evidence) for fact in facts)
    return set(marker.names) <= {linked_name(fact, evidence) for fact in facts}


def unshared(reading: Reading) -> tuple[str, ...]:
    """Return the purchases that the item is likened to, and wishes it is said to meet, without saying in what."""
    found = list[str]()
    for sentence in reading.sentences:
        said = [fact for unit in sentence.units for fact in facts_of(unit.value, reading.evidence)]
        house = "brand" in {unit.kind for unit in sentence.units} or re.search(
            r"same (?:house|brand|maker)", sentence.text
        )
        for marker in _markers(tokens(sentence, reading), reading):
            if marker.kind == "shared" and not house:
                found += [
                    one for one in marker.names if one not in {linked_name(fact, reading.evidence) for fact in said}
                ]
            elif marker.kind == "asked" and not any(
                fact.kind == "request" for fact in said or reading.evidence.evidence
            ):
                found.append("as you asked")
    return tuple(found)


def denials(reading: Reading, allowed: str = "") -> tuple[str, ...]:
    """Return words that deny, weaken or heighten what facts hold, and promises made of plain words.

    Args:
        allowed: Words of verified claims of novelty, which may deny ("you own no scarf yet").
    """
    found = list[str]()
    for sentence in reading.sentences:
        line = tokens(sentence, reading)
        found += [word for word in _DENIAL.findall(line) if word not in allowed.split()]
        found += [match[0].replace("<f>", "").strip() for match in _INTENSE.finditer(line)]
        found += [match[0] for pattern in (_PROMISE, _EVERYTHING, _HEARSAY) for match in pattern.finditer(line)]
    return tuple(found)


def tokens(sentence: Sentence, reading: Reading) -> str:
    """Return a sentence as lower-case words parted by one space, one token a unit: <p0>, <it>, <b>, <d>, <f>, words."""
    marks = {"item": "<it>", "brand": "<b>", "date": "<d>", "fact": "<f>"}
    return " ".join(
        f"<p{reading.names.index(unit.value)}>"
        if unit.kind == "purchase"
        else marks.get(unit.kind, unit.value.lower().replace(" ", ""))
        for unit in sentence.units
    )


def _markers(line: str, reading: Reading) -> list[_Marker]:
    found = list[_Marker]()
    for pattern in (_LIKE, _ABOUT):
        for match in pattern.finditer(line):
            names = _purchases(match[1], reading)
            found += [_Marker("shared", names, *_places(line, match))] if names else []
    named = _purchases(line, reading)
    found += [_Marker("shared", named, *_places(line, match)) for match in _TOO.finditer(line) if len(named) == 1]
    found += [_Marker("taste", (), *_places(line, match)) for match in _TASTE.finditer(line)]
    return [*found, *(_Marker("asked", (), *_places(line, match)) for match in _ASKED.finditer(line))]


def _purchases(line: str, reading: Reading) -> tuple[str, ...]:
    """Return the names of purchases in a line of tokens, except one that is the suggestion's name as well."""
    title = short_title(reading.evidence.item).casefold()
    names = dict.fromkeys(reading.names[int(mark)] for mark in re.findall(r"<p(\d+)>", line))
    return tuple(name for name in names if name.casefold() != title)


def _places(line: str, match: re.Match[str]) -> tuple[int, int]:
    """Return the number of the first and the last token of a match."""
    return line.count(" ", 0, match.start()), line.count(" ", 0, match.end())


def _distance(marker: _Marker, index: int) -> int:
    return max(marker.start - index, index - marker.end, 0)
