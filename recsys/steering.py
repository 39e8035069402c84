"""Critiques as signed moves: "cheaper, more minimal" becomes a price bound and +1 on the attribute `minimal`.

The same moves come from a chat message, a chip or a slider. A move adds STEP standard deviations of the ranking's
scores for each standard deviation of the attribute, so raising an axis never lowers the slate's mean on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np

from recsys.catalogue import Catalogue, words
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray
from recsys.ruled_out import hear

STEP = 1.0
MAX_MOVE = 3.0

_CHEAPER = re.compile(
    r"\b(cheap(?:er)?|less (?:expensive|costly|pricey)|more affordable|lower (?:price|budget)|"
    r"too (?:expensive|dear|pricey))\b"
)
_DEARER = re.compile(r"\b(more (?:expensive|exclusive)|pric(?:i)?er|dearer|higher (?:price|budget)|splurge)\b")
_BOUND = re.compile(
    r"\b(under|below|less than|at most|max(?:imum)?|up to|over|above|more than|at least|min(?:imum)?)\s*"
    r"[€$£]?\s*(\d[\d,.]*)\s*(k\b)?"
)
_UNDO = re.compile(
    r"\b(undo|(?:go )?back to (?:the|those|what)|go back|take (?:that|it) back|as before|previous ones|revert"
    r"|the (?:ones|slate|suggestions) before|(?:earlier|first) ones again)\b"
)
_OTHERS = re.compile(
    r"\b(something else|other ones|others|different ones|show (?:me )?more|next|none of (?:these|them))\b"
)
_OTHERS_IN = re.compile(
    r"\b(?:not (?:this|that|the same|these|those)|(?:an)?other|different) "
    r"(brand|house|label|colour|color|shade|material|fabric|category|kind|type)s?\b(?! than)"
)
_FIELD = {
    "house": "brand", "label": "brand", "color": "colour", "shade": "colour", "fabric": "material",
    "kind": "category", "type": "category",
}  # fmt: skip
_SIZE = re.compile(r"\bsizes?\s+(\d{1,3}(?:[.,]5)?|x{0,3}[sml]|medium|small|large)\b")
_LETTER = {"small": "s", "medium": "m", "large": "l"}
_LESS = re.compile(r"\b(less|not|no|too|fewer|without|nothing)\b")
_AT_LEAST = ("over", "above", "more than", "at least", "min", "minimum")
_BOTH_WAYS = re.compile(r"\bmore (?:and|but also|yet|as well as) less ([^,;.]+)")

Field = Literal["brand", "colour", "material", "category"]


@dataclass(frozen=True)
class Critique:
    """What a person asked to change about the slate.

    Attributes:
        moves: Attribute name to a signed number of standard deviations.
        price: "cheaper" or "dearer" than what is shown now, or None.
        max_price, min_price: Bounds in major units, where said.
        brand, colour, material, category, season, size: What to keep to, in the catalogue's words.
        not_brand, not_colour, not_material, not_category: What to leave out, in the catalogue's words.
        others_in: Fields in which it must be another than what is shown now ("another brand").
        cancelled: Attribute names, or "price", asked for both ways at once: they are not moved.
        undo, others: Take the last change back; the same again with items not yet shown.
    """

    moves: Mapping[str, float] = field(default_factory=dict)
    price: Literal["cheaper", "dearer"] | None = None
    max_price: float | None = None
    min_price: float | None = None
    brand: str | None = None
    colour: str | None = None
    material: str | None = None
    category: str | None = None
    season: str | None = None
    size: str | None = None
    not_brand: tuple[str, ...] = ()
    not_colour: tuple[str, ...] = ()
    not_material: tuple[str, ...] = ()
    not_category: tuple[str, ...] = ()
    others_in: tuple[Field, ...] = ()
    cancelled: tuple[str, ...] = ()
    undo: bool = False
    others: bool = False

    @property
    def understood(self) -> bool:
        """Whether anything at all was recognised."""
        return self != Critique()


def parse_critique(text: str, attributes: AttributeSet | None, catalogue: Catalogue) -> Critique:
    """Read a critique in a person's words by rules and the attribute set's own vocabulary.

    Args:
        text: For example "cheaper and less formal, in navy", "anything but Duna", "no wool".
        attributes: The boutique's guided attributes; None where there are none, then no move is recognised.
        catalogue: Gives the colours, materials, categories, brands and seasons that can be meant.
    """
    said = " ".join(text.casefold().split())
    low, high = _bounds(said)
    cheaper = low is None and high is None and bool(_CHEAPER.search(said))
    dearer = low is None and high is None and bool(_DEARER.search(_CHEAPER.sub(" ", said)))
    rest = _SIZE.sub(" ", _DEARER.sub(" ", _CHEAPER.sub(" ", _BOUND.sub(" ", said))))
    moves, cancelled = read_moves(rest, attributes) if attributes is not None else ({}, ())
    others_in = tuple(dict.fromkeys(_field(word) for word in _OTHERS_IN.findall(rest)))
    sized = _SIZE.search(said)
    return Critique(
        moves=moves,
        price=None if cheaper == dearer else "cheaper" if cheaper else "dearer",
        max_price=high,
        min_price=low,
        size=_LETTER.get(sized[1], sized[1]).replace(",", ".") if sized else None,
        others_in=others_in,
        cancelled=(*cancelled, *(("price",) if cheaper and dearer else ())),
        undo=bool(_UNDO.search(said)),
        others=bool(_OTHERS.search(said)) and not others_in,
        **_kept_and_ruled_out(_OTHERS_IN.sub(" ", rest), catalogue),
    )


def _field(word: str) -> Field:
    return cast(Field, _FIELD.get(word, word))


def _kept_and_ruled_out(said: str, catalogue: Catalogue) -> dict[str, Any]:
    """Return what a text keeps to and what it rules out, by field of Critique."""
    known: dict[str, Sequence[str]] = {
        "brand": catalogue.brands,
        "category": catalogue.categories,
        "colour": catalogue.colour_words,
        "material": catalogue.material_words,
    }
    heard = hear(said, [name for names in known.values() for name in names])
    kept: dict[str, str | None] = {}
    rest = heard.rest
    for what, names in (*known.items(), ("season", catalogue.seasons)):
        kept[what] = mentioned(rest, names)
        # "gold", or the silk of "silk scarves", is not asked for as a material besides
        spelt = set(words(kept[what] or ""))
        rest = " ".join(token for token in rest.split() if not words(token) or not set(words(token)) <= spelt)
    ruled_out = {
        f"not_{what}": tuple(name for name in heard.ruled_out if name.casefold() in {one.casefold() for one in names})
        for what, names in known.items()
    }
    return {**kept, **ruled_out}


def _bounds(said: str) -> tuple[float | None, float | None]:
    low: float | None = None
    high: float | None = None
    for word, number, thousands in _BOUND.findall(said):
        try:
            amount = float(number.replace(",", "").rstrip(".")) * (1000 if thousands else 1)
        except ValueError:
            continue
        if word in _AT_LEAST:
            low = amount
        else:
            high = amount
    return low, high


def mentioned(said: str, names: Sequence[str]) -> str | None:
    """Return the longest of `names` whose words occur in order in the text, or None."""
    spoken = " " + " ".join(words(said)) + " "
    found = [name for name in names if words(name) and f" {' '.join(words(name))} " in spoken]
    return max(found, key=len, default=None)


def parse_moves(said: str, attributes: AttributeSet) -> dict[str, float]:
    """Return the signed moves that a text asks for, one standard deviation for each attribute named.

    An attribute is recognised by its name or by a phrase of its `more` or `less` list; "less", "too" or "not so"
    directly before a `more` phrase turns the sign.
    """
    return read_moves(said, attributes)[0]


def read_moves(said: str, attributes: AttributeSet) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the moves of `parse_moves`, and the attributes asked for both ways at once, which stay where they are."""
    signs: dict[str, set[float]] = {}
    for clause in re.split(r"[,;.]|\band\b|\bbut\b|\byet\b", _BOTH_WAYS.sub(r"more \1, less \1", said)):
        for attribute in attributes.attributes:
            sign = _direction(clause, attribute)
            if sign:
                signs.setdefault(attribute.name, set()).add(sign)
    moves = {name: sum(asked) for name, asked in signs.items() if len(asked) == 1}
    return moves, tuple(name for name, asked in signs.items() if len(asked) > 1)


def _direction(clause: str, attribute: GuidedAttribute) -> float:
    """Return +1, -1 or 0: which way the clause moves along the attribute; its longest known phrase decides."""
    known = [(phrase, 1.0) for phrase in (*attribute.more, attribute.label)]
    known += [(phrase, -1.0) for phrase in attribute.less]
    for phrase, sign in sorted(known, key=lambda one: -len(one[0])):
        if (before := _before(clause, phrase)) is not None:
            return -sign if _LESS.search(before) else sign
    for phrase in attribute.less:
        before = _before(clause, phrase.removeprefix("more "))
        if before is not None and _LESS.search(before):
            return 1.0  # "too ornate" asks for the same as "less ornate"
    return 0.0


def _before(clause: str, phrase: str) -> str | None:
    """Return what stands before a phrase in the clause, None if it does not occur."""
    found = re.search(rf"\b{re.escape(phrase.casefold())}\b", clause)
    return clause[: found.start()] if found else None


def combine(current: Mapping[str, float], change: Mapping[str, float]) -> dict[str, float]:
    """Add a change to the moves in force, each limited to +-MAX_MOVE; moves that cancel out disappear."""
    total = {
        name: float(np.clip(current.get(name, 0.0) + change.get(name, 0.0), -MAX_MOVE, MAX_MOVE))
        for name in (*current, *change)
    }
    return {name: value for name, value in total.items() if value != 0.0}


def steer(scores: FloatArray, guided: GuidedEmbeddings, moves: Mapping[str, float]) -> FloatArray:
    """Shift standardised scores along the moved attributes.

    Args:
        scores: Standardised scores, float32, (N + 1,).
        guided: The items' guided embeddings.
        moves: Attribute name to signed standard deviations; names that the set lacks raise KeyError.

    Returns:
        Shifted scores, float32, (N + 1,); with no moves exactly `scores`.
    """
    if not moves:
        return scores
    column = {name: index for index, name in enumerate(guided.names)}
    direction = np.zeros(len(column), dtype=np.float32)
    for name, move in moves.items():
        direction[column[name]] = STEP * move
    return scores + guided.standard @ direction
