"""Messages in French, German or Italian, put into English word by word: prompts/foreign_words.yaml, read and checked.

The sentence encoder and every rule know English only. Which words a message holds is enough to tell what it asks for;
what a person wants kept in their own words is never taken from here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, RootModel, ValidationError

import prompts
from recsys.errors import InputError

FILE = "foreign_words.yaml"
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_SHARE = 0.15  # of a message's words; a single "robe" or "comme" in an English sentence says nothing


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    words: dict[str, str]
    shared: dict[str, str]


class _WordFile(RootModel[dict[str, _Words]]):
    pass


@dataclass(frozen=True)
class _Language:
    telling: re.Pattern[str]
    all: re.Pattern[str]
    english: dict[str, str]

    def n_telling(self, text: str) -> int:
        return sum(len(_WORD.findall(found)) for found in self.telling.findall(text))

    def translated(self, text: str) -> str:
        english = self.all.sub(lambda match: self.english[match[0]], text)
        return " ".join(re.sub(r"(?<=\w)'(?=\w)", " ", english).split())  # "l'explication"


def in_english(message: str, names: Sequence[str] = ()) -> str:
    """Return a message with the known words of another language put into English; an English one as it is.

    Args:
        message: What a person typed.
        names: Brands: their words tell no language and are never put into English ("Rive Blanche").
    """
    named = [name for name in names if name.casefold() in message.casefold()]
    parts = re.split(f"({'|'.join(re.escape(name) for name in named)})", message, flags=re.I) if named else [message]
    text = _plain(" ".join(parts[::2]))
    language = max(_languages(), key=lambda one: one.n_telling(text))
    telling = language.n_telling(text)
    if not telling or telling < _LEAST_SHARE * len(_WORD.findall(text)):
        return message
    said = [language.translated(_plain(part)) if place % 2 == 0 else part for place, part in enumerate(parts)]
    return " ".join(part for part in said if part)


def _plain(text: str) -> str:
    """Return a text without accents and capitals, its apostrophes straight."""
    parts = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


@cache
def _languages() -> tuple[_Language, ...]:
    try:
        file = _WordFile.model_validate(yaml.safe_load(prompts.load(FILE))).root
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"prompts/{FILE}: {'.'.join(str(step) for step in first['loc'])}: {first['msg']}") from error
    return tuple(
        _Language(_any_of(known.words), _any_of(known.words | known.shared), known.words | known.shared)
        for known in file.values()
    )


def _any_of(words: dict[str, str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(re.escape(word) for word in longest_first)})\b")
