"""The honest floor: a reason put together from tested evidence by the phrasebook, without a language model."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.schema import Evidence, ExplanationStyle
from recsys.seller.evidence import COMPARABLE
from recsys.seller.facts import EvidenceSet
from recsys.seller.phrasebook import STYLES, Pattern, phrasebook
from recsys.seller.slots import Slots, slots_of

NO_STRONG_REASON = "No strong reason: it ranks well for you, but no single purchase or quality of it accounts for that."
MAX_WORDS = 40

_Option = tuple[Pattern, Slots]


def styles_of(evidence: EvidenceSet) -> tuple[ExplanationStyle, ...]:
    """Return the styles that the tested evidence supports, best first.

    Best is the one whose lead has the largest tested effect. What the catalogue alone says an item is for has none, so
    such an occasion comes after; so does a purchase of which nothing can be said but that it led here.
    """
    found = slots_of(evidence)
    supported = [style for style in STYLES if _groups(style, found, _Text())]
    return tuple(sorted(supported, key=lambda style: -_lead(style, evidence, found[0])))


def reason_by_template(
    evidence: EvidenceSet,
    style: ExplanationStyle | None = None,
    rng: np.random.Generator | None = None,
    most: int | None = None,
) -> tuple[str, tuple[Evidence, ...]]:
    """Put the evidence into one or two sentences.

    Args:
        style: What the reason leads with; None for the best supported style, after a wish that was met.
        rng: Draws any pattern that the evidence supports; None for one of the best, the same each time for an item.
        most: Draw among so many of the best patterns only, and close with nothing; None for all. A small language
            model learns what to say sooner when there are fewer ways to say it.

    Returns:
        The text, and the facts that it cites; NO_STRONG_REASON and none of them where no cause supports the style.
    """
    chooser = rng or np.random.default_rng(zlib.crc32(evidence.item.item_id.encode()))
    begun = _Text() if style is not None else _wish(evidence, rng)
    for lead in styles_of(evidence) if style is None else [style]:
        groups = _groups(lead, slots_of(evidence), begun)
        if groups:
            best = [option for option in groups[0] if option[1] is groups[0][0][1]]
            options = best[:most] if rng is None or most else [option for group in groups for option in group]
            pattern, slots = options[int(chooser.integers(len(options)))]
            text = begun.and_then(pattern, slots)
            return (text if most else _closed(text, slots, chooser)).as_reason()
    return begun.as_reason() if begun.facts else (NO_STRONG_REASON, ())


def every_reason(evidence: EvidenceSet, nth: int = 0, of: int = 1) -> dict[str, ExplanationStyle]:
    """Return the texts that the phrasebook has for the evidence, with their styles; empty where no cause supports one.

    A wish that was met comes first in each of them. Styles of which the lead has an effect far below the strongest are
    left out: a true reason that is not the reason would mislead.

    Args:
        nth, of: Take only every `of`-th pattern of a group, from the `nth` on, so that several cards do not open alike.
    """
    found, begun = slots_of(evidence), _wish(evidence, None)
    leads = {style: _lead(style, evidence, found[0]) for style in styles_of(evidence)}
    strongest = max(leads.values(), default=0.0)
    return {
        begun.and_then(*option).text: style
        for style, lead in leads.items()
        if lead >= COMPARABLE * strongest
        for group in _groups(style, found, begun)
        for option in group[nth % of :: of] or group
    }


@dataclass(frozen=True)
class _Text:
    """A reason in the making: its sentences, and the facts that they say."""

    text: str = ""
    facts: tuple[Evidence, ...] = ()

    def and_then(self, pattern: Pattern, slots: Slots) -> _Text:
        """Return the text with one more pattern."""
        return _Text(f"{self.text} {pattern.filled(slots.words)}".strip(), (*self.facts, *slots.cited(pattern)))

    def can_take(self, pattern: Pattern, slots: Slots) -> bool:
        """Whether a pattern can be filled, says nothing again, and leaves it at two sentences of MAX_WORDS words."""
        if not slots.fill(pattern) or (self.text and not pattern.is_one_sentence):
            return False
        said = {fact.key.casefold() for fact in self.facts}
        if any(fact.key.casefold() in said for fact in slots.cited(pattern)):
            return False
        return len(self.and_then(pattern, slots).text.split()) <= MAX_WORDS

    def as_reason(self) -> tuple[str, tuple[Evidence, ...]]:
        """Return the text and its facts."""
        return self.text, self.facts


def _wish(evidence: EvidenceSet, rng: np.random.Generator | None) -> _Text:
    """Return how to tell that a wish was met, nothing where none was."""
    for fact in evidence.of_kind("request")[:1]:
        patterns = [one for one in phrasebook().wishes if one.is_one_sentence]
        pattern = patterns[0] if rng is None else patterns[int(rng.integers(len(patterns)))]
        return _Text().and_then(pattern, Slots({"wish": fact.key}, {"wish": fact}))
    return _Text()


def _groups(style: ExplanationStyle, found: Sequence[Slots], begun: _Text) -> list[list[_Option]]:
    """Return what can be said in a style after what has begun, group by group, best first; none empty."""
    book = phrasebook()
    groups = [_options(group, found, begun) for group in book.styles[style]]
    return [group for group in groups if group] or [
        group for group in [_options(book.otherwise[style], found, begun)] if group
    ]


def _options(patterns: Sequence[Pattern], found: Sequence[Slots], begun: _Text) -> list[_Option]:
    return [(pattern, slots) for slots in found for pattern in patterns if begun.can_take(pattern, slots)]


def _closed(text: _Text, slots: Slots, rng: np.random.Generator) -> _Text:
    """Add, every other time, a sentence of a fact that supports the reason, where one is left to say."""
    if rng.random() < 0.5 or not Pattern(text.text).is_one_sentence:
        return text
    closings = [pattern for pattern in phrasebook().closings if text.can_take(pattern, slots)]
    return text.and_then(closings[int(rng.integers(len(closings)))], slots) if closings else text


def _lead(style: ExplanationStyle, evidence: EvidenceSet, slots: Slots) -> float:
    """Return the largest tested effect among the facts that a style can lead with."""
    leads = {
        "feature": [fact for fact in evidence.of_kind("history") if evidence.shared_with(fact) is not None],
        "style": [*evidence.traits, *evidence.of_kind("house")],
        "occasion": [slots.facts[slot] for slot in ("purpose", "shared_purpose") if slot in slots.facts],
        "sequence": evidence.of_kind("order"),
    }
    return max((fact.effect for fact in leads[style]), default=0.0)
