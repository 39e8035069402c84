"""The house's words for messages (prompts/message_phrases.yaml): greetings, bridges, closings, reasons by language."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

import prompts
from recsys.errors import InputError

FILE = "message_phrases.yaml"
ToneName = Literal["warm", "neutral", "formal", "short"]
LanguageCode = Literal["en", "fr", "de", "it", "ja"]
ReasonKind = Literal["quality_of", "quality", "also", "also_bought", "bought_in", "bought", "house", "order", "lately"]
_TONE_WORDS: dict[ToneName, tuple[str, ...]] = {
    "short": ("short", "brief", "crisp", "concise", "to the point"),
    "formal": ("formal", "polite", "official", "respectful"),
    "warm": ("warm", "friendly", "friendlier", "personal", "cordial", "casual", "relaxed"),
    "neutral": ("neutral", "plain", "simple", "matter-of-fact", "factual", "professional"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OneOrSeveral(_Strict):
    """A line for one piece, and the same for more."""

    one: str
    several: str

    def said(self, count: int) -> str:
        """Return the line for so many pieces."""
        return self.one if count == 1 else self.several


class PieceLines(_Strict):
    """How a piece is brought in: alone, as the first of several, as a further one."""

    one: str
    first: str
    next: str

    def said(self, place: int, count: int) -> str:
        """Return the line for the piece at a place, from 0."""
        return self.one if count == 1 else self.first if place == 0 else self.next


class Tone(_Strict):
    """The lines around the reasons; "" where a tone goes without one."""

    greeting: str
    nameless: str
    subject: str
    opening: OneOrSeveral
    pieces: PieceLines
    closing: OneOrSeveral
    sign_off: str

    def fixed(self) -> frozenset[str]:
        """Return the lines without slots, which claim nothing."""
        lines = (self.nameless, *self.opening.model_dump().values(), *self.closing.model_dump().values(), self.sign_off)
        return frozenset(line for line in lines if line)


class Language(_Strict):
    """A language's words.

    Attributes:
        names: How people call it.
        quotes: Marks around a name.
        sentence_gap: What stands between sentences.
        months: Names of the months, empty where reasons come from the cards.
        numbers: Two to twelve, as they are said of purchases.
        reasons: Sentence for each kind of evidence.
        qualities: Phrases of attribute sets as they fit into `reasons`.
    """

    names: tuple[str, ...]
    quotes: tuple[str, str]
    sentence_gap: str
    about: str
    months: tuple[str, ...] = ()
    month: str = ""
    numbers: tuple[str, ...] = ()
    tones: dict[ToneName, Tone]
    reasons: dict[ReasonKind, str] = {}
    qualities: dict[str, str] = {}

    def quoted(self, name: str) -> str:
        """Return a name in the language's quotation marks."""
        return f"{self.quotes[0]}{name}{self.quotes[1]}"

    def month_of(self, at: dt.date) -> str:
        """Return month and year as they are said."""
        return self.month.format(name=self.months[at.month - 1], year=at.year)


@cache
def languages() -> dict[LanguageCode, Language]:
    """Read the packaged phrases."""
    content = yaml.safe_load(prompts.load(FILE))
    return {code: Language.model_validate(words) for code, words in content.items()}


def language_of(words: str) -> LanguageCode | None:
    """Return the language that words name ("French", "fr", "auf Deutsch"), None where none of ours is."""
    said = words.casefold().replace(",", " ").split()
    for code, language in languages().items():
        if words.casefold().strip() in language.names or any(name in said for name in language.names if len(name) > 2):
            return code
    return None


def require_language(words: str) -> LanguageCode:
    """Return the language that words name; raise InputError naming those there are."""
    code = language_of(words)
    if code is None:
        known = ", ".join(language.names[1].capitalize() for language in languages().values())
        raise InputError(f"no message can be worded in {words!r}; there is: {known}")
    return code


def require_tone(words: str) -> ToneName:
    """Return the tone that words name; raise InputError naming those there are."""
    said = words.casefold()
    if "less formal" in said or "informal" in said:
        return "warm"
    for tone, names in _TONE_WORDS.items():
        if any(name in said for name in names):
            return tone
    raise InputError(f"no tone {words!r}; there is: warm, neutral, formal, short")
