"""Which tool a message asks for, by the nearest known ways to ask and a few rules; no language model.

The planner decides by it alone; the embedded chat model weighs it against what the language model expects.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agent.intent.spoken import mask, read_name, read_references
from agent.intent.tool_examples import REPLY, tool_examples
from agent.intent.vocabulary import Vocabulary
from recsys.ranker import FloatArray


@dataclass(frozen=True)
class _Rule:
    """A pattern that speaks for a tool, and by how much (in units of cosine similarity)."""

    tool: str
    pattern: re.Pattern[str]
    weight: float
    needs_reference: bool = False


def _rule(tool: str, pattern: str, weight: float, *, needs_reference: bool = False) -> _Rule:
    return _Rule(tool, re.compile(rf"\b(?:{pattern})", re.IGNORECASE), weight, needs_reference)


_LIKES = "lov|like|ador|beautiful|gorgeous|perfect"
_DISLIKES = r"hate|dislike|ugly|(?:not|isn't|aren't) (?:me|keen|for|her|his|my|the|that|this)\b|nope|never|no to"
_CLIENT = r"(?:me|her|him|them|the client|my client)\b"
_RULES = (
    _rule("explain", r"why|reason|explain|how come|justif|what made", 0.3),
    _rule("compare", r"compare|versus|vs\b|differen(?:t|ce)|side by side", 0.3),
    _rule("compare", r"better|nicer|or\b", 0.1),
    _rule("record_feedback", r"wish ?-?list|bookmark|save\b|keep\b", 0.3, needs_reference=True),
    _rule("record_feedback", f"{_LIKES}|{_DISLIKES}", 0.2, needs_reference=True),
    _rule(
        "refine",
        r"less|more|too\b|price?y|expensive|instead|(?:an)?other\b|different|alternative|without|undo|back\b",
        0.15,
    ),
    _rule("refine", r"(?!never|other|another|number|order|her\b|under|over|after)\w{3,}er\b", 0.1),
    _rule("search_catalogue", r"(?:do|have) (?:you|u)\b|looking for|find\b|any\b|sell\b|carry\b", 0.1),
    _rule("recommend", r"suggest|recommend|suits?\b|pick\b|choose|select|advise|should i\b|taste\b", 0.15),
    _rule("recommend", rf"for {_CLIENT}|(?:find|get|choose|prepare|bring) {_CLIENT}", 0.15),
    _rule(
        "recommend", r"trust|surprise|impress|you (?:decide|choose|pick)|your (?:choice|pick|eye|best)|wardrobe", 0.2
    ),
    _rule("client_profile", r"bought|purchases?\b|sizes?\b|know (?:about|of)|remind|notes?\b|history", 0.2),
    _rule(REPLY, r"(?<!\w )(?:hi|hello|good (?:morning|day|evening)|thanks|thank you|bye|cheers)\b", 0.3),
    _rule(REPLY, r"see you|what (?:can|do) you (?:do|help)|who are you|weather|book a\b", 0.2),
)


class ToolRouter:
    """Scores tools for messages.

    Args:
        vocabulary: The boutique's words and the sentence encoder.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._vectors: dict[str, FloatArray] = {}

    def scores(self, message: str, shown: Sequence[str], names: Sequence[str]) -> dict[str, float]:
        """Return how much a message asks for each tool.

        Args:
            message: What the person typed.
            shown: Items on show, one line each.
            names: The tools; "reply" stands for none of them.

        Returns:
            For each name the mean cosine similarity to its two nearest utterances, plus the weights of the rules
            that hold. A tool of which no utterance is known scores as the best of the others: nothing speaks
            against it.
        """
        vector = self._encode([message], shown)[0]
        corrections = self._corrections(message, shown)
        known = [name for name in names if len(self._exemplars(name))]
        scores = {name: _nearness(self._exemplars(name), vector) + corrections.get(name, 0.0) for name in known}
        neutral = max(scores.values(), default=0.0)
        return {name: scores.get(name, neutral) for name in names}

    def answer(self, message: str) -> str:
        """Return the prepared sentence whose messages come nearest to one that no tool answers."""
        vector = self._encode([message], ())[0]
        answers = tool_examples().reply.answers
        nearest = max(answers, key=lambda answer: _nearness(self._known(answer.say, answer.messages), vector))
        return nearest.say

    def _exemplars(self, name: str) -> FloatArray:
        return self._known(name, tool_examples().of(name).utterances)

    def _known(self, key: str, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of fixed texts, encoded once."""
        if key not in self._vectors:
            self._vectors[key] = self._encode(texts, ())
        return self._vectors[key]

    def _encode(self, texts: Sequence[str], shown: Sequence[str]) -> FloatArray:
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return self._vocabulary.encoder.encode([mask(text, shown, self._vocabulary.brands) for text in texts])

    def _corrections(self, message: str, shown: Sequence[str]) -> dict[str, float]:
        """Return the sum of the rules' weights by tool."""
        references = read_references(message, shown)
        total: dict[str, float] = {}
        for rule in _RULES:
            if rule.pattern.search(message) and (references or not rule.needs_reference):
                total[rule.tool] = total.get(rule.tool, 0.0) + rule.weight
        if len(references) > 1:
            total["compare"] = total.get("compare", 0.0) + 0.25
        if len(references) == 1:  # a critique is about the whole slate, not about one item of it
            total["refine"] = total.get("refine", 0.0) - 0.1
        kind = read_name(message, self._vocabulary.categories)
        if kind is not None and not references:
            total["search_catalogue"] = total.get("search_catalogue", 0.0) + 0.15
        if read_name(message, self._vocabulary.brands) is not None and (kind is not None or not shown):
            total["search_catalogue"] = total.get("search_catalogue", 0.0) + 0.15  # only a search goes by brand
        if kind is None and shown:
            total["search_catalogue"] = total.get("search_catalogue", 0.0) - 0.15
        return total


def _nearness(exemplars: FloatArray, vector: FloatArray) -> float:
    return float(np.sort(exemplars @ vector)[-2:].mean())
