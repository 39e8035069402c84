"""What a client hears in a reason: qualities it claims, purchases of hers it names, and what is left of it.

Reads any writer's text by one rule and never asks whether a claim is true. Texts are read word by word: irony,
metaphor and denials longer than "not gentle" escape it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from recsys.catalogue import Catalogue, words
from recsys.guided.attributes import AttributeSet
from recsys.ranker import IntArray

# How much of a purchase's name must be said: nats of surprise in the catalogue's titles, and a share of the name where
# it is short. Chosen on the 840 training references of amazon-beauty, whose cited purchases are known.
ENOUGH_OF_A_NAME, SHARE_OF_A_NAME = 6.0, 0.6
PART_OF_A_NAME = 3.0  # nats from which a run of title words is a part of a name, not "hair" or "for the"
LATEST = 20  # distinct purchases that she would know by name
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_LIKENESS = re.compile(
    r"(?<!you )(?<!'d )(?<!'ll )(?<!would )\blike\b|\b(?:alike|same|similar|match(?:es|ing)?|echo(?:es)?|resembles?|"
    r"it too|so (?:is|does|has) (?:this|it)|again|another)\b",
    re.IGNORECASE,
)
_DENIALS = frozenset(("not", "no", "never", "less", "without", "hardly", "isn't", "nothing"))


@dataclass(frozen=True)
class TextClaims:
    """One text as it is heard.

    Attributes:
        qualities: (column, side) of each guided attribute claimed of the item; side is +1 (high) or -1 (low).
        likened: Internal ids of her purchases that the item is said to be like.
        named: Internal ids of her purchases that are named without a word of likeness in the same sentence.
        rest: The text without the names of her purchases, which are not about the item, and without the item's own
            name, which she has read in its title: to say it again is no news.
    """

    qualities: tuple[tuple[int, int], ...]
    likened: tuple[int, ...]
    named: tuple[int, ...]
    rest: str


class ClaimReader:
    """Reads claims out of texts.

    Args:
        catalogue: All items; how rare a word is among their titles says how much of a name it is.
        attributes: The guided attribute set, whose `high` and `low` phrases are claims.
    """

    def __init__(self, catalogue: Catalogue, attributes: AttributeSet) -> None:
        self._names = [frozenset(_tokens(f"{item.brand or ''} {item.title}")) for item in catalogue.items]
        counts = Counter(word for name in self._names for word in name)
        self._weight = {word: log((1 + len(catalogue)) / count) for word, count in counts.items()}
        self._part = min(PART_OF_A_NAME, log(1 + len(catalogue)) / 2)
        self._phrases = [
            (words(phrase), column, side)
            for column, one in enumerate(attributes.attributes)
            for phrase, side in ((one.high, 1), (one.low, -1))
            if phrase
        ]
        self._claiming = frozenset(word for phrase, _, _ in self._phrases for word in phrase)

    def read(self, text: str, sequence: IntArray, candidate: int) -> TextClaims:
        """Read one text.

        Args:
            text: The text about the candidate; "" has no claims.
            sequence: Her purchases, internal ids, oldest first.
            candidate: The internal id of the item that it is about; its own name is no name of a purchase.
        """
        owned = [item for item in dict.fromkeys(int(one) for one in sequence[::-1]) if item != candidate][:LATEST]
        likened, named, rest = list[int](), list[int](), list[str]()
        for sentence in _SENTENCE.split(text):
            left, found = self._without_names(sentence, owned, candidate)
            (likened if _LIKENESS.search(left) else named).extend(found)
            rest.append(left)
        plain = " ".join(rest).strip()
        quieter = tuple(dict.fromkeys(one for one in named if one not in likened))
        return TextClaims(self._qualities(plain), tuple(dict.fromkeys(likened)), quieter, plain)

    def _without_names(self, sentence: str, owned: Sequence[int], candidate: int) -> tuple[str, list[int]]:
        """Cut names out of a sentence; return what is left, and the purchases named, best named first."""
        spans = [match.span() for match in _TOKEN.finditer(sentence)]
        tokens = [_plain(sentence[start:end]) for start, end in spans]
        named: list[tuple[float, int, frozenset[int]]] = []
        for item in owned:
            places = self._mention(tokens, item, candidate)
            weight = self._weigh({tokens[place] for place in places})
            enough = min(ENOUGH_OF_A_NAME, SHARE_OF_A_NAME * self._weigh(self._names[item - 1]))
            if places and weight >= enough:
                named.append((weight, item, places))
        taken, found = set[int](), list[int]()
        for _, item, places in sorted(named, key=lambda one: -one[0]):
            if not places & taken:  # two purchases of nearly one name: the words are said of the better named
                found.append(item)
                taken |= places
        taken |= self._mention(tokens, candidate, candidate)
        return _cut(sentence, [spans[place] for place in sorted(taken)]), found

    def _mention(self, tokens: Sequence[str], item: int, candidate: int) -> frozenset[int]:
        """Return the places of the words that name a purchase: runs of its title's words that say enough."""
        name, own = self._names[item - 1], self._names[candidate - 1]
        places, run = set[int](), list[int]()
        for place in range(len(tokens) + 1):
            if place < len(tokens) and tokens[place] in name:
                run.append(place)
                continue
            said = {tokens[one] for one in run}
            hers = bool(run) and run[0] > 0 and tokens[run[0] - 1] == "your"
            if (
                (hers or item == candidate or not said <= own)
                and not said <= self._claiming
                and self._weigh(said) >= self._part
            ):
                places.update(run)
            run = []
        return frozenset(places)

    def _weigh(self, said: Collection[str]) -> float:
        return sum(self._weight[word] for word in said)

    def _qualities(self, text: str) -> tuple[tuple[int, int], ...]:
        said = words(text)
        found: dict[int, int] = {}
        for phrase, column, side in self._phrases:
            length = len(phrase)
            for start in range(len(said) - length + 1):
                denied = start > 0 and said[start - 1] in _DENIALS
                if said[start : start + length] == phrase and not denied:
                    found[column] = side
        return tuple(found.items())


@cache
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_plain(match) for match in _TOKEN.findall(text))


@cache
def _plain(token: str) -> str:
    """Return a token as words() would, with a possessive's ending removed: "Neutrogena's" names Neutrogena."""
    return (words(token.removesuffix("'s")) or (token.casefold(),))[0]


def _cut(sentence: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        sentence = sentence[:start] + sentence[end:]
    return " ".join(sentence.split())
