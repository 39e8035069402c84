"""The phrasebook: sentence patterns as data (prompts/phrasebook.yaml), each usable where its slots can be filled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter
from typing import get_args

import yaml

import prompts
from recsys.schema import ExplanationStyle

FILE = "phrasebook.yaml"
STYLES: tuple[ExplanationStyle, ...] = get_args(ExplanationStyle)
_OTHERWISE = "otherwise"
_ENDS = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Pattern:
    """One or two sentences with slots for what the evidence holds."""

    text: str

    @property
    def slots(self) -> frozenset[str]:
        """Names of the slots that must be filled."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.text) if name)

    @property
    def is_one_sentence(self) -> bool:
        """Whether another sentence may stand beside it."""
        return len(_ENDS.split(self.text)) == 1

    def filled(self, words: Mapping[str, str]) -> str:
        """Return the pattern with its slots filled, each sentence beginning with a capital.

        Args:
            words: Slot to what stands there; more than the pattern needs does no harm.
        """
        sentences = _ENDS.split(self.text)
        return " ".join(_capitalised(sentence.format_map(words)) for sentence in sentences)


@dataclass(frozen=True)
class Phrasebook:
    """All patterns.

    Attributes:
        styles: Patterns of each style in groups, best first.
        otherwise: Patterns of each style that are used only where no other can be.
        wishes: Patterns that tell that a wish is met.
        closings: Further sentences from facts that support a reason and carry none.
        purposes: A quality whose phrase contains one of these tells what an item is for.
    """

    styles: Mapping[ExplanationStyle, tuple[tuple[Pattern, ...], ...]]
    otherwise: Mapping[ExplanationStyle, tuple[Pattern, ...]]
    wishes: tuple[Pattern, ...]
    closings: tuple[Pattern, ...]
    purposes: tuple[str, ...]

    def tells_purpose(self, phrase: str) -> bool:
        """Whether a quality's phrase tells what an item is for ("made for the evening")."""
        return any(mark in phrase for mark in self.purposes)


@cache
def phrasebook() -> Phrasebook:
    """Read the packaged phrasebook."""
    content = yaml.safe_load(prompts.load(FILE))
    groups: dict[ExplanationStyle, dict[str, tuple[Pattern, ...]]] = {
        style: {name: _patterns(texts) for name, texts in content["styles"][style].items()} for style in STYLES
    }
    otherwise = {style: named.pop(_OTHERWISE, ()) for style, named in groups.items()}
    return Phrasebook(
        {style: tuple(named.values()) for style, named in groups.items()},
        otherwise,
        _patterns(content["wishes"]),
        _patterns(content["closings"]),
        tuple(content["purposes"]),
    )


def _patterns(texts: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(Pattern(text) for text in texts)


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
