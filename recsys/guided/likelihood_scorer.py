"""A scorer that asks a language model how it would go on after "<item text>. This item is".

The log-likelihood of the high pole's phrases against the low pole's is the score. Of each phrase only the first word
piece counts: one reading of the item's text then answers for all phrases of all attributes at once, where whole
phrases cost a step of the model for each further word. A set's poles begin with their telling word for this reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Protocol

import numpy as np

import prompts
from recsys.guided.attributes import AttributeSet
from recsys.guided.scorer import Scale, as_data, fingerprint, poles_of
from recsys.ranker import FloatArray

READINGS = 2
PROMPT, BEGUN = "score_items_likelihood.md", "This item is"


class LanguageModel(Protocol):
    """Says how likely words are to follow a text; agent.chat_models.annotation has one.

    Attributes:
        name: The model, in words that can be shown.
        version: Changes with the weights.
    """

    name: str
    version: str

    def continuations(self, request: str, begun: str, words: Sequence[str]) -> Sequence[float]:
        """Return how likely each word is to follow in an answer that has begun.

        Args:
            request: What the model is asked.
            begun: The answer's first words.
            words: Words or phrases, of which the first word piece counts.

        Returns:
            Natural log-probabilities up to one constant common to all words.
        """
        ...


class LikelihoodScorer:
    """Mean log-likelihood of the high phrases minus that of the low ones.

    How much the model prefers a word whatever the item is shifts all items alike and goes in the calibration. Every
    second phrase makes the first reading and the others the second.
    """

    scale: Scale = "relative"
    batch = 1  # an item takes about a second: an interruption loses one
    readings = READINGS

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """Who scores."""
        return f"pole likelihood by {self._model.name}"

    @property
    def prompt_hash(self) -> str:
        """Changes with the prompt."""
        return fingerprint(prompts.load(PROMPT), BEGUN)

    @property
    def fingerprint(self) -> str:
        """Changes with the model's weights, the prompt and this method."""
        return fingerprint("first word pieces of poles 1", self._model.version, self.prompt_hash)

    def score(self, texts: Sequence[str], attribute_set: AttributeSet) -> FloatArray:
        """Return the scores, float32, (B, 2, A)."""
        return np.stack([self._score(text, attribute_set) for text in texts])

    def _score(self, text: str, attribute_set: AttributeSet) -> FloatArray:
        """Return one item's scores, float32, (2, A)."""
        poles = poles_of(attribute_set)
        phrases = [phrase for low, high in poles for phrase in (*low, *high)]
        request = prompts.render(PROMPT, item=as_data(text))
        likely = iter(self._model.continuations(request, BEGUN, phrases))
        result = np.empty((READINGS, len(poles)), dtype=np.float32)
        for column, (low, high) in enumerate(poles):
            lows, highs = list(islice(likely, len(low))), list(islice(likely, len(high)))
            for reading in range(READINGS):
                result[reading, column] = np.mean(highs[reading::READINGS]) - np.mean(lows[reading::READINGS])
        return result
