"""Which tool a message asks for, and what is said where it asks for none; no language model.

The planner decides by it alone; the other local chat models weigh it against what the language model expects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from agent.intent.message_features import Situation, read_features
from agent.intent.tool_classifier import ToolClassifier, trained_classifier
from agent.intent.tool_examples import tool_examples
from agent.intent.vocabulary import Vocabulary
from recsys.ranker import FloatArray


class ToolRouter:
    """Scores tools for messages.

    Args:
        vocabulary: The boutique's words and the sentence encoder.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def scores(
        self,
        message: str,
        shown: Sequence[str],
        names: Sequence[str],
        after: str = "",
        purposes: Mapping[str, str] | None = None,
    ) -> dict[str, float]:
        """Return how probable it is that a message asks for each tool, as natural logarithms.

        Args:
            message: What the person typed.
            shown: Items on show, by name.
            names: The tools that can be meant; "reply" stands for none of them. Their probabilities sum to 1.
            after: The tool that answered last, "" for none.
            purposes: What tools say of themselves, by name; one that is not learned of is judged by that.
        """
        situation = Situation(message, tuple(shown), after)
        return self._classifier.log_probabilities(situation, self._vocabulary, names, purposes or {})

    def answer(self, message: str) -> str:
        """Return the prepared sentence whose messages come nearest to one that no tool answers."""
        sentence = read_features(Situation(message), self._vocabulary).sentence
        vector = self._vocabulary.encoder.encode([sentence])[0]
        nearness = self._answer_vectors @ vector
        return self._answers[int(np.argmax(nearness))][1]

    def prepared(self, about: str) -> str:
        """Return the prepared sentence of a name."""
        return next(one.say for one in tool_examples().reply.answers if one.about == about)

    @cached_property
    def _classifier(self) -> ToolClassifier:
        return trained_classifier(self._vocabulary.encoder)

    @cached_property
    def _answers(self) -> list[tuple[str, str]]:
        """Every message that no tool answers, with the sentence that does."""
        return [(message, one.say) for one in tool_examples().reply.answers for message in one.messages]

    @cached_property
    def _answer_vectors(self) -> FloatArray:
        sentences = [read_features(Situation(message), self._vocabulary).sentence for message, _ in self._answers]
        return self._vocabulary.encoder.encode(sentences)
