"""Critiques as signed moves: "cheaper, more minimal" becomes a price bound and +1 on the attribute `minimal`.

The same moves come from a chat message, a chip or a slider. A move adds STEP standard deviations of the ranking's
scores for each standard deviation of the attribute, so raising an axis never lowers the slate's mean on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from recsys.catalogue import Catalogue, words
from recsys.guided.attributes import AttributeSet, GuidedAttribute
from recsys.guided.embedding import GuidedEmbeddings
from recsys.ranker import FloatArray

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
_UNDO = re.compile(r"\b(undo|go back|take that back|as before|previous ones|revert)\b")
_OTHERS = re.compile(
    r"\b(something else|other ones|others|different ones|show (?:me )?more|next|none of (?:these|them))\b"
)
_NOT_BRAND = re.compile(r"\b(?:not (?:this|that|the same) brand|(?:an)?other brands?|different brands?)\b")
_LESS = re.compile(r"\b(less|not so|not as|not too|too|fewer|without|no more)\b")
_AT_LEAST = ("over", "above", "more than", "at least", "min", "minimum")


@dataclass(frozen=True)
class Critique:
    """What a person asked to change about the slate.

    Attributes:
        moves: Attribute name to a signed number of standard deviations.
        price: "cheaper" or "dearer" than what is shown now, or None.
        max_price, min_price: Bounds in major units, where said.
        colour, category: Catalogue words to filter by, where said.
        brand: A brand to keep to; other_brands: leave the brands shown now.
        undo, others: Take the last change back; the same again with items not yet shown.
    """

    moves: Mapping[str, float] = field(default_factory=dict)
    price: Literal["cheaper", "dearer"] | None = None
    max_price: float | None = None
    min_price: float | None = None
    colour: str | None = None
    category: str | None = None
    brand: str | None = None
    other_brands: bool = False
    undo: bool = False
    others: bool = False

    @property
    def understood(self) -> bool:
        """Whether anything at all was recognised."""
        return self != Critique()


def parse_critique(text: str, attributes: AttributeSet | None, catalogue: Catalogue) -> Critique:
    """Read a critique in a person's words by rules and the attribute set's own vocabulary.

    Args:
        text: For example "cheaper and less formal, in navy".
        attributes: The boutique's guided attributes; None where there are none, then no move is recognised.
        catalogue: Gives the colours, categories and brands that can be meant.
    """
    said = " ".join(text.casefold().split())
    low, high = _bounds(said)
    cheaper = low is None and high is None and _CHEAPER.search(said)
    dearer = low is None and high is None and not cheaper and _DEARER.search(said)
    rest = _DEARER.sub(" ", _CHEAPER.sub(" ", _BOUND.sub(" ", said)))
    return Critique(
        moves=parse_moves(rest, attributes) if attributes is not None else {},
        price="cheaper" if cheaper else "dearer" if dearer else None,
        max_price=high,
        min_price=low,
        colour=mentioned(rest, _colour_words(catalogue)),
        category=mentioned(rest, catalogue.categories),
        brand=None if _NOT_BRAND.search(said) else mentioned(rest, catalogue.brands),
        other_brands=bool(_NOT_BRAND.search(said)),
        undo=bool(_UNDO.search(said)),
        others=bool(_OTHERS.search(said)),
    )


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


def _colour_words(catalogue: Catalogue) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for colour in catalogue.colours for word in (colour, *words(colour))))


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
    moves: dict[str, float] = {}
    for clause in re.split(r"[,;.]|\band\b|\bbut\b", said):
        for attribute in attributes.attributes:
            sign = _direction(clause, attribute)
            if sign:
                moves[attribute.name] = sign
    return moves


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
