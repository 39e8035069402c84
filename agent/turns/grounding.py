"""Keeps the model's own sentences to what the turn's tool results hold: no figure, no item and no link of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

_SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?](?!\s|$))*(?:[.!?]+(?=\s|$)|\n+|$)")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
# Links, pictures, HTML, and what belongs to data or to a tool call written as text.
_MARKUP = re.compile(r"https?:|www\.|!\[|\]\(|<[a-z/!|]|```|^\s*[{}\[\]]+[\s,\"]|^\s*[{}\[\]]+$|\"\s*:", re.IGNORECASE)


def grounded_sentence(sentence: str, sources: str, names: Collection[str]) -> bool:
    """Whether one sentence may be shown.

    Args:
        sentence: What the model wrote.
        sources: The tool results of this turn and the person's message.
        names: Brand names of the catalogue; one that occurs must occur in the sources too.
    """
    if _MARKUP.search(sentence):
        return False
    known = set(_NUMBER.findall(sources))
    if any(number not in known for number in _NUMBER.findall(sentence)):
        return False
    return all(name in sources for name in names if len(name) > 3 and re.search(rf"\b{re.escape(name)}\b", sentence))


def grounded_text(text: str, sources: str, names: Collection[str]) -> str:
    """Return the sentences of a text that may be shown, in order; "" if none may."""
    return "".join(part for part in sentences([text]) if grounded_sentence(part, sources, names)).strip()


def sentences(deltas: Iterable[str]) -> Iterator[str]:
    """Regroup pieces of streaming text into whole sentences, each yielded as soon as it is complete."""
    waiting = ""
    for delta in deltas:
        waiting += delta
        while (match := _SENTENCE.match(waiting)) and match.end() < len(waiting):
            yield match.group()
            waiting = waiting[match.end() :]
    if waiting:
        yield waiting
